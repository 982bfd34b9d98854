"""A training step in plain numpy, with nothing of the framework: the engine is this, made fast.

`Reference.step` is the whole algorithm: forward, loss, backward, regularize, update. Each result is
a new array; nothing is fused, shared or reused. `framework/engine/propagation.py` binds the same
formulas to arrays made once, and must agree with this to the twelfth digit for hundreds of steps
(`tests/framework/training/test_trajectory.py`).
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def softmax_cross_entropy(z: Floats, labels: NDArray[np.int64]) -> tuple[float, Floats]:
    shifted = z - z.max(axis=1, keepdims=True)
    exponentials = np.exp(shifted)
    softmax = exponentials / exponentials.sum(axis=1, keepdims=True)
    rows = np.arange(len(z))
    losses = np.log(exponentials.sum(axis=1)) - shifted[rows, labels]
    onehot = np.zeros_like(z)
    onehot[rows, labels] = 1
    return float(losses.mean()), (softmax - onehot) / len(z)


def mean_squared_error(z: Floats, t: Floats) -> tuple[float, Floats]:
    return float(((z - t) ** 2).mean()), 2 * (z - t) / z.size


def activate(name: str, x: Floats) -> Floats:
    decayed = np.exp(-np.abs(x))
    y: Floats = {
        "relu": lambda: np.where(x > 0, x, 0.0),
        "sigmoid": lambda: np.where(x >= 0, 1 / (1 + decayed), decayed / (1 + decayed)),
        "tanh": lambda: -np.sign(x) * np.expm1(-2 * np.abs(x)) / (1 + decayed**2),
        "identity": lambda: x,
    }[name]()
    return y


def slope(name: str, x: Floats) -> Floats:
    y = activate(name, x)
    return {
        "relu": lambda: (x > 0).astype(float),
        "sigmoid": lambda: y * (1 - y),
        "tanh": lambda: 1 - y**2,
        "identity": lambda: np.ones_like(x),
    }[name]()


@dataclass
class Reference:
    """A multilayer perceptron: weights, biases, an activation between, one update rule for all."""

    weights: list[Floats]
    biases: list[Floats]
    activation: str = "relu"
    loss: str = "softmax_cross_entropy"
    l2: float = 0.0
    l1: float = 0.0
    rule: str = "sgd"
    learning_rate: float = 0.1
    decay: float = 0.85
    epsilon: float = 1e-8
    means: list[tuple[Floats, Floats]] = field(default_factory=list)

    def __post_init__(self) -> None:
        pairs = zip(self.weights, self.biases, strict=True)
        self.means = [(np.zeros_like(w), np.zeros_like(b)) for w, b in pairs]

    def step(self, x: Floats, targets: NDArray[np.int64] | Floats) -> float:
        """Take one step; return the loss before it, penalties included."""
        # forward: each layer's input, and the sums that its activation is given
        inputs, sums = [x], []
        for w, b in zip(self.weights, self.biases, strict=True):
            sums.append(inputs[-1] @ w + b)
            inputs.append(activate(self.activation, sums[-1]))

        # loss, and its gradient for the last sums
        if self.loss == "softmax_cross_entropy":
            loss, g = softmax_cross_entropy(sums[-1], np.asarray(targets, np.int64))
        else:
            loss, g = mean_squared_error(sums[-1], np.asarray(targets, np.float64))
        loss += sum(self.l2 * (w**2).sum() + self.l1 * np.abs(w).sum() for w in self.weights)

        # backward, the penalties' gradients included
        gradients: list[tuple[Floats, Floats]] = []
        for i in reversed(range(len(self.weights))):
            w = self.weights[i]
            penalty_gradient = 2 * self.l2 * w + self.l1 * np.sign(w)
            gradients.insert(0, (inputs[i].T @ g + penalty_gradient, g.sum(axis=0)))
            if i > 0:
                g = (g @ w.T) * slope(self.activation, sums[i - 1])

        # update
        for i, (gw, gb) in enumerate(gradients):
            v = self.means[i]
            self.weights[i], vw = self._moved(self.weights[i], gw, v[0])
            self.biases[i], vb = self._moved(self.biases[i], gb, v[1])
            self.means[i] = vw, vb
        return float(loss)

    def _moved(self, p: Floats, g: Floats, v: Floats) -> tuple[Floats, Floats]:
        """Return a parameter after the update, and its running mean of squares."""
        if self.rule == "sgd":
            return p - self.learning_rate * g, v
        v = self.decay * v + (1 - self.decay) * g**2
        return p - self.learning_rate * g / (np.sqrt(v) + self.epsilon), v
