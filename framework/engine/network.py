"""A network: what a graph of layers says of inputs, as logits, classes or values.

Its layers and arrays are a graph (`graph.py`), which runs block by block (`inference.py`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from framework.components.base import Array, Shape
from framework.engine.graph import Graph
from framework.engine.inference import Outputs
from framework.engine.inputs import as_samples, check_finite, check_outputs
from framework.engine.plan import LayerPlan

_BLOCK = 1000  # rows predicted at once


class Network(Graph):
    """Layers applied in turn; the last one's output is the logits (or, in regression, the values).

    A copy (`copy.copy`, `copy.deepcopy`, pickling) has arrays and generators of its own.

    Attributes
    ----------
    targets : what the loss compares outputs with, ``labels`` or ``values``: what outputs mean.
    """

    def __init__(
        self,
        plans: Sequence[LayerPlan],
        inputs: Shape,
        dtype: str,
        seeds: np.random.SeedSequence,
        scale: float | None = None,
        *,
        targets: Literal["labels", "values"] = "labels",
    ) -> None:
        super().__init__(plans, inputs, dtype, seeds, scale)
        self.targets = targets

    def logits(self, inputs: ArrayLike) -> Array:
        """Return the outputs for a batch of inputs of any size.

        Parameters
        ----------
        inputs : ``[N, *sample shape]``, or anything that reshapes to it, in the units of the
            training data: they are multiplied by `scale` as those were, whatever their dtype.

        Raises
        ------
        DataError : when the inputs do not fit the network or are not finite, or the outputs are
            not.
        """
        rows = as_samples(inputs, self.inputs)
        outputs = np.empty((len(rows), *self.outputs), self.dtype)
        for start, z in self._blocks(rows):
            outputs[start : start + len(z)] = z
        return outputs

    def predict(self, inputs: ArrayLike) -> Array:
        """Return what the loss's targets are for each input: its class, or its values.

        Returns
        -------
        classes ``[N]``, each the argmax of the logits; where targets are values, ``[N, K]``, which
        are the outputs themselves.

        Raises
        ------
        DataError : as `logits` does.
        """
        if self.targets == "values":
            return self.logits(inputs)
        rows = as_samples(inputs, self.inputs)
        classes = np.empty(len(rows), np.int64)
        for start, z in self._blocks(rows):
            np.argmax(z, axis=1, out=classes[start : start + len(z)])
        return classes

    def _blocks(self, rows: Array) -> Iterator[tuple[int, Array]]:
        """Return each block's first row and its outputs, valid until the next."""
        outputs = Outputs(self, _BLOCK)
        for start in range(0, len(rows), outputs.rows):
            block = rows[start : start + outputs.rows]
            check_finite(block, start, self.dtype)
            with np.errstate(over="ignore", invalid="ignore"):
                z = outputs.of(block)
            check_outputs(z, block, start)
            yield start, z
