"""Components by where their classes lie, each imported when it is asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import TypeVar

from framework.components.base import Component

C = TypeVar("C", bound=Component)


@dataclass(frozen=True)
class Place:
    """Where a class lies.

    Attributes
    ----------
    needs_choice : whether it is imported at the start where it has no YAML, to make its choice.
    """

    module: str
    name: str
    needs_choice: bool = True

    def load(self) -> object:
        """Import what lies there."""
        return getattr(import_module(self.module), self.name)

    def holds(self, component: type) -> bool:
        """Whether a class is the one that lies there."""
        return component.__qualname__ == self.name and component.__module__ == self.module


class Deferred(Mapping[str, type[C]]):
    """Return name → class for a hook, without importing a class before it is used.

    A start then imports only what its configuration names, and what has no YAML. What is wrong with
    a class is said when it is used; the conformance kit looks at all of them.

    Parameters
    ----------
    package : the plugin's, which is its ``__name__``.
    places : name → module in the package and class, with a colon between.
    has_choices : whether all that need a choice have YAML, here or elsewhere; then what has none is
        not imported to make it one.

    >>> losses = Deferred("framework.plugins", {"hinge": "losses.hinge:Hinge"})
    >>> list(losses), losses["hinge"].__name__
    (['hinge'], 'Hinge')
    """

    def __init__(
        self, package: str, places: Mapping[str, str], *, has_choices: bool = False
    ) -> None:
        self._places = {}
        for name, place in places.items():
            module, _, cls = place.partition(":")
            self._places[name] = Place(f"{package}.{module}", cls, not has_choices)

    def place(self, name: str) -> Place:
        """Return where a class lies."""
        return self._places[name]

    def __getitem__(self, name: str) -> type[C]:
        cls: type[C] = self._places[name].load()  # type: ignore[assignment]
        return cls

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)


def attributes_of(plugin: str) -> Callable[[str], type[Component]]:
    """Return a plugin's module ``__getattr__``, which gives its deferred classes by their names.

    So ``from framework.plugins import Dense`` imports that class's module, and no other.

    >>> attributes_of("framework.plugins")("Dense").__name__
    'Dense'
    """

    def attribute(name: str) -> type[Component]:
        for hook, function in vars(import_module(plugin)).items():
            deferred = function() if hook.startswith("framework_") else None
            if not isinstance(deferred, Deferred):
                continue
            for key in deferred:
                if deferred.place(key).name == name:
                    component: type[Component] = deferred[key]
                    return component
        raise AttributeError(f"module '{plugin}' has no attribute '{name}'")

    return attribute
