"""Data sets in MNIST's four files, fetched once, checked whenever they are read."""

from __future__ import annotations

import gzip
import hashlib
import io
import logging
import mmap
import os
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np

from framework import Array, Data, DataError, Dataset, Split, hyperparameter

from .idx import MAGIC, Content, read_idx

log = logging.getLogger("framework")

CACHE_VARIABLE = "FRAMEWORK_CACHE"
LARGEST = 1 << 26  # bytes of a file; those of the published ones are 47 million
_WRITTEN = 909_792_000  # seconds: the last of October 1998, as MNIST's paper came out
_PACKED = b"\x1f\x8b"


@dataclass(frozen=True)
class Published:
    """Four files as somebody published them: training images and labels, then those of the test.

    Attributes
    ----------
    name : of the data set, and of its folder in the cache.
    sums : SHA-256 of each file, by name; a file whose name ends in ``.gz`` is kept packed.
    mirrors : where they are, the first to be asked first; there, all are packed.
    wheel : a package that has them, if there is one, as pip calls it.
    class_names : what the labels 0, 1, … mean.
    preparation : what makes such samples of any picture, by its name.
    """

    name: str
    sums: Mapping[str, str]
    mirrors: tuple[str, ...]
    wheel: str | None = None
    class_names: tuple[str, ...] = ()
    preparation: str = ""


@dataclass(frozen=True)
class MnistLike(Dataset):
    """60,000 training and 10,000 test images of 28×28 bytes, ten classes.

    The last 10,000 training images are the validation set. Pixels stay bytes in memory and are
    divided by 255 on their way into the network.
    """

    published: ClassVar[Published]

    cache: str | None = hyperparameter(
        None, f"folder the files are kept in; null: {CACHE_VARIABLE}, or the user's cache folder"
    )
    flatten: bool = hyperparameter(True, "samples of 784 features rather than 28 by 28")
    timeout: float = hyperparameter(
        5.0, "seconds until a source that does not answer is given up", above=0
    )

    def load(self, rng: np.random.Generator) -> Data:
        folder, published = self._folder(), self.published
        content = _all_cached(folder, published, say=False)
        if None in content.values():
            from .locked_folder import alone
            from .mnist_sources import fetch

            with alone(folder):
                content = _all_cached(folder, published, say=True)  # another may have filled it
                if None in content.values():
                    content.update(fetch(published, folder, self.timeout))
        images, labels, test_images, test_labels = (
            read_idx(_unpacked(file), str(folder / name))
            for name, file in content.items()
            if file is not None
        )
        held_out = len(images) - 10_000
        return Data(
            train=self._split(images[:held_out], labels[:held_out]),
            validation=self._split(images[held_out:], labels[held_out:]),
            test=self._split(test_images, test_labels),
            classes=10,
            scale=1 / 255,
            image_shape=(28, 28),
            source=published.name,
            class_names=published.class_names,
            preparation=published.preparation,
        )

    def _folder(self) -> Path:
        chosen = self.cache or os.environ.get(CACHE_VARIABLE)
        if chosen:
            return Path(chosen).expanduser() / self.published.name
        from platformdirs import user_cache_path

        return Path(user_cache_path("mlp-framework")) / self.published.name

    def _split(self, images: Array, labels: Array) -> Split:
        return Split(images.reshape(len(images), -1) if self.flatten else images, labels)


def _all_cached(folder: Path, published: Published, *, say: bool) -> dict[str, Content | None]:
    return {name: _cached(folder, name, published, say=say) for name in published.sums}


def _cached(folder: Path, name: str, published: Published, *, say: bool) -> Content | None:
    """Read a file of the cache; None when it is to be fetched: missing, or damaged.

    It is mapped, not copied: processes that train at the same time share its pages. Nobody writes
    into a file of the cache; a new one takes its place, and leaves the mapped one as it is.

    Raises
    ------
    DataError : when it is neither what was published nor what this program wrote.
    """
    path = folder / name
    try:
        if path.exists() and not (path.is_file() and path.stat().st_size <= LARGEST):
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
    if hashlib.sha256(content).hexdigest() == published.sums[name]:
        return content
    met, torn = _met(content)
    if not (torn or ours(path)):
        raise DataError(
            f"{path}: is not the published file, nor one this program wrote: {met}; it is left as"
            f" it is. To train on such files: data=idx data.path={folder}; to have"
            f" {published.name}, move them away, or choose another data.cache"
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
    """Return what a file holds, and whether it is a torn one: empty, cut, or of another length."""
    try:
        unpacked = _unpacked(content)
    except (OSError, EOFError, zlib.error) as error:
        return str(error), True
    try:
        return f"bytes of shape {read_idx(unpacked, '').shape}", False
    except DataError as error:
        return str(error).removeprefix(": "), not unpacked or unpacked[:3] == MAGIC


def _unpacked(content: Content) -> Content:
    if content[:2] != _PACKED:
        return content
    with gzip.open(io.BytesIO(content)) as file:
        return file.read(LARGEST)
