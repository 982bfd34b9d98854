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
    """

    validation: float
    test: float
    how: How

    def splits(
        self, arrays: Mapping[str, Array], rng: np.random.Generator, source: str
    ) -> tuple[dict[str, Split], str]:
        """Make the three splits, of all arrays that are given; and a note how.

        Raises
        ------
        DataError : naming the source, when the arrays make no three splits.
        """
        base = "train_" if "train_inputs" in arrays else ""
        given = {s: _split(arrays, f"{s}_") for s in SPLITS[1:] if f"{s}_inputs" in arrays}
        whole = _split(arrays, base)
        for prefix, split in {base: whole, **{f"{s}_": part for s, part in given.items()}}.items():
            _check_rows(prefix, split, source)
        splits = dict(given)
        held_out = [name for name in SPLITS[1:] if name not in given]
        if not held_out:
            return {"train": whole, **splits}, "all splits are the file's own"
        counts = self._counts(held_out, len(whole), source)
        kept, rows = (self._random if self.how == "random" else _last)(whole.targets, counts, rng)
        splits |= {name: _rows_of(whole, picked) for name, picked in rows.items()}
        numbers = " and ".join(f"{count} for {name}" for name, count in counts.items())
        note = f"of {len(whole)} rows, {self.how} ones are held out, {numbers} (data.split)"
        return {"train": _rows_of(whole, kept), **splits}, note

    def _counts(self, names: Iterable[str], rows: int, source: str) -> dict[str, int]:
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
        if sum(counts.values()) >= rows:
            raise DataError(
                f"{source}: {rows} rows are too few for {given}; expected at least one row in each"
                " split"
            )
        return counts

    @staticmethod
    def _random(
        targets: Array, counts: Mapping[str, int], rng: np.random.Generator
    ) -> tuple[Array, dict[str, Array]]:
        """Hold out random rows, as many of each class as its share of all rows asks for.

        The first row of each class stays in training, if there is room for that. The others are
        shuffled and ordered by class, and of these, rows at even distances are taken.
        """
        pool = rng.permutation(len(targets))
        kept = np.empty(0, np.int64)
        if targets.ndim == 1 and targets.dtype.kind in "ui":
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
