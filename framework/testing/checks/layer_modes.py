"""Whether a layer treats samples alike, in training and in inference."""

from __future__ import annotations

import math

import numpy as np

from framework.components.base import Array, Shape
from framework.components.layer import Layer
from framework.testing.assertions import (
    close,
    error,
    normal,
    same,
    unchanged,
)
from framework.testing.bound_layer import (
    BoundLayer,
    inputs,
    inputs_of,
    is_random,
    samples,
)
from framework.testing.check import Check, expect, promise
from framework.testing.example_values import values_of

_EXACT = 1e-9
_PASSES = 2000
_SEEDS = 400
_DRAWS = 60


@promise(
    "in inference (arrays.rng is None) each sample is treated alone, and alike; a layer without"
    " randomness and state does the same in training."
)
def samples_alone(layer: Layer) -> None:
    for shape in samples(layer):
        x = inputs(layer, shape, 7, 3)
        trained = BoundLayer(layer, x)
        whole = trained.forward().copy()
        steady = not trained.state and not is_random(layer, shape)
        state = {n: a.copy() for n, a in trained.state.items()}
        together = BoundLayer(layer, x, training=False, state=state).forward().copy()
        if steady:
            expect(
                close(together, whole, _EXACT),
                "training and inference differ, though it has neither randomness nor state",
            )
        order = np.array([3, 1, 6, 0, 5, 2, 4])
        turned = BoundLayer(layer, x[order], training=False, state=state).forward()
        expect(
            close(turned, together[order], _EXACT), "samples in another order give other outputs"
        )
        for i in (0, 6):
            alone = BoundLayer(layer, x[i : i + 1], training=False, state=state).forward()[0]
            expect(
                close(alone, together[i], _EXACT),
                f"sample {i} of 7 has another output when it is alone in its batch",
            )


@promise("in inference its state stays as it is; in training it stays finite.")
def state(layer: Layer) -> None:
    for shape in samples(layer):
        bound = BoundLayer(layer, inputs(layer, shape, 8, 3))
        bound.forward()
        for name, array in bound.state.items():
            expect(np.all(np.isfinite(array)), f"state '{name}' is not finite after a batch")
            first = np.asarray(layer.state(shape)[name])
            expect(first.shape == array.shape, f"state '{name}' changed its shape")
        later = BoundLayer(
            layer, inputs(layer, shape, 8, 3), training=False, state=dict(bound.state)
        )
        with unchanged("inference", **later.state):
            later.arrays.rng = None
            layer.forward(later.x, later.out, later.arrays)


@promise("one batch seen over and over in training brings inference to the same outputs.")
def running_statistics(layer: Layer) -> None:
    for shape in samples(layer)[:2]:
        bound = BoundLayer(layer, _unlike(layer, shape))
        if not bound.state or is_random(layer, shape):
            return
        y = bound.forward().copy()
        before = _distance(layer, bound, y)
        for _ in range(_PASSES):
            last = {n: a.copy() for n, a in bound.state.items()}
            layer.forward(bound.x, bound.out, bound.arrays)
        after = _distance(layer, bound, y)
        settled = all(close(a, last[n], 1e-6) for n, a in bound.state.items())
        expect(
            after < 0.05 or (not settled and after < before),
            f"after {_PASSES} times the same batch, inference is still off by {after:.1%} of the"
            f" outputs' size (at first: {before:.1%})",
        )


def _unlike(layer: Layer, shape: Shape) -> Array:
    """Draw a batch whose features have means and deviations of their own, none of them 0 or 1."""
    x = inputs(layer, shape, 64, 3)
    if inputs_of(layer) != "normal":
        return x
    deviations = 0.4 + 2.5 * np.random.default_rng(1).random(shape)
    shifted: Array = deviations * x + 3 * normal(shape, 2) + 0.5
    return shifted


def _distance(layer: Layer, bound: BoundLayer, y: Array) -> float:
    state = {n: a.copy() for n, a in bound.state.items()}
    return error(BoundLayer(layer, bound.x, training=False, state=state).forward(), y)


@promise(
    "every state that is one number everywhere at first is written in training.", of_class=True
)
def state_is_written(cls: type[Layer]) -> None:
    idle: dict[str, bool] = {}
    for layer in values_of(cls):
        for shape in samples(layer)[:2]:
            bound = BoundLayer(layer, _unlike(layer, shape))
            bound.forward()
            layer.forward(bound.x, bound.out, bound.arrays)
            for name, array in layer.state(shape).items():
                first = np.asarray(array)
                kept = np.array_equal(np.asarray(first, bound.x.dtype), bound.state[name])
                idle[name] = idle.get(name, True) and kept and np.ptp(first) == 0
    never = sorted(name for name, kept in idle.items() if kept)
    expect(not never, f"after two batches, the state {never} is what it was at first")


@promise("a random layer draws anew for every batch in training.")
def draws_anew(layer: Layer) -> None:
    shape = samples(layer)[0]
    if not is_random(layer, shape):
        return
    bound = BoundLayer(layer, inputs(layer, shape, 32, 3))
    first = bound.forward().copy()
    for _ in range(_DRAWS):
        returned = layer.forward(bound.x, bound.out, bound.arrays)
        again = bound.out if returned is None else returned
        if not same(first, again.copy()):
            return
    expect(False, f"{_DRAWS + 1} batches in a row get the same random numbers")


@promise(
    "what a random layer gives in training is, on average, what it gives in inference; one that"
    " augments leaves samples as they are in inference."
)
def expectation(layer: Layer) -> None:
    shape = samples(layer)[0]
    if layer.augments:
        x = inputs(layer, shape, 16, 3)
        still = BoundLayer(layer, x, training=False).forward()
        expect(same(still.copy(), x), "it changes samples in inference")
    if layer.augments or not is_random(layer, shape):
        return
    x = inputs(layer, shape, 16, 3)
    still = BoundLayer(layer, x, training=False).forward().copy()
    size = float(np.sum(still * still))
    bound, ratios = BoundLayer(layer, x), np.empty(_SEEDS)
    for bound.seed in range(_SEEDS):
        ratios[bound.seed] = float(np.sum(bound.forward() * still)) / size if size else 1.0
    # A layer that draws once for a whole batch scatters widely: four standard errors are chance.
    chance = 4 * float(ratios.std()) / math.sqrt(_SEEDS)
    ratio = float(ratios.mean())
    expect(
        abs(ratio - 1) < max(0.05, chance),
        f"averaged over {_SEEDS} seeds, outputs in training are {ratio:.3f} times those in"
        " inference",
    )


CHECKS: tuple[Check, ...] = (
    samples_alone,
    state,
    state_is_written,
    running_statistics,
    draws_anew,
    expectation,
)
