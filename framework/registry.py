"""The registry: every component by kind and name, and which distribution brought it."""

from __future__ import annotations

import dataclasses
import importlib
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any

import pluggy

from framework.component import Component
from framework.errors import ConfigurationError, PluginError, nearest
from framework.hooks import PROJECT, Registration
from framework.kinds import KINDS, Kind, kind_of


@dataclass(frozen=True)
class Origin:
    """Where a plugin comes from."""

    plugin: str
    distribution: str = ""
    version: str = ""

    def __str__(self) -> str:
        return f"{self.distribution}=={self.version}" if self.distribution else self.plugin


@dataclass(frozen=True)
class Entry:
    """One registered component class."""

    name: str
    kind: Kind
    component: type[Component]
    origin: Origin


@dataclass
class Registry:
    """All components of the plugins that were loaded, and why others were not."""

    entries: dict[tuple[str, str], Entry] = field(default_factory=dict)
    config_dirs: list[tuple[Origin, str]] = field(default_factory=list)
    refused: dict[Origin, str] = field(default_factory=dict)
    _manager: pluggy.PluginManager = field(default_factory=lambda: _manager(), repr=False)

    def names(self, kind: str) -> list[str]:
        """List the names registered for a kind."""
        return sorted(name for k, name in self.entries if k == kind)

    def entry(self, kind: str, name: str) -> Entry:
        """Look a component up.

        Raises
        ------
        ConfigurationError : when no loaded plugin brings it; the text gives the nearest name.
        """
        found = self.entries.get((kind, name))
        if found is None:
            words = kind.replace("_", " ")
            raise ConfigurationError(
                f"there is no {words} '{name}'; {nearest(name, self.names(kind))}"
                + "".join(f" (refused: {o}: {why})" for o, why in self.refused.items())
            )
        return found

    def name_of(self, component: Component) -> str:
        """Give the name under which a component's class is registered."""
        return self.entry_of(component).name

    def entry_of(self, component: Component) -> Entry:
        """Give the entry of a component's class."""
        for entry in self.entries.values():
            if entry.component is type(component):
                return entry
        raise KeyError(type(component).__name__)

    def describe(self, component: Component) -> str:
        """Write a component as its name and fields.

        >>> Registry().describe  # doctest: +ELLIPSIS
        <bound method Registry.describe of ...>
        """
        values = (
            f"{f.name}={self._show(getattr(component, f.name))}"
            for f in dataclasses.fields(component)
        )
        return f"{self.name_of(component)}({', '.join(values)})"

    def _show(self, value: object) -> str:
        if isinstance(value, Component):
            return self.describe(value)
        return f"{value:g}" if isinstance(value, float) else str(value)

    def load_installed(self) -> None:
        """Load the plugins of all installed distributions, each in its own try."""
        found = {(e.name, e.value): e for e in entry_points(group=PROJECT)}
        for point in sorted(found.values(), key=_order):
            dist = point.dist
            origin = Origin(point.name, dist.name if dist else "", dist.version if dist else "")
            self._load(origin, point.load)

    def load_modules(self, names: Iterable[str]) -> None:
        """Load plugins by module name, the working directory included.

        Raises
        ------
        PluginError : when one cannot be loaded: the configuration asked for it.
        """
        here = str(Path.cwd())
        for name in names:
            origin = Origin(name)
            if self._manager.has_plugin(name):
                continue
            if here not in sys.path:
                sys.path.insert(0, here)
            self._load(origin, lambda name=name: importlib.import_module(name))
            if origin in self.refused:
                raise PluginError(f"plugins: {origin}: {self.refused[origin]}")

    def _load(self, origin: Origin, importer: object) -> None:
        assert callable(importer)
        try:
            plugin = importer()
            new = list(self._entries(origin, plugin))
            dirs = [(origin, d) for d in self._config_dirs(plugin)]
        except Exception as error:
            self.refused[origin] = f"{type(error).__name__}: {error}".splitlines()[0]
            return
        self.entries.update({(e.kind.name, e.name): e for e in new})
        self.config_dirs += dirs

    def _entries(self, origin: Origin, plugin: object) -> Iterable[Entry]:
        self._manager.register(plugin, name=origin.plugin)
        for caller in self._manager.get_hookcallers(plugin) or ():
            if caller.spec is None:
                hooks = [k.hook for k in KINDS] + ["framework_config_dirs"]
                raise PluginError(f"no hook '{caller.name}'; {nearest(caller.name, hooks)}")
        for kind in KINDS:
            for name, component in self._call(plugin, kind.hook, {}).items():
                _check(kind, name, component)
                known = self.entries.get((kind.name, name))
                if known is not None:
                    raise PluginError(
                        f"brings the {kind.name} '{name}', which {known.origin} already brings"
                    )
                yield Entry(name, kind, component, origin)

    def _call(self, plugin: object, hook: str, default: Mapping[str, type]) -> Mapping[str, type]:
        for implementation in getattr(self._manager.hook, hook).get_hookimpls():
            if implementation.plugin is plugin:
                found = implementation.function()
                if not isinstance(found, Mapping):
                    raise PluginError(f"{hook} gave {found!r}; expected name → class")
                return found
        return default

    def _config_dirs(self, plugin: object) -> Sequence[str]:
        for implementation in self._manager.hook.framework_config_dirs.get_hookimpls():
            if implementation.plugin is plugin:
                given: Any = implementation.function()
                found = [str(d) for d in given]
                return [d if "://" in d else f"file://{Path(d).resolve()}" for d in found]
        return []


def _manager() -> pluggy.PluginManager:
    manager = pluggy.PluginManager(PROJECT)
    manager.add_hookspecs(Registration)
    return manager


def _order(point: EntryPoint) -> tuple[bool, str, str]:
    # The framework's own come first, so that a clash is the newcomer's.
    own = point.value.split(".")[0] == __name__.split(".")[0]
    return (not own, point.dist.name if point.dist else "", point.name)


def _check(kind: Kind, name: object, component: object) -> None:
    if not (isinstance(name, str) and name.isidentifier()):
        raise PluginError(f"{kind.hook} gave the name {name!r}; expected lower_snake_case")
    if not (isinstance(component, type) and issubclass(component, kind.base)):
        raise PluginError(f"{name}: {component!r} is not a {kind.base.__name__}")
    if not (dataclasses.is_dataclass(component) and component.__dataclass_params__.frozen):  # type: ignore[attr-defined]
        raise PluginError(f"{name}: {component.__name__} must be a @dataclass(frozen=True)")
    if "__dataclass_fields__" not in vars(component):
        raise PluginError(f"{name}: {component.__name__} itself lacks @dataclass(frozen=True)")
    assert kind_of(component) is kind
