"""Rows of a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from framework import (
    Array,
    Arrays,
    DataError,
    Expression,
    Expressions,
    Layer,
    Parameter,
    Shape,
    hyperparameter,
)


@dataclass(frozen=True)
class Embedding(Layer):
    r"""Look each input up in a table, whose rows are trained.

        Y[…, :] = T[X[…], :]        X: integers from 0 to rows − 1
        ∂T[r]   = Σ G over all places where X is r

    Bengio, Ducharme, Vincent and Jauvin, "A neural probabilistic language model", 2003. What is
    below it gets no gradient; behind it `flatten` puts a sample's rows side by side.

    >>> layer, table = Embedding(rows=3, width=2), np.array([[0.0, 1.0], [2.0, 3.0], [4.0, 5.0]])
    >>> x, out = np.array([[2.0]]), np.empty((1, 1, 2))
    >>> layer.forward(x, out, Arrays(table=table, **layer.scratch(x, out)))
    array([[[4., 5.]]])

    Differs: PyTorch draws the table from N(0, 1), Keras from U(±.05); here the layer's initializer
    does.
    """

    rows: int = hyperparameter(10, "rows of the table: inputs are less than that", at_least=1)
    width: int = hyperparameter(8, "numbers in a row", at_least=1)

    def output_shape(self, inputs: Shape) -> Shape:
        return (*inputs, self.width)

    def parameters(self, inputs: Shape) -> tuple[Parameter, ...]:
        return (Parameter("table", (self.rows, self.width), role="table"),)

    def scratch(self, x: Array, out: Array) -> dict[str, Array]:
        return {"places": np.empty(x.shape, np.intp)}

    def example_inputs(self, rng: np.random.Generator, batch: int) -> Sequence[Array]:
        return [rng.integers(0, self.rows, (batch, n)) for n in (4, 1)]

    def forward(self, x: Array, out: Array, arrays: Arrays) -> Array:
        np.copyto(arrays.places, x, casting="unsafe")
        outside = (arrays.places != x) | (arrays.places < 0) | (arrays.places >= self.rows)
        if outside.any():
            raise DataError(
                f"embedding: got the input {x[outside][0]:g}; expected integers from 0 to"
                f" {self.rows - 1}, as its table has {self.rows} rows"
            )
        out[...] = arrays.table[arrays.places]
        return out

    def input_gradient(self, x: Array, y: Array, g: Array, out: Array, arrays: Arrays) -> Array:
        out[...] = 0
        return out

    def parameter_gradients(
        self, x: Array, y: Array, g: Array, gradients: Arrays, arrays: Arrays
    ) -> None:
        gradients.table[...] = 0
        np.add.at(gradients.table, arrays.places, g)

    def expression(self, x: Expression, arrays: Expressions, inputs: Shape) -> Expression:
        return arrays.table.rows(x)
