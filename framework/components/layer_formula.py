"""A layer's formulas: its two ways for a single element, as plain code over numbers.

They know no array, so they run as they are over whole arrays with numpy, as what `Layer.forward`
and `Layer.input_gradient` do by default; and the core may compile them, all lines in one loop
(`framework/engine/compiled_layers.py`)::

    @staticmethod
    def formula(x, slope):
        return np.maximum(x, slope * x)

    @staticmethod
    def gradient_formula(y, g, slope):
        return np.where(y > 0, g, slope * g)

Parameters are known by their names: `x`, in the way back also `y` and `g`, and the layer's fields
that are numbers or schedules.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from types import FunctionType
from typing import Any

from framework.components.base import Component
from framework.components.formula import Formula, parameter_names
from framework.components.schedule import Schedule, value
from framework.errors import PluginError

_WAYS = {"forward": "formula", "input_gradient": "gradient_formula"}
_ARRAYS = {"forward": ("x",), "input_gradient": ("x", "y", "g")}


@dataclass(frozen=True)
class LayerFormula:
    """A formula of a layer, its parameters sorted by what they are, in their order."""

    formula: Formula
    names: tuple[str, ...]
    arrays: tuple[str, ...]
    numbers: tuple[str, ...]

    def values(self, layer: Component, step: int) -> dict[str, float]:
        """Return its numbers at a step, by name."""
        return {name: value(getattr(layer, name), step) for name in self.numbers}

    def scheduled(self, layer: Component) -> bool:
        """Return whether one of its numbers is a schedule."""
        return any(isinstance(getattr(layer, name), Schedule) for name in self.numbers)


def stated_way(layer: Component, way: str) -> LayerFormula | None:
    """Return the formula that a layer goes a way by; None where it states none.

    A class that only inherits a formula, and has a way of its own, does not go by it.

    Parameters
    ----------
    way : ``forward`` or ``input_gradient``.

    Raises
    ------
    PluginError : when the formula asks for what is neither an array there nor a number.
    """
    name = _WAYS[way]
    formula = getattr(layer, name)
    if not isinstance(formula, FunctionType):  # a method of that name is the plugin's own affair
        return None
    lines = type(layer).__mro__
    states = next(cls for cls in lines if name in vars(cls))
    goes = next(cls for cls in lines if way in vars(cls))
    return _sorted(layer, way, formula) if issubclass(states, goes) else None


def _sorted(layer: Component, way: str, formula: Formula) -> LayerFormula:
    names = parameter_names(formula)
    numbers = numbers_of(layer)
    for name in names:
        if name not in _ARRAYS[way] and name not in numbers:
            raise PluginError(
                f"{type(layer).__name__}.{_WAYS[way]} takes '{name}'; expected"
                f" {', '.join((*_ARRAYS[way], *numbers))}"
            )
    arrays = tuple(name for name in names if name in _ARRAYS[way])
    return LayerFormula(formula, names, arrays, tuple(n for n in names if n not in arrays))


def numbers_of(component: Any) -> tuple[str, ...]:
    """Return the names of a component's fields that are numbers or schedules."""
    values: Mapping[str, Any] = {f.name: getattr(component, f.name) for f in fields(component)}
    return tuple(name for name, v in values.items() if isinstance(v, int | float | Schedule))
