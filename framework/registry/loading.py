"""One plugin: importing it at arm's length, and reading what its hooks bring.

Whatever a plugin does wrong comes out of here as a `PluginError` whose text is a line.
"""

from __future__ import annotations

import dataclasses
import importlib.util
import os
import re
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pluggy

from framework.components.base import Component
from framework.components.kinds import KINDS, Kind, kind_of
from framework.errors import PluginError
from framework.hooks import PROJECT, Events, Registration
from framework.process.captured_output import Printed, quiet
from framework.process.global_state import Changes, restored
from framework.registry.hook_check import misfit, unheard
from framework.text import describe
from framework.version import DISTRIBUTION, installed_version

SLOW = 0.5
"""Seconds that an import may take before it is remarked upon."""


@dataclass
class Loading:
    """What a plugin brought, and what was remarkable about it.

    Attributes
    ----------
    components : kind and name → class.
    folders : its folders of YAML, as paths.
    printed : what it printed meanwhile.
    changed : what it changed for the whole process meanwhile; it was put back.
    seconds : how long it took.
    """

    components: dict[tuple[str, str], type[Component]] = field(default_factory=dict)
    folders: list[str] = field(default_factory=list)
    printed: str = ""
    changed: tuple[str, ...] = ()
    seconds: float = 0.0

    def choices(self) -> list[str]:
        """List its YAML files, as paths in its folders."""
        found = []
        for root in self.folders:
            for folder, _, names in os.walk(root):
                inside = folder.removeprefix(root).lstrip(os.sep)
                found += [f"{inside}/{n}".lstrip("/") for n in names if n.endswith(".yaml")]
        return found

    def remarks(self) -> list[str]:
        """Say what a user of the plugin may want to know."""
        found = []
        if self.printed:
            first = self.printed.splitlines()[0]
            found.append(f"prints when it is loaded: {first[:60]!r}")
        if self.changed:
            found.append(f"changes {', '.join(self.changed)} when it is loaded; put back")
        if self.seconds >= SLOW:
            found.append(f"takes {self.seconds:.1f} s to load, at every start")
        return found


def load(importer: Callable[[], object], loading: Loading) -> object:
    """Import a plugin and call its registration hooks; note what it brings in `loading`.

    Raises
    ------
    PluginError : whatever it did wrong, `sys.exit` included.
    KeyboardInterrupt : the user's.
    """
    began = time.perf_counter()
    output, changes = Printed(), Changes()
    try:
        with quiet() as output, restored() as changes:
            plugin = importer()
            _read(plugin, loading)
    except (PluginError, KeyboardInterrupt):
        raise
    except BaseException as error:
        raise PluginError(describe(error)) from error
    finally:
        loading.seconds = time.perf_counter() - began
        loading.printed = output.text
        loading.changed = changes.whats
    return plugin


def unmet(requirements: Iterable[str]) -> str:
    """Say which framework is needed, '' when it is the installed one.

    Parameters
    ----------
    requirements : those of a distribution, as its metadata writes them.

    >>> unmet(["mlp-framework>=0", "numpy>=999"])
    ''
    """
    for line in requirements:
        name, specifier, marker = _requirement(line)
        if normal(name) != DISTRIBUTION or not specifier:
            continue
        from packaging.specifiers import SpecifierSet

        if marker:
            from packaging.markers import Marker

            if not Marker(marker).evaluate({"extra": ""}):
                continue
        if not SpecifierSet(specifier).contains(installed_version(), prereleases=True):
            return f"needs {name}{specifier}, but {installed_version()} is installed"
    return ""


def _requirement(line: str) -> tuple[str, str, str]:
    needed, _, marker = line.partition(";")
    name = re.split(r"[^\w.-]", needed.strip(), maxsplit=1)[0]
    rest = re.sub(r"\[.*?\]", "", needed.strip().removeprefix(name))
    return name, rest.strip(" ()"), marker.strip()


def normal(name: str) -> str:
    """Write a distribution's name as package indexes compare it.

    >>> normal("My_Plugin")
    'my-plugin'
    """
    return re.sub(r"[-_.]+", "-", name).lower()


def _read(plugin: object, loading: Loading) -> None:
    """Call a plugin's registration hooks, through a manager that knows no other plugin."""
    manager = pluggy.PluginManager(PROJECT)
    manager.add_hookspecs(Registration)
    try:
        manager.register(plugin)
        manager.check_pending()
    except pluggy.PluginValidationError as error:
        raise PluginError(misfit(plugin, Registration) or describe(error)) from error
    problem = unheard(plugin, Registration)
    if problem:
        raise PluginError(problem)
    heard = {caller.name for caller in manager.get_hookcallers(plugin) or ()}
    if not heard:
        loading.folders += _yaml_only(plugin)
    for kind in KINDS:
        if kind.hook in heard:
            for name, component in _call(manager, kind.hook, Mapping, "name → class").items():
                _check(kind, name, component)
                loading.components[kind.name, name] = component
    if "framework_config_dirs" in heard:
        hook = "framework_config_dirs"
        for given in _call(manager, hook, Sequence, "a list of folders"):
            loading.folders.append(str(_folder(str(given))))


def _call(manager: pluggy.PluginManager, hook: str, expected: type, words: str) -> Any:
    try:
        found = getattr(manager.hook, hook)()
    except Exception as error:
        raise PluginError(f"{hook} raised {describe(error)}") from error
    given = found[0] if found else None
    if not isinstance(given, expected) or isinstance(given, str):
        raise PluginError(f"{hook} gave {given!r}; expected {words}")
    return given


def _yaml_only(plugin: object) -> list[str]:
    """A package without any hook is itself a folder of YAML, if it holds some."""
    places = [str(place) for place in getattr(plugin, "__path__", ())]
    found = [place for place in places if any(Path(place).rglob("*.yaml"))]
    if not found:
        raise PluginError("implements no hook and holds no YAML")
    return found


def _folder(given: str) -> Path:
    """Find a folder of YAML: a path, or `pkg://package.folder`."""
    scheme, _, rest = given.rpartition("://")
    if scheme == "pkg":
        try:
            spec = importlib.util.find_spec(rest.replace("/", "."))
        except ImportError:
            spec = None
        places = list(spec.submodule_search_locations or ()) if spec is not None else []
        folder = Path(places[0]) if places else None
    else:
        folder = Path(rest).resolve()
    if folder is None or not folder.is_dir():
        raise PluginError(f"framework_config_dirs gave {given!r}: there is no such folder")
    return folder


def _check(kind: Kind, name: object, component: object) -> None:
    if not (isinstance(name, str) and name.isidentifier()):
        raise PluginError(f"{kind.hook} gave the name {name!r}; expected lower_snake_case")
    if not (isinstance(component, type) and issubclass(component, kind.base)):
        raise PluginError(f"{name}: {component!r} is not a {kind.base.__name__}")
    if not (dataclasses.is_dataclass(component) and component.__dataclass_params__.frozen):  # type: ignore[attr-defined]
        raise PluginError(f"{name}: {component.__name__} must be a @dataclass(frozen=True)")
    if "__dataclass_fields__" not in vars(component):
        raise PluginError(f"{name}: {component.__name__} itself lacks @dataclass(frozen=True)")
    for declared in dataclasses.fields(component):
        key = declared.name
        why = "which chooses the component" if key == kind.chosen_by else ""
        why = why or ("a key of its own" if key in kind.reserved else "")
        why = why or ("which is Hydra's list of choices" if key == "defaults" else "")
        if why:
            raise PluginError(f"{name}: a field cannot be called '{key}', {why}")
    problem = unheard(component, Events)
    if problem:
        raise PluginError(f"{name}: {component.__name__}.{problem}")
    assert kind_of(component) is kind
