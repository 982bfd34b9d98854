"""The parametric rectified linear unit."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from framework import (
    Array,
    Arrays,
    Expression,
    Expressions,
    Layer,
    Parameter,
    Shape,
    hyperparameter,
)


@dataclass(frozen=True)
class PReLU(Layer):
    r"""Keep what is positive, and a share of what is not, that is trained.

        Y  = max(X, 0) + s min(X, 0)
        ∂X = G where X > 0, else s G
        ∂s = Σ G min(X, 0)

    Plainly::

        y = np.where(x > 0, x, slope * x)
        gx = np.where(x > 0, g, slope * g)
        below = (g * np.minimum(x, 0)).sum(axis=0)
        gslope = np.array([below.sum()]) if shared else below

    He, Zhang, Ren and Sun, "Delving deep into rectifiers", 2015.

    >>> layer, x = PReLU(), np.array([[-2.0, 3.0]])
    >>> layer.forward(x, np.empty_like(x), Arrays(slope=np.array([0.25]), **layer.scratch(x, x)))
    array([[-0.5,  3. ]])

    Differs: nothing from PyTorch; Keras starts from 0, with a slope for each feature (``shared:
    false``).
    """

    shared: bool = hyperparameter(True, "whether all features share one slope")
    initial: float = hyperparameter(0.25, "slope at first")

    def parameters(self, inputs: Shape) -> tuple[Parameter, ...]:
        shape = (1,) if self.shared else inputs
        return (Parameter("slope", shape, role="scale", initial=self.initial),)

    def parameter_gradients(
        self, x: Array, y: Array, g: Array, gradients: Arrays, arrays: Arrays
    ) -> None:
        np.minimum(x, 0, out=arrays.scratch)
        np.multiply(arrays.scratch, g, out=arrays.scratch)
        if self.shared:
            gradients.slope[0] = arrays.scratch.sum()
        else:
            np.sum(arrays.scratch, axis=0, out=gradients.slope)

    def scratch(self, x: Array, out: Array) -> dict[str, Array]:
        return {"positive": np.empty_like(x, bool), "scratch": np.empty_like(x)}

    def forward(self, x: Array, out: Array, arrays: Arrays) -> Array:
        np.minimum(x, 0, out=arrays.scratch)
        np.multiply(arrays.scratch, arrays.slope, out=arrays.scratch)  # s min(X, 0)
        np.maximum(x, 0, out=out)
        np.add(out, arrays.scratch, out=out)
        return out

    def input_gradient(self, x: Array, y: Array, g: Array, out: Array, arrays: Arrays) -> Array:
        np.greater(x, 0, out=arrays.positive)
        np.multiply(g, arrays.slope, out=out)
        np.copyto(out, g, where=arrays.positive)
        return out

    def expression(self, x: Expression, arrays: Expressions, inputs: Shape) -> Expression:
        return x.maximum(0) + arrays.slope * Expression.of(0.0).minimum(x)
