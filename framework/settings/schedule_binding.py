"""Schedules, told how long their run is: whatever component holds them, and how deep.

A run is built from what comes out; the recorded configuration stays as it is.
"""

from __future__ import annotations

import dataclasses
from typing import Any, TypeVar

from framework.components.base import Component
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
    plans = tuple(
        dataclasses.replace(
            plan,
            layer=_bound(plan.layer, span),
            training=dataclasses.replace(
                plan.training,
                **{
                    field.name: _bound(getattr(plan.training, field.name), span)
                    for field in dataclasses.fields(plan.training)
                },
            ),
        )
        for plan in settings.layers
    )
    return dataclasses.replace(
        settings,
        layers=plans,
        loss=_bound(settings.loss, span),
        metrics={name: _bound(metric, span) for name, metric in settings.metrics.items()},
        callbacks={name: _bound(callback, span) for name, callback in settings.callbacks.items()},
    )


def _bound(node: T, span: Span) -> T:
    """Return a component with every schedule in it bound; itself where there is none."""
    new: Any = node
    if isinstance(node, tuple):
        items = tuple(_bound(item, span) for item in node)
        if any(item is not old for item, old in zip(items, node, strict=True)):
            new = items
    elif isinstance(node, Component):
        changed = {
            field.name: bound
            for field in dataclasses.fields(node)
            if field.init and (bound := _bound(old := getattr(node, field.name), span)) is not old
        }
        new = dataclasses.replace(node, **changed) if changed else node
        if isinstance(new, Schedule):
            new = new.over(span)
            if not isinstance(new, Schedule):
                raise PluginError(f"{type(node).__name__}.over gave {new!r}; expected a schedule")
    bound_node: T = new
    return bound_node
