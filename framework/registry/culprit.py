"""Whose code raised an error: told from where it was raised, never from what was raised."""

from __future__ import annotations

import contextlib
import traceback
from collections.abc import Iterator
from types import FrameType

from framework.errors import FrameworkError, PluginError
from framework.registry.registry import Entry, Registry
from framework.text import describe
from framework.version import DISTRIBUTION

_OURS = __name__.split(".")[0]


@contextlib.contextmanager
def blaming(registry: Registry) -> Iterator[None]:
    """Turn what a third party's component raises in the block into a line that names it.

    Raises
    ------
    PluginError : "layer 'swish' (zoo==1.2): ValueError: … (zoo/swish.py:12)".
    """
    try:
        yield
    except (FrameworkError, KeyboardInterrupt):
        raise
    except BaseException as error:
        line = blamed(error, registry)
        if line is None:
            raise
        raise line from error


def blamed(error: BaseException, registry: Registry) -> PluginError | None:
    """Give the line for an error of a third party's component; None when it is nobody's of them."""
    if isinstance(error, FrameworkError | KeyboardInterrupt):
        return None
    frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__)]
    if not isinstance(error, Exception) and not (frames and _modules(registry, frames[-1])):
        return None  # the program's end, called for by a signal's handler, say
    for frame in reversed(frames):
        entry = _component(registry, frame)
        if entry is not None:
            whose = f"{entry.kind.name.replace('_', ' ')} '{entry.name}' ({entry.origin})"
            if isinstance(error, NotImplementedError) and not _modules(registry, frames[-1]):
                return PluginError(f"{whose}: lacks the method {frames[-1].f_code.co_name}")
            return PluginError(f"{whose}: {describe(error)}")
    for frame in reversed(frames):
        origin = _modules(registry, frame)
        if origin:
            return PluginError(f"{origin}: {describe(error)}")
    return None


def _component(registry: Registry, frame: FrameType) -> Entry | None:
    """Give the third party's component whose method a frame is in."""
    code = frame.f_code
    first = code.co_varnames[0] if code.co_argcount else ""
    owner = frame.f_locals.get(first)
    kind = owner if isinstance(owner, type) else type(owner)
    for entry in registry.entries.values():
        if entry.component is kind and entry.origin.distribution != DISTRIBUTION:
            return entry
    return None


def _modules(registry: Registry, frame: FrameType) -> str:
    """Say which third party a frame's module is of; '' for none."""
    package = str(frame.f_globals.get("__name__")).split(".")[0]
    for entry in registry.entries.values():
        theirs = entry.origin.distribution != DISTRIBUTION and package != _OURS
        if theirs and entry.component.__module__.split(".")[0] == package:
            return str(entry.origin)
    return ""
