"""Pictures in four files of MNIST's form."""

from __future__ import annotations

import gzip
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from framework import REQUIRED, Array, Data, DataError, Dataset, fraction, hyperparameter

from .held_out import HoldOut, How
from .idx import read_idx
from .whole_arrays import Preparation, Reading, data_of

FILES = {
    "train_inputs": "train-images-idx3-ubyte",
    "train_targets": "train-labels-idx1-ubyte",
    "test_inputs": "t10k-images-idx3-ubyte",
    "test_targets": "t10k-labels-idx1-ubyte",
}
_LARGEST = 1 << 30  # bytes of a file, unpacked
_SMALL, _DENSE = 1 << 26, 100  # a packed file of more bytes, this many times its own, is a bomb


@dataclass(frozen=True)
class IdxFiles(Dataset):
    """EMNIST or pictures of your own: four files in a folder, named as MNIST's are.

    `train-images-idx3-ubyte`, `train-labels-idx1-ubyte`, and `t10k-…` for the test, packed (`.gz`)
    or not. Validation rows are held out of training. Pixels stay bytes in memory.
    """

    path: str = hyperparameter(REQUIRED, "the folder of the four files")
    classes: int | None = hyperparameter(
        None, "number of classes; null: one more than the largest label", at_least=2
    )
    scale: float | None = hyperparameter(
        1 / 255, "what all pixels are multiplied by; null: 1", above=0
    )
    validation: float = fraction(0.1, "share of the training images held out for validation")
    split: How = hyperparameter(
        "random", "images held out: random, each class in proportion; or last"
    )
    folds: int | None = hyperparameter(
        None, "how many folds training images are cut into; null: none", at_least=2
    )
    fold: int | None = hyperparameter(
        None, "which fold is the validation, from 0; -m data.fold=0,1,2 takes each", at_least=0
    )
    flatten: bool = hyperparameter(True, "make each sample flat")
    preparation: Preparation = hyperparameter(
        "none", "what job=predict does to pictures: none; mnist, for digits laid down as MNIST's"
    )

    def load(self, rng: np.random.Generator) -> Data:
        if not self.path.strip():
            raise DataError("data.path: is empty; expected a folder of IDX files")
        folder = Path(self.path).expanduser()
        arrays = {name: _read(folder, file) for name, file in FILES.items()}
        reading = Reading(self.classes, self.scale, self.flatten, None, self.preparation)
        hold_out = HoldOut(self.validation, 0, self.split, self.folds, self.fold)
        return data_of(arrays, reading, hold_out, rng, self.path)


def _read(folder: Path, name: str) -> Array:
    """Read one of the files, packed or not."""
    paths = [path for path in (folder / name, folder / f"{name}.gz") if path.exists()]
    if not paths:
        raise DataError(f"{folder / name}: there is no such file, nor {name}.gz (data.path)")
    path = paths[0]
    try:
        if not path.is_file():
            raise DataError(f"{path}: is no regular file")
        with path.open("rb") as file:
            packed = file.read(2) == b"\x1f\x8b"
        most = min(_LARGEST, max(_SMALL, _DENSE * path.stat().st_size)) if packed else _LARGEST
        with gzip.open(path) if packed else path.open("rb") as stream:
            content = stream.read(most + 1)
    except (OSError, EOFError, zlib.error) as error:
        lines = str(error).splitlines() or [type(error).__name__]
        raise DataError(f"{path}: cannot be read: {lines[0]} (data.path)") from error
    if len(content) > most:
        raise DataError(f"{path}: has more than {most:,} bytes; at most so many are read")
    return read_idx(content, str(path))
