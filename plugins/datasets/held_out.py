"""Splits of a user's arrays: those the file gives, and rows held out for those it does not."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from framework import Array, DataError, Split

SPLITS = ("train", "validation", "test")
NAMES = (
    "inputs",
    "targets",
    "weights",
    *(f"{split}_{what}" for split in SPLITS for what in ("inputs", "targets", "weights")),
)
BESIDE = ("columns", "class_names")
"""Names that a file may give to columns and classes."""
How = Literal["random", "last"]
_OF_A_SPLIT = re.compile(
    r"(^|_)(train|val|valid|validation|dev|test|inputs|targets|weight|sample_weights)(_|$)"
)


@dataclass(frozen=True)
class HoldOut:
    """Which rows become validation and test, where a file does not give them.

    Attributes
    ----------
    validation, test : shares of the rows.
    how : ``random``, with every class as often in each split as in all rows; or the ``last`` rows,
        as they are.
    fold, folds : in how many parts the rows are cut, and which of them is the test; where a file
        has a test, the validation. Both None for shares alone.
    """

    validation: float
    test: float
    how: How
    folds: int | None = None
    fold: int | None = None

    def splits(
        self, arrays: Mapping[str, Array], rng: np.random.Generator, source: str
    ) -> tuple[dict[str, Split], str]:
        """Make the three splits, of all arrays that are given; and a note how.

        Raises
        ------
        DataError : naming the source, when the arrays make no three splits.
        """
        self._check_fold()
        base = "train_" if "train_inputs" in arrays else ""
        given = {s: _split(arrays, f"{s}_") for s in SPLITS[1:] if f"{s}_inputs" in arrays}
        whole = _split(arrays, base)
        for prefix, split in {base: whole, **{f"{s}_": part for s, part in given.items()}}.items():
            _check_rows(prefix, split, source)
        held_out = [name for name in SPLITS[1:] if name not in given]
        if not held_out:
            if self.folds is not None:
                raise DataError(
                    f"data.folds: all splits of {source} are its own; expected a file that leaves"
                    " validation or test to be made"
                )
            return {"train": whole, **given}, "all splits are the file's own"
        kept, rows, note = self._rows(held_out, whole, rng, source)
        made = {name: _rows_of(whole, picked) for name, picked in rows.items()}
        return {"train": _rows_of(whole, kept), **given, **made}, note

    def _rows(
        self, held_out: list[str], whole: Split, rng: np.random.Generator, source: str
    ) -> tuple[Array, dict[str, Array], str]:
        """Return which rows are left for training, which are held out for what, and a note."""
        pick = _random if self.how == "random" else _last
        if self.folds is None or self.fold is None:
            counts = self._counts(held_out, len(whole), source)
            kept, rows = pick(whole.targets, counts, rng)
            numbers = " and ".join(f"{count} for {name}" for name, count in counts.items())
            how = f"{self.how} ones are held out, {numbers} (data.split)"
            return kept, rows, f"of {len(whole)} rows, {how}"
        of_fold, others = "test" if "test" in held_out else "validation", held_out[:-1]
        if self.folds > len(whole):
            raise DataError(f"{source}: {len(whole)} rows are too few for data.folds={self.folds}")
        in_fold = (_random_fold if self.how == "random" else _next_fold)(
            whole.targets, self.fold, self.folds, rng
        )
        outside = np.setdiff1d(np.arange(len(whole)), in_fold)
        counts = self._counts(others, len(whole), source, left=len(outside))
        kept, rows = pick(np.asarray(whole.targets[outside]), counts, rng)
        rows = {**{name: outside[picked] for name, picked in rows.items()}, of_fold: in_fold}
        numbers = "".join(f", {count} of the others for {name}" for name, count in counts.items())
        note = f"of {len(whole)} rows, {len(in_fold)} are fold {self.fold} of {self.folds}"
        return outside[kept], rows, f"{note}, for {of_fold}{numbers} (data.fold)"

    def _check_fold(self) -> None:
        if self.folds is None and self.fold is not None:
            raise DataError(
                f"data.fold={self.fold}: there are no folds; expected data.folds, how many they are"
            )
        if self.folds is not None and (self.fold is None or not 0 <= self.fold < self.folds):
            raise DataError(
                f"data.fold={'null' if self.fold is None else self.fold}: of data.folds="
                f"{self.folds}, expected one from 0 to {self.folds - 1}; all of them, a run each:"
                f" -m data.fold={','.join(map(str, range(min(self.folds, 10))))}"
            )

    def _counts(
        self, names: Iterable[str], rows: int, source: str, left: int | None = None
    ) -> dict[str, int]:
        shares = {name: float(getattr(self, name)) for name in names}
        given = " and ".join(f"data.{name}={share:g}" for name, share in shares.items())
        if sum(shares.values()) >= 1:
            raise DataError(f"{given}: nothing is left to train on; expected a sum below 1")
        for name, share in shares.items():
            if not share:
                raise DataError(
                    f"data.{name}: 0 leaves no rows for {name}; expected more, or {name}_inputs and"
                    f" {name}_targets in {source}"
                )
        counts = {name: max(1, round(rows * share)) for name, share in shares.items()}
        if sum(counts.values()) >= (rows if left is None else left):
            beside = "" if left is None else f" beside data.folds={self.folds}"
            raise DataError(
                f"{source}: {rows} rows are too few for {given}{beside}; expected at least one row"
                " in each split"
            )
        return counts


def _random(
    targets: Array, counts: Mapping[str, int], rng: np.random.Generator
) -> tuple[Array, dict[str, Array]]:
    """Hold out random rows, as many of each class as its share of all rows asks for.

    The first row of each class stays in training, if there is room for that. The others are
    shuffled and ordered by class, and of these, rows at even distances are taken.
    """
    pool = rng.permutation(len(targets))
    kept = np.empty(0, np.int64)
    if _are_labels(targets):
        labels = np.asarray(targets)
        pool = pool[np.argsort(labels[pool], kind="stable")]
        first = np.unique(labels, return_index=True)[1]
        if len(targets) - len(first) >= sum(counts.values()):
            kept, pool = first, pool[~np.isin(pool, first)]
    rows = {}
    for name, count in counts.items():
        picked = ((np.arange(count) + 0.5) * len(pool) / count).astype(np.int64)
        rows[name] = np.sort(pool[picked])
        pool = np.delete(pool, picked)
    return np.sort(np.concatenate([kept, pool])), rows


def _last(
    targets: Array, counts: Mapping[str, int], rng: np.random.Generator
) -> tuple[Array, dict[str, Array]]:
    """Hold out the last rows: first those for validation, then those for the test."""
    stop, rows = len(targets), {}
    for name, count in reversed(list(counts.items())):
        rows[name] = np.arange(stop - count, stop)
        stop -= count
    return np.arange(stop), rows


def _random_fold(targets: Array, fold: int, folds: int, rng: np.random.Generator) -> Array:
    """Return the rows of a fold: of shuffled rows, ordered by class, every ``folds``-th.

    So each class is in each fold as often as in any other, or once more or less. What is drawn does
    not depend on which fold is asked for.
    """
    pool = rng.permutation(len(targets))
    if _are_labels(targets):
        pool = pool[np.argsort(np.asarray(targets)[pool], kind="stable")]
    return np.sort(pool[fold::folds])


def _next_fold(targets: Array, fold: int, folds: int, rng: np.random.Generator) -> Array:
    """Return the rows of a fold, which follow each other in the file."""
    start, stop = (len(targets) * i // folds for i in (fold, fold + 1))
    return np.arange(start, stop)


def _are_labels(targets: Array) -> bool:
    return targets.ndim == 1 and targets.dtype.kind in "ui"


def check_names(names: Collection[str], source: str) -> None:
    """Refuse a file whose arrays make no three splits, or whose names say something unknown.

    Raises
    ------
    DataError : naming the source and the array.
    """
    for name in sorted(names):
        if name not in NAMES and _OF_A_SPLIT.search(name.lower()):
            raise DataError(
                f"{source}: holds {_shown([name])}, which is not read; expected {', '.join(NAMES)}"
            )
    for name in sorted(set(names) & set(NAMES)):
        prefix, _, what = name.rpartition("_")
        other = "_".join(filter(None, (prefix, "targets" if what == "inputs" else "inputs")))
        if other not in names:
            raise DataError(f"{source}: holds {name} but no {other}")
    if "inputs" in names and "train_inputs" in names:
        raise DataError(f"{source}: holds inputs and train_inputs; expected one of them")
    if "inputs" not in names and "train_inputs" not in names:
        raise DataError(
            f"{source}: holds {_shown(names)}; expected inputs and targets, or train_inputs and"
            " train_targets, and if you like the same for validation and test"
        )


def _shown(names: Collection[str]) -> str:
    shown = ", ".join(ascii(name)[1:-1] for name in sorted(names)[:10]) or "nothing"
    return shown[:200]


def _split(arrays: Mapping[str, Array], prefix: str) -> Split:
    weights = arrays.get(f"{prefix}weights")
    return Split(arrays[f"{prefix}inputs"], arrays[f"{prefix}targets"], weights=weights)


def _rows_of(whole: Split, rows: Array) -> Split:
    return Split.of_rows(whole.inputs, whole.targets, rows, whole.weights)


def _check_rows(prefix: str, split: Split, source: str) -> None:
    inputs, targets, weights = split.inputs, split.targets, split.weights
    if inputs.ndim == 0 or targets.ndim == 0 or len(inputs) != len(targets):
        raise DataError(
            f"{source}: {prefix}inputs of shape {inputs.shape} and {prefix}targets of shape"
            f" {targets.shape} differ in rows"
        )
    if weights is not None and weights.shape != (len(inputs),):
        raise DataError(
            f"{source}: {prefix}weights have shape {weights.shape}; expected ({len(inputs)},), one"
            " for each row"
        )
    if not len(inputs):
        raise DataError(f"{source}: {prefix}inputs have no rows, shape {inputs.shape}")
