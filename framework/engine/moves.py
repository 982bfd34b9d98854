"""What ends a step once gradients are there: clipping, who asks, update rules, constraints.

A constraint (`components/constraint.py`) is called after each update for the weights of its layer,
and for what the layer's rule keeps of them in their place. It needs no gradients, so that updates
stay fused.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from framework.components.base import Array
from framework.components.constraint import Constraint
from framework.components.schedule import at_step
from framework.engine.clipping import Clipping
from framework.engine.graph import BoundLayer, Graph
from framework.engine.not_copied import Bound
from framework.engine.updates import Twins, Update, bind_updates


class Moves(Bound):
    """The calls that end a step, each to be given the number of steps taken.

    Attributes
    ----------
    calls : in order.
    """

    def __init__(
        self,
        network: Graph,
        trained: Sequence[BoundLayer],
        written: Sequence[BoundLayer],
        clipping: Clipping | None,
        twins: Twins,
    ) -> None:
        gradients = [g for bound in written for g in vars(bound.views.gradients).values()]
        clips = clipping.calls(gradients) if clipping is not None else []
        self._ready = len(clips)
        projections = [call for bound in trained for call in _projections(bound)]
        self.calls = [
            *clips,
            *bind_updates(network.blocks, written, _frozen(network, trained), twins),
            *projections,
        ]

    def hear(self, ready: Callable[[int], None]) -> None:
        """Have a function called when gradients are written down and clipped, ahead of updates."""
        self.calls.insert(self._ready, ready)


def _frozen(network: Graph, trained: Sequence[BoundLayer]) -> list[BoundLayer]:
    """Return the layers that are trained, but in later steps alone."""
    return [bound for bound in network.layers if bound.trainable and bound not in trained]


def _projections(bound: BoundLayer) -> list[Update]:
    """Return the calls that bring a layer's weights back to what they must fulfil."""
    constraint, views = bound.constraint, bound.views
    if constraint is None or constraint.trivial:
        return []
    began_as_weights = [n for n, slot in views.block.slots.items() if slot.first == "parameter"]
    calls: list[Update] = []
    for parameter in bound.parameters:
        if parameter.weight:
            slots = views.slots(parameter)
            kept = [slots[name] for name in began_as_weights]
            scratch = getattr(views.scratch, parameter.name)
            for w in (getattr(views.parameters, parameter.name), *kept):
                calls.append(_projection(constraint, w, scratch))
    return calls


def _projection(constraint: Constraint, w: Array, scratch: Array) -> Update:
    """Bind a constraint to an array; one with schedules has the numbers of the step."""
    if at_step(constraint, 0) is not constraint:
        return lambda step: at_step(constraint, step).project(w, scratch)
    project = constraint.project
    return lambda step: project(w, scratch)
