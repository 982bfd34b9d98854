"""A checkpoint's file: arrays in safetensors, the rest as JSON in its header, a checksum over all.

The header's metadata has one entry, ``framework``: a JSON text that begins with the number of the
format and with the SHA-256 of the whole file, in which the checksum's own 64 digits count as zeros.
Reading believes nothing: sizes are compared before anything is read, and no code is run.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from framework.components.base import Array
from framework.errors import RunError
from framework.files.reading import open_regular
from framework.files.writing import write_bytes

FORMAT = 1
_KEY = "framework"
_BLANK = "0" * 64
_LARGEST_HEADER = 16 << 20  # bytes
_PIECE = 1 << 20
_LARGEST = 1 << 36  # bytes of a file whose network is not known


@dataclass(frozen=True, eq=False)
class Checkpoint:
    """What a checkpoint holds: arrays by name, and what JSON can say."""

    arrays: Mapping[str, Array]
    about: Mapping[str, Any]


def write(path: Path, checkpoint: Checkpoint) -> None:
    """Write a checkpoint whole.

    Raises
    ------
    RunError : naming the file, when it cannot be written, for want of memory too.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import save

    about = {"format": FORMAT, "sha256": _BLANK, **checkpoint.about}
    try:
        arrays = {name: np.asarray(array, order="C") for name, array in checkpoint.arrays.items()}
        content = save(arrays, {_KEY: json.dumps(about, separators=(",", ":"))})
        length = int.from_bytes(content[:8], "little")
        if length > _LARGEST_HEADER:
            raise RunError(
                f"{path}: cannot be written: its header would have {length:,} bytes, and at most"
                f" {_LARGEST_HEADER:,} are read"
            )
        at = content.index(_BLANK.encode())
        digest = hashlib.sha256(content).hexdigest().encode()
        view = memoryview(content)
        write_bytes(path, view[:at], digest, view[at + len(digest) :])
    except MemoryError as error:
        raise RunError(f"{path}: cannot be written: out of memory") from error
    except SafetensorError as error:
        raise RunError(f"{path}: cannot be written: {error}") from error


def read(path: Path, largest: int = _LARGEST) -> Checkpoint:
    """Read a checkpoint, believing nothing.

    Parameters
    ----------
    largest : bytes of the file from which on it is not even looked at.

    Raises
    ------
    RunError : naming the file and what is wrong with it.
    """
    from safetensors import SafetensorError, safe_open

    try:
        with os.fdopen(open_regular(path), "rb") as file:
            about = _about(path, file, largest)
        with safe_open(path, framework="numpy") as tensors:
            arrays = {name: tensors.get_tensor(name) for name in tensors.keys()}  # noqa: SIM118
    except OSError as error:
        raise RunError(f"{path}: cannot be read: {error.strerror or error}") from error
    except (SafetensorError, TypeError, ValueError) as error:
        raise RunError(f"{path}: is damaged: {error}") from error
    return Checkpoint(arrays, about)


def read_about(path: Path) -> Mapping[str, Any]:
    """Read what a checkpoint says of itself, without its arrays; checked all the same.

    Raises
    ------
    RunError : naming the file and what is wrong with it.
    """
    try:
        with os.fdopen(open_regular(path), "rb") as file:
            return _about(path, file, _LARGEST)
    except OSError as error:
        raise RunError(f"{path}: cannot be read: {error.strerror or error}") from error


def _about(path: Path, file: BinaryIO, largest: int) -> dict[str, Any]:
    size = os.fstat(file.fileno()).st_size
    if size > largest:
        raise RunError(f"{path}: has {size} bytes; this run's checkpoints have less than {largest}")
    length = int.from_bytes(file.read(8), "little")
    if size < 8 or length > size - 8:
        raise RunError(f"{path}: is cut off: {size} bytes, expected at least {length + 8}")
    if length > _LARGEST_HEADER:
        raise RunError(
            f"{path}: has a header of {length} bytes; at most {_LARGEST_HEADER} are read"
        )
    header = file.read(length)
    try:
        content = json.loads(header)
        if _KEY not in content.get("__metadata__", {}):
            raise RunError(
                f"{path}: is damaged, or no checkpoint: its header does not say what its arrays"
                " are of"
            )
        about = json.loads(content["__metadata__"][_KEY])
        version, digest = about["format"], about["sha256"]
        at = header.index(digest.encode())
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise RunError(f"{path}: is damaged, or no checkpoint: its header is not one") from error
    if type(version) is not int or version > FORMAT:
        raise RunError(
            f"{path}: is of format {version!r} (or damaged); this version of the framework reads"
            f" formats up to {FORMAT}"
        )
    actual = hashlib.sha256(length.to_bytes(8, "little"))
    actual.update(header[:at] + _BLANK.encode() + header[at + len(_BLANK) :])
    while piece := file.read(_PIECE):
        actual.update(piece)
    if actual.hexdigest() != digest:
        raise RunError(f"{path}: is damaged: its checksum does not match")
    return dict(about)
