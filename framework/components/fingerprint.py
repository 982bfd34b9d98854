"""A fingerprint of data: resuming a run on other data than it was trained on is noticed.

Every byte counts: the checksum runs over all inputs and targets of all splits, block by block, so
that arrays on disk stay there. It costs about as much as reading the bytes once (MNIST: 0.03 s),
and an epoch reads them all, too.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from framework.components.split import Split

FORMAT = 2


def fingerprint(
    splits: Mapping[str, Split],
    classes: int | None,
    scale: float | None,
    names: Sequence[object] = (),
) -> dict[str, Any]:
    """Return enough of the data to notice that they are others: in form, or in a single bit."""
    checksum = 0
    for split in splits.values():
        for _, inputs, targets in split.blocks():
            for block in (inputs, targets):
                checksum = zlib.crc32(np.ascontiguousarray(block).view(np.uint8).data, checksum)
        if split.weights is not None:
            weights = np.ascontiguousarray(split.weights)
            checksum = zlib.crc32(weights.view(np.uint8).data, checksum)
    return {
        "format": FORMAT,
        "rows": [len(split) for split in splits.values()],
        "inputs": [f"{s.dtypes[0]} {list(s.shapes[0][1:])}" for s in splits.values()],
        "targets": [f"{s.dtypes[1]} {list(s.shapes[1][1:])}" for s in splits.values()],
        "classes": classes,
        "scale": scale,
        "names": zlib.crc32(repr(names).encode()) if any(names) else None,
        "crc32": checksum,
    }
