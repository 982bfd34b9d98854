"""What layers add to the loss (`Layer.added_loss`), bound to their outputs."""

from __future__ import annotations

import numpy as np

from framework.components.base import Array
from framework.components.layer import Arrays, Layer
from framework.engine.not_copied import Bound


class AddedLoss(Bound):
    """One layer's part of the loss.

    Attributes
    ----------
    losses : of each sample, ``[B]``, filled by `call`.
    """

    def __init__(
        self, layer: Layer, y: Array, g: Array | None, arrays: Arrays, share: float
    ) -> None:
        self._layer, self._y, self._g, self._arrays = layer, y, g, arrays
        self._share = np.asarray(share, y.dtype)
        self._gradient = None if g is None else np.zeros_like(g)
        self.losses = np.zeros(len(y), y.dtype)

    def call(self) -> None:
        """Fill `losses`, and add their gradient to that of the layer's output."""
        self._layer.added_loss(self._y, self.losses, self._gradient, self._arrays)
        if self._g is not None and self._gradient is not None:
            np.multiply(self._gradient, self._share, out=self._gradient)
            np.add(self._g, self._gradient, out=self._g)
