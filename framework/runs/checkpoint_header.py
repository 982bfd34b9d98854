"""What a checkpoint says of its run beside arrays and position: checked before it is used."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from framework.errors import RunError
from framework.runs.events import Failure


@dataclass(frozen=True)
class CheckpointHeader:
    """What a checkpoint says of its run beside arrays and position.

    Attributes
    ----------
    started, seconds : when the run started, and how long it had taken.
    versions : package → version.
    components : component → the distribution that brought it.
    products : what else decides the last digits: library, threads, instructions.
    modules : module listed in `plugins` → the hash of its text.
    stopped : why the run ends before its last epoch; '' when nothing decided so.
    stop_after : an epoch that must be over before it does.
    configuration : what the run was made from; None when the checkpoint does not say.
    failures : the callbacks that had failed.
    initial : what the weights that the run started from were.
    """

    started: str
    seconds: float
    versions: Mapping[str, str]
    components: Mapping[str, str]
    products: Mapping[str, str]
    modules: Mapping[str, str]
    stopped: str
    stop_after: int
    configuration: Mapping[str, Any] | None
    failures: tuple[Failure, ...]
    initial: Mapping[str, Any]


def read_header(about: Mapping[str, Any]) -> CheckpointHeader:
    """Read what a checkpoint says of its run.

    Raises
    ------
    RunError : naming the field that is missing or not what it must be.
    """
    seconds: Any = about.get("seconds")
    if type(seconds) not in (int, float) or not 0 <= seconds < math.inf:
        raise RunError(f"says seconds: {seconds!r}; expected a number of at least 0")
    after, configuration = about.get("stop_after", 0), about.get("configuration")
    if type(after) is not int or after < 0:
        raise RunError(f"says stop_after: {after!r}; expected an integer of at least 0")
    initial = about.get("initial", {})
    if not isinstance(initial, Mapping):
        raise RunError(f"says initial: {initial!r}; expected a mapping")
    return CheckpointHeader(
        started=_string(about, "started"),
        seconds=float(seconds),
        versions=_strings(about, "versions"),
        components=_strings(about, "components"),
        products=_strings(about, "products") if "products" in about else {},
        modules=_strings(about, "modules") if "modules" in about else {},
        stopped=_string(about, "stopped") if "stopped" in about else "",
        stop_after=after,
        configuration=configuration if isinstance(configuration, Mapping) else None,
        failures=failures_of(about.get("failures", [])),
        initial=initial,
    )


def failures_of(entries: object) -> tuple[Failure, ...]:
    """Read failed callbacks from what JSON keeps of them.

    Raises
    ------
    RunError : when it is not what it must be.
    """
    names = {field.name for field in fields(Failure)}
    if not isinstance(entries, list | tuple):
        raise RunError(f"says failures: {entries!r}; expected a list")
    failures = []
    for entry in entries:
        if not (isinstance(entry, Mapping) and entry.keys() == names and _all_strings(entry)):
            raise RunError(f"says of a failed callback {entry!r}; expected {', '.join(names)}")
        failures.append(Failure(**entry))
    return tuple(failures)


def _string(about: Mapping[str, Any], key: str) -> str:
    value = about.get(key)
    if not isinstance(value, str):
        raise RunError(f"says {key}: {value!r}; expected a string")
    return value


def _strings(about: Mapping[str, Any], key: str) -> Mapping[str, str]:
    value = about.get(key)
    if not (isinstance(value, Mapping) and _all_strings(value)):
        raise RunError(f"says {key}: {value!r}; expected strings by name")
    return dict(value)


def _all_strings(mapping: Mapping[Any, Any]) -> bool:
    return all(isinstance(text, str) for item in mapping.items() for text in item)
