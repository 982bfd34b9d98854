"""What a configuration from elsewhere may say, so that it runs no code and reads no secrets.

Hydra itself imports whatever `_target_` names in its own part of the configuration, builds loggers
from descriptions, sets environment variables. The framework's, the installed plugins' and Hydra's
own YAML may use that. A YAML file in a folder that the command line adds, and the command line,
may not: here they are read before Hydra composes them.
"""

from __future__ import annotations

import re
import typing
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import is_dataclass
from typing import Any, TypeGuard

import yaml
from hydra.conf import HydraConf
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.errors import HydraException

from framework.errors import ConfigurationError, nearest

_IMPORTS = ("_target_", "()")
_RESOLVERS = ("now", "hydra", "oc.select", "oc.dict.keys", "oc.dict.values")
_CLOSED = ("hydra.callbacks", "hydra.job_logging", "hydra.hydra_logging", "hydra.job.env_set")
_OPEN = ("hydra.run", "hydra.sweep", "hydra.mode", "hydra.sweeper", "hydra.job.name")
_OPEN_GROUPS = ("hydra/launcher", "hydra/sweeper")
_MOST_NODES = 100_000


def check_overrides(overrides: Sequence[str]) -> None:
    """Refuse overrides that would make Hydra run something.

    Raises
    ------
    ConfigurationError : naming the key.
    """
    for text in overrides:
        if "hydra" not in text:
            continue
        try:
            override = OverridesParser.create().parse_override(text)
            value = override.value()
        except HydraException:  # Hydra says so itself when it composes
            continue
        group = override.key_or_group.replace(".", "/").startswith("hydra/")
        if override.package and "hydra" in override.package.split(".") and not group:
            raise ConfigurationError(f"{text}: only Hydra's own groups can stand below hydra")
        if override.key_or_group == "hydra" and not isinstance(value, Mapping):
            raise ConfigurationError(f"hydra: expected keys below it, got {value!r}")
        for path in _paths(override.key_or_group, value):
            problem = _import(path) or _closed(path) or _unknown(path)
            if problem:
                raise ConfigurationError(f"{path}: {problem}")


def check_yaml(text: str, file: str, group: str = "", package: str | None = None) -> None:
    """Refuse a YAML file that would run something, read the environment, or exhaust memory.

    Parameters
    ----------
    text : its content.
    file : how a message names it.
    group : the config group it is in.
    package : where its header puts it, if it says.

    Raises
    ------
    ConfigurationError : naming the key, the file and the line.
    """
    try:
        root = yaml.compose(text, yaml.SafeLoader)
    except (yaml.YAMLError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        line = f":{mark.line + 1}" if mark else ""
        why = getattr(error, "problem", None) or "nested too deeply"
        raise ConfigurationError(f"{file}{line}: is not YAML: {why}") from error
    if root is None:
        return
    _size(root, file, {})
    if group.split("/")[0] == "hydra":
        raise ConfigurationError(f"{file}: only installed packages can add to Hydra's own groups")
    place = group.replace("/", ".") if package is None else package
    place = place.replace("_group_", group.replace("/", "."))
    prefix = place.removeprefix("_global_").strip(".")
    for path, node in _walk(root, prefix):
        where = f"({file}:{node.start_mark.line + 1})"
        problem = _import(path) or (_below_hydra(path, node) if _in_hydra(path) else "")
        if isinstance(node, yaml.ScalarNode):
            problem = problem or _resolver(node.value)
        if problem:
            raise ConfigurationError(f"{path}: {problem} {where}")
    _check_defaults(root, file)


def _walk(node: yaml.Node, path: str) -> Iterator[tuple[str, yaml.Node]]:
    yield path, node
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            name = key.value if isinstance(key.value, str) else "?"
            yield from _walk(value, f"{path}.{name}" if path else name)
    elif isinstance(node, yaml.SequenceNode):
        for i, value in enumerate(node.value):
            yield from _walk(value, f"{path}[{i}]")


def _size(node: yaml.Node, file: str, known: dict[int, int]) -> int:
    """Count the nodes a file expands to, its aliases written out."""
    if id(node) not in known:
        known[id(node)] = _MOST_NODES  # an alias to a node around it never ends
        parts: list[Any] = node.value if isinstance(node, yaml.CollectionNode) else []
        inner = [n for p in parts for n in (p if isinstance(p, tuple) else (p,))]
        known[id(node)] = 1 + sum(_size(n, file, known) for n in inner)
    if known[id(node)] >= _MOST_NODES:
        line = node.start_mark.line + 1
        raise ConfigurationError(f"{file}:{line}: expands to more than {_MOST_NODES:,} values")
    return known[id(node)]


def defaults_of(root: yaml.Node | None) -> Iterator[tuple[int, str, str]]:
    """Give the entries of a file's defaults list: line, group with its package, choice."""
    lists = [v for k, v in root.value if k.value == "defaults"] if _is_mapping(root) else []
    for entry in (one for node in lists if isinstance(node.value, list) for one in node.value):
        line = entry.start_mark.line + 1
        if isinstance(entry, yaml.ScalarNode):
            name, _, package = entry.value.partition("@")
            group, _, choice = name.rpartition("/")
            yield line, _bare(f"{group}@{package}"), choice
        for key, value in entry.value if _is_mapping(entry) else ():
            for one in value.value if isinstance(value, yaml.SequenceNode) else [value]:
                yield line, _bare(str(key.value)), str(one.value)


def _bare(group: str) -> str:
    return group.split(" ")[-1].lstrip("/")


def _is_mapping(node: yaml.Node | None) -> TypeGuard[yaml.MappingNode]:
    return isinstance(node, yaml.MappingNode)


def _check_defaults(root: yaml.Node, file: str) -> None:
    for line, key, choice in defaults_of(root):
        group, _, package = key.partition("@")
        problem = ""
        if ".." in [*group.split("/"), *choice.split("/")]:
            problem = "a choice lies in a folder of YAML"
        elif "hydra" in package.split("."):
            problem = "nothing can be put below hydra"
        elif group.split("/")[0] == "hydra" and not group.startswith(_OPEN_GROUPS):
            problem = f"a YAML file can only choose {' and '.join(_OPEN_GROUPS)}"
        if problem:
            raise ConfigurationError(f"defaults: {key}: {choice}: {problem} ({file}:{line})")


def _paths(path: str, value: object) -> Iterator[str]:
    yield path
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _paths(f"{path}.{key}", inner)
    elif isinstance(value, list):
        for i, inner in enumerate(value):
            yield from _paths(f"{path}[{i}]", inner)


def _in_hydra(path: str) -> bool:
    return re.split(r"[.\[]", path)[0] == "hydra"


def _import(path: str) -> str:
    if any(part in _IMPORTS for part in re.split(r"[.\[\]]+", path)):
        return "a configuration cannot name a Python object"
    return ""


def _unknown(path: str) -> str:
    """Say that Hydra's part has no such key, which an override with `+` would get past."""
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


def _closed(path: str) -> str:
    """Say why the command line cannot set a key of Hydra's."""
    if path.startswith("hydra.searchpath"):
        return "cannot be set; add a folder of YAML with --config-dir"
    if any(path == key or path.startswith(f"{key}.") for key in _CLOSED):
        return "cannot be set; Hydra would run what it names"
    return _swept(path)


def _swept(path: str) -> str:
    """A sweeper's parameters are overrides; they have to be as harmless."""
    key = path.partition("hydra.sweeper.params.")[2]
    return "cannot be swept over" if "hydra" in re.split(r"[^\w]+", key) else ""


def _below_hydra(path: str, node: yaml.Node) -> str:
    """Say why a YAML file cannot set a key of Hydra's."""
    if isinstance(node, yaml.MappingNode) and not _swept(path):
        return ""
    number = isinstance(node, yaml.ScalarNode) and node.tag.rpartition(":")[2] in (
        "int",
        "float",
        "bool",
        "null",
    )
    if number and path.startswith("hydra.launcher."):
        return ""
    if any(path == key or path.startswith((f"{key}.", f"{key}[")) for key in _OPEN):
        return _swept(path)
    return "only the command line or an installed package can set this"


def _resolver(text: str) -> str:
    """Say which resolver in a text is not for a stranger's file."""
    for name, end in re.findall(r"\$\{([^:${}]*)(\$\{|:|\}|$)", text):
        if end == "${":
            return "one interpolation inside another is not read from a file"
        if end == ":" and name.strip() not in _RESOLVERS:
            return f"the resolver '{name.strip()}' is not read from a file"
    return ""
