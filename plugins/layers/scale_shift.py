"""A scale and a shift for each feature."""

from __future__ import annotations

from dataclasses import dataclass

from framework import Parameter, Shape, hyperparameter

from .per_feature import PerFeature


@dataclass(frozen=True)
class ScaleShift(PerFeature):
    r"""Multiply each feature by a number of its own, and add one; both are trained.

        Y  = γ X + β
        ∂X = G γ
        ∂γ = Σ_batch G X
        ∂β = Σ_batch G

    With `frozen: true` beside it they stay what they are, a change of units.

    Plainly::

        y = scale * x + shift
        gx = g * scale
        gscale = (g * x).sum(axis=0)
        gshift = g.sum(axis=0)

    Ioffe and Szegedy, "Batch normalization", 2015, without the normalization.

    >>> from framework import Arrays
    >>> layer, x = ScaleShift(first_scale=2.0, first_shift=1.0), np.array([[3.0]])
    >>> scale, shift = (np.array([p.initial]) for p in layer.parameters((1,)))
    >>> layer.forward(x, np.empty((1, 1)), Arrays(scale=scale, shift=shift))
    array([[7.]])

    Differs: PyTorch has it inside its norms alone; Keras's ``Rescaling`` is one that is not
    trained, with one number for all features.
    """

    first_scale: float = hyperparameter(1.0, "what γ is at first, of every feature")
    first_shift: float = hyperparameter(0.0, "what β is at first, of every feature")

    def parameters(self, inputs: Shape) -> tuple[Parameter, ...]:
        return (
            Parameter("scale", inputs, role="scale", initial=self.first_scale),
            Parameter("shift", inputs, role="bias", initial=self.first_shift),
        )
