"""The Gaussian negative log-likelihood."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from framework import Array, Arrays, Data, Expression, Loss, Targets, hyperparameter, positive

_LARGEST = 80.0  # log of what float32 still holds, with room for a division


@dataclass(frozen=True)
class GaussianNll(Loss):
    r"""Compare outputs, a mean and a variance for each value, with values.

        v    = max(variance(s), ε)
        loss = Σ_k (log v_k + (μ_k − t_k)² / v_k) / (2 K)
        ∂μ   = (μ − t) / (v K B)
        ∂s   = (1 / v − (μ − t)² / v²) variance′(s) / (2 K B)   where variance(s) > ε, else 0

    Outputs are ``[B, 2 K]``: the means μ, then as many s, of which ``variance`` makes what is
    positive: softplus(s) = log(1 + exp(s)), exp(s) up to exp(80), or s itself (``linear``). What
    is decided are the means, ``[B, K]``.

    Plainly::

        mean, s = np.split(z, 2, axis=1)
        v = {"softplus": np.log(1 + np.exp(s)), "exp": np.exp(s), "linear": s}[variance]
        slope = {"softplus": 1 / (1 + np.exp(-s)), "exp": np.exp(s), "linear": 1}[variance]
        slope, v, d = slope * (v > epsilon), np.maximum(v, epsilon), mean - targets
        losses = (np.log(v) + d**2 / v).mean(axis=1) / 2
        gradient = np.hstack([d / v, (1 / v - d**2 / v**2) * slope / 2]) / d.size

    Nix, Weigend, "Estimating the mean and variance of the target probability distribution", 1994.

    With variance 1, it is half of the squared error, and the gradient the error:

    >>> z, t = np.array([[3.0, 1.0]]), np.array([[1.0]])
    >>> losses, gradient, loss = np.empty(1), np.empty((1, 2)), GaussianNll(variance="linear")
    >>> loss.evaluate(z, t, losses, gradient, Arrays(**loss.scratch(z))); losses, gradient
    (array([2.]), array([[ 2. , -1.5]]))

    Differs: PyTorch's ``GaussianNLLLoss`` is given the variance, as ``linear`` is; below ε, it
    keeps the gradient that it has at ε, where the value here has none. Keras has none.
    """

    targets: ClassVar[Targets] = "values"

    variance: Literal["softplus", "exp", "linear"] = hyperparameter(
        "softplus", "what makes a variance of the outputs' second half"
    )
    epsilon: float = positive(1e-6, "the least variance, ε")

    def outputs(self, data: Data) -> int:
        return 2 * data.outputs

    def decide(self, z: Array) -> Array:
        return z[:, : z.shape[1] // 2]

    def scratch(self, z: Array) -> dict[str, Array]:
        half = z[:, : z.shape[1] // 2]
        return {name: np.empty_like(half) for name in ("distance", "variances", "terms", "slopes")}

    def evaluate(
        self, z: Array, targets: Array, losses: Array, gradient: Array | None, arrays: Arrays
    ) -> None:
        width = z.shape[1] // 2
        d, v, terms, slopes = arrays.distance, arrays.variances, arrays.terms, arrays.slopes
        np.subtract(z[:, :width], targets, out=d)
        self._fill_variances(z[:, width:], v, slopes)
        np.greater(v, self.epsilon, out=terms)
        np.multiply(slopes, terms, out=slopes)
        np.maximum(v, self.epsilon, out=v)
        np.divide(d, v, out=terms)  # (μ − t) / v
        if gradient is not None:
            np.multiply(terms, 1 / z[:, :width].size, out=gradient[:, :width])
        np.multiply(d, terms, out=d)  # (μ − t)² / v
        np.log(v, out=terms)
        np.add(terms, d, out=terms)
        np.add.reduce(terms, axis=1, out=losses)
        losses /= 2 * width
        if gradient is not None:
            np.subtract(1, d, out=d)
            np.divide(d, v, out=d)
            np.multiply(d, slopes, out=d)
            np.multiply(d, 1 / z.size, out=gradient[:, width:])

    def _fill_variances(self, s: Array, v: Array, slopes: Array) -> None:
        """Fill in the variances, not yet cut off below, and their derivatives for s."""
        if self.variance == "linear":
            np.copyto(v, s)
            slopes.fill(1)
        elif self.variance == "exp":
            np.minimum(s, _LARGEST, out=v)
            np.exp(v, out=v)
            np.less(s, _LARGEST, out=slopes)
            np.multiply(slopes, v, out=slopes)
        else:
            np.logaddexp(0, s, out=v)
            np.subtract(s, v, out=slopes)  # σ(s) = exp(s) / (1 + exp(s)) = exp(s − softplus(s))
            np.exp(slopes, out=slopes)

    def expression(self, z: Expression, targets: Expression) -> Expression:
        d, s = z.part(0, 2) - targets, z.part(1, 2)
        made = {"linear": s, "exp": s.minimum(_LARGEST).exp(), "softplus": s.softplus()}
        v = made[self.variance].maximum(self.epsilon)
        return (v.log() + d * d / v).mean() / 2

    def decide_expression(self, z: Expression) -> Expression:
        return z.part(0, 2)
