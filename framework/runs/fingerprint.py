"""A fingerprint of data: resuming a run on other data than it was trained on is noticed.

Every byte counts: the checksum runs over all inputs and targets of all splits, block by block, so
that arrays on disk stay there. It costs about as much as reading the bytes once (MNIST: 0.03 s),
and an epoch reads them all, too.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from typing import Any

import numpy as np

from framework.components.dataset import Data

FORMAT = 2
_SAMPLED = 256  # rows of each split that fingerprints of format 1 looked at
_BYTES_SCALE = 1 / 255


def fingerprint(data: Data) -> dict[str, Any]:
    """Say enough of the data to notice that they are others: in form, or in a single bit."""
    checksum = 0
    for split in data.splits().values():
        for _, inputs, targets in split.blocks():
            for block in (inputs, targets):
                checksum = zlib.crc32(np.ascontiguousarray(block).view(np.uint8).data, checksum)
    splits = data.splits().values()
    return {
        "format": FORMAT,
        "rows": [len(split) for split in splits],
        "inputs": [f"{s.dtypes[0]} {list(s.shapes[0][1:])}" for s in splits],
        "targets": [f"{s.dtypes[1]} {list(s.shapes[1][1:])}" for s in splits],
        "classes": data.classes,
        "scale": data.scale,
        "crc32": checksum,
    }


def difference(recorded: object, data: Data) -> str | None:
    """Say what differs between the data of an earlier run and these; None when nothing does.

    Parameters
    ----------
    recorded : what `fingerprint` gave then, also in format 1, as its checkpoint keeps it.
    """
    if not isinstance(recorded, Mapping):
        return "its checkpoint does not say on which"
    if "format" not in recorded:
        return _difference_of_format_1(recorded, data)
    now = data.fingerprint
    for key in ("rows", "inputs", "targets", "classes", "scale"):
        if recorded.get(key) != now[key]:
            return f"{key} were {recorded.get(key)}, and are {now[key]}"
    return None if recorded.get("crc32") == now["crc32"] else "other numbers in the same shape"


def _difference_of_format_1(recorded: Mapping[str, Any], data: Data) -> str | None:
    checksum = 0
    for split in data.splits().values():
        thin = max(1, len(split) // _SAMPLED)
        for array in (split.inputs, split.targets):
            checksum = zlib.crc32(np.ascontiguousarray(array[::thin]).tobytes(), checksum)
    rows = [len(split) for split in data.splits().values()]
    if recorded != {"rows": rows, "sum": checksum}:
        return "or they are split otherwise: docs/CHECKPOINTS.md, 'Earlier versions'"
    if data.scale is None and data.train.dtypes[0] == np.uint8:
        return f"bytes were multiplied by {_BYTES_SCALE!r}: docs/CHECKPOINTS.md, 'Earlier versions'"
    return None
