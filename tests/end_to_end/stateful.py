"""A plugin with every kind of state there is: random layers, statistics, velocities, memories."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from framework import (
    Callback,
    Layer,
    Parameter,
    UpdateRule,
    fraction,
    hookimpl,
    positive,
    write_text,
)


@dataclass(frozen=True)
class LeftOut(Layer):
    """Y = X M / (1 − p), M random."""

    rate: float = fraction(0.2, "share that is left out, p")

    def scratch(self, x, out):
        return {"mask": np.ones_like(out)}

    def forward(self, x, out, arrays):
        if arrays.rng is None:
            return x.copy()
        arrays.mask[...] = (arrays.rng.random(x.shape) >= self.rate) / (1 - self.rate)
        return x * arrays.mask

    def input_gradient(self, x, y, g, out, arrays):
        return g * arrays.mask


@dataclass(frozen=True)
class Centre(Layer):
    """Y = a (X − m), m a running mean, a one number."""

    def parameters(self, inputs):
        return (Parameter("gain", (), role="scale", initial=1.0),)

    def state(self, inputs):
        return {"mean": np.zeros(inputs), "batches": np.zeros(())}

    def forward(self, x, out, arrays):
        if arrays.rng is not None:
            arrays.batches += 1
            arrays.mean[...] = 0.9 * arrays.mean + 0.1 * x.mean(axis=0)
        return arrays.gain * (x - arrays.mean)

    def input_gradient(self, x, y, g, out, arrays):
        return arrays.gain * g

    def parameter_gradients(self, x, y, g, gradients, arrays):
        gradients.gain[...] = np.sum(g * (x - arrays.mean))


@dataclass(frozen=True)
class Momentum(UpdateRule):
    """v ← m v + g; p ← p − η v."""

    learning_rate: float = positive(0.05, "step size")
    momentum: float = fraction(0.9, "share kept")

    state: ClassVar[tuple[str, ...]] = ("velocity",)

    def step(self, step, p, g, state, scratch):
        (v,) = state
        v *= self.momentum
        v += g
        p -= self.learning_rate * v


@dataclass(frozen=True)
class Memory(Callback):
    """Remembers the sum of all losses and a list of epochs, and writes both down."""

    def listener(self, run):
        return _Memory()


class _Memory:
    def __init__(self):
        self.total, self.epochs = np.zeros(1), []

    @hookimpl
    def framework_steps_ended(self, losses):
        for loss in losses:
            self.total += float(loss)

    @hookimpl
    def framework_epoch_ended(self, record):
        self.epochs.append(record.number)

    @hookimpl
    def framework_state(self):
        return {"total": self.total.copy(), "epochs": self.epochs}

    @hookimpl
    def framework_run_resumed(self, state):
        self.total, self.epochs = state.get("total", np.zeros(1)), state.get("epochs", [])

    @hookimpl
    def framework_run_ended(self, run):
        write_text(run.directory / "memory.txt", f"{self.total[0]!r} {self.epochs}")


@hookimpl
def framework_layers():
    return {"leftout": LeftOut, "centre": Centre}


@hookimpl
def framework_update_rules():
    return {"momentum": Momentum}


@hookimpl
def framework_callbacks():
    return {"memory": Memory}
