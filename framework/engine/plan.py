"""The plan of a network: each layer to be, and how its parameters start and move.

`settings/layers.py` makes it from the configuration; `graph.py` makes a network of it.
"""

from __future__ import annotations

from dataclasses import dataclass

from framework.components.constraint import Constraint
from framework.components.initializer import Initializer
from framework.components.join import Join
from framework.components.layer import Layer
from framework.components.regularizer import Regularizer
from framework.components.update_rule import UpdateRule


@dataclass(frozen=True)
class Training:
    """How a layer's parameters start and move; without an update rule they are frozen."""

    initializer: Initializer
    regularizer: Regularizer
    update_rule: UpdateRule | None
    constraint: Constraint | None = None


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
