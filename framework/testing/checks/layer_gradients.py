"""Whether a layer's ways back are the gradients of its way forward."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from framework.components.base import Array, Shape
from framework.components.layer import Layer
from framework.testing.assertions import close, expect_gradient, normal
from framework.testing.bound_layer import BoundLayer, inputs, inputs_of, is_random, samples
from framework.testing.check import Check, expect, promise

_EXACT = 1e-9
_BATCHES = ((1, 1), (3, 1), (5, 4))  # rows, size of the inputs
_FAR = (3.0, 8.0, 25.0, 60.0)
_FEW = 24  # elements differentiated one by one, of far inputs
_SEEDS = range(1, 7)


def _bound_layers(layer: Layer, shape: Shape) -> Iterator[BoundLayer]:
    """Return batches of some sizes; for a random layer more draws, which may be all or nothing."""
    for batch, size in _BATCHES:
        scale = size if inputs_of(layer) == "normal" else 1
        rows = max(batch, layer.smallest_batch)
        yield BoundLayer(layer, scale * inputs(layer, shape, rows, batch))
    if is_random(layer, shape):
        for seed in _SEEDS:
            yield BoundLayer(layer, inputs(layer, shape, 2, seed), seed=seed)


def _total(bound: BoundLayer, g: Array) -> float:
    return float(np.sum(g * bound.forward()))


@promise(
    "input_gradient agrees with central differences to 1e-6 in float64, unless surrogate_gradient"
    " says that it is another one on purpose."
)
def input_gradient(layer: Layer) -> None:
    compared = not layer.surrogate_gradient and inputs_of(layer) != "whole"
    for shape in samples(layer):
        for bound in _bound_layers(layer, shape):
            y = bound.forward()
            g = normal(y.shape, 1)
            computed = bound.input_gradient(y, g).copy()
            if not compared:
                expect(np.all(np.isfinite(computed)), "it is not finite, or not filled")
                continue
            expect_gradient(
                f"the gradient for an input of shape {bound.x.shape}",
                computed,
                lambda bound=bound, g=g: _total(bound, g),  # type: ignore[misc]
                bound.x,
            )


@promise(
    "in inference (arrays.rng is None) input_gradient is the gradient of what forward gives there."
)
def inference_gradient(layer: Layer) -> None:
    if layer.surrogate_gradient or inputs_of(layer) == "whole":
        return
    for shape in samples(layer):
        trained = BoundLayer(layer, inputs(layer, shape, 3, 3))
        trained.forward()
        state = {name: array.copy() for name, array in trained.state.items()}
        bound = BoundLayer(layer, inputs(layer, shape, 3, 3), training=False, state=state)
        y = bound.forward()
        g = normal(y.shape, 1)
        expect_gradient(
            f"in inference, the gradient for an input of shape {bound.x.shape}",
            bound.input_gradient(y, g).copy(),
            lambda bound=bound, g=g: _total(bound, g),  # type: ignore[misc]
            bound.x,
            most=_FEW,
        )


@promise("in inference parameter_gradients are those of what forward gives there, too.")
def inference_parameters(layer: Layer) -> None:
    if layer.surrogate_gradient or inputs_of(layer) == "whole":
        return
    for shape in samples(layer):
        trained = BoundLayer(layer, inputs(layer, shape, 3, 3))
        trained.forward()
        state = {name: array.copy() for name, array in trained.state.items()}
        bound = BoundLayer(layer, inputs(layer, shape, 3, 3), training=False, state=state)
        y = bound.forward()
        g = normal(y.shape, 1)
        bound.input_gradient(y, g)
        for name, gradient in bound.parameter_gradients(y, g).items():
            expect_gradient(
                f"in inference, the gradient for '{name}' of shape {gradient.shape}",
                gradient,
                lambda bound=bound, g=g: _total(bound, g),  # type: ignore[misc]
                bound.parameters[name],
                most=_FEW,
            )


@promise(
    "parameter_gradients writes each parameter's gradient, a sum over the batch that agrees with"
    " central differences to 1e-6 in float64; no parameter is without effect."
)
def parameter_gradients(layer: Layer) -> None:
    moved: dict[str, bool] = {}
    for shape in samples(layer):
        for bound in _bound_layers(layer, shape):
            y = bound.forward()
            g = normal(y.shape, 1)
            bound.input_gradient(y, g)
            for name, gradient in bound.parameter_gradients(y, g).items():
                moved[name] = moved.get(name, False) or bool(np.any(gradient))
                if layer.surrogate_gradient:
                    expect(np.all(np.isfinite(gradient)), f"that of '{name}' is not finite")
                    continue
                expect_gradient(
                    f"the gradient of '{name}' (a batch of {len(g)}, samples {shape})",
                    gradient,
                    lambda bound=bound, g=g: _total(bound, g),  # type: ignore[misc]
                    bound.parameters[name],
                )
    idle = [name for name, some in moved.items() if not some]
    expect(not idle, f"{idle} changes nothing: its gradient is 0 for every batch tried")


@promise("far from 0 too, for inputs of up to ±200 of one sign or of both, the gradients agree.")
def far_inputs(layer: Layer) -> None:
    if layer.surrogate_gradient or inputs_of(layer) != "normal":
        return
    for shape in samples(layer)[:2]:
        for size in _FAR:
            for sign in (1, -1, 0):
                x = normal((4, *shape), 11)
                bound = BoundLayer(layer, size * (x if sign == 0 else sign * np.abs(x)))
                if sign == 0:
                    for p in bound.parameters.values():
                        p *= 3
                _expect_far(bound, f"inputs of {'+-±'[(1, -1, 0).index(sign)]}{size:g}")


def _expect_far(bound: BoundLayer, where: str) -> None:
    y = bound.forward()
    if not np.all(np.isfinite(y)) or np.max(np.abs(y), initial=0) > 1e100:
        return  # it grows beyond all numbers there
    g = normal(y.shape, 1)
    gradient = bound.input_gradient(y, g).copy()
    tried = [("the gradient for the input", gradient, bound.x)]
    for name, array in bound.parameter_gradients(y, g).items():
        tried.append((f"the gradient of '{name}'", array, bound.parameters[name]))
    for what, array, x in tried:
        expect_gradient(f"{what} at {where}", array, lambda: _total(bound, g), x, most=_FEW)


@promise(
    "parameter_gradients overwrites what is there, and needs no call of input_gradient before it."
)
def gradients_stand_alone(layer: Layer) -> None:
    for shape in samples(layer):
        bound = BoundLayer(layer, inputs(layer, shape, 3, 3))
        y = bound.forward()
        g = normal(y.shape, 1)
        bound.input_gradient(y, g)
        usual = bound.parameter_gradients(y, g, poison=0.0)
        fresh = BoundLayer(layer, inputs(layer, shape, 3, 3))
        y = fresh.forward()
        lowest = fresh.parameter_gradients(y, g, poison=0.0)
        again = fresh.parameter_gradients(y, g, poison=5.0)
        for name, gradient in usual.items():
            expect(
                close(again[name], lowest[name], _EXACT),
                f"the gradient of '{name}' depends on what its array held before",
            )
            expect(
                close(gradient, lowest[name], _EXACT),
                f"the gradient of '{name}' changes with input_gradient, which the core never calls"
                " for the lowest trainable layer",
            )


@promise("where the output's gradient is 0, so are all others.")
def no_gradient(layer: Layer) -> None:
    for shape in samples(layer):
        bound = BoundLayer(layer, inputs(layer, shape, 3, 3))
        y = bound.forward()
        g = np.zeros(y.shape)
        gradients = {"the input": bound.input_gradient(y, g).copy()}
        gradients |= {f"'{name}'": a for name, a in bound.parameter_gradients(y, g).items()}
        for what, array in gradients.items():
            expect(not np.any(array), f"the gradient for {what} is not")


CHECKS: tuple[Check, ...] = (
    input_gradient,
    inference_gradient,
    inference_parameters,
    parameter_gradients,
    far_inputs,
    gradients_stand_alone,
    no_gradient,
)
