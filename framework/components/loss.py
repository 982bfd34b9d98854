"""A loss: how far outputs are from their targets, and the gradient of that."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal

from framework.components.base import Array, Component
from framework.components.layer import Arrays


@dataclass(frozen=True)
class Loss(Component):
    """A value for each sample of a batch, and the gradient of their mean, in one pass."""

    targets: ClassVar[Literal["labels", "values"]] = "labels"
    """What it compares with: class ``labels``, integers ``[B]``, or ``values``, ``[B, K]``. The
    metrics that are measured, and what `Network.predict` gives, follow from it."""

    whole_batch: ClassVar[bool] = False
    """True declares that a sample's value depends on the other samples of its batch (a weighted
    mean, a contrastive loss); figures then depend on how a split is divided into batches."""

    def scratch(self, z: Array) -> Mapping[str, Array]:
        """Return arrays to work in, made once for each batch size; ``z`` shows the form."""
        return {}

    def evaluate(
        self, z: Array, targets: Array, losses: Array, gradient: Array | None, arrays: Arrays
    ) -> None:
        """Compare a batch of outputs with its targets.

        Parameters
        ----------
        z : outputs of the network, ``[B, C]``; not to be changed.
        targets : labels ``[B]`` or values ``[B, K]``.
        losses : to be filled with the loss of each sample, ``[B]``.
        gradient : to be filled with the gradient of the *mean* loss for ``z``, so divided by B;
            None in inference.
        arrays : the arrays from ``scratch``, by name.
        """
        raise NotImplementedError
