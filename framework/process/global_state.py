"""What code changes for the whole process, noticed and put back: a plugin's import moves no run."""

from __future__ import annotations

import contextlib
import locale
import logging
import operator
import os
import signal
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

_NAMES = ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")
_SIGNALS = [s for n in _NAMES if (s := getattr(signal, n, None))]


@dataclass(frozen=True)
class Watched:
    """Something of the process: how it is read and put back, and when it is the same."""

    what: str
    read: Callable[[], Any]
    put: Callable[[Any], object]
    same: Callable[[Any, Any], bool] = operator.eq


@dataclass
class Changes:
    """What was changed, once it is over, in words."""

    whats: tuple[str, ...] = ()


@contextlib.contextmanager
def restored() -> Iterator[Changes]:
    """Put back, at the block's end, what its code changed for the whole process."""
    changes = Changes()
    before = [watched.read() for watched in _WATCHED]
    try:
        yield changes
    finally:
        changed: list[str] = []
        for watched, was in zip(_WATCHED, before, strict=True):
            if not watched.same(was, watched.read()):
                watched.put(was)
                changed.append(watched.what)
        changes.whats = tuple(changed)


def _cwd() -> str:
    try:
        return os.getcwd()  # noqa: PTH109  (this runs at every start)
    except OSError:  # it was removed
        return ""


def _set_cwd(path: str) -> None:
    with contextlib.suppress(OSError):
        os.chdir(path)


def _umask() -> int:
    mask = os.umask(0o077)  # there is no other way to ask
    os.umask(mask)
    return mask


def _handlers() -> list[Any]:
    return [signal.getsignal(number) for number in _SIGNALS]


def _set_handlers(handlers: list[Any]) -> None:
    if threading.current_thread() is threading.main_thread():
        for number, handler in zip(_SIGNALS, handlers, strict=True):
            signal.signal(number, handler)


def _logger() -> tuple[Any, ...]:
    log = logging.getLogger("framework")
    return logging.root.manager.disable, log.disabled, log.level, log.propagate, list(log.handlers)


def _set_logger(state: tuple[Any, ...]) -> None:
    log = logging.getLogger("framework")
    logging.disable(state[0])
    log.disabled, log.propagate, log.handlers = state[1], state[3], list(state[4])
    log.setLevel(state[2])


def _silenced() -> bool:
    return any(f[0] == "ignore" and f[1:4] == (None, Warning, None) for f in warnings.filters)


def _set_silenced(was: bool) -> None:
    if not was:
        warnings.filters[:] = [  # type: ignore[index]
            f
            for f in warnings.filters
            if not (f[0] == "ignore" and f[1:4] == (None, Warning, None))
        ]


def _still_set(was: dict[str, str], now: dict[str, str]) -> bool:
    return all(now.get(name) == value for name, value in was.items())  # more may be set


def _still_there(was: list[str], now: list[str]) -> bool:
    return [entry for entry in now if entry in was] == was  # more may be there


def _set_path(was: list[str]) -> None:
    sys.path[:] = [*was, *(entry for entry in sys.path if entry not in was)]


def _set_streams(streams: tuple[Any, ...]) -> None:
    sys.stdin, sys.stdout, sys.stderr = streams


_WATCHED: tuple[Watched, ...] = (
    Watched("the working directory", _cwd, _set_cwd),
    Watched("the umask", _umask, os.umask),
    Watched("numpy's error handling", np.geterr, lambda was: np.seterr(**was)),
    Watched(
        "how numpy prints", np.get_printoptions, lambda was: np.set_printoptions(**_options(was))
    ),
    Watched("logging", _logger, _set_logger),
    Watched("which warnings are shown", _silenced, _set_silenced),
    Watched("signal handlers", _handlers, _set_handlers),
    Watched(
        "the locale",
        lambda: locale.setlocale(locale.LC_ALL),
        lambda was: locale.setlocale(locale.LC_ALL, was),
    ),
    Watched("environment variables", lambda: dict(os.environ), os.environ.update, _still_set),
    Watched("sys.path", lambda: list(sys.path), _set_path, _still_there),
    Watched("standard streams", lambda: (sys.stdin, sys.stdout, sys.stderr), _set_streams),
    Watched("the recursion limit", sys.getrecursionlimit, sys.setrecursionlimit),
)


def _options(was: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in was.items() if name != "override_repr"}
