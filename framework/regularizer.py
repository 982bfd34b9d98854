"""A regularizer: what the loss gains from large weights."""

from __future__ import annotations

from dataclasses import dataclass

from framework.component import Array, Component


@dataclass(frozen=True)
class Regularizer(Component):
    """A penalty on weights, added to the loss. Biases are never regularized."""

    def penalty(self, w: Array, scratch: Array) -> float:
        """Give what the loss gains from ``w``; ``scratch`` is an array like it, to work in."""
        raise NotImplementedError

    def add_gradient(self, w: Array, g: Array, scratch: Array) -> None:
        """Add the penalty's gradient for ``w`` to ``g``, in place."""
        raise NotImplementedError

    def decay(self) -> float | None:
        """Give ``c`` where the gradient is exactly ``c · w`` (0: no penalty at all), else None.

        The core may then fold the penalty's gradient into the update of the weights.
        """
        return None
