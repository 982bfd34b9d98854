"""The rule of a layer that is trained from some step on: its own steps begin there.

It counts steps as if training began when the layer is no longer frozen, while its schedules go by
the steps of the run. So each schedule in it is told a later step than the rule.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any

from framework.components.schedule import Schedule
from framework.components.update_rule import UpdateRule
from framework.engine.compiled_rules import CompiledStep


@dataclass(frozen=True)
class _Later(Schedule):
    """A schedule by the steps of the run, asked by those of a layer that was frozen."""

    schedule: Schedule
    began: int

    def at(self, step: int) -> float:
        return self.schedule.at(step + self.began)


def delayed(rule: UpdateRule, began: int) -> UpdateRule:
    """Return the rule of a layer that is trained after so many steps; called from its own step 0.

    Machine code stays: what stands in for a step or a formula stands in for it still.
    """
    later = {
        declared.name: new
        for declared in fields(rule)
        if declared.init
        and (new := _delayed(now := getattr(rule, declared.name), began)) is not now
    }
    if not later:
        return rule
    made = replace(rule, **later)
    own = {declared.name for declared in fields(rule)}
    for name, stand_in in vars(rule).items():
        if name not in own:
            vars(made)[name] = stand_in.of(made) if isinstance(stand_in, CompiledStep) else stand_in
    return made


def _delayed(node: Any, began: int) -> Any:
    if isinstance(node, Schedule):
        return _Later(node, began)
    if isinstance(node, UpdateRule):
        return delayed(node, began)
    if isinstance(node, tuple):
        parts = tuple(_delayed(part, began) for part in node)
        return parts if any(a is not b for a, b in zip(parts, node, strict=True)) else node
    return node
