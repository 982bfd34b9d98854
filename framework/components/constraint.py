"""A constraint: what weights must fulfil, brought back to it after each update.

Where it is called in a step: `framework/engine/moves.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from framework.components.base import Array, Component


@dataclass(frozen=True)
class Constraint(Component):
    """Something that weights fulfil from the first update on. Biases and scales never need to.

    Projected are weights and tables, one by one, and what an update rule keeps that began as they
    did (`Slot.first`), as averages: so what is measured in their place fulfils it, too.
    """

    trivial: ClassVar[bool] = False
    """True promises that all arrays fulfil it: it is then never called."""

    def project(self, w: Array, scratch: Array) -> None:
        """Change an array of weights in place into one that fulfils the constraint.

        One that does so already is left as it is, up to rounding.

        Parameters
        ----------
        w : in the parameter's own shape, ``[D, M]`` for dense layers; its memory may be in any
            order.
        scratch : an array like ``w`` to work in; its content is lost.
        """
        raise NotImplementedError
