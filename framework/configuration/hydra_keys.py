"""What Hydra's own part of a configuration can say to the framework, and what it cannot."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from omegaconf import DictConfig, OmegaConf

from framework.configuration import run_directories
from framework.configuration.override import Override
from framework.configuration.run_directories import RunDirectories
from framework.errors import ConfigurationError
from framework.files.directories import make_directory
from framework.process.caller import for_caller

_OF_BOTH = ("job", "mode")
_OF_RUNS = ("run",)
_OF_SWEEPS = ("sweep", "sweeper", "launcher")
_OF_LAUNCHED_JOBS = ("verbose", "job_logging", "hydra_logging", "env")


def check_single(overrides: Sequence[Override]) -> None:
    """See that what a command line says of Hydra's part has an effect on a single run.

    Raises
    ------
    ConfigurationError : naming the override that has none.
    """
    for override, key in _of_hydra(overrides):
        if key in _OF_SWEEPS:
            raise ConfigurationError(
                f"{override.text}: is about the jobs of a sweep; add -m, or leave it out"
                " (command line)"
            )
        if key not in _OF_BOTH + _OF_RUNS:
            raise ConfigurationError(f"{override.text}: has no effect; leave it out (command line)")


def check_sweep(overrides: Sequence[Override]) -> None:
    """See that what a command line says of Hydra's part has an effect on a sweep.

    Raises
    ------
    ConfigurationError : naming the override that has none, or has several values.
    """
    for override, key in _of_hydra(overrides):
        if override.swept:
            raise ConfigurationError(
                f"{override.text}: Hydra's own part cannot be swept over (command line)"
            )
        if key in _OF_RUNS:
            raise ConfigurationError(
                f"{override.text}: is about a single run; a sweep goes to hydra.sweep.dir, its jobs"
                " to hydra.sweep.subdir (command line)"
            )
        if key not in _OF_BOTH + _OF_SWEEPS + _OF_LAUNCHED_JOBS:
            raise ConfigurationError(f"{override.text}: has no effect; leave it out (command line)")


def check_library(hydra: Any) -> None:
    """See that a composed configuration asks for nothing that only the command line does.

    Raises
    ------
    ConfigurationError : naming the key.
    """
    if hydra.mode.name != "RUN":
        raise ConfigurationError(
            "hydra.mode: asks for a sweep; framework.train trains once, the command line sweeps"
        )
    if hydra.job.chdir:
        raise ConfigurationError(
            "hydra.job.chdir: a program's working directory is its own; only the command line"
            " changes it"
        )


def directory_of(cfg: DictConfig, key: str) -> str:
    """Return the directory that a key names, as it was written there.

    Raises
    ------
    ConfigurationError : when it is empty.
    """
    text = str(OmegaConf.select(cfg, key, throw_on_missing=True))
    if not text.strip() or "\0" in text:
        raise ConfigurationError(f"{key}: expected a directory, got {text!r}")
    return text


def absolute(text: str) -> Path:
    """Make a path absolute, its `..` gone the way that the system would take them."""
    if ".." in Path(text).parts:
        return Path(os.path.realpath(text))
    return Path(os.path.abspath(text))  # noqa: PTH100  (links stay as they are)


def check_subdirectory(value: object) -> None:
    """See that a job's place lies in its sweep's directory and is a place of its own.

    Raises
    ------
    ConfigurationError : when it is not.
    """
    text = "" if value is None else str(value)
    place = Path(os.path.normpath(text))
    parts = place.parts
    if not text.strip() or not parts or place.is_absolute() or "\0" in text:
        proper = False
    else:
        proper = parts[0] not in ("..", run_directories.SWEEP_RECORDS)
    if not proper:
        raise ConfigurationError(
            "hydra.sweep.subdir: expected a folder of the job's own in the sweep's directory,"
            f" such as ${{hydra.job.num}}, got {text!r}"
        )


def task_overrides(hydra: DictConfig) -> list[str]:
    """Return the overrides of a composed configuration as given, interpolations and all."""
    overrides = OmegaConf.to_container(hydra.overrides.task, resolve=False)
    assert isinstance(overrides, list)
    return [str(override) for override in overrides]


@contextlib.contextmanager
def working_directory(hydra: Any, directories: RunDirectories) -> Iterator[None]:
    """Be in the run's directory, if `hydra.job.chdir` asks for it, until the end of the block."""
    if not hydra.job.chdir:
        yield
        return
    directory, before = Path(hydra.runtime.output_dir), run_directories.working_directory()
    if not directory.exists():
        make_directory(directory, for_caller("hydra.run.dir", "directory"))
        directories.add(directory)
    os.chdir(directory)
    try:
        yield
    finally:
        os.chdir(before)


def _of_hydra(overrides: Sequence[Override]) -> Iterator[tuple[Override, str]]:
    """Return the overrides of Hydra's part, each with the key below `hydra` that it sets."""
    for override in overrides:
        if not override.of_hydra:
            continue
        if len(override.path) > 1:
            yield override, override.path[1]
        elif isinstance(override.value, Mapping):
            for key in override.value:
                yield override, str(key)
