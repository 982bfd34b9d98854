"""No regularization."""

from __future__ import annotations

from dataclasses import dataclass

from framework import Array, Regularizer


@dataclass(frozen=True)
class NoPenalty(Regularizer):
    r"""Leave the loss as it is: penalty = 0, gradient = 0."""

    def penalty(self, w: Array, scratch: Array) -> float:
        return 0.0

    def add_gradient(self, w: Array, g: Array, scratch: Array) -> None:
        pass

    def l2_coefficient(self) -> float:
        return 0.0
