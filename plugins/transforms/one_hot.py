"""A column for each category."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

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

from .category_columns import category_columns


@dataclass(frozen=True)
class OneHot(Transform):
    r"""Replace columns of categories by a column for each category, 1 where it applies, else 0.

        y  = [x = 0, x = 1, …, x = n - 1]        of a column with the codes 0 to n - 1
        ∂x = 0                                   a code has no gradient

    Other columns stay as they are, and all keep their order. A missing category (NaN) is 0 in all
    its columns; its codes come from data that have categories (tables), or `sizes` says how many
    there are.

    Two columns, the second with three categories:

    >>> OneHot(columns=(1,), sizes=(3,)).forward(
    ...     np.array([[0.5, 2.0], [0.7, np.nan]]), np.empty((2, 4)), Arrays())
    array([[0.5, 0. , 0. , 1. ],
           [0.7, 0. , 0. , 0. ]])

    Differs: scikit-learn's ``OneHotEncoder`` puts the columns of categories first.
    """

    takes_missing: ClassVar[bool] = True
    surrogate_gradient: ClassVar[bool] = True

    columns: tuple[int | str, ...] = hyperparameter(
        (), "names or numbers of the columns; none: all that hold categories"
    )
    sizes: tuple[int, ...] = hyperparameter(
        (), "how many categories each has; none: as many as the data say", at_least=1
    )

    @classmethod
    def examples(cls) -> Sequence[OneHot]:
        return (cls(columns=(0, 2), sizes=(3, 2)),)

    def over(self, columns: Columns) -> OneHot:
        chosen, sizes = category_columns(columns, self.columns, self.sizes)
        return replace(self, columns=chosen, sizes=sizes)

    def columns_after(self, columns: Columns) -> Columns:
        if not columns.names:
            return columns
        names: list[str] = []
        categories: list[tuple[str, ...]] = []
        for i, name in enumerate(columns.names):
            if i in self.columns:
                names += [f"{name}={category}" for category in columns.categories[i]]
                categories += [()] * len(columns.categories[i])
            else:
                names.append(name)
                categories.append(columns.categories[i])
        return Columns(tuple(names), tuple(categories))

    def output_shape(self, inputs: Shape) -> Shape:
        if len(inputs) != 1:
            raise ValueError(f"takes flat samples (columns,), got {inputs}")
        if len(self.sizes) != len(self.columns):
            raise ValueError(f"has {len(self.columns)} columns but {len(self.sizes)} sizes")
        for column in self.columns:
            if isinstance(column, str) or not 0 <= column < inputs[0]:
                raise ValueError(f"there is no column {column}; expected 0 to {inputs[0] - 1}")
        return (inputs[0] - len(self.columns) + sum(self.sizes),)

    def forward(self, x: Array, out: Array, arrays: Arrays) -> Array:
        sizes, at = dict(zip(self.columns, self.sizes, strict=True)), 0
        for i in range(x.shape[1]):
            size, column = sizes.get(i), x[:, i]
            if size is None:
                out[:, at] = column
                at += 1
                continue
            codes = np.arange(size)
            hot = column[:, None] == codes
            if not np.all(hot.any(axis=1) | np.isnan(column)):
                row = int(np.argmin(hot.any(axis=1) | np.isnan(column)))
                raise DataError(
                    f"one_hot: column {i} has {column[row]:g}; expected the code of a category, 0"
                    f" to {size - 1}"
                )
            out[:, at : at + size] = hot
            at += size
        return out

    def input_gradient(self, x: Array, y: Array, g: Array, out: Array, arrays: Arrays) -> Array:
        sizes, at = dict(zip(self.columns, self.sizes, strict=True)), 0
        for i in range(x.shape[1]):
            size = sizes.get(i)
            out[:, i] = g[:, at] if size is None else 0
            at += size or 1
        return out

    def example_inputs(self, rng: np.random.Generator, batch: int) -> Sequence[Array]:
        if not self.columns:
            return ()
        width = 1 + max(int(column) for column in self.columns)
        x = rng.integers(0, 1, (batch, width + 1))
        for column, size in zip(self.columns, self.sizes, strict=True):
            x[:, int(column)] = rng.integers(0, size, batch)
        return (x,)

    def expression(self, x: Expression, arrays: Expressions, inputs: Shape) -> Expression:
        sizes = dict(zip(self.columns, self.sizes, strict=True))
        parts = []
        for i in range(inputs[0]):
            column = x.columns(i, i + 1)
            if i in sizes:
                codes = np.arange(float(sizes[i]))
                column = ((column - codes).abs() < 0.5).number()
            parts.append(column)
        return Expression.concatenate(parts)
