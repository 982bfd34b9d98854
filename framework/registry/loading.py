"""One plugin: importing it at arm's length, and reading what its hooks bring.

Whatever a plugin does wrong comes out of here as a `PluginError` whose text is a line.
"""

from __future__ import annotations

import dataclasses
import importlib.util
import os
import time
from collections.abc import Callable, Mapping, Sequence
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
from framework.registry.deferred import Deferred, Place
from framework.registry.hook_check import unmarked_hook, wrong_hook
from framework.text import describe

_PACKAGED = "pkg://"
SLOW = 0.5
"""Seconds that an import may take before it is remarked upon."""


@dataclass
class Loading:
    """What a plugin brought, and what was remarkable about it.

    Attributes
    ----------
    components : kind and name → class, or where it lies.
    folders : its folders of YAML, as paths.
    printed : what it printed meanwhile.
    changed : what it changed for the whole process meanwhile; it was put back.
    seconds : how long it took.
    """

    components: dict[tuple[str, str], type[Component] | Place] = field(default_factory=dict)
    folders: list[str] = field(default_factory=list)
    printed: str = ""
    changed: tuple[str, ...] = ()
    seconds: float = 0.0

    def choices(self) -> list[str]:
        """Return its YAML files, as paths in its folders."""
        paths = []
        for root in self.folders:
            for folder, _, names in os.walk(root):
                inside = folder.removeprefix(root).lstrip(os.sep)
                paths += [f"{inside}/{n}".lstrip("/") for n in names if n.endswith(".yaml")]
        return paths

    def remarks(self) -> list[str]:
        """Return what a user of the plugin may want to know."""
        remarks = []
        if self.printed:
            first = self.printed.splitlines()[0]
            remarks.append(f"prints when it is loaded: {first[:60]!r}")
        if self.changed:
            remarks.append(f"changes {', '.join(self.changed)} when it is loaded; put back")
        if self.seconds >= SLOW:
            remarks.append(f"takes {self.seconds:.1f} s to load, at every start")
        return remarks


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


def _read(plugin: object, loading: Loading) -> None:
    """Call a plugin's registration hooks, through a manager that knows no other plugin."""
    manager = pluggy.PluginManager(PROJECT)
    manager.add_hookspecs(Registration)
    try:
        manager.register(plugin)
        manager.check_pending()
    except pluggy.PluginValidationError as error:
        raise PluginError(wrong_hook(plugin, Registration) or describe(error)) from error
    problem = unmarked_hook(plugin, Registration)
    if problem:
        raise PluginError(problem)
    heard = {caller.name for caller in manager.get_hookcallers(plugin) or ()}
    if not heard:
        loading.folders += _yaml_only(plugin)
    for kind in KINDS:
        if kind.hook in heard:
            given = _call(manager, kind.hook, Mapping, "name → class")
            for name in given:
                if isinstance(given, Deferred):
                    check_name(kind, name)
                    loading.components[kind.name, name] = given.place(name)
                else:
                    check_component(kind, name, given[name])
                    loading.components[kind.name, name] = given[name]
    if "framework_config_dirs" in heard:
        hook = "framework_config_dirs"
        for given in _call(manager, hook, Sequence, "a list of folders"):
            loading.folders.append(str(_folder(str(given))))


def _call(manager: pluggy.PluginManager, hook: str, expected: type, description: str) -> Any:
    try:
        results = getattr(manager.hook, hook)()
    except Exception as error:
        raise PluginError(f"{hook} raised {describe(error)}") from error
    returned = results[0] if results else None
    if not isinstance(returned, expected) or isinstance(returned, str):
        raise PluginError(f"{hook} returned {returned!r}; expected {description}")
    return returned


def _yaml_only(plugin: object) -> list[str]:
    """Return the folders of a package without any hook: it is itself YAML, if it holds some."""
    folders = [str(folder) for folder in getattr(plugin, "__path__", ())]
    with_yaml = [folder for folder in folders if any(Path(folder).rglob("*.yaml"))]
    if not with_yaml:
        raise PluginError("implements no hook and holds no YAML")
    return with_yaml


def _folder(given: str) -> Path:
    """Return a folder of YAML that is given as a path, or as `pkg://package.folder`."""
    if given.startswith(_PACKAGED):
        package = given.removeprefix(_PACKAGED).replace("/", ".")
        try:
            spec = importlib.util.find_spec(package)
        except ImportError:
            spec = None
        places = list(spec.submodule_search_locations or ()) if spec is not None else []
        folder = Path(places[0]) if places else None
    else:
        folder = Path(given.removeprefix("file://")).resolve()
    if folder is None or not folder.is_dir():
        raise PluginError(f"framework_config_dirs returned {given!r}: there is no such folder")
    return folder


def load_class(kind: Kind, name: str, place: Place) -> type[Component]:
    """Import a class that a plugin deferred, and check it as one that it brings at once.

    Raises
    ------
    PluginError : naming it and what is wrong with it.
    """
    try:
        with quiet(), restored():
            component = place.load()
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        raise PluginError(f"{name}: {describe(error)}") from error
    check_component(kind, name, component)
    assert isinstance(component, type)
    return component


def check_name(kind: Kind, name: object) -> None:
    """Refuse what no component can be called.

    Raises
    ------
    PluginError : naming it.
    """
    if not (isinstance(name, str) and name.isidentifier()):
        raise PluginError(f"{kind.hook} returned the name {name!r}; expected lower_snake_case")


def check_component(kind: Kind, name: object, component: object) -> None:
    """Refuse what is no component of a kind, or cannot be configured as one.

    Raises
    ------
    PluginError : naming it and what is wrong with it.
    """
    check_name(kind, name)
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
    problem = unmarked_hook(component, Events)
    if problem:
        raise PluginError(f"{name}: {component.__name__}.{problem}")
    assert kind_of(component) is kind
