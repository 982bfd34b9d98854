"""What the bytes of pictures mean to a network."""

from __future__ import annotations

from framework import Network

_BYTES = 128  # data of bytes go at least that far


def unit_of(network: Network) -> float:
    """Return what the bytes of pictures are multiplied by, to be what was trained on.

    A network whose data lay between 0 and 1 was trained on shares; one whose data went from 0 to
    16, as some scans of digits do, on sixteenths. Bytes are taken as they are where the data were
    bytes, had negative numbers, or are not known.
    """
    form = network.trained_on
    if form is None or form.lowest < 0 or form.largest >= _BYTES or form.largest <= 0:
        return 1
    return max(form.largest, 1.0) / 255
