"""An affine layer's formulas as single matrix products: the one place that trades beauty for speed.

A layer that promises ``forward`` to be exactly ``X W + b`` (`Layer.affine`) gets its input with a
further column of ones, so that, with the bias as the last row of ``A = [W; b]`` and
``X₁ = [X 1]``,

    forward               Y ← X₁ A
    input gradient        ∂X ← G Wᵀ
    parameter gradients   ∂A ← X₁ᵀ G
    update                A ← A − η X₁ᵀ G          (rule p ← p − η g)
                          W ← (1 − ηc) W − η Xᵀ G  (and a regularizer whose gradient is c W)

Integers become floats on their way into the network, times a scale ``s`` (bytes: 1/255). When the
first layer is affine, its products do that: ``X`` holds the numbers as they are, ``X₁ = [X 1/s]``,
and each product with it is multiplied by ``s``, which BLAS does for nothing.

The last two need no gradient to be written down and no further pass over the parameters. They are
used when the update rule says it is linear (`UpdateRule.rate`), the regularizer too
(`Regularizer.decay`), and numpy's BLAS can be called directly (`framework/blas.py`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from framework.blas import Accumulation, Call, accumulation
from framework.component import Array, Shape
from framework.layer import Layer, Parameter
from framework.regularizer import Regularizer
from framework.store import Place
from framework.update_rule import UpdateRule


@dataclass(frozen=True, eq=False)
class Buffer:
    """A batch of activations, ``x [B, D]``, and the same with a column of ones, ``x1 [B, D+1]``.

    Both stand for ``scale`` times what they hold.
    """

    x: Array
    x1: Array
    scale: float = 1.0


def buffer(
    batch: int, shape: Shape, dtype: str, *, column_major: bool, scale: float = 1.0
) -> Buffer:
    """Make room for a batch; flat samples get the column of ones beside them.

    Rows are padded to whole cache lines: products read aligned rows faster.
    """
    if len(shape) != 1:
        x = np.zeros((batch, *shape), dtype)
        return Buffer(x, x)
    units = shape[0]
    if column_major:
        x1 = np.ones((units + 1, batch), dtype).T
    else:
        line = 64 // np.dtype(dtype).itemsize
        x1 = np.ones((batch, -(-(units + 1) // line) * line), dtype)[:, : units + 1]
    x = x1[:, :units]
    x[...] = 0
    x1[:, units] = 1 / scale
    return Buffer(x, x1, scale)


def keeps_promise(layer: Layer, parameters: tuple[Parameter, ...]) -> bool:
    """Say whether a layer is affine and declares its parameters the way it promised."""
    return (
        layer.affine
        and [p.name for p in parameters] == ["weights", "bias"]
        and len(parameters[0].shape) == 2
        and parameters[1].shape == parameters[0].shape[1:]
    )


@dataclass
class FoldedUpdate:
    """An affine layer's gradient and update in one product (two, when its weights decay)."""

    update_rule: UpdateRule
    decay: float
    scale: float
    weights: Accumulation
    bias: Accumulation | None

    def calls(self) -> list[Call]:
        """Give what to call once a step, after the input gradient has been taken."""
        return [self.weights.call] + ([self.bias.call] if self.bias else [])

    def set_rate(self, rate: float) -> None:
        """Set the factors for a learning rate."""
        self.weights.set(-rate * self.scale, 1.0 - rate * self.decay)
        if self.bias:
            self.bias.set(-rate * self.scale, 1.0)


def folded_update(
    inputs: Buffer, g: Array, place: Place, regularizer: Regularizer
) -> FoldedUpdate | None:
    """Bind the folded update, or give None where it would not be exact or cannot be called."""
    rule, matrix = place.block.update_rule, place.matrix
    decay = regularizer.decay()
    if matrix is None or rule is None or rule.rate(0) is None or decay is None:
        return None
    if decay == 0:
        whole = accumulation(inputs.x1.T, g, matrix, scale=0.0, keep=1.0)
        return FoldedUpdate(rule, 0.0, inputs.scale, whole, None) if whole else None
    weights = accumulation(inputs.x.T, g, matrix[:-1], scale=0.0, keep=1.0)
    bias = accumulation(inputs.x1[:, -1:].T, g, matrix[-1:], scale=0.0, keep=1.0)
    if weights is None or bias is None:
        return None
    return FoldedUpdate(rule, decay, inputs.scale, weights, bias)
