"""Layers that stand beside the component under test."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from framework.components.base import REQUIRED, Array, Shape, hyperparameter
from framework.components.layer import Arrays, Layer, Parameter


@dataclass(frozen=True)
class ScaledTanh(Layer):
    """Y = s tanh(X), with a scale s for each feature: keeps shapes, has a parameter."""

    def parameters(self, inputs: Shape) -> Sequence[Parameter]:
        return (Parameter("scale", inputs, role="scale", initial=1.0),)

    def forward(self, x: Array, out: Array, arrays: Arrays) -> Array:
        np.tanh(x, out=out)
        out *= arrays.scale
        return out

    def input_gradient(self, x: Array, y: Array, g: Array, out: Array, arrays: Arrays) -> Array:
        gradient: Array = g * arrays.scale * (1 - np.tanh(x) ** 2)
        return gradient

    def parameter_gradients(
        self, x: Array, y: Array, g: Array, gradients: Arrays, arrays: Arrays
    ) -> None:
        np.sum(g * np.tanh(x), axis=0, out=gradients.scale)


@dataclass(frozen=True)
class Affine(Layer):
    """Y = X W + b."""

    units: int = hyperparameter(REQUIRED, "outputs", at_least=1)

    def output_shape(self, inputs: Shape) -> Shape:
        if len(inputs) != 1:
            raise ValueError(f"takes flat samples (features,), got {inputs}")
        return (self.units,)

    def parameters(self, inputs: Shape) -> Sequence[Parameter]:
        return (
            Parameter("weights", (inputs[0], self.units)),
            Parameter("bias", (self.units,), role="bias"),
        )

    def forward(self, x: Array, out: Array, arrays: Arrays) -> Array:
        outputs: Array = x @ arrays.weights + arrays.bias
        return outputs

    def input_gradient(self, x: Array, y: Array, g: Array, out: Array, arrays: Arrays) -> Array:
        gradient: Array = g @ arrays.weights.T
        return gradient

    def parameter_gradients(
        self, x: Array, y: Array, g: Array, gradients: Arrays, arrays: Arrays
    ) -> None:
        gradients.weights[...] = x.T @ g
        gradients.bias[...] = g.sum(axis=0)


@dataclass(frozen=True)
class Flat(Layer):
    """Y = X, each sample in a line."""

    def output_shape(self, inputs: Shape) -> Shape:
        return (math.prod(inputs),)

    def forward(self, x: Array, out: Array, arrays: Arrays) -> Array:
        return x.reshape(out.shape)

    def input_gradient(self, x: Array, y: Array, g: Array, out: Array, arrays: Arrays) -> Array:
        return g.reshape(x.shape)
