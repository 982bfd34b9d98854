"""Numbers in the place of missing values."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import ClassVar, Literal

import numpy as np

from framework import (
    Array,
    Arrays,
    Columns,
    DataError,
    Expression,
    Expressions,
    Shape,
    Transform,
    hyperparameter,
)


@dataclass(frozen=True)
class Impute(Transform):
    r"""Fill what is missing (NaN) with one number for each column, of the training split.

        y  = x, where there is x, else the column's mean, or median, or a constant
        ∂x = g, where there is x, else 0

    Little and Rubin, "Statistical analysis with missing data", 1987, chapter 4. Means are summed
    around the column's first number, so that a large mean costs no digits.

    Three rows whose second column has 4, nothing, and 8:

    >>> rows = np.array([[1.0, 4.0], [2.0, np.nan], [3.0, 8.0]])
    >>> fitted = Impute().fit([rows])
    >>> fitted["fill"]
    array([2., 6.])
    >>> Impute().forward(rows, np.empty((3, 2)), Arrays(**fitted))[1]
    array([2., 6.])

    Differs: scikit-learn's ``SimpleImputer`` leaves columns out that are missing in all rows; here
    that is an error.
    """

    takes_missing: ClassVar[bool] = True

    columns: tuple[int | str, ...] = hyperparameter(
        (), "names or numbers of the columns; none: all that hold numbers"
    )
    by: Literal["mean", "median", "constant"] = hyperparameter("mean", "what is filled in")
    constant: float = hyperparameter(0.0, "the number that is filled in, by constant")

    def over(self, columns: Columns) -> Impute:
        if self.columns:
            return replace(self, columns=tuple(columns.index(column) for column in self.columns))
        categories = columns.of_categories()
        numbers = tuple(i for i in range(len(columns.names)) if i not in categories)
        return replace(self, columns=numbers if categories else ())

    def output_shape(self, inputs: Shape) -> Shape:
        _numbers(self.columns, inputs)
        return inputs

    def state(self, inputs: Shape) -> dict[str, Array]:
        return {"fill": np.zeros(inputs)}

    def fit(self, samples: Iterable[Array]) -> dict[str, Array]:
        if self.by == "median":
            rows = np.concatenate([block.copy() for block in samples])
            medians = [_median(column) for column in rows.reshape(len(rows), -1).T]
            fill, counts = np.reshape(medians, rows.shape[1:]), (~np.isnan(rows)).sum(axis=0)
        else:
            fill, counts = _means(samples)
        if self.by == "constant":
            return {"fill": np.full(fill.shape, self.constant)}
        empty = np.zeros(fill.shape, bool)
        empty[_where(self.columns)] = counts[_where(self.columns)] == 0
        if empty.any():
            raise DataError(
                f"impute: column {int(np.argmax(empty))} is missing in all training rows; expected"
                " by=constant"
            )
        return {"fill": fill}

    def forward(self, x: Array, out: Array, arrays: Arrays) -> Array:
        np.copyto(out, x)
        columns = _where(self.columns)
        part = out[:, columns]
        out[:, columns] = np.where(np.isnan(part), arrays.fill[columns], part)
        return out

    def input_gradient(self, x: Array, y: Array, g: Array, out: Array, arrays: Arrays) -> Array:
        np.copyto(out, g)
        columns = _where(self.columns)
        out[:, columns] = np.where(np.isnan(x[:, columns]), 0, g[:, columns])
        return out

    def expression(self, x: Expression, arrays: Expressions, inputs: Shape) -> Expression:
        filled = x.isnan().where(arrays.fill, x)
        if not self.columns:
            return filled
        chosen = np.zeros(inputs)
        chosen[_where(self.columns)] = 1
        return (Expression.of(chosen) > 0.5).where(filled, x)


def _where(columns: tuple[int | str, ...]) -> list[int] | slice:
    return [int(column) for column in columns] if columns else slice(None)


def _means(samples: Iterable[Array]) -> tuple[Array, Array]:
    """Return each column's mean, 0 where it has no number, and how many numbers it has."""
    first, sums = np.zeros(()), np.zeros(())
    counts: Array = np.zeros((), np.int64)
    for block in samples:
        there = ~np.isnan(block)
        rows = np.argmax(there, axis=0)
        begins = np.nan_to_num(np.take_along_axis(block, rows[None], axis=0)[0])
        first = np.where(counts > 0, first, begins)
        sums = sums + np.where(there, block - first, 0).sum(axis=0)
        counts = counts + there.sum(axis=0)
    return first + sums / np.maximum(counts, 1), counts


def _median(column: Array) -> float:
    numbers = column[~np.isnan(column)]
    return float(np.median(numbers)) if len(numbers) else 0.0


def _numbers(columns: tuple[int | str, ...], inputs: Shape) -> None:
    names = [column for column in columns if isinstance(column, str)]
    if names:
        raise ValueError(f"column '{names[0]}': the data have no names of columns")
    if columns and len(inputs) != 1:
        raise ValueError(f"takes flat samples (columns,), got {inputs}")
    beyond = [column for column in columns if not 0 <= int(column) < inputs[0]]
    if beyond:
        raise ValueError(f"there is no column {beyond[0]}; expected 0 to {inputs[0] - 1}")
