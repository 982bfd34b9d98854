"""Columns of a table: those of categories looked up, the others as they are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
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
    Layer,
    Parameter,
    Shape,
    hyperparameter,
)

from ..transforms.category_columns import category_columns


@dataclass(frozen=True)
class FeatureColumns(Layer):
    r"""Put a row of a trained table in the place of each column of categories.

        Y      = [F₀, F₁, …]         Fᵢ = Tᵢ[xᵢ] of a column of categories, else xᵢ itself
        ∂xᵢ    = the G of its place; 0 of a column of categories
        ∂Tᵢ[r] = Σ G over the samples where xᵢ is r

    The first layer of a network for a table: columns keep their order, those of categories become
    `width` numbers each. A code counts from 0; the data say how many categories a column has, or
    `sizes` does.

    Guo and Berkhahn, "Entity embeddings of categorical variables", 2016.

    A column of numbers, and one of two categories:

    >>> layer = FeatureColumns(columns=(1,), sizes=(2,), width=2)
    >>> arrays = Arrays(table_1=np.array([[1.0, 2.0], [3.0, 4.0]]))
    >>> layer.forward(np.array([[0.5, 1.0]]), np.empty((1, 3)), arrays)
    array([[0.5, 3. , 4. ]])

    Differs: PyTorch has none; Keras's ``FeatureSpace`` knows columns by name, and a category
    without a row of its own has one for all such; here it is a line.
    """

    surrogate_gradient: ClassVar[bool] = True  # a code has none

    columns: tuple[int | str, ...] = hyperparameter(
        (), "names or numbers of the columns looked up; none: all that hold categories"
    )
    sizes: tuple[int, ...] = hyperparameter(
        (), "how many categories each has; none: as many as the data say", at_least=1
    )
    width: int = hyperparameter(8, "numbers in the row of a category", at_least=1)
    widths: tuple[int, ...] = hyperparameter(
        (), "the same for each column by itself; none: width for all", at_least=1
    )

    @classmethod
    def examples(cls) -> Sequence[FeatureColumns]:
        alike = cls(columns=(0, 2), sizes=(3, 2), width=2)
        return alike, replace(alike, widths=(2, 1))

    def over(self, columns: Columns) -> FeatureColumns:
        chosen, sizes = category_columns(columns, self.columns, self.sizes)
        return replace(self, columns=chosen, sizes=sizes)

    def output_shape(self, inputs: Shape) -> Shape:
        if len(inputs) != 1:
            raise ValueError(f"takes flat samples (columns,), got {inputs}")
        for name, given in (("sizes", self.sizes), ("widths", self.widths or self.columns)):
            if len(given) != len(self.columns):
                raise ValueError(f"has {len(self.columns)} columns but {len(given)} {name}")
        for column in self.columns:
            if isinstance(column, str) or not 0 <= column < inputs[0]:
                raise ValueError(f"there is no column {column}; expected 0 to {inputs[0] - 1}")
        return (sum(part.stop - part.start for _, part, _ in self._parts(inputs[0])),)

    def _parts(self, count: int) -> Iterator[tuple[int, slice, int]]:
        """Yield each column with its place in the output, and its categories; 0 for numbers."""
        widths = self.widths or (self.width,) * len(self.columns)
        looked_up = dict(zip(self.columns, zip(self.sizes, widths, strict=True), strict=True))
        start = 0
        for column in range(count):
            size, width = looked_up.get(column, (0, 1))
            yield column, slice(start, start + width), size
            start += width

    def parameters(self, inputs: Shape) -> tuple[Parameter, ...]:
        return tuple(
            Parameter(f"table_{column}", (size, part.stop - part.start), role="table")
            for column, part, size in self._parts(inputs[0])
            if size
        )

    def forward(self, x: Array, out: Array, arrays: Arrays) -> Array:
        for column, part, size in self._parts(x.shape[1]):
            given = x[:, column]
            if not size:
                out[:, part.start] = given
                continue
            known = (given >= 0) & (given < size) & (given == np.floor(given))
            if not known.all():
                raise DataError(
                    f"feature_columns: column {column} has {given[~known][0]:g}; expected the code"
                    f" of a category, 0 to {size - 1}"
                )
            out[:, part] = getattr(arrays, f"table_{column}")[given.astype(np.intp)]
        return out

    def input_gradient(self, x: Array, y: Array, g: Array, out: Array, arrays: Arrays) -> Array:
        for column, part, size in self._parts(x.shape[1]):
            out[:, column] = 0 if size else g[:, part.start]
        return out

    def parameter_gradients(
        self, x: Array, y: Array, g: Array, gradients: Arrays, arrays: Arrays
    ) -> None:
        for column, part, size in self._parts(x.shape[1]):
            if size:
                into = getattr(gradients, f"table_{column}")
                into[...] = 0
                np.add.at(into, x[:, column].astype(np.intp), g[:, part])

    def expression(self, x: Expression, arrays: Expressions, inputs: Shape) -> Expression:
        parts = []
        for column, part, size in self._parts(inputs[0]):
            given = x.columns(column, column + 1)
            if size:
                given = getattr(arrays, f"table_{column}").rows(given)
                given = given.reshape(part.stop - part.start)
            parts.append(given)
        return Expression.concatenate(parts)

    def example_inputs(self, rng: np.random.Generator, batch: int) -> Sequence[Array]:
        if not self.columns:
            return ()
        width = 2 + max(int(column) for column in self.columns)
        x = rng.integers(-3, 4, (batch, width))
        for column, size in zip(self.columns, self.sizes, strict=True):
            x[:, int(column)] = rng.integers(0, size, batch)
        return (x,)
