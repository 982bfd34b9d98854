"""The fields of a dataset of arrays: how they are read."""

from __future__ import annotations

from dataclasses import dataclass

from framework import Targets, hyperparameter

from .whole_arrays import Preparation, Reading


@dataclass(frozen=True)
class ArrayFields:
    """What inputs and targets are."""

    classes: int | None = hyperparameter(
        None, "number of classes; null: one more than the largest label", at_least=2
    )
    scale: float | None = hyperparameter(
        None, "what all inputs are multiplied by; null: nothing; pictures of bytes: 1/255", above=0
    )
    targets: Targets | None = hyperparameter(
        None,
        "labels, values or sets; null: labels if integers (rows,), else as the loss takes them",
    )
    flatten: bool = hyperparameter(True, "make each sample flat")
    preparation: Preparation = hyperparameter(
        "none", "what job=predict does to pictures: none; mnist, for digits laid down as MNIST's"
    )

    def reading(self) -> Reading:
        """Return how arrays are read."""
        return Reading(self.classes, self.scale, self.flatten, self.targets, self.preparation)
