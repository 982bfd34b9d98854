"""Reading `.npy` and `.npz` files that are not trusted: sizes are compared before memory is taken.

Nothing is unpickled, and no name inside an archive becomes a path.
"""

from __future__ import annotations

import contextlib
import io
import math
import zipfile
import zlib
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import IO

import numpy as np
from numpy.lib import format as npy

from framework import Array, DataError

_LONGEST_HEADER = 1 << 14  # bytes; numpy's own limit is 10,000
_MOST_ENTRIES = 1000
_LARGE = 1 << 26  # bytes, unpacked; from there on an archive is a bomb if it is packed more
_DENSE = 100  # than this many times
_LONGEST_AXIS = (
    1 << 24
)  # of an array that holds no numbers, whose axes the file's size does not bound


def read_folder(folder: Path, names: Collection[str]) -> dict[str, Array]:
    """Map the `.npy` files of these names in a folder; they stay on disk.

    Raises
    ------
    DataError : naming the file, when one is not what it must be.
    """
    arrays = {}
    for path in (folder / f"{name}.npy" for name in names):
        if path.exists():
            arrays[path.stem] = map_array(path)
    return arrays


def read_archive(path: Path, names: Collection[str]) -> tuple[dict[str, Array], list[str]]:
    """Read the arrays of these names from an `.npz` file, and list the names of all.

    Raises
    ------
    DataError : naming the file, when it is not what it must be.
    """
    try:
        _regular(path)
        if not zipfile.is_zipfile(path):
            raise ValueError("it is none; numpy.savez writes such files")
        with zipfile.ZipFile(path) as archive:
            infos = archive.infolist()
            if len(infos) > _MOST_ENTRIES:
                raise ValueError(f"it has {len(infos)} entries, at most {_MOST_ENTRIES} are read")
            entries = {info.filename.removesuffix(".npy"): info for info in infos}
            if len(entries) < len(infos):
                names_of_all = [info.filename.removesuffix(".npy") for info in infos]
                twice = next(name for name in names_of_all if names_of_all.count(name) > 1)
                raise ValueError(f"{ascii(twice)[:60]} is in it more than once")
            wanted = {name: entries[name] for name in names if name in entries}
            _check_sizes(list(wanted.values()), path.stat().st_size)
            arrays = {}
            for name, entry in wanted.items():
                with archive.open(entry) as stream, _naming(name):
                    arrays[name] = _unpacked(stream, entry.file_size, name)
        return arrays, sorted(entries)
    except FAULTS as error:
        raise DataError(f"{path}: is not a readable .npz file: {first_line(error)}") from error


FAULTS = (
    OSError,
    ValueError,
    EOFError,
    KeyError,
    SyntaxError,
    RecursionError,
    NotImplementedError,
    RuntimeError,  # an encrypted entry
    zipfile.BadZipFile,
    zlib.error,
)


@contextlib.contextmanager
def _naming(name: str) -> Iterator[None]:
    """Begin what is wrong with an array with its name."""
    try:
        yield
    except FAULTS as error:
        raise ValueError(f"{name}: {first_line(error)}") from error


def map_array(path: Path) -> Array:
    try:
        _regular(path)
        size = path.stat().st_size
        with path.open("rb") as stream:
            shape, order, dtype, start, _ = read_header(stream)
        _check_length(math.prod(shape) * dtype.itemsize, size - start)
        if not math.prod(shape):
            return np.empty(shape, dtype)
        return np.memmap(path, dtype, "r", start, shape, "F" if order else "C")
    except FAULTS as error:
        raise DataError(f"{path}: is not a readable .npy file: {first_line(error)}") from error


def _unpacked(stream: IO[bytes], size: int, name: str) -> Array:
    shape, order, dtype, start, past_header = read_header(stream)
    _check_length(math.prod(shape) * dtype.itemsize, size - start)
    array = np.empty(math.prod(shape), dtype)
    view = memoryview(bytearray(0)) if not array.size else array.view(np.uint8).data
    at = len(past_header)
    view[:at] = past_header
    while at < len(view):
        piece = stream.read(min(1 << 20, len(view) - at))
        if not piece:
            raise EOFError(f"'{name}' ends early")
        view[at : at + len(piece)] = piece
        at += len(piece)
    if stream.read(1):  # this also makes the archive's checksum be compared
        raise ValueError(f"'{name}' is longer than its header says")
    return array.reshape(shape, order="F" if order else "C")


def read_header(stream: IO[bytes]) -> tuple[tuple[int, ...], bool, np.dtype, int, bytes]:
    """Read a header; give shape, order, type, the header's length, and the bytes read past it."""
    head = stream.read(_LONGEST_HEADER)
    text = io.BytesIO(head)
    version = npy.read_magic(text)
    if version == (1, 0):
        shape, order, dtype = npy.read_array_header_1_0(text)
    elif version == (2, 0):
        shape, order, dtype = npy.read_array_header_2_0(text)
    else:
        raise ValueError(f"version {version} of the .npy format is not read")
    if any(type(axis) is not int or axis < 0 for axis in shape):
        raise ValueError(f"shape {shape} is not one of an array")
    if not math.prod(shape) and (shape[0] or math.prod(n for n in shape if n) > _LONGEST_AXIS):
        raise ValueError(f"shape {shape} promises rows or axes that hold no numbers")
    if dtype.hasobject:
        raise ValueError(
            "it holds Python objects, which only running its code could read; expected numbers, as"
            " DataFrame.to_numpy('float32') gives"
        )
    if dtype.names or dtype.subdtype:
        raise ValueError(f"type {dtype} is no plain number; expected an array [rows, numbers]")
    return shape, order, dtype, text.tell(), head[text.tell() :]


def _check_sizes(entries: list[zipfile.ZipInfo], size: int) -> None:
    for entry in entries:
        if entry.compress_size > size or entry.header_offset > size:
            raise ValueError(f"'{entry.filename}' claims more bytes than the file has")
    packed = sum(entry.compress_size for entry in entries)
    unpacked = sum(entry.file_size for entry in entries)
    if packed > size:
        raise ValueError("its entries lie over each other")
    if unpacked > _LARGE and unpacked > _DENSE * packed:
        raise ValueError(
            f"{packed:,} bytes would become {unpacked:,}; write such arrays with np.savez, or as"
            " .npy files in a folder"
        )


def _check_length(claimed: int, there: int) -> None:
    if claimed != there:
        raise ValueError(f"its header promises {claimed:,} bytes of numbers, it holds {there:,}")


def _regular(path: Path) -> None:
    if path.exists() and not path.is_file():
        raise ValueError("it is no regular file")


def first_line(error: BaseException) -> str:
    lines = str(error).splitlines()
    return lines[0][:200] if lines else type(error).__name__
