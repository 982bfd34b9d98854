"""Rows of an array in an `.npy` or `.npz` file, a block at a time: files may exceed memory."""

from __future__ import annotations

import math
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import numpy as np

from framework import Array, DataError

from ..datasets.safe_npy import FAULTS, first_line, map_array, read_archive, read_header
from .samples import Block, Samples, Wanted, numbered

_NAMES = ("inputs", "test_inputs")


def npy_samples(path: Path, wanted: Wanted) -> Samples:
    """Map the one array of an `.npy` file.

    Raises
    ------
    DataError : naming the file, when it holds no samples for the network.
    """
    array = map_array(path)
    _check(array.shape, wanted, str(path))

    def blocks() -> Iterator[Block]:
        for start in range(0, len(array), wanted.rows):
            rows = np.asarray(array[start : start + wanted.rows])
            labels = numbered(start, len(rows))
            yield Block(wanted.shaped(rows, str(path)), labels, len(rows))

    return Samples(str(path), "row", blocks(), len(array))


def npz_samples(path: Path, wanted: Wanted) -> Samples:
    """Unpack `inputs`, or `test_inputs`, or the only array of an `.npz` file as it is needed.

    Raises
    ------
    DataError : naming the file, when it holds no samples for the network.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            names = [name.removesuffix(".npy") for name in archive.namelist()[:1000]]
            name = next((n for n in _NAMES if n in names), names[0] if len(names) == 1 else None)
            if name is None:
                held = ", ".join(names)[:200] or "nothing"
                raise ValueError(f"it holds {held}; expected inputs, or test_inputs")
            entry = next(i for i in archive.infolist() if i.filename.removesuffix(".npy") == name)
            with archive.open(entry) as stream:
                shape, order, dtype, start, _ = read_header(stream)
            if math.prod(shape) * dtype.itemsize != entry.file_size - start:
                raise ValueError(f"'{name}' has another size than its header says")
    except FAULTS as error:
        raise DataError(f"{path}: is not a readable .npz file: {first_line(error)}") from error
    _check(shape, wanted, f"{path}: {name}")
    if order and len(shape) > 1:  # columns lie one after the other: no row is whole before the end
        array = read_archive(path, [name])[0][name]
        blocks = _of_array(array, wanted, str(path))
    else:
        blocks = _unpacked(path, entry.filename, wanted, shape, dtype)
    return Samples(str(path), "row", blocks, shape[0])


def _unpacked(
    path: Path, name: str, wanted: Wanted, shape: tuple[int, ...], dtype: np.dtype
) -> Iterator[Block]:
    width = math.prod(shape[1:]) * dtype.itemsize
    try:
        with zipfile.ZipFile(path) as archive, archive.open(name) as stream:
            *_, past_header = read_header(stream)
            for start in range(0, shape[0], wanted.rows):
                count = min(wanted.rows, shape[0] - start)
                content, past_header = _exactly(stream, past_header, count * width)
                rows = np.frombuffer(content, dtype).reshape(count, *shape[1:])
                yield Block(wanted.shaped(rows, str(path)), numbered(start, count), count)
    except FAULTS as error:
        raise DataError(f"{path}: is not a readable .npz file: {first_line(error)}") from error


def _exactly(stream: IO[bytes], before: bytes, size: int) -> tuple[bytes, bytes]:
    """Return so many bytes, the first of them read before, and what was read before past them."""
    content = bytearray(before[:size])
    while len(content) < size:
        piece = stream.read(size - len(content))
        if not piece:
            raise EOFError("it ends early")
        content += piece
    return bytes(content), before[size:]


def _of_array(array: Array, wanted: Wanted, source: str) -> Iterator[Block]:
    for start in range(0, len(array), wanted.rows):
        rows = array[start : start + wanted.rows]
        yield Block(wanted.shaped(rows, source), numbered(start, len(rows)), len(rows))


def _check(shape: tuple[int, ...], wanted: Wanted, source: str) -> None:
    wanted.shaped(np.broadcast_to(np.float32(0), shape), source)
