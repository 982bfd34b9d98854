"""The MNIST handwritten digits."""

from __future__ import annotations

import hashlib
import logging
import mmap
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from framework import Array, Data, DataError, Dataset, Split, setting

from .idx import Content, read_idx

log = logging.getLogger("framework")

SUMS = {
    "train-images-idx3-ubyte": "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    "train-labels-idx1-ubyte": "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    "t10k-images-idx3-ubyte": "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    "t10k-labels-idx1-ubyte": "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
}
"""SHA-256 of the four files as published, uncompressed."""

CACHE_VARIABLE = "FRAMEWORK_CACHE"


@dataclass(frozen=True)
class Mnist(Dataset):
    """60,000 training and 10,000 test images of 28×28 bytes, ten classes.

    The last 10,000 training images are the validation set. Pixels stay bytes in memory and are
    divided by 255 on their way into the network. The files are fetched once, from the first source
    that answers, and are checked against their sums whenever they are read.

    LeCun, Bottou, Bengio and Haffner, "Gradient-based learning applied to document recognition",
    1998.
    """

    cache: str | None = setting(
        None, f"folder the files are kept in; null: {CACHE_VARIABLE}, or the user's cache folder"
    )
    flatten: bool = setting(True, "samples of 784 features rather than 28 by 28")
    timeout: float = setting(
        5.0, "seconds until a source that does not answer is given up", above=0
    )

    def load(self, rng: np.random.Generator) -> Data:
        folder = self._folder()
        content = _all_cached(folder)
        if None in content.values():
            from .cache import alone
            from .mnist_sources import fetch

            with alone(folder):
                content = _all_cached(folder)  # another process may have filled it meanwhile
                if None in content.values():
                    content.update(fetch(folder, self.timeout))
        images, labels, test_images, test_labels = (
            read_idx(found, str(folder / name))
            for name, found in content.items()
            if found is not None
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


def _all_cached(folder: Path) -> dict[str, Content | None]:
    return {name: _cached(folder, name) for name in SUMS}


def _cached(folder: Path, name: str) -> Content | None:
    """Read a file of the cache; None when it is missing or not what was published.

    It is mapped, not copied: processes that train at the same time share its pages. Nobody writes
    into a file of the cache; a new one takes its place, and leaves the mapped one as it is.
    """
    path = folder / name
    try:
        with path.open("rb") as file:
            content = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror} (data.cache)") from error
    except ValueError:  # it is empty, and cannot be mapped
        log.warning("%s is damaged; fetching it again", path)
        return None
    if hashlib.sha256(content).hexdigest() != SUMS[name]:
        log.warning("%s is damaged; fetching it again", path)
        return None
    return content
