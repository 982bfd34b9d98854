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

    def __init__(self, loss: Loss, stated: LossFormula, dtype: str) -> None:
        self.loss, self._stated = loss, stated
        try:
            self._function = loop_function(stated.formula, stated.row, dtype)
        except PluginError as error:
            raise PluginError(f"the formula of {type(loss).__name__}: {error}") from error

    def bind(self, z: Array, targets: Array, losses: Array, gradient: Array) -> BoundFormula:
        """Return what compares a batch with its targets, as `Loss.evaluate` does."""
        stated, loss = self._stated, self.loss
        numbers = np.zeros(1 + len(stated.row.numbers))

        def set_numbers(step: int) -> None:
            numbers[1:] = list(stated.values(loss, step).values())

        set_numbers(0)
        numbers[0] = 1 / len(z)
        arrays = (z, targets, losses, gradient)
        strides = [s // a.itemsize for a in (z, targets, gradient) for s in (*a.strides, 0)[:2]]
        places = np.array([*(a.ctypes.data for a in arrays), *strides], np.intp)
        call = bind_addresses(self._function, places, numbers, (*z.shape, 0), arrays)
        return BoundFormula(call, set_numbers if stated.scheduled(loss) else None)


def compiled_loss(loss: Loss, dtype: str) -> CompiledLoss | None:
    """Return a loss as machine code; None where it states no formula.

    Raises
    ------
    PluginError, ImportError : as `CompiledLoss` does.
    """
    stated = stated_loss(loss)
    return CompiledLoss(loss, stated, dtype) if stated is not None else None
