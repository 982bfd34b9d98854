"""What a YAML file from elsewhere may say, so that it runs no code and reads no secrets.

Hydra itself imports whatever `_target_` names in its own part of the configuration, builds loggers
from descriptions, sets environment variables. The framework's, the installed plugins' and Hydra's
own YAML may use that. A file in a folder that the command line adds may not. It is judged by the
container that Hydra will merge, with its merge keys resolved and its package applied, never by
its text: first when it is read, then again where the defaults list puts it (`composer.py`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml
from hydra.core.default_element import ConfigDefault, GroupDefault, InputDefault
from omegaconf import DictConfig, ListConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from framework.configuration.untrusted_overrides import names_object, swept
from framework.configuration.yaml_lines import locate
from framework.errors import ConfigurationError
from framework.process.caller import for_caller
from framework.text import one_line, short_path

_LARGEST = 1 << 18  # bytes of a file
_MOST_NODES = 100_000
_RESOLVERS = ("now", "hydra", "oc.select", "oc.dict.keys", "oc.dict.values")
_OPEN_GROUPS = ("hydra/launcher", "hydra/sweeper")
_NUMBER = (bool, int, float, type(None))
_USERS_WORD = ("job", "plugins")


def read_yaml(file: Path, group: str) -> tuple[str, DictConfig | ListConfig]:
    """Read a file of the command line's folders; refuse what runs, reads secrets, or is too much.

    Parameters
    ----------
    group : the first part of the config group it is in.

    Returns
    -------
    text : its content.
    node : what Hydra will merge.

    Raises
    ------
    ConfigurationError : naming the key, the file and the line.
    """
    name = short_path(str(file))
    if group == "hydra":
        raise ConfigurationError(f"{name}: only installed packages can add to Hydra's own groups")
    if file.stat().st_size > _LARGEST:
        raise ConfigurationError(f"{name}: is larger than a choice, {_LARGEST:,} bytes at most")
    try:
        text = file.read_text(encoding="utf-8")
        root = _tree(text, name)
        node = OmegaConf.create(text) if text.strip() else OmegaConf.create()
        content = OmegaConf.to_container(node, resolve=False)
    except (ValueError, yaml.YAMLError, OmegaConfBaseException) as error:
        raise ConfigurationError(f"{name}: cannot be read: {one_line(error)}") from error
    for parts, value in _leaves(content):
        problem = "a configuration cannot name a Python object" if names_object(parts) else ""
        if isinstance(value, str):
            problem = problem or _resolver(value)
        if parts[:1] == ["hydra"]:  # Hydra reads its search path from here, before it is placed
            problem = problem or _below_hydra(parts, value)
        if problem:
            _refuse(parts, problem, name, root, parts)
    return text, node


def check_placed(node: object, package: str, file: Path, *, modules_are_named: bool = True) -> None:
    """Refuse a file whose values would end where only the user or an installed package may write.

    Parameters
    ----------
    node : the container that is merged into the whole, at the top.
    package : where in it the file's own content begins.
    modules_are_named : whether the command line says which `plugins` are loaded.

    Raises
    ------
    ConfigurationError : naming the key, the file and the line.
    """
    if not isinstance(node, DictConfig):
        return
    content = OmegaConf.to_container(node, resolve=False)
    assert isinstance(content, dict)
    prefix = [part for part in re.split(r"[.\[\]]+", package) if part]
    for parts, value in _leaves(content):
        problem = _below_hydra(parts, value) if parts[:1] == ["hydra"] else ""
        if parts[:1] == ["job"]:
            problem = "only the command line chooses what is done, such as job=check"
        if parts[:1] == ["plugins"] and value and not modules_are_named:
            named = content["plugins"]
            modules = [str(name) for name in named] if isinstance(named, list) else []
            plain = modules and all(re.fullmatch(r"[\w.]+", name) for name in modules)
            listed = ",".join(modules) if plain else "…"
            problem = f"a file cannot load modules; to trust it add plugins=[{listed}]"
            problem += for_caller(" to the command line", " to the overrides")
        if problem:
            tree = _tree(file.read_text(encoding="utf-8"), short_path(str(file)))
            _refuse(parts, problem, short_path(str(file)), tree, parts[len(prefix) :])


def check_defaults(defaults: Sequence[InputDefault], config_path: str, file: Path) -> None:
    """Refuse a defaults list that chooses what a file may not choose.

    Parameters
    ----------
    defaults : as Hydra read it.
    config_path : the group and name of the file it is in.

    Raises
    ------
    ConfigurationError : naming the choice, the file and the line.
    """
    for i, entry in enumerate(defaults):
        if isinstance(entry, GroupDefault):
            group, values = str(entry.group), entry.value
            names = [str(v) for v in values] if isinstance(values, list) else [str(values)]
        elif isinstance(entry, ConfigDefault) and not entry.is_self():
            group, _, name = str(entry.path).rpartition("/")
            names = [name]
        else:
            continue
        above = "" if group.startswith("/") else config_path.rpartition("/")[0]
        path = f"{above}/{group.removeprefix('/')}".strip("/")
        parts, package = path.split("/"), entry.package or ""
        texts = (group, package, *names)
        problem = next((why for text in texts if (why := _resolver(text))), "")
        if ".." in [*parts, *(part for name in names for part in name.split("/"))]:
            problem = "a choice lies in a folder of YAML"
        elif "hydra" in re.split(r"[.\[\]]+", _placed(package)):
            problem = "nothing can be put below hydra"
        elif parts[0] == "hydra" and not path.startswith(_OPEN_GROUPS):
            problem = f"a YAML file can only choose {' and '.join(_OPEN_GROUPS)}"
        elif parts[0] in _USERS_WORD:
            problem = f"only the command line chooses this, such as {path}={names[0]}"
        if problem:
            root = _tree(file.read_text(encoding="utf-8"), short_path(str(file)))
            where = ["defaults", str(i)]
            _refuse(["defaults"], f"{path}: {', '.join(names)}: {problem}", str(file), root, where)


def _placed(package: str) -> str:
    """Return a package from the last word for the top on, as Hydra does."""
    start = package.rfind("_global_")
    return package if start < 0 else package[start + len("_global_.") :]


def _refuse(
    parts: Sequence[str], problem: str, file: str, root: yaml.Node | None, within: Sequence[str]
) -> None:
    depth, line = locate(root, within)
    at = f":{line}" if depth else ""
    raise ConfigurationError(f"{_dotted(parts)}: {problem} ({short_path(file)}{at})")


def _dotted(parts: Sequence[str]) -> str:
    return re.sub(r"\.(\d+)(?=\.|$)", r"[\1]", ".".join(parts))


def _leaves(node: object, parts: tuple[str, ...] = ()) -> Iterator[tuple[list[str], object]]:
    """Return every value by the keys above it; an empty mapping or list is a value, too."""
    if isinstance(node, Mapping) and node:
        for key, value in node.items():
            yield from _leaves(value, (*parts, str(key)))
    elif isinstance(node, list) and node:
        for i, value in enumerate(node):
            yield from _leaves(value, (*parts, str(i)))
    else:
        yield list(parts), node


def _below_hydra(parts: Sequence[str], value: object) -> str:
    """Return why a YAML file cannot set a key of Hydra's to a value."""
    path = ".".join(parts[1:])
    if value == {}:  # merges to nothing
        return ""
    if path == "mode":
        return "" if value in ("RUN", "MULTIRUN", None) else "expected RUN or MULTIRUN"
    if path in ("run.dir", "sweep.dir", "sweep.subdir", "job.name"):
        return "" if isinstance(value, str | int | float) else "expected a string"
    if path.startswith("sweeper.params."):
        return swept(path.removeprefix("sweeper.params."), value, from_file=True)
    space = re.fullmatch(r"sweeper\.search_space\.(.+)\.(?:choices\.\d+|(type))", path)
    if space:
        return "" if space[2] else swept(space[1], value, from_file=True)
    if path in ("sweeper.direction", "sweeper.study_name") and re.fullmatch(r"[\w-]+", str(value)):
        return ""
    number = isinstance(value, _NUMBER) or value == []
    if number and parts[1:2] in (["launcher"], ["sweeper"]):
        return ""
    return "only the command line or an installed package can set this"


def _resolver(text: str) -> str:
    """Return which resolver in a text is not for an untrusted file."""
    for name, end in re.findall(r"\$\{([^:${}]*)(\$\{|:|\}|$)", text):
        if end == "${":
            return "one interpolation inside another is not read from a file"
        if end == ":" and name.strip() not in _RESOLVERS:
            return f"the resolver '{name.strip()}' is not read from a file"
    for wide in re.findall(r"\$\{\s*now\s*:[^}]*%[^A-Za-z%]*\d", text):
        return f"{wide.strip()}…: a time is not written with a width"
    return ""


def _tree(text: str, name: str) -> yaml.Node | None:
    """Read a string as nodes, and see that they do not expand beyond measure.

    Raises
    ------
    ConfigurationError : when they do, or it is no YAML.
    """
    try:
        root: yaml.Node | None = yaml.compose(text, yaml.SafeLoader)
    except (yaml.YAMLError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        line = f":{mark.line + 1}" if mark else ""
        why = getattr(error, "problem", None) or "nested too deeply"
        raise ConfigurationError(f"{name}{line}: is not YAML: {why}") from error
    if root is not None:
        _size(root, name, {})
    return root


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
