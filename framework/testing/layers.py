"""What a layer promises: formulas that are functions, and keep to the arrays they are given."""

from __future__ import annotations

import contextlib
import numpy as np

from framework.affine import keeps_promise
from framework.component import Array
from framework.layer import Layer, Own, Parameter
from framework.testing.arrays import (
    LAYOUTS,
    close,
    error,
    expect_gradient,
    expect_own_randomness,
    laid_out,
    normal,
    same,
    unchanged,
)
from framework.testing.bound import (
    BATCHES,
    SHAPES,
    Bound,
    is_random,
    parameters_for,
    samples,
    takes,
)
from framework.testing.check import Check, expect, promise
from framework.testing.memory import expect_no_growth
from framework.testing.training import expect_trains, sequence

_EXACT = 1e-9
_PASSES = 2000
_SEEDS = 400


@promise(
    "output_shape gives the shape of an output sample, or raises ValueError; every shape it takes"
    " works, for batches of 1 and more."
)
def shapes(layer: Layer) -> None:
    taken = 0
    for shape in SHAPES:
        try:
            given = layer.output_shape(shape)
        except ValueError:
            continue
        except Exception as failed:
            expect(False, f"for samples {shape} it raised {type(failed).__name__}: {failed}")
        whole = isinstance(given, tuple) and all(isinstance(n, int) and n > 0 for n in given)
        expect(whole, f"for samples {shape} it gave {given!r}, not a tuple of whole numbers")
        taken += 1
        for batch in BATCHES:
            where = f"output_shape takes samples {shape}, but a batch of {batch}"
            try:
                bound = Bound(layer, normal((batch, *shape), 0))
                y = bound.forward()
                bound.input_gradient(y, normal(y.shape, 1))
                bound.parameter_gradients(y, normal(y.shape, 1))
            except AssertionError as broken:
                expect(False, f"{where}: {broken}")
            except Exception as failed:
                expect(False, f"{where} raised {type(failed).__name__}: {failed}")
    expect(taken, f"it takes none of the samples {', '.join(map(str, SHAPES[:6]))}, …")


@promise(
    "parameters, state and scratch are arrays with names of their own, the same whenever they are"
    " asked for."
)
def declarations(layer: Layer) -> None:
    for shape in [s for s in SHAPES if takes(layer, s)][:4]:
        parameters, again = list(layer.parameters(shape)), list(layer.parameters(shape))
        expect(parameters == again, f"parameters({shape}) gave two different lists")
        for one in parameters:
            expect(isinstance(one, Parameter), f"parameters gave {one!r}, not a Parameter")
            whole = isinstance(one.shape, tuple) and all(int(n) == n > 0 for n in one.shape)
            expect(whole, f"parameter '{one.name}' has shape {one.shape!r}")
        state = layer.state(shape)
        x = np.zeros((3, *shape))
        scratch = layer.scratch(x, np.zeros((3, *layer.output_shape(shape))))
        names = [p.name for p in parameters] + list(state) + list(scratch)
        twice = {n for n in names if names.count(n) > 1 or n == "rng" or not n.isidentifier()}
        expect(not twice, f"the names {sorted(twice)} are taken twice, or are no names")


@promise("input_gradient agrees with central differences to 1e-6 in float64.")
def input_gradient(layer: Layer) -> None:
    for shape in samples(layer):
        for batch, size in ((1, 1), (3, 1), (5, 4)):
            bound = Bound(layer, size * normal((batch, *shape), batch))
            y = bound.forward()
            g = normal(y.shape, 1)
            found = bound.input_gradient(y, g).copy()
            expect_gradient(
                f"the gradient for an input of shape {bound.x.shape}",
                found,
                lambda bound=bound, g=g: float(np.sum(g * bound.forward())),  # type: ignore[misc]
                bound.x,
            )


@promise(
    "parameter_gradients writes each parameter's gradient, a sum over the batch that agrees with"
    " central differences to 1e-6 in float64."
)
def parameter_gradients(layer: Layer) -> None:
    for shape in samples(layer):
        for batch, size in ((1, 1), (3, 1), (5, 4)):
            bound = Bound(layer, size * normal((batch, *shape), batch))
            y = bound.forward()
            g = normal(y.shape, 1)
            bound.input_gradient(y, g)
            for name, found in bound.parameter_gradients(y, g).items():
                expect_gradient(
                    f"the gradient of '{name}' (a batch of {batch}, samples {shape})",
                    found,
                    lambda bound=bound, g=g: float(np.sum(g * bound.forward())),  # type: ignore[misc]
                    bound.parameters[name],
                )


@promise(
    "parameter_gradients overwrites what is there, and needs no call of input_gradient before it."
)
def gradients_stand_alone(layer: Layer) -> None:
    for shape in samples(layer):
        bound = Bound(layer, normal((3, *shape), 3))
        y = bound.forward()
        g = normal(y.shape, 1)
        bound.input_gradient(y, g)
        usual = bound.parameter_gradients(y, g, poison=0.0)
        fresh = Bound(layer, normal((3, *shape), 3))
        y = fresh.forward()
        lowest = fresh.parameter_gradients(y, g, poison=0.0)
        again = fresh.parameter_gradients(y, g, poison=5.0)
        for name, found in usual.items():
            expect(
                close(again[name], lowest[name], _EXACT),
                f"the gradient of '{name}' depends on what its array held before",
            )
            expect(
                close(found, lowest[name], _EXACT),
                f"the gradient of '{name}' changes with input_gradient, which the core never calls"
                " for the lowest trainable layer",
            )


@promise("dtypes are kept, float32 and float64; the results in float32 are those in float64.")
def dtypes(layer: Layer) -> None:
    for shape in samples(layer):
        found: dict[str, dict[str, Array]] = {}
        for dtype in ("float32", "float64"):
            x = normal((8, *shape), 5, "float32").astype(dtype)
            bound = Bound(layer, x)
            for name, p in bound.parameters.items():
                p[...] = p.astype("float32")
                _expect_dtype(f"parameter '{name}'", p, dtype)
            y = bound.forward()
            _expect_dtype("forward", bound.returned, dtype)
            g = normal(y.shape, 1, "float32").astype(dtype)
            gx = bound.input_gradient(y, g)
            _expect_dtype("input_gradient", bound.returned, dtype)
            found[dtype] = {"output": y, "input gradient": gx} | {
                f"gradient of {n}": a for n, a in bound.parameter_gradients(y, g).items()
            }
        if is_random(layer, shape):
            continue
        for name, exact in found["float64"].items():
            off = error(found["float32"][name].astype("float64"), exact)
            expect(off < 1e-3, f"its {name} in float32 is off by {off:.1e} of that in float64")


def _expect_dtype(what: str, array: Array | None, dtype: str) -> None:
    given = dtype if array is None else str(array.dtype)
    expect(given == dtype, f"{what} gave {given} where x is {dtype}")


@promise("the whole of `out` is filled, or a whole array returned; what `out` held is not used.")
def out_is_filled(layer: Layer) -> None:
    for shape in samples(layer):
        for layout in LAYOUTS:
            bound = Bound(layer, normal((3, *shape), 3), layout=layout)
            g = laid_out(normal(bound.out.shape, 1), layout)
            for what in ("forward", "input_gradient"):
                results = []
                for poison in (np.nan, 1e6):
                    y = bound.forward(poison if what == "forward" else np.nan)
                    results.append(
                        y.copy()
                        if what == "forward"
                        else bound.input_gradient(y, g, poison).copy()
                    )
                holes = int(np.count_nonzero(np.isnan(results[0])))
                expect(
                    not holes,
                    f"{what} left {holes} of {results[0].size} numbers of out unwritten or nan"
                    f" (layout: {layout})",
                )
                expect(
                    same(*results),
                    f"{what} gives another result when out held other numbers before",
                )


@promise("nothing but `out` and the gradients is changed: not x, y, g, nor the parameters.")
def arguments_are_left_alone(layer: Layer) -> None:
    for shape in samples(layer):
        for training in (True, False):
            bound = Bound(layer, normal((3, *shape), 3), training=training)
            kept = dict(bound.parameters) if training else bound.parameters | bound.state
            with unchanged("forward", x=bound.x, **kept):
                y = bound.forward()
            if not training:
                continue
            y, g = y.copy(), normal(y.shape, 1)
            with unchanged("input_gradient", x=bound.x, y=y, g=g, **bound.parameters):
                bound.input_gradient(y, g)
            with unchanged("parameter_gradients", x=bound.x, y=y, g=g, **bound.parameters):
                bound.parameter_gradients(y, g)


@promise("arrays are used in whatever order they lie in memory.")
def layouts(layer: Layer) -> None:
    for shape in samples(layer):
        expected: dict[str, Array] | None = None
        for layout in LAYOUTS:
            bound = Bound(layer, normal((8, *shape), 3), layout=layout)
            g = laid_out(normal(bound.out.shape, 1), layout)
            found = bound.everything(g)
            expected = expected or found
            for name, array in found.items():
                expect(
                    close(array, expected[name], _EXACT),
                    f"the {name} is another one when arrays are laid out as {layout}",
                )


@promise("the same input, parameters and seed give the same bytes; all randomness is own.rng's.")
def determinism(layer: Layer) -> None:
    for shape in samples(layer):
        for training in (True, False):
            x = normal((8, *shape), 3)

            def compute(x: Array = x, training: bool = training) -> dict[str, Array]:
                bound = Bound(layer, x, training=training)
                y = bound.forward()
                if not training:
                    return {"output": y}
                return bound.everything(normal(y.shape, 1))

            expect_own_randomness("training" if training else "inference", compute)


@promise("scratch left by one batch does not reach the next one.")
def no_stale_scratch(layer: Layer) -> None:
    for shape in samples(layer):
        for training in (True, False):
            x = normal((3, *shape), 3)
            fresh = _results(Bound(layer, x, training=training))
            for name, other in (("other numbers", normal(x.shape, 4)), ("nan", x * np.nan)):
                bound = Bound(layer, other, training=training)
                with contextlib.suppress(Exception):  # what it does with nan is its own affair
                    _results(bound)
                bound.x[...] = x
                for what, array in _results(bound).items():
                    expect(
                        same(array, fresh[what]),
                        f"the {what} is another one after a batch of {name}",
                    )


@promise("a layer is a value: batches, networks and threads may take turns with it.")
def no_state_of_its_own(layer: Layer) -> None:
    for shape in samples(layer):
        xs = [normal((n, *shape), n) for n in (3, 3, 1)]
        xs[1] = -2 * xs[1]
        alone = [_results(Bound(layer, x)) for x in xs]
        bounds = [Bound(layer, x) for x in xs]
        ys = [b.forward() for b in bounds]
        Bound(layer, normal((8, *shape), 9), training=False).forward()
        gs = [normal(y.shape, 1) for y in ys]
        for b, y, g, expected in zip(bounds, ys, gs, alone, strict=True):
            found = {"output": y, "input gradient": b.input_gradient(y, g)}
            found |= {f"gradient of {n}": a for n, a in b.parameter_gradients(y, g).items()}
            for what, array in found.items():
                expect(
                    same(array.copy(), expected[what]),
                    f"the {what} is another one when a second batch goes forward before the first"
                    " goes back: something is kept outside of own",
                )


def _results(bound: Bound) -> dict[str, Array]:
    if bound.training:
        return bound.everything(normal(bound.out.shape, 1))
    return {"output": bound.forward().copy()}


@promise(
    "in inference (own.rng is None) each sample is treated alone, and alike; a layer without"
    " randomness and state does the same in training."
)
def samples_alone(layer: Layer) -> None:
    for shape in samples(layer):
        x = normal((7, *shape), 3)
        trained = Bound(layer, x)
        whole = trained.forward().copy()
        steady = not trained.state and not is_random(layer, shape)
        state = {n: a.copy() for n, a in trained.state.items()}
        together = Bound(layer, x, training=False, state=state).forward().copy()
        if steady:
            expect(
                close(together, whole, _EXACT),
                "training and inference differ, though it has neither randomness nor state",
            )
        order = np.array([3, 1, 6, 0, 5, 2, 4])
        turned = Bound(layer, x[order], training=False, state=state).forward()
        expect(
            close(turned, together[order], _EXACT), "samples in another order give other outputs"
        )
        for i in (0, 6):
            one = Bound(layer, x[i : i + 1], training=False, state=state).forward()[0]
            expect(
                close(one, together[i], _EXACT),
                f"sample {i} of 7 has another output when it is alone in its batch",
            )


@promise("in inference its state stays as it is; in training it stays finite.")
def state(layer: Layer) -> None:
    for shape in samples(layer):
        bound = Bound(layer, normal((8, *shape), 3))
        bound.forward()
        for name, array in bound.state.items():
            expect(np.all(np.isfinite(array)), f"state '{name}' is not finite after a batch")
            first = np.asarray(layer.state(shape)[name])
            expect(first.shape == array.shape, f"state '{name}' changed its shape")
        later = Bound(
            layer, normal((8, *shape), 3), training=False, state=dict(bound.state)
        )
        with unchanged("inference", **later.state):
            later.own.rng = None
            layer.forward(later.x, later.out, later.own)


@promise("one batch seen over and over in training brings inference to the same outputs.")
def running_statistics(layer: Layer) -> None:
    for shape in samples(layer)[:2]:
        bound = Bound(layer, normal((64, *shape), 3))
        if not bound.state or is_random(layer, shape):
            return
        y = bound.forward().copy()
        before = _distance(layer, bound, y)
        for _ in range(_PASSES):
            last = {n: a.copy() for n, a in bound.state.items()}
            layer.forward(bound.x, bound.out, bound.own)
        after = _distance(layer, bound, y)
        settled = all(close(a, last[n], 1e-6) for n, a in bound.state.items())
        expect(
            after < 0.05 or (not settled and after < before),
            f"after {_PASSES} times the same batch, inference is still off by {after:.1%} of the"
            f" outputs' size (at first: {before:.1%})",
        )


def _distance(layer: Layer, bound: Bound, y: Array) -> float:
    state = {n: a.copy() for n, a in bound.state.items()}
    return error(Bound(layer, bound.x, training=False, state=state).forward(), y)


@promise("what a random layer gives in training is, on average, what it gives in inference.")
def expectation(layer: Layer) -> None:
    shape = samples(layer)[0]
    if not is_random(layer, shape):
        return
    x = normal((16, *shape), 3)
    still = Bound(layer, x, training=False).forward().copy()
    bound, total = Bound(layer, x), np.zeros_like(still)
    for seed in range(_SEEDS):
        bound.seed = seed
        total += bound.forward() / _SEEDS
    size = float(np.sum(still * still))
    ratio = float(np.sum(total * still)) / size if size else 1.0
    expect(
        abs(ratio - 1) < 0.05,
        f"averaged over {_SEEDS} seeds, outputs in training are {ratio:.3f} times those in"
        " inference",
    )


@promise("inputs up to ±100 give numbers: no nan, forward and back, in float32.")
def large_inputs(layer: Layer) -> None:
    for shape in samples(layer):
        x = normal((8, *shape), 3, "float32")
        x = np.where(np.abs(x) > 0.5, np.sign(x) * 100, x).astype("float32")
        bound = Bound(layer, x)
        y = bound.forward()
        found = {"output": y.copy()}
        found["input gradient"] = bound.input_gradient(y, np.ones_like(y))
        for what, array in found.items():
            holes = int(np.count_nonzero(np.isnan(array)))
            expect(not holes, f"{holes} of {array.size} numbers of its {what} are nan")


@promise("memory does not grow with the number of calls.")
def no_growth(layer: Layer) -> None:
    shape = samples(layer)[0]
    bound = Bound(layer, normal((3, *shape), 3))
    y = bound.forward().copy()
    g = normal(y.shape, 1)
    gradients = Own(**{n: np.empty_like(p) for n, p in bound.parameters.items()})

    def call() -> None:
        layer.forward(bound.x, bound.out, bound.own)
        layer.input_gradient(bound.x, y, g, bound.gx, bound.own)
        if bound.parameters:
            layer.parameter_gradients(bound.x, y, g, gradients, bound.own)

    expect_no_growth("forward and the ways back", call)


@promise("`affine = True` means forward is exactly x @ weights + bias, with these two parameters.")
def affine(layer: Layer) -> None:
    if not layer.affine:
        return
    for shape in samples(layer):
        parameters = tuple(layer.parameters(shape))
        expect(
            keeps_promise(layer, parameters),
            f"its parameters are {[(p.name, p.shape) for p in parameters]}; expected weights [D, M]"
            " and bias [M], in that order",
        )
        for training in (True, False):
            bound = Bound(layer, 10 * normal((64, *shape), 3), training=training)
            given = parameters_for(layer, shape, "float64")
            expected = bound.x @ given["weights"] + given["bias"]
            expect(
                close(bound.forward(), expected, _EXACT),
                f"forward is not x @ weights + bias for samples {shape}",
            )


@promise("networks train with it: the same bytes from the same seed, every loss finite.")
def trains(layer: Layer) -> None:
    for shape in samples(layer)[:2]:
        again = takes(layer, layer.output_shape(shape))
        following = [layer, layer] if again else [layer]
        expect_trains(sample=shape, layers=lambda plans, f=following: sequence(plans, f))  # type: ignore[misc]


CHECKS: tuple[Check, ...] = (
    shapes,
    declarations,
    input_gradient,
    parameter_gradients,
    gradients_stand_alone,
    dtypes,
    out_is_filled,
    arguments_are_left_alone,
    layouts,
    determinism,
    no_stale_scratch,
    no_state_of_its_own,
    samples_alone,
    state,
    running_statistics,
    expectation,
    large_inputs,
    no_growth,
    affine,
    trains,
)

