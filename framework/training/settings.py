"""The group `trainer`: how long, in which steps and on how many threads a network is trained."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from framework.components.base import hyperparameter, non_negative, positive
from framework.components.span import Span
from framework.engine.clipping import Clipping

_FAST_EPOCHS = 2


@dataclass(frozen=True)
class TrainerSettings:
    """The group `trainer`."""

    epochs: int = hyperparameter(25, "times that training walks through all rows", at_least=1)
    steps: int | None = hyperparameter(
        None, "steps after which training ends, in an epoch too; null: with its epochs", at_least=1
    )
    seconds: float | None = positive(
        None, "seconds of the run after which training ends; null: any number"
    )
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
    figures_every: int = hyperparameter(
        1, "epochs from one that is measured to the next; the last one always is", at_least=1
    )
    train_figure_rows: int | None = hyperparameter(
        None, "training rows that figures are measured on, evenly spread; null: all", at_least=1
    )
    overfit_batches: int | None = hyperparameter(
        None, "minibatches to learn by heart, in the place of all data; null: none", at_least=1
    )
    fast_run: bool = hyperparameter(
        False, "two epochs of a few steps and rows, to see that everything works"
    )
    threads: int | Literal["auto"] = hyperparameter(
        "auto", "BLAS threads, which decide last digits; auto: one", at_least=1
    )
    engine: Literal["auto", "numpy", "numba"] = hyperparameter(
        "auto", "what takes the steps, which decides last digits; auto: numba where it pays"
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
    def shortened(self) -> TrainerSettings:
        """The same, with as many epochs as a fast run has, if it is one."""
        return replace(self, epochs=min(self.epochs, _FAST_EPOCHS)) if self.fast_run else self

    def span(self, steps_per_epoch: int) -> Span:
        """Return how long a run is whose epochs have so many steps."""
        steps = self.epochs * steps_per_epoch
        return Span(steps if self.steps is None else min(self.steps, steps), steps_per_epoch)

    @property
    def clipping(self) -> Clipping | None:
        """How gradients are clipped; None when they are not."""
        if self.clip_norm is None and self.clip_value is None:
            return None
        return Clipping(self.clip_norm, self.clip_value)
