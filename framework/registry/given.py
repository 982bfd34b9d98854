"""Classes of components that a program hands over, and that no plugin brings."""

from __future__ import annotations

import re
from collections.abc import Iterable

from framework.components.base import Component
from framework.components.kinds import kind_of
from framework.errors import ConfigurationError, PluginError
from framework.registry.loading import check_component
from framework.registry.origin import GIVEN, Entry, Origin
from framework.registry.registry import Registry


def register_given(registry: Registry, component: type[Component], key: str) -> Entry:
    """Register a class for as long as the registry lives, unless a plugin brings it.

    Its name is that of the class, in lower_snake_case.

    Parameters
    ----------
    key : where it is used, for the message.

    Raises
    ------
    ConfigurationError : when it is no component, or another class has that name.
    """
    for entry in registry.entries.values():
        if entry.is_of(component):
            return entry
    name = snake_case(component.__name__)
    try:
        kind = kind_of(component)
        check_component(kind, name, component)
    except KeyError:
        raise ConfigurationError(
            f"{key}: {component.__name__} is of no kind of component"
        ) from None
    except PluginError as error:
        raise ConfigurationError(f"{key}: {error}") from error
    other = registry.entries.get((kind.name, name))
    if other is not None:
        label = kind.name.replace("_", " ")
        raise ConfigurationError(
            f"{key}: the class {component.__name__} would be the {label} '{name}', which"
            f" {other.origin} brings; expected a class of another name"
        )
    entry = Entry(name, kind, component, Origin(f"{component.__module__} ({GIVEN})"))
    registry.entries[kind.name, name] = entry
    return entry


def register_classes(registry: Registry, components: Iterable[object]) -> None:
    """Register classes of components, given as such or by an instance.

    Raises
    ------
    ConfigurationError : when one is neither.
    """
    for given in components:
        component = given if isinstance(given, type) else type(given)
        if not issubclass(component, Component):
            raise ConfigurationError(
                f"components: expected classes of components, got {str(given)[:60]!r}"
            )
        register_given(registry, component, "components")


def snake_case(name: str) -> str:
    """Return the name that a class is registered by.

    >>> snake_case("MyLayer2"), snake_case("_PReLUNorm")
    ('my_layer2', 'p_re_lu_norm')
    """
    parted = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name)
    return parted.lower().strip("_")
