"""Where a run comes from: components, versions, machine, state of the working directory."""

from __future__ import annotations

import contextlib
import hashlib
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import fields
from functools import cache, lru_cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np

from framework.components.base import Component
from framework.engine import blas, layouts
from framework.registry.origin import GIVEN
from framework.registry.registry import Registry
from framework.settings.settings import RunSettings
from framework.version import DISTRIBUTION

_sweep: ContextVar[str] = ContextVar("sweep", default="")


def origins(
    settings: RunSettings, registry: Registry, *, of_network: bool = False
) -> dict[str, str]:
    """Return which distribution brought each component that this run uses.

    Parameters
    ----------
    of_network : whether only those count that the trained network is made of, and its loss.
    """
    used: list[Component | None] = [settings.loss, *(plan.layer for plan in settings.layers)]
    if not of_network:
        used += [settings.data, *settings.metrics.values(), *settings.callbacks.values()]
        for plan in settings.layers:
            parts = vars(plan.training).values()
            used += [part for part in parts if isinstance(part, Component)]
    return origins_of([component for component in used if component is not None], registry)


def origins_of(used: Sequence[Component], registry: Registry) -> dict[str, str]:
    """Return which distribution brought each of some components, and those in their fields."""
    sources: dict[str, str] = {}

    def note(component: Component) -> None:
        entry = registry.entry_of(component)
        sources[f"{entry.kind.name} {entry.name}"] = str(entry.origin)
        for part in (getattr(component, f.name) for f in fields(component)):
            if isinstance(part, Component):
                note(part)

    for component in used:
        note(component)
    return dict(sorted(sources.items()))


def only_in_python(settings: RunSettings, registry: Registry) -> list[str]:
    """Return what a run is made of that its files cannot give back, a line each."""
    lines = ["data: arrays given from Python"] if settings.given is not None else []
    lines += ["initial: a network given from Python"] if settings.initial_network else []
    return lines + [
        f"{component}: {origin}"
        for component, origin in origins(settings, registry).items()
        if origin.endswith(f"({GIVEN})")
    ]


def missing(components: Mapping[str, str], registry: Registry) -> list[str]:
    """Return which components of an earlier run are not there now, a line each.

    Parameters
    ----------
    components : what `origins` gave for that run, as its `summary.json` keeps it.
    """
    lines = []
    for key, origin in sorted(components.items()):
        kind, _, name = key.partition(" ")
        if (kind, name) not in registry.entries:
            label = kind.replace("_", " ")
            why = registry.why_missing(kind, name)
            if origin.endswith(f"({GIVEN})"):
                why = "; framework.resume(…, components=[…]) takes its class"
            lines.append(f"the {label} '{name}' of {origin} is missing{why}")
    return lines


def changed(components: Mapping[str, str], registry: Registry) -> list[str]:
    """Return which components of an earlier run another distribution or version brings now.

    Parameters
    ----------
    components : what `origins` gave for that run, as its `summary.json` keeps it.
    """
    lines = []
    for key, origin in sorted(components.items()):
        kind, _, name = key.partition(" ")
        entry = registry.entries.get((kind, name))
        if entry is not None and str(entry.origin) != origin:
            words = kind.replace("_", " ")
            lines.append(f"the {words} '{name}' was of {origin} and is of {entry.origin} now")
    return lines


def versions() -> dict[str, str]:
    """Return the versions of Python and of the packages that decide the figures."""
    names = (DISTRIBUTION, "numpy", "hydra-core", "omegaconf", "pluggy")
    return {"python": platform.python_version(), **{name: _version(name) for name in names}}


@cache
def _version(name: str) -> str:
    """Return the version of a package, which stays the one that this process has imported."""
    try:
        return version(name)
    except PackageNotFoundError:
        return "unknown"


ENGINE = "the engine that takes the steps"


def products(count: int, engine: str) -> dict[str, str]:
    """Return what, besides versions, decides the last digits of figures on this machine.

    That are the library that does the products and its kernel for this processor, the row of the
    table of layouts, the number of threads, the engine that takes the steps, and the instructions
    that numpy uses for everything else.
    """
    build: Any = np.show_config(mode="dicts")
    simd = build.get("SIMD Extensions", {})
    return {
        "products' library": blas.library(),
        "the row of the table of layouts": layouts.row(),
        "BLAS threads": str(count),
        ENGINE: engine,
        "numpy's instructions": " ".join([*simd.get("baseline", []), *simd.get("found", [])]),
    }


def modules(configuration: Mapping[str, Any]) -> dict[str, str]:
    """Return the hash of the text of each module that a configuration lists in `plugins`."""
    return {str(name): module(str(name)) for name in configuration.get("plugins") or ()}


def module(name: str) -> str:
    """Hash the text of a loaded module; of a package, of every module below it."""
    file = getattr(sys.modules.get(name), "__file__", None)
    digest = hashlib.sha256()
    if file and Path(file).is_file():
        path = Path(file)
        files = sorted(path.parent.rglob("*.py")) if path.stem == "__init__" else [path]
        for file_ in files:
            if len(files) > 1:
                digest.update(f"{file_.relative_to(path.parent).as_posix()}\n".encode())
            digest.update(file_.read_bytes())
    return digest.hexdigest()


def machine(count: int, engine: str) -> dict[str, Any]:
    """Describe the machine, and how its products are computed."""
    return {
        "system": platform.platform(),
        "processor": platform.machine(),
        "cores": os.cpu_count(),
        "threads": count,
        "products": blas.library(),
        "layouts": layouts.row(),
        "engine": engine,
        "python": sys.implementation.name,
    }


@contextlib.contextmanager
def shared(sweep: str) -> Iterator[None]:
    """Have `git_state` ask once for all jobs of a sweep that this process does.

    Parameters
    ----------
    sweep : tells it from others.
    """
    before = _sweep.set(sweep)
    try:
        yield
    finally:
        _sweep.reset(before)


def git_state() -> dict[str, Any] | None:
    """Return which commit the working directory is at, and whether it was changed since."""
    sweep = _sweep.get()
    state = _asked_once(sweep, os.getcwd()) if sweep else _ask_git()  # noqa: PTH109
    return dict(state) if state else None


@lru_cache(maxsize=16)
def _asked_once(sweep: str, directory: str) -> dict[str, Any] | None:
    """Ask for the state of the working directory, which with `hydra.job.chdir` is a job's own."""
    return _ask_git()


def _ask_git() -> dict[str, Any] | None:
    git = shutil.which("git")
    if git is None:
        return None

    def ask(*arguments: str) -> str | None:
        try:
            answer = subprocess.run(
                [git, *arguments], capture_output=True, text=True, timeout=5, check=False
            )
        except (OSError, subprocess.TimeoutExpired):
            return None
        return answer.stdout.strip() if answer.returncode == 0 else None

    commit = ask("rev-parse", "HEAD")
    if commit is None:
        return None
    return {"commit": commit, "changed": bool(ask("status", "--porcelain", "-uno"))}
