"""A schedule that hears the figures of each epoch, and what it remembers of them."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np

from framework.components.base import Array
from framework.components.epoch import Epoch
from framework.components.schedule import Schedule


class Memory:
    """The numbers that a schedule remembers, by name: the core's, and kept in checkpoints.

    >>> memory = Memory({"best": 3.0})
    >>> memory.best = memory.best - 1
    >>> memory.best
    2.0
    """

    def __init__(self, slots: Mapping[str, float]) -> None:
        vars(self)["_arrays"] = {name: np.array(first, float) for name, first in slots.items()}
        vars(self)["_directions"] = {}

    def learn_directions(self, directions: Mapping[str, bool]) -> None:
        """Be told which figures the run has, and whether higher is better: for the core."""
        vars(self)["_directions"] = dict(directions)

    def higher_is_better(self, figure: str) -> bool:
        """Return which way a figure of the run is better; outside of one, lower is."""
        directions: Mapping[str, bool] = vars(self)["_directions"]
        return directions.get(figure, False)

    def arrays(self) -> Mapping[str, Array]:
        """Return each number as an array of its own, ``()`` of float64, to read and to fill."""
        arrays: Mapping[str, Array] = vars(self)["_arrays"]
        return arrays

    def __getattr__(self, name: str) -> float:
        arrays = vars(self).get("_arrays", {})
        if name not in arrays:
            raise AttributeError(f"'{name}' is not in slots(); there are {', '.join(arrays)}")
        return float(arrays[name])

    def __setattr__(self, name: str, number: float) -> None:
        getattr(self, name)
        self.arrays()[name][...] = number

    def __deepcopy__(self, memo: dict[int, Any]) -> Memory:
        return self  # a copy of a network is trained by no run


@dataclass(frozen=True)
class FigureSchedule(Schedule):
    """A schedule whose values follow the figures of the epochs so far.

    A run in which one is heard measures each epoch before it begins the next. In a value it
    remembers nothing: what it is to remember it is given, and the core keeps that in checkpoints.
    """

    _memory: ClassVar[Memory | None] = None  # a run's schedules have one each

    def slots(self) -> Mapping[str, float]:
        """Return what it remembers by name, numbers as they are before the first epoch."""
        raise NotImplementedError

    def figures(self) -> Sequence[str]:
        """Return the figures it follows, ``validation_loss``: a run without them is refused."""
        return ()

    def value(self, step: int, memory: Memory) -> float:
        """Return the value for this step, from what it remembers."""
        raise NotImplementedError

    def epoch_ended(self, record: Epoch, memory: Memory) -> None:
        """Called when an epoch's figures are there, before the next step: remember them."""
        raise NotImplementedError

    def at(self, step: int) -> float:
        """Return the value for this step; outside of a run, that before any figure was heard."""
        return self.value(step, self.memory or Memory(self.slots()))

    @property
    def memory(self) -> Memory | None:
        """What it remembers in its run; None outside of one."""
        return self._memory

    def remembering(self, memory: Memory) -> Self:
        """Return a copy that has a memory: for the core, once a run."""
        own = copy.copy(self)
        object.__setattr__(own, "_memory", memory)
        return own


def heard_in(node: object) -> list[FigureSchedule]:
    """Return the schedules in a schedule, itself among them, that hear figures."""
    if isinstance(node, tuple):
        return [schedule for item in node for schedule in heard_in(item)]
    if not isinstance(node, Schedule):
        return []
    inside = [schedule for value in vars(node).values() for schedule in heard_in(value)]
    return [node, *inside] if isinstance(node, FigureSchedule) else inside
