"""The MNIST handwritten digits."""

from __future__ import annotations

import hashlib
import logging
import mmap
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from framework import Array, Data, DataError, Dataset, Split, hyperparameter

from .idx import MAGIC, Content, read_idx

log = logging.getLogger("framework")

SUMS = {
    "train-images-idx3-ubyte": "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    "train-labels-idx1-ubyte": "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    "t10k-images-idx3-ubyte": "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    "t10k-labels-idx1-ubyte": "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
}
"""SHA-256 of the four files as published, uncompressed."""

CACHE_VARIABLE = "FRAMEWORK_CACHE"
_WRITTEN = 909_792_000  # seconds: the last of October 1998, as MNIST's paper came out
_LARGEST = 1 << 26  # bytes of a file of the cache; those of the published ones are 47 million


@dataclass(frozen=True)
class Mnist(Dataset):
    """60,000 training and 10,000 test images of 28×28 bytes, ten classes.

    The last 10,000 training images are the validation set. Pixels stay bytes in memory and are
    divided by 255 on their way into the network. The files are fetched once, from the first source
    that answers, and are checked against their sums whenever they are read. Files of that format
    that are not MNIST, such as Fashion-MNIST, are for the dataset `idx`.

    LeCun, Bottou, Bengio and Haffner, "Gradient-based learning applied to document recognition",
    1998.
    """

    cache: str | None = hyperparameter(
        None, f"folder the files are kept in; null: {CACHE_VARIABLE}, or the user's cache folder"
    )
    flatten: bool = hyperparameter(True, "samples of 784 features rather than 28 by 28")
    timeout: float = hyperparameter(
        5.0, "seconds until a source that does not answer is given up", above=0
    )

    def load(self, rng: np.random.Generator) -> Data:
        folder = self._folder()
        content = _all_cached(folder, say=False)
        if None in content.values():
            from .locked_folder import alone
            from .mnist_sources import fetch

            with alone(folder):
                content = _all_cached(folder, say=True)  # another process may have filled it
                if None in content.values():
                    content.update(fetch(folder, self.timeout))
        images, labels, test_images, test_labels = (
            read_idx(file, str(folder / name)) for name, file in content.items() if file is not None
        )
        held_out = len(images) - 10_000
        return Data(
            train=self._split(images[:held_out], labels[:held_out]),
            validation=self._split(images[held_out:], labels[held_out:]),
            test=self._split(test_images, test_labels),
            classes=10,
            scale=1 / 255,
            image_shape=(28, 28),
            source="mnist",
        )

    def _folder(self) -> Path:
        chosen = self.cache or os.environ.get(CACHE_VARIABLE)
        if chosen:
            return Path(chosen).expanduser() / "mnist"
        from platformdirs import user_cache_path

        return Path(user_cache_path("mlp-framework")) / "mnist"

    def _split(self, images: Array, labels: Array) -> Split:
        return Split(images.reshape(len(images), -1) if self.flatten else images, labels)


def _all_cached(folder: Path, *, say: bool) -> dict[str, Content | None]:
    return {name: _cached(folder, name, say=say) for name in SUMS}


def _cached(folder: Path, name: str, *, say: bool) -> Content | None:
    """Read a file of the cache; None when it is to be fetched: missing, or damaged.

    It is mapped, not copied: processes that train at the same time share its pages. Nobody writes
    into a file of the cache; a new one takes its place, and leaves the mapped one as it is.

    Raises
    ------
    DataError : when it is neither what was published nor what this program wrote.
    """
    path = folder / name
    try:
        if path.exists() and not (path.is_file() and path.stat().st_size <= _LARGEST):
            log.warning("%s is damaged (no regular file of its size); fetching it again", path)
            return None
        with path.open("rb") as file:
            content: Content = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror} (data.cache)") from error
    except ValueError:  # it is empty, and cannot be mapped
        content = b""
    if hashlib.sha256(content).hexdigest() == SUMS[name]:
        return content
    met, torn = _met(content)
    if not (torn or ours(path)):
        raise DataError(
            f"{path}: is not the published file, nor one this program wrote: {met}; it is left as"
            f" it is. To train on such files: data=idx data.path={folder}; to have MNIST, move"
            " them away, or choose another data.cache"
        )
    if say:
        log.warning("%s is damaged, %s; fetching it again", path, met)
    return None


def mark_as_ours(path: Path) -> None:
    """Give a file the time by which this program knows what it wrote: only that is ever replaced.

    Whoever puts another file there, or changes this one, changes the time; a disk that loses bits
    does not.
    """
    os.utime(path, (_WRITTEN, _WRITTEN))


def ours(path: Path) -> bool:
    """Return whether this program wrote a file, and nobody else has since."""
    return path.stat().st_mtime == _WRITTEN


def _met(content: Content) -> tuple[str, bool]:
    """Return what a file holds, and whether it is a torn one: empty, or IDX of another length."""
    try:
        return f"bytes of shape {read_idx(content, '').shape}", False
    except DataError as error:
        return str(error).removeprefix(": "), not content or content[:3] == MAGIC
