"""A scale and a shift for each feature, whose first values come from the data."""

from __future__ import annotations

from dataclasses import dataclass

from framework import Array, Parameter, Shape, positive

from .per_feature import PerFeature


@dataclass(frozen=True)
class ActNorm(PerFeature):
    r"""Scale and shift each feature, so that at first it has mean 0 and deviation 1.

        Y  = γ X + β
        ∂X = G γ
        ∂γ = Σ_batch G X
        ∂β = Σ_batch G

    Before the first step, from up to 1,000 rows: γ = 1 / (σ + ε) and β = −μ γ. From then on both
    are trained, and unlike in batch norm samples have nothing to do with each other.

    Plainly::

        y = scale * x + shift
        gx = g * scale
        gscale = (g * x).sum(axis=0)
        gshift = g.sum(axis=0)

    Kingma and Dhariwal, "Glow: generative flow with invertible 1×1 convolutions", 2018.

    A feature of mean 3 and deviation 2:

    >>> ActNorm(epsilon=2.0).adapt(np.array([[1.0], [5.0]]))
    {'scale': array([0.25]), 'shift': array([-0.75])}

    Differs: neither PyTorch nor Keras has it.
    """

    epsilon: float = positive(1e-6, "added to the deviation at first, ε")

    def parameters(self, inputs: Shape) -> tuple[Parameter, ...]:
        return (
            Parameter("scale", inputs, role="scale", initial=1.0),
            Parameter("shift", inputs, role="bias"),
        )

    def adapt(self, x: Array) -> dict[str, Array]:
        scale = 1 / (x.std(axis=0) + self.epsilon)
        return {"scale": scale, "shift": -x.mean(axis=0) * scale}
