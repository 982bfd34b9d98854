"""An update rule: how a step moves the parameters against their gradient.

Where it is called in a step: `framework/engine/updates.py`; linear ones may be fused with the
product that makes the gradient: `framework/engine/affine.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from framework.components.base import Array, Component
from framework.components.renamed import take_old_name, warn_of


@dataclass(frozen=True)
class UpdateRule(Component):
    """One in-place step over flat arrays.

    The core lays all parameters that share a rule in one array and calls ``step`` for slices of
    it, so a rule must treat each element alone, unless it sets ``elementwise = False``: then it
    is called once a step, with everything.
    """

    state: ClassVar[tuple[str, ...]] = ()
    """Names of the arrays, like the parameters and 0 at first, that the rule keeps."""

    elementwise: ClassVar[bool] = True

    looks_ahead: ClassVar[tuple[str, ...]] = ()
    """Names of the fields whose schedule it reads at other steps than the one it takes, too:
    NAdam's momentum at ``step + 1``."""

    def step(self, step: int, p: Array, g: Array, state: Sequence[Array], scratch: Array) -> None:
        """Move ``p`` in place.

        Parameters
        ----------
        step : steps already taken; the first is 0.
        p, g : parameters and their gradient, 1-D; ``g`` is spent afterwards and may be overwritten.
        state : the arrays named in the class's ``state``, in that order.
        scratch : an array like ``p`` to work in; its content is lost.
        """
        raise NotImplementedError

    def plain_sgd_rate(self, step: int) -> float | None:
        """Return ``η`` where the step is exactly ``p ← p − η g``, else None.

        The core may then fuse the update with the product that makes the gradient.
        """
        return None

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        take_old_name(cls, "rate", "plain_sgd_rate")

    def rate(self, step: int) -> float | None:
        """Return `plain_sgd_rate`; deprecated."""
        warn_of("UpdateRule.rate", "plain_sgd_rate")
        return self.plain_sgd_rate(step)
