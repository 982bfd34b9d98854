"""What in data is allowed, and is often a slip: lines for the log."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from framework.components.base import Array
from framework.components.dataset import Data
from framework.components.split import Split

_FEW = 200  # rows of each split that hints look at
_LARGE = 100.0  # size of a feature from which on networks hardly learn from it
_FAR = 20.0  # times that splits of the same thing hardly differ in size
_BYTE = 1 / 255
_FEW_CLASSES = 20  # of which rows are counted in the log


def hints(data: Data, *, scalable: bool, transformed: bool = False) -> list[str]:
    """Return lines about what is allowed, and is often a slip.

    Parameters
    ----------
    scalable : whether the dataset has a setting `scale`.
    transformed : whether transforms make inputs of another size of them.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        lines = [*_missing_classes(data), *_uneven_splits(data)]
        if not transformed:
            lines += _large_inputs(data, scalable)
    return [f"{data.source}: {line}".replace("\n", "\\n") for line in lines]


def class_counts(data: Data) -> Iterator[str]:
    """Return, in a line, how many rows of each class the splits have, where classes are few."""
    if data.classes is None or data.classes > _FEW_CLASSES:
        return
    counts = {name: np.zeros(data.classes, np.int64) for name in data.splits()}
    for name, split in data.splits().items():
        for _, _, labels in split.blocks():
            counts[name] += np.bincount(labels.astype(np.int64), minlength=data.classes)
    by_class = (
        f"{data.class_name(label)} {'/'.join(str(counts[name][label]) for name in counts)}"
        for label in range(data.classes)
    )
    shown = ", ".join(by_class).replace("\n", "\\n")  # names may be anything
    yield f"rows of each class (train/validation/test): {shown}"


def _missing_classes(data: Data) -> Iterator[str]:
    if data.classes is None:
        return
    present = {name: _classes(split, data.classes) for name, split in data.splits().items()}
    if present["train"].sum() == 1:
        label = int(np.argmax(present["train"]))
        named = data.class_name(label)
        yield f"all {len(data.train)} train labels are {named}: there is nothing to learn"
        return
    anywhere = np.logical_or.reduce(list(present.values()))
    for name, here in {"no split": anywhere, **present}.items():
        missing = np.flatnonzero(~here & (anywhere | (name == "no split")))
        if len(missing):
            shown = ", ".join(data.class_name(int(label)) for label in missing[:5])
            shown += ", …" if len(missing) > 5 else ""
            has = "has a row" if name == "no split" else "has no row"
            yield f"{name} {has} of {len(missing)} of {data.classes} classes ({shown})"


def _classes(split: Split, classes: int) -> Array:
    """Return, for each class, whether a split has a row of it."""
    present = np.zeros(classes, bool)
    for _, _, labels in split.blocks():
        present[labels] = True
    return present


def _sample(split: Split) -> Array:
    """Return some rows of a split's inputs, from all over it, as floats ``[rows, numbers]``."""
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
            f"feature {data.columns.shown(feature)} of the inputs is of size"
            f" {size[feature]:,.4g} (root mean square); networks learn best from sizes about 1"
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
