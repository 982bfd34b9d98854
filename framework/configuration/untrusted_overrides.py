"""What a command line may say, which somebody may have been made to paste.

It can set more of Hydra's part than a YAML file can, and nothing that Hydra would import.
"""

from __future__ import annotations

import re
import typing
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import is_dataclass
from functools import lru_cache
from typing import Any

from hydra.conf import HydraConf
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.errors import HydraException

from framework.errors import ConfigurationError
from framework.text import nearest

CLOSED = (
    "hydra.callbacks",
    "hydra.job_logging",
    "hydra.hydra_logging",
    "hydra.job.env_set",
    "hydra.sweeper.custom_search_space",
)
_IMPORTS = ("_target_", "()")


def check_overrides(overrides: Sequence[str]) -> None:
    """Refuse overrides that would make Hydra run something.

    Raises
    ------
    ConfigurationError : naming the key.
    """
    for text in overrides:
        if "hydra" in text or any(name in text for name in _IMPORTS):
            _check(text)


def names_object(parts: Sequence[str]) -> bool:
    """Whether one of these keys has Hydra or logging look a Python object up."""
    return any(part in _IMPORTS for part in parts)


def swept(key: str, value: object, *, from_file: bool) -> str:
    """Return why a sweeper's parameter, which becomes an override, is not as harmless as others."""
    text = f"{key}={value}"
    if from_file and "\\" in text:  # Hydra takes it off, and what it hid appears
        return "a value with a backslash cannot be swept over"
    try:
        override = OverridesParser.create().parse_override(text)
    except HydraException:  # Hydra says so itself when it sweeps
        return "cannot be swept over" if "hydra" in re.split(r"[^\w]+", key) else ""
    words = {re.split(r"[./]", override.key_or_group)[0]}
    words |= set((override.package or "").split("."))
    if "hydra" in words or names_object(re.split(r"[.\[\]]+", key)):
        return "cannot be swept over"
    if from_file and words & {"plugins", "job"}:
        return "cannot be swept over from a file; the command line can"
    return ""


@lru_cache(maxsize=4096)
def _check(text: str) -> None:
    try:
        override = OverridesParser.create().parse_override(text)
        value = override.value()
    except HydraException:  # Hydra says so itself when it composes
        return
    group = override.key_or_group.replace(".", "/").startswith("hydra/")
    if override.package and "hydra" in override.package.split(".") and not group:
        raise ConfigurationError(f"{text}: only Hydra's own groups can stand below hydra")
    if override.key_or_group == "hydra" and not isinstance(value, Mapping):
        raise ConfigurationError(f"hydra: expected keys below it, got {value!r}")
    for path, inner in _paths(override.key_or_group, value):
        problem = _import(path) or _closed(path, inner) or _unknown(path)
        if problem:
            raise ConfigurationError(f"{path}: {problem}")


def _paths(path: str, value: object) -> Iterator[tuple[str, object]]:
    yield path, value
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _paths(f"{path}.{key}", inner)
    elif isinstance(value, list):
        for i, inner in enumerate(value):
            yield from _paths(f"{path}[{i}]", inner)


def _import(path: str) -> str:
    if names_object(re.split(r"[.\[\]]+", path)):
        return "a configuration cannot name a Python object"
    return ""


def _unknown(path: str) -> str:
    """Return that Hydra's part has no such key, which an override with `+` would get past."""
    words = re.split(r"[.\[]", path)
    below: Any = HydraConf if words[0] == "hydra" else None
    for i, word in enumerate(words[1:], start=1):
        if not is_dataclass(below):
            break
        known = typing.get_type_hints(below)
        if word not in known:
            return f"there is no such key in {'.'.join(words[:i])}; {nearest(word, known)}"
        below = known[word]
    return ""


def _closed(path: str, value: object) -> str:
    """Return why the command line cannot set a key of Hydra's."""
    if path.startswith("hydra.searchpath"):
        return "cannot be set; add a folder of YAML with --config-dir"
    if any(path == key or path.startswith((f"{key}.", f"{key}[")) for key in CLOSED):
        return "cannot be set; Hydra would run what it names"
    key = path.partition("hydra.sweeper.params.")[2]
    return swept(key, value, from_file=False) if key else ""
