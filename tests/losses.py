"""A loss on its own."""

from __future__ import annotations

from typing import Any

import numpy as np

from framework import Arrays, Loss
from tests.differences import Floats


def evaluate(loss: Loss, z: Any, targets: Any) -> tuple[Floats, Floats]:
    """Return the loss of each sample and the gradient."""
    z = np.asarray(z)
    losses, g = np.empty(len(z), z.dtype), np.empty_like(z)
    loss.evaluate(z, np.asarray(targets), losses, g, Arrays(**loss.scratch(z)))
    return losses, g
