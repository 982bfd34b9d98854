"""Whether a network can be trained on data, and what in them makes that unlikely to go well.

`check` refuses; `hints` are lines for the log about what is allowed and is often a slip.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from framework.components.base import Array
from framework.components.dataset import Data, Split
from framework.errors import DataError

_FEW = 200  # rows of each split that hints look at
_LARGE = 100.0  # size of a feature from which on networks hardly learn from it
_FAR = 20.0  # times that splits of the same thing hardly differ in size
_BYTE = 1 / 255
CURES = {  # by the kind of a type
    "b": "array.astype('uint8') makes 0 and 1 of false and true",
    "U": "numpy.unique(texts, return_inverse=True)[1] makes labels of texts",
    "S": "numpy.unique(texts, return_inverse=True)[1] makes labels of texts",
    "O": "array.astype('float32') makes numbers of objects that are some",
    "c": "array.real and array.imag are numbers",
    "M": "array.astype('int64') makes numbers of times",
    "m": "array.astype('int64') makes numbers of times",
}


def check(data: Data, dtype: str) -> None:
    """Refuse arrays that no network of floats of this type could be trained on.

    Raises
    ------
    DataError : naming the source, the split, the row and what is wrong with it.
    """
    for name, split in data.splits().items():
        problem = _form(data, split)
        if problem:
            raise DataError(f"{data.source}: {name} {problem}")
    for name, split in data.splits().items():
        problem = _other_kind(data, split) or _numbers(data, split, dtype)
        if problem:
            raise DataError(f"{data.source}: {name} {problem}")


def hints(data: Data, *, scalable: bool) -> list[str]:
    """Give lines about what is allowed, and is often a slip.

    Parameters
    ----------
    scalable : whether the dataset has a setting `scale`.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        lines = [*_missing_classes(data), *_large_inputs(data, scalable), *_uneven_splits(data)]
    return [f"{data.source}: {line}" for line in lines]


def _form(data: Data, split: Split) -> str | None:
    """Say what is wrong with the form of a split's arrays."""
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
    if inputs[1:] != data.sample_shape or 0 in inputs:
        sample = ", ".join(str(size or "at least 1") for size in data.sample_shape)
        return f"inputs have shape {inputs}; expected (rows, {sample})"
    if data.classes is None:
        if len(targets) != 2 or targets[1:] != data.train.shapes[1][1:] or 0 in targets:
            return f"targets have shape {targets}; expected (rows, columns)"
    elif len(targets) != 1 or target_type.kind not in "ui":
        return f"labels are {target_type} of shape {targets}; expected integers (rows,)"
    return None


def _other_kind(data: Data, split: Split) -> str | None:
    """Say that one split has integers where another has floats: they are rarely the same thing."""
    here, there = (part.dtypes[0] for part in (split, data.train))
    if (here.kind == "f") == (there.kind == "f"):
        return None
    return (
        f"inputs are {here} {_range(split)}, train inputs {there} {_range(data.train)};"
        " expected integers in all splits or floats in all"
    )


def _range(split: Split) -> str:
    extremes = [(inputs.min(), inputs.max()) for _, inputs, _ in split.blocks()]
    smallest, largest = min(low for low, _ in extremes), max(high for _, high in extremes)
    return f"from {smallest:.6g} to {largest:.6g}"


def _numbers(data: Data, split: Split, dtype: str) -> str | None:
    """Say what is wrong with a number of a split, and in which row."""
    for start, inputs, targets in split.blocks():
        if data.classes is None:
            bad = _not_usable(targets, dtype, "targets") or _not_usable(inputs, dtype, "inputs")
        else:
            bad = _not_a_class(targets, data.classes) or _not_usable(inputs, dtype, "inputs")
        if bad is not None:
            row, what, text = bad
            return f"{what} in row {_row(split, start + row)} {text}"
    return None


def _not_usable(values: Array, dtype: str, what: str) -> tuple[int, str, str] | None:
    """Give a row that is not finite, or not in floats of a type: its number, and words."""
    if values.dtype.kind != "f":
        return None
    largest = float(np.finfo(dtype).max)
    # Extremes are finite and in range only if all numbers are, and need no second array.
    with np.errstate(over="ignore"):
        if -largest <= values.min(initial=0) and values.max(initial=0) <= largest:
            return None
    by_row = values.reshape(len(values), -1)
    unusable = ~(np.abs(by_row) <= largest).all(axis=1)
    row = int(np.argmax(unusable))
    if not np.isfinite(by_row[row]).all():
        return row, what, "are not finite"
    met = float(by_row[row][np.argmax(np.abs(by_row[row]))])
    return row, what, f"hold {met:.3g}, beyond {dtype}, whose largest is {largest:.3g}"


def _not_a_class(labels: Array, classes: int) -> tuple[int, str, str] | None:
    outside = np.flatnonzero((labels < 0) | (labels >= classes))
    if not len(outside):
        return None
    row = int(outside[0])
    return row, f"label {labels[row]}", f"is outside the classes 0 to {classes - 1}"


def _row(split: Split, row: int) -> int:
    return row if split.rows is None else int(split.rows[row])


def _missing_classes(data: Data) -> Iterator[str]:
    if data.classes is None:
        return
    present = {name: _classes(split, data.classes) for name, split in data.splits().items()}
    if present["train"].sum() == 1:
        label = int(np.argmax(present["train"]))
        yield f"all {len(data.train)} train labels are {label}: there is nothing to learn"
        return
    anywhere = np.logical_or.reduce(list(present.values()))
    for name, here in {"no split": anywhere, **present}.items():
        missing = np.flatnonzero(~here & (anywhere | (name == "no split")))
        if len(missing):
            shown = ", ".join(map(str, missing[:5])) + (", …" if len(missing) > 5 else "")
            has = "has a row" if name == "no split" else "has no row"
            yield f"{name} {has} of {len(missing)} of {data.classes} classes ({shown})"


def _classes(split: Split, classes: int) -> Array:
    """Say of each class whether a split has a row of it."""
    present = np.zeros(classes, bool)
    for _, _, labels in split.blocks():
        present[labels] = True
    return present


def _sample(split: Split) -> Array:
    """Give some rows of a split's inputs, from all over it, as floats ``[rows, numbers]``."""
    stride = max(1, len(split) // _FEW)
    inputs, rows = split.whole()
    thin = inputs[::stride] if rows is None else inputs[rows[::stride]]
    return np.asarray(thin, np.float64).reshape(len(thin), -1)


def _large_inputs(data: Data, scalable: bool) -> Iterator[str]:
    sample = _sample(data.train) * (1.0 if data.scale is None else data.scale)
    if len(sample) > 1 and (sample == sample[0]).all():
        yield "train inputs are the same in every row: there is nothing to learn from"
    size = np.sqrt(np.mean(sample**2, axis=0))
    feature = int(np.argmax(size))
    if data.train.dtypes[0] == np.uint8 and data.scale is None and sample.max() > 127:
        cure = f"data.scale={_BYTE!r} (1/255)" if scalable else "a scale of 1/255"
        yield f"inputs are bytes up to {sample.max():.0f}; if they are pictures, they want {cure}"
    elif size[feature] >= _LARGE:
        yield (
            f"feature {feature} of the inputs is of size {size[feature]:,.4g} (root mean square);"
            " networks learn best from sizes about 1"
        )


def _uneven_splits(data: Data) -> Iterator[str]:
    sizes = {name: np.sqrt(np.mean(_sample(s) ** 2)) for name, s in data.splits().items()}
    for name in ("validation", "test"):
        smaller, larger = sorted((sizes["train"], sizes[name]))
        if larger > _FAR * smaller:
            yield (
                f"{name} inputs are of size {sizes[name]:.3g} (root mean square), train inputs of"
                f" {sizes['train']:.3g}: were they scaled alike?"
            )
