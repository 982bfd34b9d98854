"""The fields of a dataset whose splits are made of its rows."""

from __future__ import annotations

from dataclasses import dataclass

from framework import fraction, hyperparameter

from .held_out import HoldOut, How


@dataclass(frozen=True)
class OwnSplits:
    """Which rows are held out of a table or of arrays, at random or as they lie."""

    validation: float = fraction(0.1, "share of the rows held out, unless they are given")
    test: float = fraction(0.1, "share of the rows held out, unless they are given")
    split: How = hyperparameter(
        "random", "rows held out: random, each class in proportion; or last"
    )
    folds: int | None = hyperparameter(
        None, "how many folds the rows are cut into, in place of a share; null: none", at_least=2
    )
    fold: int | None = hyperparameter(
        None, "which fold is the test, from 0; -m data.fold=0,1,2 takes each in turn", at_least=0
    )

    def hold_out(self) -> HoldOut:
        """Return what holds the rows out."""
        return HoldOut(self.validation, self.test, self.split, self.folds, self.fold)
