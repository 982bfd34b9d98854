"""The IDX format of the MNIST files: a big-endian header, then bytes."""

from __future__ import annotations

import math
import mmap
import struct

import numpy as np

from framework import Array, DataError

Content = bytes | mmap.mmap
MAGIC = bytes([0, 0, 0x08])  # 8: the code of unsigned bytes


def read_idx(content: Content, name: str) -> Array:
    """Read an array of bytes.

    >>> read_idx(write_idx(np.array([[1, 2]], np.uint8)), "tiny")
    array([[1, 2]], dtype=uint8)

    Raises
    ------
    DataError : naming the file, when header and length do not agree.
    """
    if len(content) < 4 or content[:3] != MAGIC:
        raise DataError(f"{name}: is not an IDX file of bytes")
    axes = content[3]
    start = 4 + 4 * axes
    if len(content) < start:
        raise DataError(f"{name}: ends within its header")
    shape = struct.unpack(f">{axes}I", content[4:start])
    if len(content) - start != math.prod(shape):
        raise DataError(f"{name}: holds {len(content) - start} bytes, expected {math.prod(shape)}")
    return np.frombuffer(content, np.uint8, offset=start).reshape(shape)


def write_idx(array: Array) -> bytes:
    """Write an array of bytes."""
    header = MAGIC + bytes([array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape)
    return b"".join([header, np.ascontiguousarray(array, np.uint8).data])
