"""What moves parameters once their gradients are there: clipping, those who ask, update rules."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from framework.engine.clipping import Clipping
from framework.engine.graph import BoundLayer, Graph
from framework.engine.not_copied import Bound
from framework.engine.updates import bind_updates


class Moves(Bound):
    """The calls that end a step, each to be given the number of steps taken.

    Attributes
    ----------
    calls : in order; nobody who asks for nothing has any but the update rules'.
    """

    def __init__(
        self, network: Graph, written: Sequence[BoundLayer], clipping: Clipping | None
    ) -> None:
        gradients = [g for bound in written for g in vars(bound.views.gradients).values()]
        clips = clipping.calls(gradients) if clipping is not None else []
        self._ready = len(clips)
        self.calls = [*clips, *bind_updates(network.blocks, written)]

    def hear(self, ready: Callable[[int], None]) -> None:
        """Have a function called when gradients are written down and clipped, ahead of updates."""
        self.calls.insert(self._ready, ready)
