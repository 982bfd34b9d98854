"""Whether a layer gives numbers where inputs or weights are 0, all alike, or large."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from framework.components.base import Array
from framework.components.initializer import Initializer
from framework.components.layer import Layer
from framework.testing.assertions import normal
from framework.testing.bound_layer import BoundLayer, inputs, inputs_of, samples
from framework.testing.check import Check, expect, promise

_BEYOND = 1e30  # what float32 can still hold, with room


@promise("inputs of 0, inputs that are all alike, and weights of 0 give finite numbers both ways.")
def zeros(layer: Layer) -> None:
    for shape in samples(layer):
        x = inputs(layer, shape, 3, 3)
        cases = {"weights of 0": x}
        if inputs_of(layer) == "normal":
            alike = x.copy()
            alike[..., :1] = 1
            cases |= {"inputs of 0": 0 * x, "inputs of 1": 0 * x + 1, "a constant feature": alike}
        for what, given in cases.items():
            for training in (True, False):
                bound = BoundLayer(layer, given, training=training)
                if what == "weights of 0":
                    for p in layer.parameters(shape):
                        if p.weight or not isinstance(p.initial, Initializer):
                            bound.parameters[p.name][...] = 0 if p.weight else p.initial
                for name, array in _results(bound):
                    bad = int(np.count_nonzero(~np.isfinite(array)))
                    expect(
                        not bad,
                        f"with {what}, {bad} of {array.size} numbers of its {name} are not finite"
                        f" ({array[~np.isfinite(array)][:1]}, samples {shape})",
                    )


@promise(
    "inputs up to ±100 give numbers: no nan, forward and back; and in float32 nothing overflows"
    " that float64 holds."
)
def large_inputs(layer: Layer) -> None:
    if inputs_of(layer) != "normal":
        return
    for shape in samples(layer):
        x = normal((8, *shape), 3)
        mixed = np.where(np.abs(x) > 0.5, np.sign(x) * 100, x)
        for given in (mixed, np.abs(mixed), -np.abs(mixed)):
            exact = dict(_results(BoundLayer(layer, given)))
            for what, array in _results(BoundLayer(layer, given.astype("float32"))):
                holes = int(np.count_nonzero(np.isnan(array)))
                expect(not holes, f"{holes} of {array.size} numbers of its {what} are nan")
                held = np.abs(exact[what]) < _BEYOND
                lost = int(np.count_nonzero(held & ~np.isfinite(array)))
                expect(
                    not lost,
                    f"{lost} of {array.size} numbers of its {what} overflow in float32, where"
                    f" float64 gives {exact[what][held & ~np.isfinite(array)][:1]}",
                )


def _results(bound: BoundLayer) -> Iterator[tuple[str, Array]]:
    y = bound.forward()
    yield "output", y.copy()
    if bound.training:
        g = np.ones_like(y)
        yield "input gradient", bound.input_gradient(y, g).copy()
        for name, array in bound.parameter_gradients(y, g).items():
            yield f"gradient of '{name}'", array


CHECKS: tuple[Check, ...] = (zeros, large_inputs)
