"""Schedules, told how long their run is: whatever component holds them, and how deep.

A run is built from what comes out; the recorded configuration stays as it is. Each schedule is
told once (`Schedule.over`), and equal ones become one; those inside a schedule it tells itself.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import Any, TypeVar

from framework.components.base import Component
from framework.components.figure_schedule import FigureSchedule, Memory, heard_in
from framework.components.schedule import Schedule
from framework.components.span import Span
from framework.errors import PluginError
from framework.settings.settings import RunSettings

T = TypeVar("T")


def bind_schedules(settings: RunSettings, span: Span) -> RunSettings:
    """Return settings whose schedules know their run (`Schedule.over`).

    Raises
    ------
    PluginError : when `over` gives something that is no schedule.
    """
    binding = _Binding(span)
    bind = binding.bound
    plans = tuple(
        dataclasses.replace(
            plan,
            layer=bind(plan.layer),
            training=dataclasses.replace(
                plan.training,
                **{
                    field.name: bind(getattr(plan.training, field.name))
                    for field in dataclasses.fields(plan.training)
                    if field.name != "frozen"
                },
                frozen=plan.training.frozen and plan.training.frozen.over(span),
            ),
        )
        for plan in settings.layers
    )
    return dataclasses.replace(
        settings,
        layers=plans,
        loss=bind(settings.loss),
        metrics={name: bind(metric) for name, metric in settings.metrics.items()},
        callbacks={name: bind(callback) for name, callback in settings.callbacks.items()},
    )


@dataclass
class _Binding:
    """A run's length, and the schedules that were told of it."""

    span: Span
    told: list[tuple[Schedule, Schedule]] = field(default_factory=list)
    memories: list[tuple[FigureSchedule, Memory]] = field(default_factory=list)

    def bound(self, node: T) -> T:
        """Return a component with every schedule in it told; itself where there is none."""
        new: Any = node
        if isinstance(node, Schedule):
            new = self._told(node)
        elif isinstance(node, tuple):
            items = tuple(self.bound(item) for item in node)
            if any(item is not old for item, old in zip(items, node, strict=True)):
                new = items
        elif isinstance(node, Component):
            changed = {
                field.name: told
                for field in dataclasses.fields(node)
                if field.init and (told := self.bound(old := getattr(node, field.name))) is not old
            }
            new = dataclasses.replace(node, **changed) if changed else node
        bound_node: T = new
        return bound_node

    def _told(self, schedule: Schedule) -> Schedule:
        for before, told in self.told:
            if type(before) is type(schedule) and before == schedule:
                return told
        told = schedule.over(self.span)
        if not isinstance(told, Schedule):
            raise PluginError(f"{type(schedule).__name__}.over gave {told!r}; expected a schedule")
        told = self._with_memories(told)
        self.told.append((schedule, told))
        return told

    def _with_memories(self, node: T) -> T:
        """Return a schedule in which those that hear figures have something to remember them in."""
        new: Any = node
        if isinstance(node, tuple):
            new = tuple(self._with_memories(item) for item in node)
        elif isinstance(node, Schedule) and heard_in(node):
            inside = {
                field.name: self._with_memories(value)
                for field in dataclasses.fields(node)
                if field.init and heard_in(value := getattr(node, field.name))
            }
            new = dataclasses.replace(node, **inside) if inside else node
            if isinstance(new, FigureSchedule):
                new = new.remembering(self._memory_of(new))
        with_memories: T = new
        return with_memories

    def _memory_of(self, schedule: FigureSchedule) -> Memory:
        """Return a memory: equal schedules, which hear the same, have the same."""
        for known, memory in self.memories:
            if type(known) is type(schedule) and known == schedule:
                return memory
        memory = Memory(schedule.slots())
        self.memories.append((schedule, memory))
        return memory
