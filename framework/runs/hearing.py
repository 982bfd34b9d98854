"""Schedules that hear a run's figures: which there are, by the names that checkpoints use."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping

from framework.components.base import Array, Component
from framework.components.epoch import Epoch
from framework.components.figure_schedule import FigureSchedule
from framework.errors import ConfigurationError
from framework.settings.settings import RunSettings
from framework.text import nearest

Hearing = Mapping[str, FigureSchedule]
"""Where a schedule stands first, ``hidden_1.update_rule.learning_rate`` → the schedule."""


def hearing_of(settings: RunSettings) -> Hearing:
    """Return the schedules of bound settings that hear figures; of equal ones the first."""
    places: list[tuple[str, object]] = []
    for plan in settings.layers:
        places.append((plan.label, plan.layer))
        for field in dataclasses.fields(plan.training):
            places.append((f"{plan.label}.{field.name}", getattr(plan.training, field.name)))
    places.append(("loss", settings.loss))
    hearing: dict[str, FigureSchedule] = {}
    seen: set[int] = set()
    for place, component in places:
        for name, schedule in _inside(component, place):
            if id(schedule.memory) not in seen:
                seen.add(id(schedule.memory))
                hearing[name] = schedule
    return hearing


def check_figures(hearing: Hearing, directions: Mapping[str, bool]) -> None:
    """See that the figures are measured which schedules follow; tell them which way is better.

    Parameters
    ----------
    directions : each figure, and whether higher is better.

    Raises
    ------
    ConfigurationError : when one is not; the text has the nearest.
    """
    known = list(directions)
    for place, schedule in hearing.items():
        for figure in schedule.figures():
            if figure not in known:
                raise ConfigurationError(
                    f"layer '{place.partition('.')[0]}': {place.partition('.')[2]}: follows the"
                    f" figure '{figure}', which is not measured; {nearest(figure, known)}"
                )
        assert schedule.memory is not None
        schedule.memory.learn_directions(directions)


def hear(hearing: Hearing, record: Epoch) -> None:
    """Tell each schedule an epoch's figures."""
    for schedule in hearing.values():
        assert schedule.memory is not None
        schedule.epoch_ended(record, schedule.memory)


def remembered(hearing: Hearing) -> dict[str, Array]:
    """Return what schedules remember, as a checkpoint names it: views, not copies."""
    return {
        f"schedule/{place}/{name}": array
        for place, schedule in hearing.items()
        if schedule.memory is not None
        for name, array in schedule.memory.arrays().items()
    }


def _inside(node: object, place: str) -> Iterator[tuple[str, FigureSchedule]]:
    if isinstance(node, tuple):
        for i, item in enumerate(node):
            yield from _inside(item, f"{place}[{i}]")
    elif isinstance(node, Component):
        if isinstance(node, FigureSchedule):
            yield place, node
        for field in dataclasses.fields(node):
            yield from _inside(getattr(node, field.name), f"{place}.{field.name}")
