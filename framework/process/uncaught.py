"""A script that an interrupted run ends: one line, and the exit status that a command line has."""

from __future__ import annotations

import sys
from types import TracebackType

from framework.errors import Interrupted, shows_tracebacks
from framework.process.host import is_interactive
from framework.text import printable


def end_as_a_command_line_does() -> None:
    """Have an `Interrupted` that nobody catches end this script: 130 for Ctrl-C, 143 for SIGTERM.

    Python itself would end with 1 and a traceback. Nothing changes for who catches it, nor for what
    else is not caught.
    """
    if not isinstance(sys.excepthook, _Ending):
        sys.excepthook = _Ending()


class _Ending:
    """The hook; what is not its own is for the one that was there."""

    def __init__(self) -> None:
        self._before = sys.excepthook

    def __call__(
        self, kind: type[BaseException], error: BaseException, where: TracebackType | None
    ) -> None:
        ends = isinstance(error, Interrupted) and not (is_interactive() or sys.flags.interactive)
        if not ends or shows_tracebacks():
            self._before(kind, error, where)
        elif sys.stderr is not None:
            print(f"error: {printable(str(error))}", file=sys.stderr)
        if ends and isinstance(error, Interrupted):
            raise SystemExit(128 + error.signal)
