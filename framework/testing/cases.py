"""Checking: which checks a component is put through, and all components of a plugin."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from types import ModuleType
from typing import Any

from framework.components.base import Component
from framework.components.kinds import Kind, kind_of
from framework.errors import PluginError
from framework.registry.origin import Entry
from framework.registry.registry import Registry
from framework.testing.check import Check, Result, UnansweredError, outcome
from framework.testing.checks import (
    callback,
    constraint,
    dataset,
    initializer,
    join,
    layer,
    loss,
    metric,
    regularizer,
    schedule,
    transform,
    update_rule,
    yaml_choice,
)
from framework.testing.checks import component as components
from framework.testing.example_values import values_of, variations_of

_OF_KIND: dict[str, tuple[Check, ...]] = {
    "layer": layer.CHECKS,
    "join": join.CHECKS,
    "initializer": initializer.CHECKS,
    "regularizer": regularizer.CHECKS,
    "constraint": constraint.CHECKS,
    "update_rule": update_rule.CHECKS,
    "loss": loss.CHECKS,
    "schedule": schedule.CHECKS,
    "metric": metric.CHECKS,
    "dataset": dataset.CHECKS,
    "transform": transform.CHECKS,
    "callback": callback.CHECKS,
    "job": (),
}


def checks_of(kind: str) -> tuple[Check, ...]:
    """Return the checks that components of a kind are put through, in order."""
    return components.CHECKS + _OF_KIND[kind]


@dataclass(frozen=True)
class Case:
    """One check of one component, to be made."""

    kind: str
    component: str
    check: Check
    subject: Callable[[], list[Any]]
    variations: Callable[[], list[Any]] = list

    def run(self) -> Result:
        """Make the check."""
        try:
            broken, unanswered = outcome(self.check, self.subject(), self.variations())
        except UnansweredError as lacking:
            broken, unanswered = None, str(lacking)
        except Exception as error:  # a class that cannot be made with its defaults
            broken, unanswered = f"its class raised {type(error).__name__}: {error}", None
        return Result(
            self.kind, self.component, self.check.name, self.check.promise, broken, unanswered
        )


def check_component(component: type[Component] | Component) -> list[Result]:
    """Put a component through what its kind promises.

    Parameters
    ----------
    component : a class, tested with values of its own making (`Component.examples`), or a value.
    """
    return [case.run() for case in cases_of_component(component)]


def check_plugin(plugin: str | ModuleType) -> list[Result]:
    """Put everything that a plugin brings through what its kind promises.

    Parameters
    ----------
    plugin : a module, or the name of one, with hook implementations.

    Raises
    ------
    PluginError : when it cannot be loaded at all.
    """
    return [case.run() for case in cases_of(plugin)]


def cases_of_component(component: type[Component] | Component) -> list[Case]:
    """Return the checks of a class or a value."""
    cls = component if isinstance(component, type) else type(component)
    made = None if isinstance(component, type) else [component]
    return list(_cases(kind_of(cls), cls.__name__, cls, made))


def cases_of(plugin: str | ModuleType, blocked: Sequence[str] = ()) -> list[Case]:
    """Return the checks of everything that a plugin brings.

    Parameters
    ----------
    blocked : plugins, or distributions of plugins, that are left out as if not installed.

    Raises
    ------
    PluginError : when it cannot be loaded, or brings nothing.
    """
    name = plugin if isinstance(plugin, str) else plugin.__name__
    own = Registry()
    own.load_modules([name])
    together = _together(name, own, blocked)
    cases = [case for entry in own.entries.values() for case in cases_of_entry(entry)]
    cases += [
        Case("choice", choice.override, check, lambda choice=choice: [choice])  # type: ignore[misc]
        for choice in yaml_choice.choices_of(name, own, together, blocked)
        for check in yaml_choice.CHECKS
    ]
    if not cases:
        raise PluginError(f"{name}: brings no component and no YAML; has it hook implementations?")
    return cases


def cases_of_entry(entry: Entry) -> list[Case]:
    """Return the checks of one registered component."""
    return list(_cases(entry.kind, entry.name, entry.component))


def _cases(
    kind: Kind, name: str, cls: type[Component], made: list[Any] | None = None
) -> Iterator[Case]:
    @cache
    def subject() -> list[Any]:
        return made if made is not None else values_of(cls)

    @cache
    def variations() -> list[Any]:
        return variations_of(cls) if made is None else []

    for check in checks_of(kind.name):
        if check.of_class:
            yield Case(kind.name, name, check, lambda: [cls])
        elif check.once:
            yield Case(kind.name, name, check, subject)
        else:
            yield Case(kind.name, name, check, subject, variations)


def _together(name: str, own: Registry, blocked: Sequence[str]) -> Registry:
    """Return the registry of all that is installed, with the plugin, unless it is there already."""
    registry = Registry()
    registry.load_installed(blocked)
    there = {id(entry.component) for entry in registry.entries.values()}
    if not all(id(entry.component) in there for entry in own.entries.values()):
        registry.load_modules([name])
    return registry
