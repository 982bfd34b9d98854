"""Whether the forms of a layer come to the same: its formulas, its methods, machine code."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec

import numpy as np

from framework.components.base import Array
from framework.components.layer import Layer
from framework.components.layer_formula import LayerFormula, stated_way
from framework.engine.bound_loop import bind_loop
from framework.engine.compiled_layers import loop_of, numbers_for
from framework.engine.machine_code import loop_function
from framework.errors import PluginError
from framework.testing.assertions import close, normal
from framework.testing.bound_layer import BoundLayer, samples
from framework.testing.check import Check, UnansweredError, expect, promise

_EXACT = 1e-12
_SIZES = (1.0, 15.0)


@promise("where it states a formula and a method, both come to the same, to 1e-12 in float64.")
def formula(layer: Layer) -> None:
    for way, stated, given, made in _ways(layer):
        numbers = stated.values(layer, 0)
        plain = stated.formula(**{name: given[name] for name in stated.arrays}, **numbers)
        expect(
            close(np.asarray(plain, np.float64), made, _EXACT),
            f"{way} comes out otherwise by its formula than by its method, in float64",
        )


@promise("a formula of it, compiled, comes to what it comes to in numpy.", once=True)
def compiled_formula(layer: Layer) -> None:
    for way, stated, given, _ in _ways(layer):
        if find_spec("numba") is None:
            raise UnansweredError("Numba is not installed (`pip install 'mlp-framework[fast]'`)")
        arrays = {name: given[name] for name in stated.arrays}
        plain = np.asarray(stated.formula(**arrays, **stated.values(layer, 0)), np.float64)
        loop, out = loop_of(stated, way, in_place=False), np.empty_like(given["x"])
        assert loop is not None
        try:
            function = loop_function(stated.formula, loop, "float64")
        except PluginError as error:
            expect(False, f"{error}; expected arithmetic and numpy's functions of single elements")
        places = [arrays.get(name, out) for name in loop.arrays]
        call = bind_loop(function, places, numbers_for(stated, layer), "float64")
        assert call is not None
        call()
        expect(close(out, plain, _EXACT), f"{way} comes out otherwise compiled than in numpy")


def _ways(layer: Layer) -> Iterator[tuple[str, LayerFormula, dict[str, Array], Array]]:
    """Give each way that has a formula: its arrays, and what the layer's method makes of them."""
    stated = {way: _stated(layer, way) for way in ("forward", "input_gradient")}
    if not any(stated.values()):
        return
    expect(not layer.parameters(samples(layer)[0]), "it states a formula, and has parameters")
    for size in _SIZES:
        x, g = size * normal((8, *samples(layer)[0]), 5), normal((8, *samples(layer)[0]), 6)
        bound = BoundLayer(layer, x)
        y = bound.forward().copy()
        given = {"x": x, "y": y, "g": g}
        for way, formula in stated.items():
            made = y if way == "forward" else bound.input_gradient(y, g).copy()
            if formula is not None:
                yield way, formula, given, made


def _stated(layer: Layer, way: str) -> LayerFormula | None:
    try:
        return stated_way(layer, way)
    except PluginError as error:
        expect(False, str(error))
        raise


CHECKS: tuple[Check, ...] = (formula, compiled_formula)
