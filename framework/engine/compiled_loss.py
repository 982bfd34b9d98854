"""A loss whose formula runs as machine code: a row of outputs after the other, in one loop."""

from __future__ import annotations

import numpy as np

from framework.components.base import Array
from framework.components.loss import Loss
from framework.components.loss_formula import LossFormula, stated_loss
from framework.engine.bound_loop import bind_addresses
from framework.engine.compiled_layers import BoundFormula
from framework.engine.machine_code import loop_function
from framework.engine.not_copied import Bound
from framework.errors import PluginError


class CompiledLoss(Bound):
    """The compiled formula of a loss.

    Attributes
    ----------
    loss : the loss.

    Raises
    ------
    PluginError : naming the loss whose formula cannot be compiled, and why.
    ImportError : when Numba, or what it needs, is not there.
    """

    def __init__(self, loss: Loss, stated: LossFormula, outputs: int, dtype: str) -> None:
        self.loss, self._stated = loss, stated
        _try_in_numpy(loss, stated, outputs, dtype)
        try:
            self._function = loop_function(stated.formula, stated.row, dtype)
        except PluginError as error:
            raise PluginError(f"the formula of {type(loss).__name__}: {error}") from error

    def takes(self, targets: Array, z: Array) -> bool:
        """Return whether targets are labels of outputs, or have a number for each of them."""
        if self._stated.row.labels:
            return targets.shape == z.shape[:1] and targets.dtype == np.int64
        return targets.shape == z.shape and targets.dtype == z.dtype

    def bind(self, z: Array, targets: Array, losses: Array, gradient: Array) -> BoundFormula:
        """Return what compares a batch with its targets, as `Loss.evaluate` does.

        Targets are labels ``[B]``, or ``[B, K]`` row by row, one for each output.
        """
        stated, loss = self._stated, self.loss
        numbers = np.zeros(1 + len(stated.row.numbers))

        def set_numbers(step: int) -> None:
            numbers[1:] = list(stated.values(loss, step).values())

        set_numbers(0)
        numbers[0] = 1 / len(z)
        room = np.empty(2 * stated.row.at_once * z.shape[1], z.dtype)
        arrays = z, targets, losses, gradient, room
        steps = [stride // z.itemsize for array in (z, gradient) for stride in array.strides]
        places = np.array([*(array.ctypes.data for array in arrays), *steps], np.intp)
        call = bind_addresses(self._function, places, numbers, (*z.shape, 0), arrays)
        return BoundFormula(call, set_numbers if stated.scheduled(loss) else None)


def compiled_loss(loss: Loss, outputs: int, dtype: str) -> CompiledLoss | None:
    """Return a loss as machine code for so many outputs; None where it states no formula.

    Raises
    ------
    PluginError, ImportError : as `CompiledLoss` does.
    """
    stated = stated_loss(loss)
    return CompiledLoss(loss, stated, outputs, dtype) if stated is not None else None


def _try_in_numpy(loss: Loss, stated: LossFormula, outputs: int, dtype: str) -> None:
    """Refuse a formula that asks for numbers beyond a row, which machine code would not notice."""
    z, gradient = np.zeros(outputs, dtype), np.zeros(outputs, dtype)
    targets = (0, max(outputs - 1, 1)) if stated.row.labels else (np.zeros(outputs, dtype),)
    for target in targets:
        try:
            with np.errstate(all="ignore"):
                stated.formula(z, target, gradient, **stated.values(loss, 0))
        except IndexError as error:
            raise PluginError(
                f"the formula of {type(loss).__name__} goes beyond a row of {outputs}: {error}"
            ) from error
