"""A user's own arrays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from framework import REQUIRED, Array, Data, DataError, Dataset, Split, fraction, setting

from .npy import read_archive, read_folder

_NAMES = [
    f"{split}_{what}" for split in ("train", "validation", "test") for what in ("inputs", "targets")
]
_WHOLE = ("inputs", "targets")


@dataclass(frozen=True)
class Npz(Dataset):
    """Arrays from an `.npz` file, or from a folder of `.npy` files, which stay on disk.

    Either `inputs` and `targets`, whose last rows are held out for validation and test, or the six
    arrays `train_inputs`, `train_targets`, `validation_inputs`, …. Inputs are ``[N, …]``; targets
    are integers ``[N]`` (class labels) or numbers ``[N, K]`` (values, for regression). Inputs of
    bytes are divided by 255 on their way into the network.
    """

    path: str = setting(REQUIRED, "the .npz file, or the folder of .npy files")
    classes: int | None = setting(
        None, "number of classes; null: one more than the largest label", at_least=2
    )
    validation: float = fraction(0.1, "share of the rows held out for validation")
    test: float = fraction(0.1, "share of the rows held out for the test")
    flatten: bool = setting(True, "make each sample flat")

    def load(self, rng: np.random.Generator) -> Data:
        arrays = _read(Path(self.path).expanduser())
        parts = self._parts(arrays)
        labels = parts[0].targets.ndim == 1 and parts[0].targets.dtype.kind in "ui"
        classes = self.classes
        if classes is not None and not labels:
            raise DataError(
                f"{self.path}: targets are not class labels; expected data.classes=null"
            )
        if classes is None and labels:
            classes = self._count(parts)
        scale = 1 / 255 if parts[0].inputs.dtype == np.uint8 else None
        shape = parts[0].inputs.shape[1:]
        train, validation, test = (
            Split(self._shaped(part.inputs), _columns(part.targets, labels)) for part in parts
        )
        return Data(
            train,
            validation,
            test,
            classes=classes,
            scale=scale,
            image_shape=(shape[0], shape[1]) if len(shape) == 2 else None,
            source=self.path,
        )

    def _count(self, parts: list[Split]) -> int:
        """Count the classes; more of them than rows is a damaged file, not a task."""
        largest = max((int(part.targets.max()) for part in parts if len(part)), default=1)
        rows = sum(map(len, parts))
        if largest >= rows:
            raise DataError(
                f"{self.path}: the largest label is {largest}, of only {rows} rows; if it is right,"
                f" say data.classes={largest + 1}"
            )
        return 1 + max(largest, 1)

    def _parts(self, arrays: Mapping[str, Array]) -> list[Split]:
        if set(_NAMES) <= set(arrays):
            return [
                Split(arrays[x], arrays[t]) for x, t in zip(_NAMES[::2], _NAMES[1::2], strict=True)
            ]
        inputs, targets = arrays["inputs"], arrays["targets"]
        if inputs.ndim == 0 or targets.ndim == 0 or len(inputs) != len(targets):
            raise DataError(
                f"{self.path}: inputs {inputs.shape} and targets {targets.shape} differ in rows"
            )
        rows = len(inputs)
        last = rows - round(rows * self.test)
        middle = last - round(rows * self.validation)
        cuts = (slice(middle), slice(middle, last), slice(last, rows))
        return [Split(inputs[cut], targets[cut]) for cut in cuts]

    def _shaped(self, inputs: Array) -> Array:
        if inputs.ndim == 1:
            return inputs.reshape(-1, 1)
        return inputs.reshape(len(inputs), -1) if self.flatten and inputs.ndim > 2 else inputs


def _columns(targets: Array, labels: bool) -> Array:
    return targets if labels or targets.ndim > 1 else targets.reshape(-1, 1)


def _read(path: Path) -> Mapping[str, Array]:
    names = [*_NAMES, *_WHOLE]
    if path.is_dir():
        found = read_folder(path, names)
        others = sorted(file.stem for file in path.glob("*.npy"))
    elif path.exists():
        found, others = read_archive(path, names)
    else:
        raise DataError(f"{path}: there is no such file (data.path)")
    if not (set(_NAMES) <= set(found) or set(_WHOLE) <= set(found)):
        shown = ", ".join(ascii(name)[1:-1] for name in others[:10]) or "nothing"
        raise DataError(
            f"{path}: holds {shown[:200]}; expected inputs and targets, or {', '.join(_NAMES)}"
        )
    return found
