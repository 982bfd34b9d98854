"""A network: what a graph of layers says of inputs, as logits, probabilities or decisions.

Its layers and arrays are a graph (`graph.py`), which runs block by block (`inference.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np
from numpy.typing import ArrayLike

from framework.components.base import Array, Shape
from framework.components.loss import Loss
from framework.components.targets import Targets
from framework.engine.graph import Graph
from framework.engine.inference import Outputs
from framework.engine.inputs import as_samples, check_finite, check_outputs
from framework.engine.plan import LayerPlan
from framework.errors import DataError, PluginError

_BLOCK = 1000  # rows predicted at once


class Network(Graph):
    """Layers applied in turn, and a loss that says what the last one's outputs mean.

    A copy (`copy.copy`, `copy.deepcopy`, pickling) has arrays and generators of its own.

    Attributes
    ----------
    loss : what makes probabilities and decisions of outputs; without one, outputs are logits.
    """

    def __init__(
        self,
        plans: Sequence[LayerPlan],
        inputs: Shape,
        dtype: str,
        seeds: np.random.SeedSequence,
        scale: float | None = None,
        *,
        loss: Loss | None = None,
    ) -> None:
        super().__init__(plans, inputs, dtype, seeds, scale)
        self.loss = loss or Loss()

    @property
    def targets(self) -> Targets:
        """What the loss compares outputs with: labels, values or sets of classes."""
        return self.loss.targets

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
        """Return what the loss decides for each input, in the form of its targets.

        Returns
        -------
        classes ``[N]``; values ``[N, K]``; or sets of classes, ``[N, K]`` of 0 and 1. What
        `Loss.decide` says: by default the argmax of the logits, the outputs themselves, and 1
        where they are above 0.

        Raises
        ------
        DataError : as `logits` does.
        """
        return self._of_blocks(as_samples(inputs, self.inputs), self.loss.decide)

    def probabilities(self, inputs: ArrayLike) -> Array:
        """Return the probability of each class for each input, ``[N, C]``.

        Where targets are labels, those of a row sum to 1; where they are sets, each is a class's
        own.

        Raises
        ------
        DataError : as `logits` does, or when the loss makes no probabilities of outputs.
        """
        return self._of_blocks(as_samples(inputs, self.inputs), self._probabilities)

    def _probabilities(self, z: Array) -> Array:
        made = self.loss.probabilities(z)
        if made is None:
            raise DataError(
                f"the loss, {type(self.loss).__name__}, makes no probabilities of outputs; expected"
                " predict or logits"
            )
        return made

    def _of_blocks(self, rows: Array, make: Callable[[Array], Array]) -> Array:
        """Return what is made of the outputs for all rows, made block by block."""
        nothing = np.asarray(make(np.zeros((0, *self.outputs), self.dtype)))
        made = np.empty((len(rows), *nothing.shape[1:]), nothing.dtype)
        for start, z in self._blocks(rows):
            block = np.asarray(make(z))
            if block.shape != (len(z), *made.shape[1:]):
                raise PluginError(
                    f"loss {type(self.loss).__name__}: made shape {block.shape} of outputs of shape"
                    f" {z.shape}; expected {(len(z), *made.shape[1:])}"
                )
            made[start : start + len(z)] = block
        return made

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
