"""The registry: every component by kind and name, and which distribution brought it."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache, partial
from importlib.metadata import entry_points
from importlib.resources import files
from pathlib import Path

from framework.components.base import Component, telling_fields
from framework.components.kinds import KINDS
from framework.errors import ConfigurationError, PluginError
from framework.hooks import PROJECT
from framework.registry.deferred import Place
from framework.registry.left_out import mentions
from framework.registry.loading import Loading, load, load_class
from framework.registry.origin import (
    Entry,
    Origin,
    is_built_in,
    named,
    origin_of,
    unmet_requirement,
)
from framework.registry.search_folders import SearchFolders
from framework.text import nearest
from framework.version import DISTRIBUTION

CONFIG_MODULE = "framework.conf"


@dataclass
class Registry:
    """All components of the plugins that were loaded, and why others were not.

    Attributes
    ----------
    entries : kind and name → component.
    config_dirs : the plugins' folders of YAML, as paths.
    plugins : where each loaded plugin comes from → the plugin.
    refused : where each plugin that could not be loaded comes from → why.
    blocked : where the plugins come from that were left out because a user said so.
    remarks : what else a user may want to know of a plugin, a line each.
    folders : where the choices lie of the command line that it was loaded for.
    """

    entries: dict[tuple[str, str], Entry] = field(default_factory=dict)
    config_dirs: list[tuple[Origin, str]] = field(default_factory=list)
    plugins: dict[Origin, object] = field(default_factory=dict)
    refused: dict[Origin, str] = field(default_factory=dict)
    blocked: list[Origin] = field(default_factory=list)
    remarks: list[tuple[Origin, str]] = field(default_factory=list)
    folders: SearchFolders = field(default_factory=SearchFolders, repr=False)
    _choices: dict[str, str] = field(default_factory=dict, repr=False)
    _modules: dict[Origin, str] = field(default_factory=dict, repr=False)
    _left_out: dict[tuple[str, str], Origin] = field(default_factory=dict, repr=False)
    _of_class: dict[type, Entry] = field(default_factory=dict, repr=False)

    def names(self, kind: str) -> list[str]:
        """Return the names registered for a kind."""
        return sorted(name for k, name in self.entries if k == kind)

    def entry(self, kind: str, name: str) -> Entry:
        """Return the entry of a kind and name.

        Raises
        ------
        ConfigurationError : when no loaded plugin brings it; the text gives the nearest name.
        """
        entry = self.entries.get((kind, name))
        if entry is None:
            hint = self.why_missing(kind, name) or f"; {self.nearest(name, self.names(kind))}"
            raise ConfigurationError(f"there is no {kind.replace('_', ' ')} '{name}'{hint}")
        return entry

    def why_missing(self, kind: str, name: str) -> str:
        """Return which plugin would bring a component, had it been loaded; '' if none is known."""
        origin = self._left_out.get((kind, name))
        why = self.refused.get(origin, "blocked") if origin else ""
        return f"; {origin}, which brings it, is left out: {why}" if origin else ""

    def nearest(self, name: str, valid: Iterable[str]) -> str:
        """Return which valid name a mistaken one is nearest to, or which left-out plugin has it."""
        for origin in [*self.refused, *self.blocked]:
            if mentions(self._modules.get(origin, origin.plugin), name):
                why = self.refused.get(origin, "blocked")
                return f"{origin}, which names it, is left out: {why}"
        near = nearest(name, valid)
        return near if near.startswith("did") else f"{near}{self.suspects()}"

    def suspects(self) -> str:
        """Return a remark on the plugins left out, one of which may bring what is missing."""
        left_out = [f"{origin} ({why})" for origin, why in self.refused.items()]
        left_out += [f"{origin} (blocked)" for origin in self.blocked]
        which = ", ".join(left_out)
        return f"; or is it of a plugin that is left out, {which}?" if left_out else ""

    def reports(self) -> list[str]:
        """Return what a user should know of the plugins: what was left out, what is remarkable."""
        lines = []
        for origin, why in self.refused.items():
            cure = f"update or uninstall it, or start with blocked=[{origin.plugin}]"
            lines.append(f"plugin {origin} is left out: {why}; {cure}")
        return lines + [f"plugin {origin} {remark}" for origin, remark in self.remarks]

    def name_of(self, component: Component) -> str:
        """Return the name under which a component's class is registered."""
        return self.entry_of(component).name

    def entry_of(self, component: Component) -> Entry:
        """Return the entry of a component's class.

        Raises
        ------
        PluginError : when no plugin brings it.
        """
        cls = type(component)
        known = self._of_class.get(cls)
        if known is not None and self.entries.get((known.kind.name, known.name)) is known:
            return known
        for entry in self.entries.values():
            if entry.is_of(cls):
                self._of_class[cls] = entry
                return entry
        raise PluginError(
            f"{cls.__module__}.{cls.__qualname__}: no plugin brings this class; expected one that a"
            " hook returns"
        )

    def describe(self, component: Component) -> str:
        """Return a component as its name and fields, without those that are off."""
        fields = telling_fields(component).items()
        values = (f"{name}={self.show(value)}" for name, value in fields)
        return f"{self.name_of(component)}({', '.join(values)})"

    def show(self, value: object) -> str:
        """Return a value in short."""
        if isinstance(value, Component):
            return self.describe(value)
        return f"{value:g}" if isinstance(value, float) else str(value)

    def load_installed(self, blocked: Sequence[str] = ()) -> None:
        """Load the plugins of all installed distributions, each in its own try.

        Parameters
        ----------
        blocked : plugins and distributions to leave out, not even imported.

        Raises
        ------
        ConfigurationError : when there is no plugin or distribution of a blocked name.
        """
        installed = {origin_of(point): point for point in entry_points(group=PROJECT)}
        # The framework's own come first, so that a clash is the newcomer's.
        in_order = sorted(
            installed.items(),
            key=lambda item: (not is_built_in(item[1]), item[0].distribution, item[0].plugin),
        )
        self._modules.update({origin: point.module for origin, point in in_order})
        left_out = {origin for name in blocked for origin in named(name, installed)}
        for origin, point in in_order:
            if origin in left_out:
                self.blocked.append(origin)
                continue
            problem = "" if is_built_in(point) else unmet_requirement(point)
            if problem:
                self.refused[origin] = problem
            else:
                self._load(origin, point.load, remark=not is_built_in(point))

    def load_modules(self, names: Iterable[str]) -> None:
        """Load plugins by module name, the working directory included.

        Raises
        ------
        PluginError : when one cannot be loaded: the configuration asked for it.
        """
        here = str(Path.cwd())
        for name in names:
            origin = Origin(name)
            loaded = sys.modules.get(name)
            if origin in self.plugins or any(p is loaded for p in self.plugins.values()):
                continue
            if here not in sys.path:
                sys.path.insert(0, here)
            self._load(origin, partial(importlib.import_module, name))
            if origin in self.refused:
                raise PluginError(f"plugins: {origin}: {self.refused[origin]}")

    def block(self, names: Iterable[str]) -> None:
        """Leave plugins out that may be loaded already.

        Raises
        ------
        ConfigurationError : when there is no plugin or distribution of that name.
        """
        for name in names:
            for origin in named(name, [*self.plugins, *self.refused, *self.blocked]):
                if origin not in self.blocked:
                    self.blocked.append(origin)
                self.plugins.pop(origin, None)
                self.refused.pop(origin, None)
                theirs = [key for key, e in self.entries.items() if e.origin == origin]
                self._left_out.update(dict.fromkeys(theirs, origin))
                self.entries = {k: e for k, e in self.entries.items() if e.origin != origin}
                self.config_dirs = [pair for pair in self.config_dirs if pair[0] != origin]

    def _load(self, origin: Origin, importer: Callable[[], object], *, remark: bool = True) -> None:
        loading = Loading()
        try:
            plugin = load(importer, loading)
            self._check_no_clash(loading)
            self._import_what_has_no_yaml(loading)
        except PluginError as error:
            self.refused[origin] = str(error)
            self._left_out.update(dict.fromkeys(loading.components, origin))
            return
        finally:
            if remark:
                self.remarks += [(origin, line) for line in loading.remarks()]
        kinds = {kind.name: kind for kind in KINDS}
        for (kind, name), component in loading.components.items():
            self.entries[kind, name] = Entry(name, kinds[kind], component, origin)
        self._choices.update(dict.fromkeys(loading.choices(), str(origin)))
        self.config_dirs += [(origin, folder) for folder in loading.folders]
        self.plugins[origin] = plugin

    def _import_what_has_no_yaml(self, loading: Loading) -> None:
        """Import what others deferred and bring no YAML for: their fields are their choice."""
        kinds, there = {kind.name: kind for kind in KINDS}, set(loading.choices())
        for (kind, name), source in loading.components.items():
            has_yaml = f"{kinds[kind].group}/{name}.yaml" in there
            if isinstance(source, Place) and source.needs_choice and not has_yaml:
                loading.components[kind, name] = load_class(kinds[kind], name, source)

    def _check_no_clash(self, loading: Loading) -> None:
        """See that nobody else brings a component or a choice of the same name.

        Raises
        ------
        PluginError : naming who does.
        """
        for kind, name in loading.components:
            known = self.entries.get((kind, name))
            if known is not None:
                label = kind.replace("_", " ")
                raise PluginError(f"brings the {label} '{name}', which {known.origin} brings")
        for choice in loading.choices():
            owner = self.who_brings(choice)
            if owner is not None:
                group, _, name = choice.removesuffix(".yaml").rpartition("/")
                raise PluginError(f"brings the choice {group}={name}, which {owner} brings")

    def who_brings(self, choice: str) -> str | None:
        """Return who brings a YAML file, given as a path in its folder; None for nobody."""
        return DISTRIBUTION if (_conf() / choice).is_file() else self._choices.get(choice)

    def yaml(self) -> Iterator[tuple[str, Path]]:
        """Yield each folder of YAML, the framework's own first, and who brings it."""
        yield DISTRIBUTION, _conf()
        for origin, folder in self.config_dirs:
            yield str(origin), Path(folder)


@cache
def _conf() -> Path:
    return Path(str(files(CONFIG_MODULE)))
