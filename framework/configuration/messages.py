"""One line for a mistake in the configuration: what, where, and the nearest valid name.

`framework.text.nearest` finds that name, `value_sources.py` the place.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

import yaml
from hydra.errors import HydraException, MissingConfigException, OverrideParseException
from omegaconf.errors import ConfigAttributeError, ConfigKeyError, OmegaConfBaseException

from framework.configuration.choices import groups, hydra_groups
from framework.configuration.composer import Composer
from framework.configuration.hydra_state import hydra_state
from framework.configuration.launchers import why_missing
from framework.configuration.override import Override, readable
from framework.configuration.value_sources import COMMAND_LINE, Origins
from framework.configuration.workspace import scratch
from framework.configuration.yaml_slips import slip
from framework.errors import ConfigurationError, FrameworkError, PluginError
from framework.registry.plugin_errors import raised_in
from framework.registry.registry import Registry
from framework.text import nearest, short_path

_TRACED = (ConfigurationError, PluginError)  # a line of these may begin with a key


def user_message(
    error: BaseException, registry: Registry, overrides: Sequence[str], name: str = "config"
) -> str | None:
    """Return what a user did wrong, or None when the error is not a user's mistake.

    Parameters
    ----------
    error : what was raised.
    registry : the components, and the folders in which choices lie.
    overrides : those of the command line.
    name : the primary configuration.
    """
    causes = _causes(error)
    for cause in causes:
        if isinstance(cause, _TRACED):
            break
        if isinstance(cause, FrameworkError):
            return str(cause)
        if isinstance(cause, yaml.MarkedYAMLError) and cause.problem_mark is not None:
            mark = cause.problem_mark
            return f"{short_path(mark.name)}:{mark.line + 1}: is not YAML: {cause.problem}"
        if isinstance(cause, OSError) and not isinstance(cause, MissingConfigException):
            where = f"{cause.filename}: " if cause.filename else ""
            return f"{where}{cause.strerror or cause}"
    wrong = (*_TRACED, HydraException, OmegaConfBaseException)
    if not any(isinstance(cause, wrong) for cause in causes):
        return next((line for cause in causes if (line := input_limit(cause))), None)
    with scratch(registry) as workspace, hydra_state(workspace):
        added = registry.folders
        places = [added.before, *(folder for _, folder in registry.yaml()), added.behind]
        folders = [folder for folder in places if folder is not None]
        origins = Origins(overrides, name, folders, Composer(added))
        return _Explanation(registry, origins).line(error, causes)


def bug_message(error: BaseException, registry: Registry) -> str:
    """Return what was raised that nobody thought of, and by whose code."""
    return f"unexpected {type(error).__name__}: {error}{raised_in(error, registry)}"


def input_limit(error: BaseException) -> str | None:
    """Return what an input too large, too deep or no text did to Python; None for other errors.

    >>> input_limit(MemoryError("Unable to allocate 8 TiB"))
    'out of memory: Unable to allocate 8 TiB'
    """
    if isinstance(error, MemoryError):
        return f"out of memory: {error}" if str(error) else "out of memory"
    if isinstance(error, RecursionError):
        return "the configuration is nested too deeply, or refers to itself"
    if isinstance(error, yaml.MarkedYAMLError):
        line = f", line {error.problem_mark.line + 1}" if error.problem_mark else ""
        return f"a file of the configuration{line}: is not plain YAML: {error.problem}"
    if isinstance(error, yaml.YAMLError):
        return f"a file of the configuration: is not YAML: {str(error).splitlines()[0]}"
    if isinstance(error, UnicodeDecodeError):
        return f"a file of the configuration: is not text in UTF-8: {error.reason}"
    if isinstance(error, ValueError) and "integer string conversion" in str(error):
        return "a number has too many digits"
    return None


class _Explanation:
    def __init__(self, registry: Registry, origins: Origins) -> None:
        self._registry = registry
        self._origins = origins
        self._groups = groups(registry)

    def line(self, error: BaseException, causes: Sequence[BaseException]) -> str:
        slipped = slip(self._origins.overrides, self._origins.folders, self._groups)
        if slipped:
            return slipped
        for cause in causes:
            if isinstance(cause, _TRACED):
                return "\n".join(map(self._traced, str(cause).splitlines()))
        if isinstance(error, OverrideParseException):
            return f"{error.override}: is not an override; expected key=value ({_first(error)})"
        if isinstance(error, MissingConfigException):
            return self._choice(error)
        for cause in causes:
            if isinstance(cause, OmegaConfBaseException) and cause.full_key:
                return self._key(cause)
        return self._override(error)

    def _traced(self, line: str) -> str:
        """Put behind a line where the value came from whose key it begins with."""
        key, colon, _ = line.partition(": ")
        known = line.endswith(")") and re.search(r"\([^()]*:\d+\)$", line)
        if not colon or known or not re.fullmatch(r"[\w.\[\]-]+", key):
            return line
        start, none, _ = line.partition("there is no such key; one of")
        near = nearest(key, [group for group in self._groups if "/" not in group])
        if none and near.startswith("did"):  # a group, which is no key until something is chosen
            line = f"{start}there is no such key; {near}"
        return line + self._origins.of_key(key, line.removeprefix(key))

    def _choice(self, error: MissingConfigException) -> str:
        missing = (error.missing_cfg_file or "").removesuffix(".yaml")
        groups = self._all_groups(missing)
        group = self._origins.group_of(missing) or missing.rpartition("/")[0]
        while group and group not in groups:  # experiment/reference/typo: the group is experiment
            group = group.rpartition("/")[0]
        name = missing.removeprefix(f"{group}/")
        absent = why_missing(group, name)
        parent = re.match(r"In '([^']+)'", str(error))  # the file whose defaults list names it
        place = self._origins.of_choice(missing, parent[1] if parent else "")
        if not group:
            primary = {f.stem for folder in self._origins.folders for f in folder.glob("*.yaml")}
            valid: Iterable[str] = groups if "/" in missing or parent else primary
            return f"{name}: there is no such configuration; {nearest(name, valid)}{place}"
        if absent:
            return f"{group}={name}: {absent}{place}"
        near = self._registry.nearest(name, groups[group])
        return f"{group}={name}: there is no such choice; {near}{place}"

    def _key(self, cause: OmegaConfBaseException) -> str:
        key = str(cause.full_key)
        if "/" in key:
            groups = self._all_groups(key)
            return f"{key}: there is no such group; {nearest(key, groups)}{COMMAND_LINE}"
        place = self._origins.of_key(key)
        if not isinstance(cause, ConfigAttributeError | ConfigKeyError):
            return f"{key}: {_first(cause)}{place}"
        valid: set[str] = set()
        if isinstance(cause.parent_node, Mapping):
            valid = {str(k) for k in cause.parent_node if not str(k).startswith("_")}
        if "." not in key:
            valid |= {g for g in self._groups if "/" not in g}
        owner, _, last = key.rpartition(".")
        inside = f" in {owner}" if owner else ""
        return f"{key}: there is no such key{inside}; {nearest(last, valid)}{place}"

    def _override(self, error: BaseException) -> str:
        text = " ".join(str(error).split())
        refused = re.search(r"(?:override|Could not (?:append|delete)[^']*) '([^']+)'", text)
        if refused and ("No match in the defaults list" in text or "Did you mean to" in text):
            named = refused[1]  # it may be a file's defaults list that says so
            group = Override.parse(named if "=" in named else f"{named}=").key
            if group in self._groups:
                add = f"nothing is there to override; to add it write +{named}"
                return f"{named}: {add}{COMMAND_LINE}"
            near = nearest(group, self._all_groups(group))
            return f"{named}: there is no such group; {near}{COMMAND_LINE}"
        taken = re.search(r"Could not append to config\. An item is already at '([^']+)'", text)
        if taken:
            key, group = taken[1], taken[1].replace(".", "/")
            chosen = f", or {group}=… to choose one" if group in self._groups else ""
            return f"+{key}: is there already; write {key}=…, without +{chosen}{COMMAND_LINE}"
        for override in readable(self._origins.overrides):
            if override.prefix == "~" and override.key not in self._all_groups(override.key):
                line = self._not_deletable(override)
                if line:
                    return f"{line}{COMMAND_LINE}"
        return text

    def _not_deletable(self, override: Override) -> str:
        """Return why there is nothing to delete; '' when there is something."""
        owner, _, last = override.key.rpartition(".")
        content = self._origins.content_of(owner)
        if last not in content:
            return f"~{override.key}: there is no such key; {nearest(last, content)}"
        if content[last] is None:
            why = "its value is null, which is as good as none: there is nothing to delete"
            return f"~{override.key}: {why}"
        return ""

    def _all_groups(self, name: str) -> Mapping[str, set[str]]:
        """Return the groups that a name may be of: Hydra's own only when it begins so."""
        return hydra_groups(self._registry) if name.startswith("hydra/") else self._groups


def _causes(error: BaseException | None) -> list[BaseException]:
    causes: list[BaseException] = []
    while error is not None and error not in causes:
        causes.append(error)
        error = error.__cause__ or error.__context__
    return causes


def _first(error: BaseException) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[0] if lines else type(error).__name__
