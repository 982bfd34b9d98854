"""The row of `framework/engine/layouts.py` that some times make."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace

from framework.engine.layouts import DEFAULT, Layouts

LEAST = (0, 32, 64, 200, 1000, math.inf)  # outputs from which weights may lie by output
BELOW = (1000, 2000, 5000, math.inf)  # and below which; narrow activations always lie by unit,
# since formulas of elements and losses are faster there (`benchmarks.ideas`)
WORTH = 0.01  # what another choice than the default's has to save


@dataclass(frozen=True)
class Shape:
    """An affine layer and a batch."""

    inputs: int
    outputs: int
    batch: int


@dataclass(frozen=True)
class Way:
    """How a layer's arrays lie: inputs and outputs unit by unit, weights output by output."""

    x_by_unit: bool
    by_output: bool
    y_by_unit: bool


WAYS = [Way(*lies) for lies in itertools.product((True, False), repeat=3)]
PRODUCTS = ("forward", "update", "back")

Times = Mapping[Shape, Mapping[tuple[Way, str], float]]


def way_of(row: Layouts, shape: Shape, *, first: bool) -> Way:
    """Return how a row has a layer's arrays lie."""
    return Way(
        not first and row.lies_by_unit(shape.inputs),
        row.lies_by_output(shape.outputs, first=first),
        row.lies_by_unit(shape.outputs),
    )


def taken(times: Mapping[tuple[Way, str], float], way: Way, *, first: bool) -> float:
    """Return what a layer's step takes; a first layer has no way back."""
    return sum(times[way, product] for product in PRODUCTS[: 2 if first else 3])


def loss(row: Layouts, times: Times, *, first: bool) -> float:
    """Return the mean over shapes of the logarithm of a row's time over that of the best way."""
    lost = [
        math.log(
            taken(of_shape, way_of(row, shape, first=first), first=first)
            / min(taken(of_shape, way, first=first) for way in possible(first))
        )
        for shape, of_shape in times.items()
    ]
    return sum(lost) / len(lost)


def possible(first: bool) -> list[Way]:
    return [way for way in WAYS if not (first and way.x_by_unit)]


def best_row(times: Times) -> Layouts:
    """Return the fastest row, decision by decision; the default's where little would be saved."""
    rows = [_with_weights(replace(DEFAULT, by_unit_below=below), times) for below in BELOW[::-1]]
    return _cheapest(rows, times, (True, False))


def _with_weights(row: Layouts, times: Times) -> Layouts:
    """Return a row with the best ranges for its weights."""
    for key, first in (("by_output", False), ("first_by_output", True)):
        for end, choices in ((1, BELOW), (0, LEAST)):
            rows = [row]
            for value in choices:
                pair = list(getattr(row, key))
                pair[end] = value
                rows.append(replace(row, **{key: tuple(pair)}))  # type: ignore[arg-type]
            row = _cheapest(rows, times, (first,))
    return row


def _cheapest(rows: list[Layouts], times: Times, firsts: tuple[bool, ...]) -> Layouts:
    """Return the cheapest of some rows, or the first of them, which must be beaten by enough."""
    costs = [sum(loss(row, times, first=first) for first in firsts) for row in rows]
    best = min(range(len(rows)), key=costs.__getitem__)
    return rows[best] if costs[best] < costs[0] - WORTH else rows[0]


def text_of(row: Layouts) -> str:
    """Return a row as the table has it.

    >>> text_of(replace(DEFAULT, by_unit_below=2000))
    'Layouts(by_unit_below=2000)'
    """
    said = {k: v for k, v in asdict(row).items() if v != getattr(DEFAULT, k)}
    values = ", ".join(f"{k}={v!r}".replace("inf", "math.inf") for k, v in said.items())
    return f"Layouts({values})"
