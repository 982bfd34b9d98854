"""What a user's mistake becomes: an exception whose text is the line to print."""

from __future__ import annotations

import functools
import os
import traceback
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from framework.text import printable

TRACEBACK = "FRAMEWORK_TRACEBACK"
"""The variable of the environment that, being 1, has tracebacks shown whole."""

P = ParamSpec("P")
R = TypeVar("R")


class _OneLine(BaseException):
    """An error whose text is all that its reader needs: no way through the framework's code."""

    def _render_traceback_(self, *_: object) -> list[str]:
        """Return what IPython, and so a notebook, shows of it in place of a traceback."""
        if shows_tracebacks():
            return traceback.format_exception(self)
        return [f"{type(self).__name__}: {printable(str(self))}"]


class FrameworkError(_OneLine, Exception):
    """Something a user can mend; its text says what was wrong, where, and what was expected."""


class ConfigurationError(FrameworkError):
    """The configuration names something unknown, or holds a value that cannot be."""


class PluginError(FrameworkError):
    """A plugin could not be loaded, or did what its hook does not allow."""


class DataError(FrameworkError):
    """A dataset is missing, damaged, or does not fit the network or the loss."""

    def __init__(self, text: str) -> None:
        super().__init__(text.replace("\n", "\\n"))  # what files hold may have lines of its own


class RunError(FrameworkError):
    """A run's directory or one of its files cannot be read or written."""


class CallbacksError(RunError):
    """Callbacks of a run failed and were left out; the run is whole.

    Attributes
    ----------
    score : the run's score.
    """

    def __init__(self, text: str, score: float) -> None:
        super().__init__(text)
        self.score = score


class DivergenceError(FrameworkError):
    """Training gave a loss or a parameter that is not finite."""


class Interrupted(_OneLine, KeyboardInterrupt):
    """A signal ended a run; its text says where to go on.

    Attributes
    ----------
    signal : the signal's number; the exit status is 128 more.
    run : the `Run` as far as it came, its network usable; None where none had begun.
    """

    def __init__(self, text: str, number: int, run: object = None) -> None:
        super().__init__(text)
        self.signal = number
        self.run = run

    def __reduce__(self) -> tuple[type[Interrupted], tuple[str, int]]:
        """Go from one process to another, but for the run."""
        return Interrupted, (str(self), self.signal)


class Leaving(SystemExit):
    """The end of the process, asked for by a signal's handler that is not the framework's."""


def shows_tracebacks() -> bool:
    """Whether somebody wants to see where in the framework a mistake came to light."""
    return os.environ.get(TRACEBACK) == "1"


def in_one_line(function: Callable[P, R]) -> Callable[P, R]:
    """Let mistakes leave a function of the framework's without the way they took through it.

    A traceback in plain Python then has the user's own lines, and one of the framework's.
    """

    @functools.wraps(function)
    def called(*given: P.args, **named: P.kwargs) -> R:
        try:
            return function(*given, **named)
        except (FrameworkError, KeyboardInterrupt) as error:
            if shows_tracebacks():
                raise
            raise error.with_traceback(None) from None

    return called
