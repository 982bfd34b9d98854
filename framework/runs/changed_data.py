"""Whether data are those that a run was trained on: fingerprints, compared."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from typing import Any

import numpy as np

from framework.components.dataset import Data

_SAMPLED = 256  # rows of each split that fingerprints of format 1 looked at
_BYTES_SCALE = 1 / 255


def difference(recorded: object, data: Data) -> str | None:
    """Return what differs between the data of an earlier run and these; None when nothing does.

    Parameters
    ----------
    recorded : what `fingerprint` gave then, also in format 1, as its checkpoint keeps it.
    """
    if not isinstance(recorded, Mapping):
        return "its checkpoint does not say on which"
    if "format" not in recorded:
        return _difference_of_format_1(recorded, data)
    now = data.fingerprint
    for key in ("rows", "inputs", "targets", "classes", "scale", "names"):
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
