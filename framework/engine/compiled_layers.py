"""Layers whose formulas run as machine code, bound to the arrays of a step.

A layer that states a formula for single elements (`components/layer_formula.py`) goes its way by a
loop of machine code, where its arrays lie alike in memory; where not, or where the layer states
none, its own method is called.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from framework.components.base import Array, Component
from framework.components.formula import Formula, Loop
from framework.components.layer import Layer
from framework.components.layer_formula import LayerFormula, stated_way
from framework.engine.blas import Call
from framework.engine.bound_loop import bind_loop
from framework.engine.graph import BoundLayer, Graph
from framework.engine.machine_code import LoopFunction, loop_function
from framework.engine.not_copied import Bound
from framework.errors import PluginError

SetNumbers = Callable[[int], None]
_RESULT = {"forward": "y", "input_gradient": "gx"}
_OVER = {"forward": "x", "input_gradient": "g"}  # what is written over where a layer works in place


@dataclass(frozen=True)
class BoundFormula:
    """A call that fills an array, and what sets its numbers ahead of a step where they change."""

    call: Call
    set_numbers: SetNumbers | None


class CompiledLayers(Bound):
    """The compiled formulas of a network's layers.

    Attributes
    ----------
    declined : for each formula that cannot be compiled, the class of its layer and why.

    Raises
    ------
    ImportError : when Numba, or what it needs, is not there.
    """

    def __init__(self, network: Graph) -> None:
        self._dtype = network.dtype
        self._functions: dict[tuple[Formula, Loop], LoopFunction | None] = {}
        self.declined: list[PluginError] = []
        for i, bound in enumerate(network.layers):
            for way, over in (("forward", network.overwrites(i)), ("input_gradient", True)):
                self._compile(bound, way, over and bound.in_place)

    def bind(
        self, bound: BoundLayer, way: str, arrays: Mapping[str, Array], *, in_place: bool
    ) -> BoundFormula | None:
        """Return a layer's way over arrays; None where its own method is to be called.

        Parameters
        ----------
        way : ``forward`` or ``input_gradient``.
        arrays : `x`, `y`, `g` and `gx`, as many as there are on the way.
        in_place : whether the result goes over what it is made from.
        """
        stated, loop = _stated(bound, way, in_place)
        function = self._functions.get((stated.formula, loop)) if stated and loop else None
        if stated is None or loop is None or function is None:
            return None
        layer, numbers = bound.layer, numbers_for(stated, bound.layer)

        def set_numbers(step: int) -> None:
            numbers[1:] = list(stated.values(layer, step).values())

        call = bind_loop(function, [arrays[name] for name in loop.arrays], numbers, self._dtype)
        if call is None:
            return None
        return BoundFormula(call, set_numbers if stated.scheduled(layer) else None)

    def _compile(self, bound: BoundLayer, way: str, in_place: bool) -> None:
        stated, loop = _stated(bound, way, in_place)
        if stated is None or loop is None or (stated.formula, loop) in self._functions:
            return
        function = None
        try:
            function = loop_function(stated.formula, loop, self._dtype)
        except PluginError as error:
            self.declined.append(PluginError(f"a formula of {type(bound.layer).__name__}: {error}"))
        self._functions[stated.formula, loop] = function


def loop_of(stated: LayerFormula, way: str, *, in_place: bool) -> Loop | None:
    """Return a layer's formula as a loop; None for a formula that cannot work in place."""
    if in_place and way == "input_gradient" and "x" in stated.arrays:
        return None
    result = _OVER[way] if in_place else _RESULT[way]
    arrays = stated.arrays if result in stated.arrays else (*stated.arrays, result)
    return Loop(stated.names, arrays, (result,), stated.numbers)


def numbers_for(stated: LayerFormula, layer: Component) -> Array:
    """Return the numbers of a layer's loop, as they are at first; its first is none of these."""
    return np.array([0.0, *stated.values(layer, 0).values()])


def _stated(bound: BoundLayer, way: str, in_place: bool) -> tuple[LayerFormula | None, Loop | None]:
    """Return the formula that a layer states, and the loop that it is; None where there is none."""
    keeps = bool(bound.parameters or vars(bound.state)) or bound.adds_loss
    if not isinstance(bound.layer, Layer) or keeps or bound.inputs != bound.outputs:
        return None, None
    stated = stated_way(bound.layer, way)
    return stated, loop_of(stated, way, in_place=in_place) if stated is not None else None
