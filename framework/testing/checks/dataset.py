"""What a dataset promises: three splits that fit together, the same from the same seed."""

from __future__ import annotations

from typing import Any

import numpy as np

from framework.components.base import Array
from framework.components.dataset import Data, Dataset, DatasetOfArrays
from framework.components.split import Split
from framework.errors import DataError
from framework.testing.assertions import expect_own_randomness
from framework.testing.check import Check, UnansweredError, expect, promise

_MOST = 1 << 16  # rows compared
_WORK = 10_000  # steps that it may take to see whether two arrays overlap


def _load(dataset: Dataset, rng: np.random.Generator | None = None) -> Data:
    rng = rng or np.random.default_rng(0)
    try:
        if isinstance(dataset, DatasetOfArrays):
            return dataset.load_arrays(_given(), rng)
        return dataset.load(rng)
    except DataError as error:
        raise UnansweredError(f"its data cannot be loaded here: {error}") from error


def _given() -> dict[str, Array]:
    """Return arrays as a program hands them over: each row's number stands in its first column."""
    inputs = np.random.default_rng(1).standard_normal((60, 3))
    inputs[:, 0] = np.arange(60)
    return {"inputs": inputs, "targets": np.arange(60) % 3}


@promise(
    "a dataset of arrays gives each row that it is given in one split, as it is, with its target."
)
def given(dataset: Dataset) -> None:
    if not isinstance(dataset, DatasetOfArrays):
        return
    data, arrays = _load(dataset), _given()
    inputs = np.concatenate([split.inputs for split in data.splits().values()])
    targets = np.concatenate([split.targets for split in data.splits().values()])
    order = np.argsort(inputs[:, 0], kind="stable")
    expect(len(inputs) == 60, f"60 rows were given, its splits have {len(inputs)}")
    for what, made in (("inputs", inputs[order]), ("targets", targets[order].ravel())):
        same = np.array_equal(made, arrays[what])
        expect(same, f"{what} of a row are others than those that were given")


@promise(
    "load gives Data: three splits of numbers, none empty, as many targets as inputs, of one shape"
    " and dtype; only columns with names may have missing ones (NaN)."
)
def splits(dataset: Dataset) -> None:
    data = _load(dataset)
    expect(isinstance(data, Data), f"load gave {type(data).__name__}, not Data")
    try:
        data.check(missing=bool(data.columns.names))
    except DataError as error:
        expect(False, str(error))
    for name, split in data.splits().items():
        expect(isinstance(split, Split), f"{name} is {type(split).__name__}, not a Split")
        expect(len(split), f"{name} has no rows: nothing can be measured on it")
        kinds = split.inputs.dtype, data.train.inputs.dtype
        expect(kinds[0] == kinds[1], f"{name} inputs are {kinds[0]}, train inputs {kinds[1]}")
    scale = data.scale
    expect(
        scale is None or (np.isfinite(scale) and scale > 0), f"scale is {scale}; expected above 0"
    )
    image = data.image_shape
    if image is not None:
        size = int(np.prod(data.sample_shape))
        expect(size == image[0] * image[1], f"image_shape is {image} for samples of {size} numbers")


@promise("the same seed gives the same bytes; all randomness comes from the generator given.")
def seeds(dataset: Dataset) -> None:
    places: list[object] = []

    def compute() -> dict[str, Array]:
        rng = np.random.default_rng(5)
        splits = _load(dataset, rng).splits()
        places.append(rng.bit_generator.state)
        inputs = {f"{name} inputs": s.inputs[:_MOST].copy() for name, s in splits.items()}
        inputs |= {
            f"{name} weights": s.weights[:_MOST]
            for name, s in splits.items()
            if s.weights is not None
        }
        return inputs | {f"{name} targets": s.targets[:_MOST].copy() for name, s in splits.items()}

    expect_own_randomness("load", compute)
    expect(
        places[0] == places[1],
        "the second load drew other numbers than the first: something is kept from before",
    )


@promise("no row of training is measured again: validation and test are arrays of their own.")
def apart(dataset: Dataset) -> None:
    data = _load(dataset)
    for name in ("validation", "test"):
        for what in ("inputs", "targets"):
            a, b = (getattr(split, what) for split in (data.train, data.splits()[name]))
            expect(not _overlap(a, b), f"{name} shares rows with train: their {what} are the same"
                   " memory")  # fmt: skip


def _overlap(a: Array, b: Array) -> bool:
    try:
        work: Any = _WORK  # the stubs know of two numbers only
        return bool(np.shares_memory(a, b, max_work=work))
    except np.exceptions.TooHardError:
        return False


@promise(
    "labels reach from 0 to below `classes`; training shows more than one of them, and all that"
    " validation and test have."
)
def classes(dataset: Dataset) -> None:
    data = _load(dataset)
    if data.classes is None:
        return
    labels = np.unique(data.train.targets)
    expect(data.classes >= 2, f"it has {data.classes} classes")
    expect(len(labels) > 1, f"all {len(data.train)} training labels are {labels[0]}")
    for name, split in data.splits().items():
        new = np.setdiff1d(split.targets, labels)[:5].tolist()
        expect(not new, f"training never shows {new}, which {name} has")


CHECKS: tuple[Check, ...] = (given, splits, apart, seeds, classes)
