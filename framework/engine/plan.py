"""The plan of a network: each layer to be, and how its parameters start and move.

`settings/layers.py` makes it from the configuration; `graph.py` makes a network of it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from framework.components.base import hyperparameter, positive
from framework.components.constraint import Constraint
from framework.components.initializer import Initializer
from framework.components.join import Join
from framework.components.layer import Layer
from framework.components.regularizer import Regularizer
from framework.components.schedule import TimedSchedule
from framework.components.span import Span
from framework.components.update_rule import UpdateRule


@dataclass(frozen=True)
class Frozen:
    """For how long a layer stays as it is: in steps, in epochs, or as a share of the run.

    Without any, for the whole run. `steps` is known once the length of the run is.
    """

    steps: int | None = hyperparameter(None, "steps until it is trained", at_least=1)
    epochs: float | None = positive(None, "epochs until it is trained")
    share: float | None = hyperparameter(
        None, "share of the run until it is trained", above=0, at_most=1
    )

    def __post_init__(self) -> None:
        TimedSchedule(self.steps, self.epochs, self.share)  # at most one of them

    def over(self, span: Span) -> Frozen:
        """Return the same for a run of a given length.

        >>> Frozen(epochs=1.5).over(Span(steps=100, steps_per_epoch=10)).steps
        15
        """
        timed = TimedSchedule(self.steps, self.epochs, self.share)
        return self if self == Frozen() else Frozen(timed.steps_of(span))

    @property
    def until(self) -> float:
        """The number of steps after which it is trained: infinite for the whole run."""
        return math.inf if self.steps is None else self.steps


@dataclass(frozen=True)
class Training:
    """How a layer's parameters start and move; without an update rule they never do.

    Attributes
    ----------
    frozen : for how long the layer stays as it is; None for a layer that is trained from the start.
    """

    initializer: Initializer
    regularizer: Regularizer
    update_rule: UpdateRule | None
    constraint: Constraint | None = None
    frozen: Frozen | None = None


@dataclass(frozen=True)
class LayerPlan:
    """One layer or join to be: its label in this network, its component, its training.

    ``sized_by_data`` marks the output layer, whose units are the data's classes or targets.
    ``sources`` says whose outputs it is given: -1 the layer's before it in the plan, -2 that one's
    before, and so on; the first layer's source is the network's input.
    """

    label: str
    layer: Layer | Join
    training: Training
    sized_by_data: bool = False
    sources: tuple[int, ...] = (-1,)
