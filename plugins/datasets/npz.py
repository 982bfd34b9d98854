"""A user's own arrays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from framework import (
    REQUIRED,
    Array,
    Data,
    DataError,
    Dataset,
    hyperparameter,
)

from .array_fields import ArrayFields
from .held_out import BESIDE, NAMES, check_names
from .own_splits import OwnSplits
from .safe_npy import read_archive, read_folder
from .whole_arrays import data_of


@dataclass(frozen=True)
class _File(Dataset):
    path: str = hyperparameter(REQUIRED, "the .npz file, or the folder of .npy files")


@dataclass(frozen=True)
class Npz(OwnSplits, ArrayFields, _File):
    """Arrays from an `.npz` file, or from a folder of `.npy` files, which stay on disk.

    `inputs` and `targets`, or `train_inputs` and `train_targets`; `validation_…` and `test_…` are
    used where they are given, else rows are held out for them. Inputs are ``[N, …]``; targets are
    integers ``[N]`` (class labels), numbers ``[N, K]`` (values, for regression), or 0 and 1
    ``[N, K]`` (sets of classes, when the loss takes these). `weights` beside them, ``[N]``, or
    `train_weights`, …, say how much each sample counts; strings `columns` and `class_names` name
    columns and classes. Numbers mean what they are, whatever their type: bytes of pictures want
    ``scale: 0.00392156862745098``, which is 1/255.
    """

    def load(self, rng: np.random.Generator) -> Data:
        arrays = _read(self.path)
        return data_of(arrays, self.reading(), self.hold_out(), rng, self.path)


def _read(given: str) -> Mapping[str, Array]:
    if not given.strip():
        raise DataError("data.path: is empty; expected an .npz file, or a folder of .npy files")
    path = Path(given).expanduser()
    if path.is_dir():
        arrays = read_folder(path, (*NAMES, *BESIDE))
        names = [file.stem for file in path.glob("*.npy")]
    elif path.suffix == ".npy" and path.exists():
        raise DataError(
            f"{path}: is a single array; expected an .npz file, or a folder with inputs.npy and"
            " targets.npy (data.path)"
        )
    elif path.exists():
        arrays, names = read_archive(path, (*NAMES, *BESIDE))
    else:
        raise DataError(f"{path}: there is no such file (data.path)")
    check_names(names, str(path))
    return arrays
