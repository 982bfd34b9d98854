"""Whether a layer keeps to the arrays it is given."""

from __future__ import annotations

import numpy as np

from framework.components.base import Array, Shape
from framework.components.layer import Arrays, Layer
from framework.testing.assertions import (
    LAYOUTS,
    close,
    error,
    laid_out,
    normal,
    same,
    unchanged,
)
from framework.testing.bound_layer import (
    BoundLayer,
    inputs,
    is_random,
    samples,
)
from framework.testing.check import Check, expect, promise
from framework.testing.memory_growth import expect_no_growth

_EXACT = 1e-9


@promise("dtypes are kept, float32 and float64; the results in float32 are those in float64.")
def dtypes(layer: Layer) -> None:
    for shape in samples(layer):
        computed: dict[str, dict[str, Array]] = {}
        for dtype in ("float32", "float64"):
            x = inputs(layer, shape, 8, 5, "float32").astype(dtype)
            bound = BoundLayer(layer, x)
            for name, p in bound.parameters.items():
                p[...] = p.astype("float32")
                _expect_dtype(f"parameter '{name}'", p, dtype)
            for name, array in bound.scratch.items():
                wide = array.dtype == np.float64 and dtype == "float32" and array.size > 1
                expect(not wide, f"scratch '{name}' is float64 where x is float32")
            y = bound.forward()
            _expect_dtype("forward", bound.returned, dtype)
            g = normal(y.shape, 1, "float32").astype(dtype)
            gx = bound.input_gradient(y, g)
            _expect_dtype("input_gradient", bound.returned, dtype)
            computed[dtype] = {"output": y, "input gradient": gx} | {
                f"gradient of {n}": a for n, a in bound.parameter_gradients(y, g).items()
            }
        _expect_precision(layer, shape)
        if is_random(layer, shape):
            continue
        for name, exact in computed["float64"].items():
            off = error(computed["float32"][name].astype("float64"), exact)
            expect(off < 1e-3, f"its {name} in float32 is off by {off:.1e} of that in float64")


def _expect_precision(layer: Layer, shape: Shape) -> None:
    """Hold that float64 is not rounded to float32 on the way."""
    bound = BoundLayer(layer, inputs(layer, shape, 8, 5))
    for name, array in bound.everything(normal(bound.out.shape, 1)).items():
        different = len(np.unique(array)) > array.size // 2 + 1
        rounded = same(array, array.astype("float32").astype("float64"))
        expect(
            not (different and rounded),
            f"its {name} has the precision of float32 where x is float64",
        )


def _expect_dtype(what: str, array: Array | None, dtype: str) -> None:
    given = dtype if array is None else str(array.dtype)
    expect(given == dtype, f"{what} gave {given} where x is {dtype}")


@promise("the whole of `out` is filled, or a whole array returned; what `out` held is not used.")
def out_is_filled(layer: Layer) -> None:
    for shape in samples(layer):
        for layout in LAYOUTS:
            bound = BoundLayer(layer, inputs(layer, shape, 3, 3), layout=layout)
            g = laid_out(normal(bound.out.shape, 1), layout)
            for what in ("forward", "input_gradient"):
                results = []
                for poison in (np.nan, 1e6):
                    y = bound.forward(poison if what == "forward" else np.nan)
                    results.append(
                        y.copy() if what == "forward" else bound.input_gradient(y, g, poison).copy()
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
            bound = BoundLayer(layer, inputs(layer, shape, 3, 3), training=training)
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
            bound = BoundLayer(layer, inputs(layer, shape, 8, 3), layout=layout)
            g = laid_out(normal(bound.out.shape, 1), layout)
            computed = bound.everything(g)
            expected = expected or computed
            for name, array in computed.items():
                expect(
                    close(array, expected[name], _EXACT),
                    f"the {name} is another one when arrays are laid out as {layout}",
                )


@promise(
    "`in_place = True` means the same results when they are written over x and over g, and x holds"
    " y on the way back."
)
def in_place(layer: Layer) -> None:
    if not layer.in_place:
        return
    for shape in samples(layer):
        for layout in LAYOUTS:
            apart = BoundLayer(layer, inputs(layer, shape, 3, 3), layout=layout)
            expect(
                not apart.parameters and apart.outputs == shape,
                f"it has parameters, or gives {apart.outputs} for samples {shape}",
            )
            g = laid_out(normal(apart.out.shape, 1), layout)
            expected = apart.everything(g)
            bound = BoundLayer(layer, inputs(layer, shape, 3, 3), layout=layout, in_place=True)
            for name, array in bound.everything(g).items():
                expect(
                    same(array, expected[name]),
                    f"the {name} is another one when it is written over what it is made from",
                )


@promise("memory does not grow with the number of calls.", once=True)
def no_growth(layer: Layer) -> None:
    shape = samples(layer)[0]
    bound = BoundLayer(layer, inputs(layer, shape, 3, 3))
    y = bound.forward().copy()
    g = normal(y.shape, 1)
    gradients = Arrays(**{n: np.empty_like(p) for n, p in bound.parameters.items()})

    def call() -> None:
        layer.forward(bound.x, bound.out, bound.arrays)
        layer.input_gradient(bound.x, y, g, bound.gx, bound.arrays)
        if bound.parameters:
            layer.parameter_gradients(bound.x, y, g, gradients, bound.arrays)

    expect_no_growth("forward and the ways back", call)


CHECKS: tuple[Check, ...] = (
    dtypes,
    out_is_filled,
    arguments_are_left_alone,
    layouts,
    in_place,
    no_growth,
)
