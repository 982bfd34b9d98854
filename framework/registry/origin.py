"""Where components come from: the plugin, its distribution and its version."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.metadata import EntryPoint

from framework.components.base import Component
from framework.components.field_type import DeclaredField, fields_of
from framework.components.kinds import Kind
from framework.errors import ConfigurationError, PluginError
from framework.registry.deferred import Place
from framework.registry.loading import load_class
from framework.text import nearest
from framework.version import DISTRIBUTION, installed_version

_PACKAGE = __name__.split(".")[0]
GIVEN = "given from Python"
"""What is said of a component that no plugin brings."""
_FIRST_WORD = DISTRIBUTION.partition("-")[0]


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
    """One registered component class.

    Attributes
    ----------
    source : the class, or where it lies.
    """

    name: str
    kind: Kind
    source: type[Component] | Place
    origin: Origin

    @property
    def component(self) -> type[Component]:
        """The class.

        Raises
        ------
        PluginError : when there is none where it should lie, or one that is no component.
        """
        if not isinstance(self.source, Place):
            return self.source
        try:
            return _component_at(self.kind, self.name, self.source)
        except PluginError as error:
            label, why = self.kind.name.replace("_", " "), str(error).removeprefix(f"{self.name}: ")
            raise PluginError(f"{label} '{self.name}' ({self.origin}): {why}") from error

    def is_of(self, component: type) -> bool:
        """Whether it is the entry of a class; nothing is imported for it."""
        if isinstance(self.source, Place):
            return self.source.holds(component)
        return self.source is component

    @property
    def is_deferred(self) -> bool:
        """Whether the class is imported when it is asked for."""
        return isinstance(self.source, Place)

    @property
    def module(self) -> str:
        """The module of the class."""
        return self.source.module if isinstance(self.source, Place) else self.source.__module__

    @property
    def fields(self) -> tuple[DeclaredField, ...]:
        """The fields of the class."""
        return fields_of(self.component)


@cache
def _component_at(kind: Kind, name: str, place: Place) -> type[Component]:
    return load_class(kind, name, place)


def origin_of(point: EntryPoint) -> Origin:
    """Return where the plugin of an entry point comes from."""
    name, version, _ = _metadata(point)
    return Origin(point.name, name, version)


def is_built_in(point: EntryPoint) -> bool:
    """Whether an entry point is the framework's own."""
    return point.value.split(".")[0] == _PACKAGE


def unmet_requirement(point: EntryPoint) -> str:
    """Return which other version of the framework a plugin needs; '' when this one will do."""
    return unmet(_metadata(point)[2])


def unmet(requirements: Iterable[str]) -> str:
    """Return which framework is needed, '' when it is the installed one.

    Parameters
    ----------
    requirements : those of a distribution, as its metadata writes them.

    >>> unmet(["mlp-framework>=0", "numpy>=999", "mlp_framework>=999; extra == 'next'"])
    ''
    """
    for line in requirements:
        if not line.lstrip().lower().startswith(_FIRST_WORD):
            continue  # not about the framework; `packaging` takes a while to import
        from packaging.requirements import InvalidRequirement, Requirement
        from packaging.utils import canonicalize_name

        try:
            needed = Requirement(line)
        except InvalidRequirement:
            return f"needs {line!r}, which is no requirement; expected {DISTRIBUTION}>=…"
        if canonicalize_name(needed.name) != DISTRIBUTION:
            continue
        if needed.marker is not None and not needed.marker.evaluate({"extra": ""}):
            continue
        if not needed.specifier.contains(installed_version(), prereleases=True):
            written = f"{needed.name}{needed.specifier}"
            return f"needs {written}, but {installed_version()} is installed"
    return ""


def named(name: str, origins: Iterable[Origin]) -> list[Origin]:
    """Return the plugins of that name, or of a distribution of that name.

    Raises
    ------
    ConfigurationError : when there is none.
    """
    from packaging.utils import canonicalize_name

    known = list(origins)
    wanted = canonicalize_name(name)
    meant = [o for o in known if name == o.plugin or wanted == canonicalize_name(o.distribution)]
    if not meant:
        names = {o.distribution or o.plugin for o in known} | {o.plugin for o in known}
        raise ConfigurationError(f"blocked: there is no plugin '{name}'; {nearest(name, names)}")
    return meant


@cache
def _metadata(point: EntryPoint) -> tuple[str, str, tuple[str, ...]]:
    """Read the name, version and requirements of a plugin's distribution, once."""
    if point.dist is None:
        return "", "", ()
    metadata = point.dist.metadata
    needs = metadata.get_all("Requires-Dist") or point.dist.requires or ()
    return metadata["Name"], metadata["Version"], tuple(needs)
