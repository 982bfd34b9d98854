"""The group `initial`: whose weights a run starts from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from framework.components.base import hyperparameter


@dataclass(frozen=True)
class InitialSettings:
    """The group `initial`."""

    path: str | None = hyperparameter(
        None, "run, or file of a network, whose weights training starts from; null: draws all"
    )
    which: Literal["final", "best", "last"] = hyperparameter("final", "of a run: which network")
    layers: tuple[str, ...] | None = hyperparameter(
        None, "labels of the layers that are taken over; null: all, which must fit"
    )

    def __post_init__(self) -> None:
        if self.layers is not None and not self.layers:
            raise ValueError("layers is an empty list; expected labels, or null for all of them")
