"""The registry: every component by kind and name, and which distribution brought it."""

from __future__ import annotations

import dataclasses
import importlib
import sys
import traceback
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache, partial
from importlib.metadata import EntryPoint, entry_points
from importlib.resources import files
from pathlib import Path

from framework.components.base import Component
from framework.components.kinds import KINDS, Kind
from framework.errors import ConfigurationError, PluginError
from framework.hooks import PROJECT
from framework.registry.left_out import mentions
from framework.registry.loading import Loading, load, normal, unmet
from framework.registry.search_folders import SearchFolders
from framework.text import nearest, short_path
from framework.version import DISTRIBUTION

CONFIG_MODULE = "framework.conf"


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
    _claimed: dict[tuple[str, str], Origin] = field(default_factory=dict, repr=False)

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
            hint = self.claim(kind, name) or f"; {self.nearest(name, self.names(kind))}"
            raise ConfigurationError(f"there is no {kind.replace('_', ' ')} '{name}'{hint}")
        return found

    def claim(self, kind: str, name: str) -> str:
        """Say which plugin would bring a component, had it been loaded; '' when none is known."""
        origin = self._claimed.get((kind, name))
        why = self.refused.get(origin, "blocked") if origin else ""
        return f"; {origin}, which brings it, is left out: {why}" if origin else ""

    def nearest(self, name: str, valid: Iterable[str]) -> str:
        """Say which valid name a mistaken one is closest to, or which left out plugin has it."""
        for origin in [*self.refused, *self.blocked]:
            if mentions(self._modules.get(origin, origin.plugin), name):
                why = self.refused.get(origin, "blocked")
                return f"{origin}, which names it, is left out: {why}"
        near = nearest(name, valid)
        return near if near.startswith("did") else f"{near}{self.suspects()}"

    def suspects(self) -> str:
        """Name the plugins that were left out, which may bring what is missing; '' for none."""
        left_out = [f"{origin} ({why})" for origin, why in self.refused.items()]
        left_out += [f"{origin} (blocked)" for origin in self.blocked]
        which = ", ".join(left_out)
        return f"; or is it of a plugin that is left out, {which}?" if left_out else ""

    def reports(self) -> list[str]:
        """Say what a user should know of the plugins: what was left out, what is remarkable."""
        lines = []
        for origin, why in self.refused.items():
            cure = f"update or uninstall it, or start with blocked=[{origin.plugin}]"
            lines.append(f"plugin {origin} is left out: {why}; {cure}")
        return lines + [f"plugin {origin} {remark}" for origin, remark in self.remarks]

    def blame(self, error: BaseException) -> str:
        """Say in whose plugin an error was raised, the innermost; '' when in nobody's."""
        found = {e.component.__module__.split(".")[0]: e.origin for e in self.entries.values()}
        found.pop(__name__.split(".")[0], None)
        for frame, line in reversed(list(traceback.walk_tb(error.__traceback__))):
            origin = found.get(str(frame.f_globals.get("__name__")).split(".")[0])
            if origin is not None:
                return f", in {origin}, {short_path(frame.f_code.co_filename)}:{line}"
        return ""

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
        """Write a component as its name and fields."""
        values = (
            f"{f.name}={self.show(getattr(component, f.name))}"
            for f in dataclasses.fields(component)
        )
        return f"{self.name_of(component)}({', '.join(values)})"

    def show(self, value: object) -> str:
        """Write a value in short."""
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
        found = {_origin(point): point for point in entry_points(group=PROJECT)}
        # The framework's own come first, so that a clash is the newcomer's.
        points = sorted(
            found.items(), key=lambda p: (not _own(p[1]), p[0].distribution, p[0].plugin)
        )
        self._modules.update({origin: point.module for origin, point in points})
        left_out = {origin for name in blocked for origin in _named(name, found)}
        for origin, point in points:
            if origin in left_out:
                self.blocked.append(origin)
                continue
            problem = "" if _own(point) else unmet(_metadata(point)[2])
            if problem:
                self.refused[origin] = problem
            else:
                self._load(origin, point.load, remark=not _own(point))

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
            for origin in _named(name, [*self.plugins, *self.refused, *self.blocked]):
                if origin not in self.blocked:
                    self.blocked.append(origin)
                self.plugins.pop(origin, None)
                self.refused.pop(origin, None)
                theirs = [key for key, e in self.entries.items() if e.origin == origin]
                self._claimed.update(dict.fromkeys(theirs, origin))
                self.entries = {k: e for k, e in self.entries.items() if e.origin != origin}
                self.config_dirs = [pair for pair in self.config_dirs if pair[0] != origin]

    def _load(self, origin: Origin, importer: Callable[[], object], *, remark: bool = True) -> None:
        loading = Loading()
        try:
            plugin = load(importer, loading)
            self._unclaimed(loading)
        except PluginError as error:
            self.refused[origin] = str(error)
            self._claimed.update(dict.fromkeys(loading.components, origin))
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

    def _unclaimed(self, loading: Loading) -> None:
        """See that nobody else brings a component or a choice of the same name.

        Raises
        ------
        PluginError : naming who does.
        """
        for kind, name in loading.components:
            known = self.entries.get((kind, name))
            if known is not None:
                words = kind.replace("_", " ")
                raise PluginError(f"brings the {words} '{name}', which {known.origin} brings")
        for choice in loading.choices():
            owner = self.who_brings(choice)
            if owner is not None:
                group, _, name = choice.removesuffix(".yaml").rpartition("/")
                raise PluginError(f"brings the choice {group}={name}, which {owner} brings")

    def who_brings(self, choice: str) -> str | None:
        """Say who brings a YAML file, given as a path in its folder; None for nobody."""
        return DISTRIBUTION if (_conf() / choice).is_file() else self._choices.get(choice)

    def yaml(self) -> Iterator[tuple[str, Path]]:
        """Give each folder of YAML, the framework's own first, and who brings it."""
        yield DISTRIBUTION, _conf()
        for origin, folder in self.config_dirs:
            yield str(origin), Path(folder)


@cache
def _conf() -> Path:
    return Path(str(files(CONFIG_MODULE)))


@cache
def _metadata(point: EntryPoint) -> tuple[str, str, tuple[str, ...]]:
    """Read the name, version and requirements of the distribution that a plugin is of, once."""
    if point.dist is None:
        return "", "", ()
    found = point.dist.metadata
    needs = found.get_all("Requires-Dist") or point.dist.requires or ()
    return found["Name"], found["Version"], tuple(needs)


def _origin(point: EntryPoint) -> Origin:
    return Origin(point.name, *_metadata(point)[:2])


def _own(point: EntryPoint) -> bool:
    return point.value.split(".")[0] == __name__.split(".")[0]


def _named(name: str, origins: Iterable[Origin]) -> list[Origin]:
    """Find plugins by their own or their distribution's name."""
    known = list(origins)
    found = [o for o in known if name == o.plugin or normal(name) == normal(o.distribution)]
    if not found:
        names = {o.distribution or o.plugin for o in known} | {o.plugin for o in known}
        raise ConfigurationError(f"blocked: there is no plugin '{name}'; {nearest(name, names)}")
    return found
