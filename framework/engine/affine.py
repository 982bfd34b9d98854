"""An affine layer's formulas as single matrix products: the one place that trades beauty for speed.

A layer that promises ``forward`` to be exactly ``X W + b`` (`Layer.affine`) gets its input with a
further column of ones (`Buffer`), and has its bias as the last row of its matrix of parameters
(`parameter_store.py`). So bias, gradient and update are products like any other::

        X₁ [B, D+1]                A [D+1, M]
      +---------------+---+      +---------------+         Y [B, M]
      |               | 1 |      |               |      +-----------+
      |    X [B, D]   | 1 |   ·  |    W [D, M]   |   =  |  X W + b  |
      |               | 1 |      |               |      +-----------+
      +---------------+---+      +---------------+
                                 |    b [M]      |
                                 +---------------+

    forward               Y ← X₁ A
    input gradient        ∂X ← G Wᵀ
    parameter gradients   ∂A ← X₁ᵀ G
    update                A ← A − η X₁ᵀ G           (rule p ← p − η g: `FusedUpdate`)
                          W ← (1 − ηc) W − η Xᵀ G   (and a regularizer whose gradient is c W:
                          b ← b − η Σ_batch G        `DecayedUpdate`)

The forward and backward products are bound in `propagation.py`, the last two here: they need no
gradient to be written down and no further pass over the parameters. They are used when the update
rule says it is linear (`UpdateRule.plain_sgd_rate`), the regularizer too
(`Regularizer.l2_coefficient`), and numpy's BLAS can be called directly (`blas.py`). A factor
1 − ηc that its type would round away (`blas.rounds_away`) is not used: the gradient is then written
down, c W added to it, and both subtracted at once, as in any other layer.

Inputs become floats on their way into the network, times a scale ``s`` (pictures: 1/255). When the
first layer is affine, its products do that: ``X`` holds the numbers as they are, the column of ones
holds 1/s, and each product with it is multiplied by ``s``, which BLAS does for nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

import numpy as np

from framework.components.base import Array, Shape
from framework.components.layer import Layer, Parameter
from framework.components.regularizer import Regularizer
from framework.components.update_rule import UpdateRule
from framework.engine.blas import (
    BoundGemm,
    BoundSum,
    Call,
    axpby,
    bind_added,
    bind_axpy,
    bind_copy,
    bind_gemm,
    bind_matmul,
    rounds_away,
)
from framework.engine.layouts import layouts
from framework.engine.parameter_store import ParameterViews
from framework.engine.steady_rate import steady_rate

_TIMES = 5.0  # a pass loses less than a factor: each weight's rounding, up or down, at most 1/100


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
    """Return whether a layer is affine and declares its parameters the way it promised."""
    return (
        layer.affine
        and [p.name for p in parameters] == ["weights", "bias"]
        and len(parameters[0].shape) == 2
        and parameters[1].shape == parameters[0].shape[1:]
    )


@dataclass
class FusedUpdate:
    """An affine layer's gradient and update in one product.

    Must equal ``A -= rate * scale * (x1.T @ g)``.
    """

    update_rule: UpdateRule
    scale: float
    matrix: BoundGemm

    def calls(self) -> list[Call]:
        """Return what to call once a step, after the input gradient has been taken."""
        return [self.matrix.call]

    def set_rate(self, rate: float) -> None:
        """Set the factors for a learning rate."""
        self.matrix.set(-rate * self.scale, 1.0)


class Decaying(Protocol):
    """An update of decaying weights and their bias that writes no gradient down.

    Attributes
    ----------
    calls : what to call once a step.
    """

    calls: tuple[Call, ...]

    def set(self, share: float, change: float) -> None:
        """Set the factors: of the gradient, ``share``; of the weights, ``1 − change``."""

    def loses(self, change: float) -> bool:
        """Return whether such a change would be rounded away."""


class DecayByFactor:
    """Decay by the product's factor: one product for the weights, one for the bias."""

    def __init__(self, weights: BoundGemm, bias: BoundGemm, dtype: np.dtype[Any]) -> None:
        self._weights, self._bias, self._dtype = weights, bias, dtype
        self.calls: tuple[Call, ...] = (weights.call, bias.call)

    def set(self, share: float, change: float) -> None:
        self._weights.set(share, 1.0 - change)
        self._bias.set(share, 1.0)

    def loses(self, change: float) -> bool:
        return rounds_away(change, self._dtype)


class DecayByPass:
    """Decay by a pass over a whole stretch of the store, then one product for all.

    ``W ← W − ηc W`` has all digits of ηc, which the factor 1 − ηc has not. Biases that lie in the
    stretch are ``kept`` and put back.
    """

    def __init__(
        self,
        decay: BoundSum,
        matrix: BoundGemm,
        dtype: np.dtype[Any],
        kept: tuple[Call, Call] | None,
    ) -> None:
        self._decay, self._matrix, self._dtype = decay, matrix, dtype
        keep, put_back = ((kept[0],), (kept[1],)) if kept else ((), ())
        self.calls: tuple[Call, ...] = (*keep, decay.call, *put_back, matrix.call)

    def set(self, share: float, change: float) -> None:
        self._decay.set(-change)
        self._matrix.set(share, 1.0)

    def loses(self, change: float) -> bool:
        return rounds_away(_TIMES * change, self._dtype)


@dataclass
class DecayedUpdate:
    """The same for an affine layer whose weights decay, or the gradient first.

    Must equal ``W -= rate * (scale * (x.T @ g) + decay * W)`` and ``b -= rate * g.sum(axis=0)``.

    Attributes
    ----------
    decay : c of the regularizer's gradient c W (`regularization.py` says where it goes else).
    fused : what updates without a gradient.
    gradient : calls that write the whole gradient down, c W included.
    parameters, written : all of the layer's parameters and their gradient, 1-D.
    """

    update_rule: UpdateRule
    scale: float
    decay: float
    fused: Decaying
    gradient: tuple[Call, ...]
    parameters: Array
    written: Array
    _rate: float = 0.0
    _lossy: bool = False

    def calls(self) -> list[Call]:
        """Return what to call once a step, after the input gradient has been taken."""
        rate = steady_rate(self.update_rule)
        if rate is not None and not self.fused.loses(rate * self.decay):
            return list(self.fused.calls)
        return [self._update]

    def set_rate(self, rate: float) -> None:
        """Set the factors for a learning rate."""
        self._rate = rate
        self._lossy = self.fused.loses(rate * self.decay)
        self.fused.set(-rate * self.scale, rate * self.decay)

    def _update(self) -> None:
        if not self._lossy:
            for call in self.fused.calls:
                call()
            return
        for call in self.gradient:
            call()
        axpby(self.parameters, 1.0, self.written, -self._rate)


def fused_update(
    inputs: Buffer, g: Array, views: ParameterViews, regularizer: Regularizer
) -> FusedUpdate | DecayedUpdate | None:
    """Bind the fused update; return None where it would not be exact or cannot be called."""
    rule, matrix, written = views.block.update_rule, views.matrix, views.matrix_gradient
    decay = regularizer.l2_coefficient()
    if (
        matrix is None
        or written is None
        or rule is None
        or rule.plain_sgd_rate(0) is None
        or rule.may_decay
        or decay is None
    ):
        return None
    if decay == 0:
        whole = bind_added(inputs.x1.T, g, matrix)
        return FusedUpdate(rule, inputs.scale, whole) if whole else None
    fused = _decaying(inputs, g, matrix, views)
    if fused is None:
        return None
    decayed = views.parameters.weights, views.gradients.weights, views.scratch.weights
    gradient = (
        bind_matmul(inputs.x1.T, g, written, inputs.scale),
        partial(regularizer.add_gradient, *decayed),
    )
    return DecayedUpdate(
        rule,
        inputs.scale,
        decay,
        fused,
        gradient,
        views.block.parameters[views.span],
        views.block.gradients[views.span],
    )


def _decaying(
    inputs: Buffer, g: Array, matrix: Array, views: ParameterViews
) -> DecayByFactor | DecayByPass | None:
    if layouts().decay == "factor":
        weights = bind_gemm(inputs.x.T, g, matrix[:-1], scale=0.0, keep=1.0)
        bias = bind_gemm(inputs.x1[:, -1:].T, g, matrix[-1:], scale=0.0, keep=1.0)
        return DecayByFactor(weights, bias, matrix.dtype) if weights and bias else None
    whole = bind_added(inputs.x1.T, g, matrix)
    apart = matrix.flags.c_contiguous  # then the bias lies behind the weights
    stretch = matrix[:-1].reshape(-1) if apart else views.block.parameters[views.span]
    decay = bind_axpy(stretch, stretch)
    if whole is None or decay is None:
        return None
    if apart:
        return DecayByPass(decay, whole, matrix.dtype, None)
    bias, kept = matrix[-1], np.empty_like(matrix[-1])
    keep, put_back = bind_copy(kept, bias), bind_copy(bias, kept)
    if keep is None or put_back is None:
        return None
    return DecayByPass(decay, whole, matrix.dtype, (keep, put_back))
