"""Reduction on a plateau."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from framework import (
    Epoch,
    FigureSchedule,
    Memory,
    hyperparameter,
    non_negative,
    positive,
)


@dataclass(frozen=True)
class ReduceOnPlateau(FigureSchedule):
    r"""Become smaller when a figure has not improved for more than so many epochs.

        better:  f < best (1 − threshold)           relative; f > best (1 + threshold) for "max"
        bad    ← 0 where it is better or s is cooling down, else bad + 1
        s      ← max(factor · s, last) where bad > patience; cool down, and count anew

    The definition of PyTorch's ``ReduceLROnPlateau``.

    With patience 1, the third of three epochs that are no better is one too many:

    >>> plateau = ReduceOnPlateau(first=0.1, patience=1)
    >>> memory = Memory(plateau.slots())
    >>> for number in range(1, 5):
    ...     plateau.epoch_ended(Epoch(number, 0, 0.0, 0.0, {"validation_loss": 2.0}), memory)
    ...     print(round(plateau.value(0, memory), 6))
    0.1
    0.1
    0.01
    0.01

    Differs: Keras reduces after ``patience`` epochs, not after more, and its threshold is absolute.
    """

    first: float = positive(0.1, "value until the first reduction")
    factor: float = hyperparameter(0.1, "what is left after a reduction", above=0, below=1)
    figure: str = hyperparameter("validation_loss", "the figure that it follows")
    mode: Literal["auto", "min", "max"] = hyperparameter(
        "auto", "whether smaller or larger is better; auto: as its metric says"
    )
    patience: int = hyperparameter(10, "epochs without improvement that are borne", at_least=0)
    threshold: float = non_negative(1e-4, "how much better counts")
    threshold_mode: Literal["rel", "abs"] = hyperparameter(
        "rel", "a share of the best, or as it is"
    )
    cooldown: int = hyperparameter(0, "epochs after a reduction that do not count", at_least=0)
    last: float = non_negative(0.0, "value below which it does not go")
    smallest: float = non_negative(1e-8, "a reduction by less than this is left out")

    def slots(self) -> Mapping[str, float]:
        return {"value": self.first, "best": math.nan, "bad": 0, "cooling": 0}

    def figures(self) -> Sequence[str]:
        return (self.figure,)

    def value(self, step: int, memory: Memory) -> float:
        return memory.value

    def epoch_ended(self, record: Epoch, memory: Memory) -> None:
        figure = record.figures[self.figure]
        higher = memory.higher_is_better(self.figure) if self.mode == "auto" else self.mode == "max"
        if self._is_better(figure, memory.best, 1 if higher else -1):
            memory.best, memory.bad = figure, 0
        else:
            memory.bad += 1
        if memory.cooling > 0:
            memory.cooling -= 1
            memory.bad = 0
        if memory.bad > self.patience:
            reduced = max(memory.value * self.factor, self.last)
            if memory.value - reduced > self.smallest:
                memory.value = reduced
            memory.cooling, memory.bad = self.cooldown, 0

    def _is_better(self, figure: float, best: float, sign: int) -> bool:
        if math.isnan(best):  # before the first
            best = -sign * math.inf
        if self.threshold_mode == "abs":
            return sign * figure > sign * best + self.threshold
        return sign * figure > sign * (best * (1 + sign * self.threshold))
