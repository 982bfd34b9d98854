"""The group `trainer`: how long, in which steps and on how many threads a network is trained."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from framework.components.base import hyperparameter, non_negative, positive
from framework.engine.clipping import Clipping


@dataclass(frozen=True)
class TrainerSettings:
    """The group `trainer`."""

    epochs: int = hyperparameter(25, "times that training walks through all rows", at_least=1)
    batch_size: int = hyperparameter(32, "rows in a minibatch", at_least=1)
    shuffle: bool = hyperparameter(True, "draw a fresh order of the rows for each epoch")
    drop_last: bool = hyperparameter(True, "leave out an incomplete last minibatch")
    accumulate: int = hyperparameter(
        1, "parts that a minibatch is taken in, one after the other, for one step", at_least=1
    )
    clip_norm: float | None = positive(None, "largest norm of all gradients together; null: any")
    clip_value: float | None = positive(None, "largest number in a gradient; null: any")
    class_weight: Literal["balanced"] | tuple[float, ...] | None = non_negative(
        None, "weight of each class in the loss: balanced, or a list; null: all alike"
    )
    evaluation_rows: int = hyperparameter(1000, "rows evaluated at once", at_least=1)
    threads: int | Literal["auto"] = hyperparameter(
        "auto", "BLAS threads, which decide last digits; auto: one", at_least=1
    )
    resume: Literal["never", "auto", "changed"] = hyperparameter(
        "never", "go on with the run its directory holds; changed: even under other settings"
    )

    def __post_init__(self) -> None:
        if self.accumulate > self.batch_size:
            raise ValueError(
                f"accumulate is {self.accumulate}, but a minibatch has {self.batch_size} rows"
                " (batch_size); expected no more parts than rows"
            )

    @property
    def clipping(self) -> Clipping | None:
        """How gradients are clipped; None when they are not."""
        if self.clip_norm is None and self.clip_value is None:
            return None
        return Clipping(self.clip_norm, self.clip_value)
