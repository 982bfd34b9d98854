"""An update rule's formula: the step of an element as plain code over numbers.

It is a function of numbers that knows no array, so it runs as it is over anything that behaves like
them: over arrays with numpy, here; and over single elements, all of its lines in one loop, where
the core compiles it (`framework/engine/compiled_rules.py`)::

    @staticmethod
    def formula(p, g, velocity, learning_rate, momentum):
        velocity = momentum * velocity + g
        return p - learning_rate * velocity, velocity

Its parameters are known by their names: `p`, `g`, the rule's slots, the numbers of
`UpdateRule.numbers` (its fields and `step`). A slot that the rule does not keep as it is set is
None. It returns the new `p` and the new slots, in the order of its parameters.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, ClassVar

import numpy as np

from framework.components.base import Array
from framework.errors import PluginError

Formula = Callable[..., Any]
AT_ONCE = 16384  # elements: what is made of them on the way stays in the processor's cache


@dataclass(frozen=True)
class Parameters:
    """The parameters of a formula, sorted by what they are.

    Attributes
    ----------
    names : all, in their order.
    slots : the slots among them, in their order; those that the rule does not keep as well.
    kept : the slots that it keeps.
    numbers : all others but `p` and `g`.
    """

    names: tuple[str, ...]
    slots: tuple[str, ...]
    kept: tuple[str, ...]
    numbers: tuple[str, ...]

    @property
    def loop(self) -> Loop:
        """The formula as a loop over arrays."""
        given = ("p", "g", *(name for name in self.slots if name in self.kept))
        return Loop(self.names, given, ("p", *self.slots), self.numbers, decayed="p")


@dataclass(frozen=True)
class Loop:
    """A formula as a loop over the elements of arrays.

    Attributes
    ----------
    names : the formula's parameters, in their order; what is neither an array nor a number is None.
    arrays : those that are arrays, in the order in which the loop is given them.
    written : where each result goes; those that are not among the arrays are dropped.
    numbers : the parameters that are numbers, the same for all elements.
    decayed : the array that first loses a share of itself, the first number; if any.
    """

    names: tuple[str, ...]
    arrays: tuple[str, ...]
    written: tuple[str, ...]
    numbers: tuple[str, ...]
    decayed: str | None = None


@dataclass(frozen=True)
class Row:
    """A formula of a row of an array: a sample's outputs, its target, the gradient to fill.

    Attributes
    ----------
    numbers : its further parameters, the same for all rows.
    labels : whether a target is an integer; else it is a row as well.
    at_once : rows copied at a time to where each is in one line, for which there must be room.
    """

    at_once: ClassVar[int] = 16  # as many float32 as there are in a line of the cache

    numbers: tuple[str, ...]
    labels: bool


def parameters_of(
    owner: str, formula: Formula, slots: tuple[str, ...], numbers: frozenset[str]
) -> Parameters:
    """Sort a formula's parameters.

    Parameters
    ----------
    owner : the class whose formula it is, for messages.
    slots : those that the rule keeps, as it is set.
    numbers : the names of `UpdateRule.numbers`.

    Raises
    ------
    PluginError : when it does not take `p`, `g` and each of the slots.
    """
    names = parameter_names(formula)
    missing = [name for name in ("p", "g", *slots) if name not in names]
    if missing:
        raise PluginError(
            f"{owner}.formula({', '.join(names)}) does not take '{missing[0]}'; expected p, g, the"
            f" rule's slots ({', '.join(slots) or 'none'}), and the numbers that it needs"
        )
    others = [name for name in names if name not in ("p", "g")]
    return Parameters(
        names,
        tuple(name for name in others if name not in numbers),
        slots,
        tuple(name for name in others if name in numbers),
    )


@lru_cache(maxsize=256)
def parameter_names(formula: Formula) -> tuple[str, ...]:
    """Return the names of a formula's parameters, in their order."""
    return tuple(inspect.signature(formula).parameters)


def move(
    owner: str,
    formula: Formula,
    parameters: Parameters,
    numbers: Mapping[str, float],
    arrays: Mapping[str, Array],
) -> None:
    """Move `p` and the slots by a formula, with numpy, a part of 1-D arrays after the other.

    Parameters
    ----------
    arrays : `p`, `g` and the slots that are kept, by name; written into.

    Raises
    ------
    PluginError : when the formula gives another number of values than it should.
    """
    p = arrays["p"]
    values = {name: numbers[name] for name in parameters.numbers}
    absent = dict.fromkeys(name for name in parameters.slots if name not in arrays)
    size = AT_ONCE if p.ndim == 1 else max(len(p), 1)
    for start in range(0, len(p), size):
        part = {name: array[start : start + size] for name, array in arrays.items()}
        given = {name: part[name] for name in ("p", "g", *parameters.kept)}
        made = formula(**given, **absent, **values)
        results = made if isinstance(made, tuple) else (made,)
        if len(results) != 1 + len(parameters.slots):
            raise PluginError(
                f"{owner}.formula gave {len(results)} value{'s' * (len(results) > 1)}; expected"
                f" {', '.join(('p', *parameters.slots))}"
            )
        for name, result in zip(("p", *parameters.slots), results, strict=True):
            if name in part:
                np.copyto(part[name], result, casting="same_kind")
