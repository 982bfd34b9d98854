"""How a trained network's answer depends on each number of its inputs.

The way back of `propagation.py`, in inference and through every layer, the transforms included;
nothing is updated.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from framework.components.base import Array
from framework.components.layer import Arrays, Layer
from framework.components.loss import Loss
from framework.components.targets import Targets
from framework.engine.formulas import like
from framework.engine.graph import Graph
from framework.engine.inputs import as_compared
from framework.engine.propagation import Forward
from framework.errors import DataError
from framework.text import nearest


class InputGradients(Forward):
    """The gradients for the inputs of one batch size.

    Attributes
    ----------
    output_gradient : ``[B, C]``, to be filled once `run` has filled `outputs`.
    """

    def __init__(self, network: Graph, batch: int) -> None:
        super().__init__(network, batch, scale=network.scale, apart=True)
        for bound in network.layers:
            layer = bound.layer
            if isinstance(layer, Layer) and type(layer).input_gradient is Layer.input_gradient:
                raise DataError(
                    f"layer '{bound.label}' has no input_gradient: {type(layer).__name__} has"
                    " no such formula"
                )
        self.output_gradient = like(self._buffers[-1])
        back = self._way_back([True] * len(self._buffers), self.output_gradient)
        for i in reversed(range(len(network.layers))):
            back.bind(i)
        self._gradients = back.gradients
        self._gradient = back.gradients[0]

    def back(self) -> Array:
        """Return the gradient for the inputs as they were given, before their scale."""
        for call in self._backward:
            call()
        return self._gradient * (1.0 if self.network.scale is None else self.network.scale)


def fill_loss_gradient(way: InputGradients, loss: Loss, targets: Array) -> Array:
    """Fill in the gradient of each sample's own loss; return the losses."""
    arrays = Arrays(**loss.scratch(way.outputs), _clock=way.network.clock)
    losses = np.empty(way.batch, way.network.dtype)
    compared = as_compared(targets, way.network.dtype)
    loss.evaluate(way.outputs, compared, losses, way.output_gradient, arrays)
    way.output_gradient *= way.batch  # the loss gives that of the mean
    return losses


def fill_output_gradient(way: InputGradients, output: int | None) -> None:
    """Fill in the gradient of one output; None for each sample's largest."""
    way.output_gradient[...] = 0
    columns = np.argmax(way.outputs, axis=1) if output is None else output
    way.output_gradient[np.arange(way.batch), columns] = 1


def check_output(
    output: Any, outputs: int, targets: Targets, names: tuple[str, ...] = ()
) -> int | None:
    """Return which output is looked at; None for the largest.

    Raises
    ------
    DataError : when there is no such output, or it must be said which.
    """
    if output is None:
        if targets == "labels" and outputs > 1:
            return None
        if outputs == 1:
            return 0
        raise DataError(f"which of {outputs} outputs? expected output=0 to {outputs - 1}")
    if isinstance(output, str) and len(names) == outputs:
        if output not in names:
            raise DataError(f"output='{output}': {nearest(output, names)}")
        return names.index(output)
    if isinstance(output, bool) or not isinstance(output, int | np.integer):
        raise DataError(f"output={output!r}: expected an integer from 0 to {outputs - 1}")
    if not 0 <= output < outputs:
        raise DataError(f"output={output}: there is none; expected 0 to {outputs - 1}")
    return int(output)


def check_targets(given: ArrayLike, rows: int, outputs: int, loss: Loss, *, alone: bool) -> Array:
    """Return targets for some rows, as the loss compares them.

    Raises
    ------
    DataError : when there are not as many, or they are not what the loss takes.
    """
    if loss.whole_batch:
        raise DataError(
            f"the loss, {type(loss).__name__}, looks at whole batches: no sample has one of its own"
        )
    targets = np.asarray(given)
    targets = targets[None] if alone else targets
    if loss.targets == "labels":
        fits = targets.shape == (rows,) and targets.dtype.kind in "ui"
        if not fits or np.any(targets < 0) or np.any(targets >= max(outputs, 2)):
            raise DataError(
                f"targets are {targets.dtype} of shape {targets.shape}; expected labels ({rows},),"
                f" integers from 0 to {max(outputs, 2) - 1}"
            )
        return targets
    if targets.ndim == 1 and rows == len(targets):
        targets = targets[:, None]
    fits = targets.ndim == 2 and len(targets) == rows and targets.dtype.kind in "uif"
    if not fits or not np.isfinite(targets).all():
        raise DataError(
            f"targets are {targets.dtype} of shape {targets.shape}; expected {loss.targets}"
            f" ({rows}, columns), finite numbers"
        )
    return targets
