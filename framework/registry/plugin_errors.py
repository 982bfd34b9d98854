"""Catching what a plugin's code raises at work: which plugin's it is, as a line that names it.

Told from where an error was raised, never from what was raised. What a plugin raises while it is
loaded is caught in `loading.py`; the line is printed in `app.py`.
"""

from __future__ import annotations

import contextlib
import traceback
from collections.abc import Iterator
from types import FrameType

from framework.errors import FrameworkError, PluginError
from framework.registry.origin import Entry
from framework.registry.registry import Registry
from framework.text import describe, short_path
from framework.version import DISTRIBUTION

_OURS = __name__.split(".")[0]


@contextlib.contextmanager
def naming_the_plugin(registry: Registry) -> Iterator[None]:
    """Turn what a third party's component raises in the block into an error that names it.

    Raises
    ------
    PluginError : "layer 'swish' (zoo==1.2): ValueError: … (zoo/swish.py:12)".
    """
    try:
        yield
    except (FrameworkError, KeyboardInterrupt):
        raise
    except BaseException as error:
        named = plugin_error(error, registry)
        if named is None:
            raise
        raise named from error


def plugin_error(error: BaseException, registry: Registry) -> PluginError | None:
    """Return the error that names whose component raised one; None when no third party's did."""
    if isinstance(error, FrameworkError | KeyboardInterrupt):
        return None
    frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__)]
    if not isinstance(error, Exception) and not (frames and _third_party(registry, frames[-1])):
        return None  # the program's end, called for by a signal's handler, say
    for frame in reversed(frames):
        entry = _component_in(registry, frame)
        if entry is not None:
            whose = f"{entry.kind.name.replace('_', ' ')} '{entry.name}' ({entry.origin})"
            if isinstance(error, NotImplementedError) and not _third_party(registry, frames[-1]):
                return PluginError(f"{whose}: lacks the method {frames[-1].f_code.co_name}")
            return PluginError(f"{whose}: {describe(error)}")
    for frame in reversed(frames):
        origin = _third_party(registry, frame)
        if origin:
            return PluginError(f"{origin}: {describe(error)}")
    return None


def raised_in(error: BaseException, registry: Registry) -> str:
    """Return in whose plugin an error was raised, the innermost, and where; '' in nobody's."""
    packages = {e.module.split(".")[0]: e.origin for e in registry.entries.values()}
    packages.pop(_OURS, None)
    for frame, line in reversed(list(traceback.walk_tb(error.__traceback__))):
        origin = packages.get(str(frame.f_globals.get("__name__")).split(".")[0])
        if origin is not None:
            return f", in {origin}, {short_path(frame.f_code.co_filename)}:{line}"
    return ""


def _component_in(registry: Registry, frame: FrameType) -> Entry | None:
    """Return the third party's component whose method a frame is in."""
    code = frame.f_code
    first = code.co_varnames[0] if code.co_argcount else ""
    owner = frame.f_locals.get(first)
    kind = owner if isinstance(owner, type) else type(owner)
    for entry in registry.entries.values():
        if entry.is_of(kind) and entry.origin.distribution != DISTRIBUTION:
            return entry
    return None


def _third_party(registry: Registry, frame: FrameType) -> str:
    """Return which third party a frame's module is of; '' for none."""
    package = str(frame.f_globals.get("__name__")).split(".")[0]
    for entry in registry.entries.values():
        theirs = entry.origin.distribution != DISTRIBUTION and package != _OURS
        if theirs and entry.module.split(".")[0] == package:
            return str(entry.origin)
    return ""
