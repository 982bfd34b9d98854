"""Whether a network can be trained on data: arrays that none could are refused."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from framework.components.base import Array
from framework.components.columns import UNNAMED, Columns
from framework.components.split import Split
from framework.errors import DataError

CURES = {  # by the kind of a type
    "b": "array.astype('uint8') makes 0 and 1 of false and true",
    "U": "numpy.unique(texts, return_inverse=True)[1] makes labels of texts",
    "S": "numpy.unique(texts, return_inverse=True)[1] makes labels of texts",
    "O": "array.astype('float32') makes numbers of objects that are some",
    "c": "array.real and array.imag are numbers",
    "M": "array.astype('int64') makes numbers of times",
    "m": "array.astype('int64') makes numbers of times",
}


def check_data(
    splits: Mapping[str, Split],
    source: str,
    classes: int | None,
    dtype: str,
    *,
    sets: bool = False,
    columns: Columns = UNNAMED,
    missing: bool = False,
) -> None:
    """Refuse arrays that no network of floats of this type could be trained on.

    Parameters
    ----------
    splits : train, validation and test.
    source : where they come from, for the message.
    classes : how many classes labels tell apart; None when targets are values.
    dtype : the network's.
    sets : whether targets are sets of classes, of 0 and 1.
    columns : the names of the inputs' columns.
    missing : whether inputs may be NaN.

    Raises
    ------
    DataError : naming the source, the split, the row and what is wrong with it.
    """
    train = splits["train"]
    if all(split is train for split in splits.values()):
        splits = {"": train}  # rows that are measured as they are, of no split
    for name, split in splits.items():
        problem = _form(split, train, classes)
        if problem:
            raise DataError(f"{source}: {name} {problem}".replace(":  ", ": "))
    for name, split in splits.items():
        problem = _weights(split)
        if problem:
            raise DataError(f"{source}: {name} {problem}".replace(":  ", ": "))
    for name, split in splits.items():
        problem = _other_kind(split, train) or _numbers(
            split, classes, dtype, sets=sets, columns=columns, missing=missing
        )
        if problem:
            raise DataError(f"{source}: {name} {problem}".replace(":  ", ": "))


def _form(split: Split, train: Split, classes: int | None) -> str | None:
    """Return what is wrong with the form of a split's arrays."""
    (inputs, targets), (input_type, target_type) = split.shapes, split.dtypes
    if input_type.kind not in "uif" or target_type.kind not in "uif":
        cures = {CURES.get(kind.kind, "") for kind in (input_type, target_type)} - {""}
        help_ = "".join(f"; {cure}" for cure in sorted(cures))
        return f"holds {input_type} inputs and {target_type} targets; numbers are needed{help_}"
    if len(inputs) < 2:
        return f"inputs have shape {inputs}; expected (rows, numbers)"
    if inputs[:1] != targets[:1]:
        return f"has inputs of shape {inputs} but targets of shape {targets}: other rows"
    if not inputs[0]:
        return f"has no rows: inputs have shape {inputs}; expected at least one"
    if inputs[1:] != train.shapes[0][1:] or 0 in inputs:
        sample = ", ".join(str(size or "at least 1") for size in train.shapes[0][1:])
        return f"inputs have shape {inputs}; expected (rows, {sample})"
    if classes is None:
        if len(targets) != 2 or targets[1:] != train.shapes[1][1:] or 0 in targets:
            return f"targets have shape {targets}; expected (rows, columns)"
    elif len(targets) != 1 or target_type.kind not in "ui":
        return f"labels are {target_type} of shape {targets}; expected integers (rows,)"
    return None


def _weights(split: Split) -> str | None:
    """Return what is wrong with the weights of a split's samples, and in which row."""
    weights = split.weights
    if weights is None:
        return None
    if weights.shape != (len(split),) or weights.dtype.kind not in "uif":
        given = f"{weights.dtype} of shape {weights.shape}"
        return f"weights are {given}; expected numbers ({len(split)},)"
    bad = np.flatnonzero(~(np.isfinite(weights) & (weights >= 0)))
    if len(bad):
        row = int(bad[0])
        what = "negative" if weights[row] < 0 and np.isfinite(weights[row]) else "not finite"
        return f"weights in row {_row(split, row)} are {what}, {weights[row]:g}"
    return None if weights.any() else "weights are all 0; expected some above"


def _other_kind(split: Split, train: Split) -> str | None:
    """Return that a split has integers where another has floats: rarely the same thing."""
    here, there = (part.dtypes[0] for part in (split, train))
    if (here.kind == "f") == (there.kind == "f"):
        return None
    return (
        f"inputs are {here} {_range(split)}, train inputs {there} {_range(train)};"
        " expected integers in all splits or floats in all"
    )


def _range(split: Split) -> str:
    extremes = [(inputs.min(), inputs.max()) for _, inputs, _ in split.blocks()]
    smallest, largest = min(low for low, _ in extremes), max(high for _, high in extremes)
    return f"from {smallest:.6g} to {largest:.6g}"


def _numbers(
    split: Split,
    classes: int | None,
    dtype: str,
    *,
    sets: bool,
    columns: Columns,
    missing: bool,
) -> str | None:
    """Return what is wrong with a number of a split, and in which row."""
    for start, inputs, targets in split.blocks():
        if sets:
            bad = _not_sets(targets)
        elif classes is None:
            bad = _not_usable(targets, dtype, "targets")
        else:
            bad = _not_a_class(targets, classes)
        bad = bad or _not_usable(inputs, dtype, "inputs", columns, missing=missing)
        if bad is not None:
            row, what, text = bad
            return f"{what} in row {_row(split, start + row)} {text}"
    return None


def _not_usable(
    values: Array, dtype: str, what: str, columns: Columns = UNNAMED, *, missing: bool = False
) -> tuple[int, str, str] | None:
    """Return a row that is not finite, or not in floats of a type: number, what, why."""
    if values.dtype.kind != "f":
        return None
    largest = float(np.finfo(dtype).max)
    # Extremes are finite and in range only if all numbers are, and need no second array.
    with np.errstate(over="ignore"):
        if -largest <= values.min(initial=0) and values.max(initial=0) <= largest:
            return None
    by_row = values.reshape(len(values), -1)
    usable = np.abs(by_row) <= largest
    if missing:
        usable |= np.isnan(by_row)
    if usable.all():
        return None
    row = int(np.argmin(usable.all(axis=1)))
    if not np.isfinite(by_row[row]).all():
        column = int(np.argmin(usable[row]))
        named = f", column {columns.shown(column)}," if columns.names else ""
        return row, what, f"are not finite{named and _cure(by_row[row, column], named)}"
    met = float(by_row[row][np.argmax(np.abs(by_row[row]))])
    return row, what, f"hold {met:.3g}, beyond {dtype}, whose largest is {largest:.3g}"


def _cure(value: float, named: str) -> str:
    fills = "; a transform that takes missing values fills them" if np.isnan(value) else ""
    return f":{named.strip(',')} is {value}{fills}"


def _not_a_class(labels: Array, classes: int) -> tuple[int, str, str] | None:
    outside = np.flatnonzero((labels < 0) | (labels >= classes))
    if not len(outside):
        return None
    row = int(outside[0])
    return row, f"label {labels[row]}", f"is outside the classes 0 to {classes - 1}"


def _not_sets(targets: Array) -> tuple[int, str, str] | None:
    odd = ((targets != 0) & (targets != 1)).any(axis=1)
    if not odd.any():
        return None
    row = int(np.argmax(odd))
    met = targets[row][(targets[row] != 0) & (targets[row] != 1)][0]
    return row, "targets", f"hold {met:g}; expected sets of classes, 0 and 1 alone"


def _row(split: Split, row: int) -> int:
    return row if split.rows is None else int(split.rows[row])
