"""A callback: something that listens to a run's events."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from framework.components.base import Component

if TYPE_CHECKING:
    from framework.runs.run import Run


@dataclass(frozen=True)
class Callback(Component):
    """Listens to a run's events, which are hooks (``framework/hooks.py``).

    A callback that remembers nothing implements the events itself. One that does returns a fresh
    object that implements them from ``listener``, so that the callback stays a value.
    """

    needs_gradients: ClassVar[bool] = False
    """True makes every step leave its gradients in ``run.network``; else they may be fused into
    the update and never written down."""

    passive: ClassVar[bool] = False
    """True promises that ``framework_epoch_ended`` neither looks at ``run.network`` nor changes
    anything: the record may then arrive while the next epoch is under way. When all of a run's
    callbacks are passive, epochs may be measured on a second core."""

    changes_training: ClassVar[bool] = False
    """True declares that listening alters what is learnt (weights are averaged, say); else it must
    not."""

    def listener(self, run: Run) -> object:
        """Return the object whose hook implementations are called for this run."""
        return self
