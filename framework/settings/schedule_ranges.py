"""Schedules against the run they are for: their values are held to their field's range."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from framework.components.base import Component, FieldInfo
from framework.components.figure_schedule import heard_in
from framework.components.schedule import Schedule
from framework.errors import ConfigurationError, PluginError
from framework.registry.registry import Registry
from framework.settings.settings import RunSettings, read_settings

_SAMPLES = 10_000  # steps looked at, the first and the last among them
_HARDLY = 0.01  # share of its largest value by which a schedule should change


def check_schedules(settings: RunSettings, registry: Registry, steps: int) -> list[str]:
    """See what a run's schedules give in its steps; say which have hardly an effect.

    Raises
    ------
    ConfigurationError : when a value is out of its field's range; the text says at which step.
    PluginError : when a schedule gives what is no number.
    """
    remarks: dict[str, None] = {}
    for where, about, schedule in _schedules(settings, registry):
        name = registry.name_of(schedule)
        last = max(steps - 1, 0)
        values: list[float] = []
        for step in _some(last):
            value = schedule.at(step)
            if isinstance(value, bool) or not isinstance(value, int | float):
                raise PluginError(f"{where}: schedule '{name}' gives {value!r} at step {step}")
            problem = about.over_time().problem(float(value))
            if problem:
                raise ConfigurationError(
                    f"{where}: schedule '{name}' gives {value:g} at step {step}; {problem}"
                )
            values.append(float(value))
        line = _remark(schedule, values, steps)
        if line:
            remarks[f"{where}: schedule '{name}' {line}"] = None
    return list(remarks)


def run_schedules(
    configuration: Mapping[str, Any], registry: Registry
) -> list[tuple[str, Schedule]]:
    """Return the schedules of the run that a configuration describes, and where they stand.

    Nothing is loaded or made for it, and they do not know their run yet (`Schedule.over`).

    Raises
    ------
    ConfigurationError : one line for each thing wrong with it.
    """
    settings = read_settings(configuration, registry)
    return [(where, schedule) for where, _, schedule in _schedules(settings, registry)]


def _remark(schedule: Schedule, values: list[float], steps: int) -> str:
    course = f"goes from {values[0]:.4g} to {values[-1]:.4g} in this run's {steps:,} steps"
    span = schedule.span()
    if span is not None and span > steps:
        return f"{course}; it ends at step {span:,}, which is never reached"
    if heard_in(schedule):
        return ""
    if steps > 1 and 0 < max(values) - min(values) < _HARDLY * max(map(abs, values)):
        return f"{course}: it hardly changes"
    return ""


def _some(last: int) -> list[int]:
    stride = max(1, math.ceil(last / _SAMPLES))
    return [*range(0, last, stride), last]


def _schedules(
    settings: RunSettings, registry: Registry
) -> Iterator[tuple[str, FieldInfo, Schedule]]:
    """Yield every schedule of a run, and where it stands for a number of what range."""
    tops: list[tuple[str, object]] = []
    for plan in settings.layers:
        tops.append((f"layer '{plan.label}'", plan.layer))
        training = plan.training
        parts = vars(training).values()
        tops += [(f"layer '{plan.label}'", part) for part in parts]
    tops.append(("loss", settings.loss))
    tops += [(f"metrics.{name}", metric) for name, metric in settings.metrics.items()]
    tops += [(f"callbacks.{name}", callback) for name, callback in settings.callbacks.items()]
    seen: list[object] = []
    for where, component in tops:
        if component not in seen:  # what layers share is said of the first
            seen.append(component)
            yield from _inside(component, where, registry)


def _inside(node: Any, where: str, registry: Registry) -> Iterator[tuple[str, FieldInfo, Schedule]]:
    if isinstance(node, tuple):
        for item in node:
            yield from _inside(item, where, registry)
    if not isinstance(node, Component):
        return
    entry = registry.entry_of(node)
    place = f"{where}: {entry.kind.name.replace('_', ' ')} '{entry.name}'"
    for field in entry.fields:
        value = getattr(node, field.name)
        if isinstance(value, Schedule):
            yield f"{place}: {field.name}", field.info, value
        yield from _inside(value, place, registry)
