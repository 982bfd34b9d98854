"""A loss's formula: what it makes of a single sample, as plain code over numbers.

It is a function of the sample's outputs, one after the other, so it runs as it is with numpy, as
what `Loss.evaluate` does by default; and the core may compile it, for a batch in one loop
(`framework/engine/compiled_loss.py`)::

    @staticmethod
    def formula(z, target, gradient):
        total = 0.0
        for k in range(len(z)):
            difference = z[k] - target[k]
            total = total + difference**2
            gradient[k] = 2 * difference / len(z)
        return total / len(z)

`z[k]` are the sample's outputs; `target` is its label, or `target[k]` its values or set, one for
each output; `gradient[k]` is to be filled with the derivative of this sample's loss for `z[k]`,
whatever the batch. Further parameters are the loss's fields that are numbers or schedules, by name.
It returns the loss.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import FunctionType
from typing import Any

import numpy as np

from framework.components.base import Array, Component
from framework.components.formula import Formula, Row, parameter_names
from framework.components.layer_formula import numbers_of
from framework.components.schedule import Schedule, value
from framework.errors import PluginError

_FIRST = ("z", "target", "gradient")


@dataclass(frozen=True)
class LossFormula:
    """A formula of a loss, and the row that it is for."""

    formula: Formula
    row: Row

    def values(self, loss: Component, step: int) -> dict[str, float]:
        """Return its numbers at a step, by name."""
        return {name: value(getattr(loss, name), step) for name in self.row.numbers}

    def scheduled(self, loss: Component) -> bool:
        """Return whether one of its numbers is a schedule."""
        return any(isinstance(getattr(loss, name), Schedule) for name in self.row.numbers)


def stated_loss(loss: Any) -> LossFormula | None:
    """Return the formula that a loss is evaluated by; None where it states none.

    A class that only inherits a formula, and evaluates by a method of its own, does not use it.

    Raises
    ------
    PluginError : when its parameters are not those that it must have.
    """
    owner, formula = type(loss), loss.formula
    if not isinstance(formula, FunctionType):  # a method of that name is the plugin's own affair
        return None
    states = next(cls for cls in owner.__mro__ if "formula" in vars(cls))
    evaluates = next(cls for cls in owner.__mro__ if "evaluate" in vars(cls))
    if not issubclass(states, evaluates):
        return None
    names = parameter_names(formula)
    numbers = numbers_of(loss)
    if names[:3] != _FIRST or any(name not in numbers for name in names[3:]):
        raise PluginError(
            f"{owner.__name__}.formula({', '.join(names)}); expected {', '.join(_FIRST)} and, of"
            f" the loss's numbers, those that it needs ({', '.join(numbers) or 'none'})"
        )
    return LossFormula(formula, Row(names[3:], labels=owner.targets == "labels"))


def evaluate_rows(
    stated: LossFormula,
    numbers: dict[str, float],
    z: Array,
    targets: Array,
    losses: Array,
    gradient: Array | None,
) -> None:
    """Evaluate a batch row by row, as `Loss.evaluate` does."""
    into = np.empty_like(z) if gradient is None else gradient
    for row in range(len(z)):
        losses[row] = stated.formula(z[row], targets[row], into[row], **numbers)
    into /= len(z)
