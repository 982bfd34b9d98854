"""From the arrays of a file to data: their shapes, their classes, their splits."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from framework import Array, Columns, Data, DataError, Targets

from .held_out import NAMES, HoldOut

Preparation = Literal["none", "mnist"]
"""What is done to a picture of a digit, so that it is as those of the data are."""


@dataclass(frozen=True)
class Reading:
    """How a user's arrays are to be read.

    Attributes
    ----------
    classes : number of classes; None for one more than the largest label.
    scale : what all inputs are multiplied by on their way into the network.
    flatten : whether to make each sample flat.
    targets : what targets are; None for labels where they are integers ``[N]``, else values.
    preparation : what makes such samples of any picture: ``mnist``, or ``none``.
    """

    classes: int | None
    scale: float | None
    flatten: bool
    targets: Targets | None = None
    preparation: Preparation = "none"


def data_of(
    arrays: Mapping[str, Any],
    reading: Reading,
    hold_out: HoldOut,
    rng: np.random.Generator,
    source: str,
) -> Data:
    """Make data of arrays named ``inputs``, ``targets``, ``test_inputs``, ….

    Beside them may stand ``columns`` and ``class_names``, strings, and for each column its
    ``categories``.

    Raises
    ------
    DataError : naming the source and the array that does not fit.
    """
    columns, class_names = columns_of(arrays, source), texts(arrays, "class_names", source)
    arrays = {name: array for name, array in arrays.items() if name in NAMES}
    base = "train_" if "train_inputs" in arrays else ""
    sample, targets = arrays[f"{base}inputs"].shape[1:], arrays[f"{base}targets"]
    classes, form = reading.classes, f"{targets.dtype} of shape {targets.shape}"
    labels = targets.ndim == 1 and targets.dtype.kind in "ui"
    if (reading.targets == "labels" and not labels) or (
        reading.targets == "sets" and targets.ndim != 2
    ):
        wanted = "integers (rows,)" if reading.targets == "labels" else "0 and 1 (rows, classes)"
        raise DataError(
            f"{source}: targets are {form}, no {reading.targets}; expected {wanted}, or another"
            " data.targets"
        )
    labels = labels and reading.targets in (None, "labels")
    if classes is not None and not labels:
        raise DataError(
            f"{source}: targets are {form}, no class labels{_as(reading.targets)};"
            " expected data.classes=null"
        )
    if classes is None and labels and class_names:
        classes = len(class_names)
    if classes is None and labels:
        classes = _count([a for name, a in arrays.items() if name.endswith("targets")], source)
    shaped = {
        name: _shaped(array, reading.flatten)
        if name.endswith("inputs")
        else _columns(array, labels)
        if name.endswith("targets")
        else array
        for name, array in arrays.items()
    }
    splits, note = hold_out.splits(shaped, rng, source)
    return Data(
        splits["train"],
        splits["validation"],
        splits["test"],
        classes=classes,
        scale=reading.scale,
        image_shape=(sample[0], sample[1]) if len(sample) == 2 else None,
        source=source,
        notes=(note,),
        targets_given=form,
        sets=reading.targets == "sets",
        columns=columns,
        class_names=class_names,
        preparation=reading.preparation.removeprefix("none"),
    )


def columns_of(arrays: Mapping[str, Any], source: str) -> Columns:
    """Return the names of columns, and their categories, that stand beside arrays."""
    names = texts(arrays, "columns", source)
    categories = arrays.get("categories", ((),) * len(names))
    return Columns(names, tuple(tuple(of_column) for of_column in categories))


def texts(arrays: Mapping[str, Any], name: str, source: str) -> tuple[str, ...]:
    """Return names that stand beside arrays; none when there are none.

    Raises
    ------
    DataError : when they are no strings.
    """
    given = np.asarray(arrays.get(name, np.empty(0, "U1")))
    if given.ndim != 1 or given.dtype.kind != "U":
        raise DataError(
            f"{source}: {name} are {given.dtype} of shape {given.shape}; expected strings (names,)"
        )
    return tuple(given.tolist())


def _as(targets: str | None) -> str:
    return f" (data.targets={targets})" if targets in ("values", "sets") else ""


def _count(labels: Collection[Array], source: str) -> int:
    """Count the classes; more of them than rows is a damaged file, not a task."""
    counted = [a for a in labels if a.size and a.dtype.kind in "ui"]
    largest = max((int(array.max()) for array in counted), default=1)
    rows = sum(map(len, counted))
    if largest >= rows > 0:
        raise DataError(
            f"{source}: targets are {counted[0].dtype} of shape {counted[0].shape}, so class"
            f" labels, but the largest label is {largest}, of only {rows} rows; if they are"
            " quantities, targets.astype('float64') are values (loss=mean_squared_error); if it is"
            f" right, say data.classes={largest + 1}"
        )
    return 1 + max(largest, 1)


def _shaped(inputs: Array, flatten: bool) -> Array:
    if inputs.ndim == 1:
        return inputs.reshape(-1, 1)
    if flatten and inputs.ndim > 2:
        return inputs.reshape(len(inputs), math.prod(inputs.shape[1:]))
    return inputs


def _columns(targets: Array, labels: bool) -> Array:
    return targets if labels or targets.ndim != 1 else targets.reshape(-1, 1)
