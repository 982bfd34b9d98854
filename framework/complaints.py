"""One line for a mistake that Hydra or OmegaConf found: what, where, and the nearest valid name."""

from __future__ import annotations

import re
from collections.abc import Mapping

from hydra.errors import HydraException, MissingConfigException, OverrideParseException
from omegaconf.errors import OmegaConfBaseException

from framework.errors import FrameworkError, nearest
from framework.faults import fault


def complaint(error: BaseException, groups: Mapping[str, set[str]]) -> str | None:
    """Say what a user did wrong, or None when the error is not a user's mistake.

    Parameters
    ----------
    error : what was raised.
    groups : the config groups and their choices, for suggestions.
    """
    if isinstance(error, FrameworkError):
        return str(error)
    for cause in _causes(error):
        if isinstance(cause, FrameworkError):
            return str(cause)
        if isinstance(cause, OSError) and not isinstance(cause, MissingConfigException):
            name = f"{cause.filename}: " if cause.filename else ""
            return f"{name}{cause.strerror or cause}"
    if isinstance(error, OverrideParseException):
        return f"{error.override}: is not an override; expected key=value ({_line(error)})"
    if isinstance(error, MissingConfigException):
        return _choice(error, groups)
    for cause in _causes(error):
        if isinstance(cause, OmegaConfBaseException) and cause.full_key:
            return _key(cause, error, groups)
    if isinstance(error, HydraException | OmegaConfBaseException):
        return _override(error, groups)
    return next((line for cause in _causes(error) if (line := fault(cause))), None)


def _choice(error: MissingConfigException, groups: Mapping[str, set[str]]) -> str:
    group, _, name = (error.missing_cfg_file or "").rpartition("/")
    while group and group not in groups:  # experiment/reference/typo: the group is experiment
        group, _, front = group.rpartition("/")
        name = f"{front}/{name}"
    if not group:
        return f"{name}: there is no such configuration; {nearest(name, groups)}"
    choices = groups[group]
    parent, _, _ = group.rpartition("/")
    wider = groups.get(parent, set()) if not nearest(name, choices).startswith("did") else set()
    near = nearest(f"{group.removeprefix(parent + '/')}/{name}", wider) if wider else ""
    hint = near if near.startswith("did") else nearest(name, choices)
    return f"{group}={name}: there is no such choice; {hint}"


def _key(
    cause: OmegaConfBaseException, error: BaseException, groups: Mapping[str, set[str]]
) -> str:
    key = str(cause.full_key)
    if "/" in key:
        return f"{key}: there is no such group; {nearest(key, groups)}"
    valid: set[str] = set()
    parent = cause.parent_node
    if isinstance(parent, Mapping):
        valid = {str(k) for k in parent}
    if "." not in key:
        valid |= {g for g in groups if "/" not in g}
    if "not in struct" in str(cause):
        owner = key.rpartition(".")[0]
        inside = f" in {owner}" if owner else ""
        return f"{key}: there is no such key{inside}; {nearest(key.rpartition('.')[2], valid)}"
    return f"{key}: {_line(cause)}"


def _override(error: BaseException, groups: Mapping[str, set[str]]) -> str:
    found = re.search(r"(?:override|Could not (?:append|delete)[^']*) '([^']+)'", str(error))
    if found and "No match in the defaults list" in str(error):
        group = found[1].split("=")[0].split("@")[0]
        return f"{found[1]}: there is no such group; {nearest(group, groups)}"
    return _line(error)


def _causes(error: BaseException | None) -> list[BaseException]:
    found: list[BaseException] = []
    while error is not None and error not in found:
        found.append(error)
        error = error.__cause__ or error.__context__
    return found


def _line(error: BaseException) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[0] if lines else type(error).__name__
