"""Signals while a run trains: noticed between two steps, so that nothing is lost.

Ctrl-C, SIGTERM and SIGHUP (on Windows SIGBREAK) end a run with a checkpoint. `_handle` notes the
signal; between two steps `runs/checkpoint_manager.py` sees it `pending`, saves, and calls `check`,
which raises `Interrupted`; `runs/runner.py` adds how to resume; `app.py` makes 128 + the signal's
number the exit status, 143 for SIGTERM. (The command line and sweeps need this as runs do: that is
why it is in this room, which all three may import.)

A signal that the program around the run has a handler for (a Slurm job's, which has the job queued
again) is that handler's: it is called between two steps, after a checkpoint. Signals that were
ignored stay ignored.
"""

from __future__ import annotations

import _thread
import contextlib
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any, ClassVar

from framework.errors import FrameworkError, Interrupted, Leaving
from framework.process import startup

log = logging.getLogger("framework")
_SCHEDULERS = tuple(
    getattr(signal, name) for name in ("SIGTERM", "SIGUSR1", "SIGUSR2") if hasattr(signal, name)
)
_TWICE = 0.3  # seconds in which a second Ctrl-C is the first, passed on by a program in between

Handler = Callable[[int, FrameType | None], Any]


class _HandedOver(BaseException):
    """The handler of the program around the run called for the process's end."""

    def __init__(self, code: Any) -> None:
        super().__init__(code)
        self.code = code


class Interruption:
    """Whether a signal asked for the end.

    Attributes
    ----------
    save : writes a checkpoint, if this moment can be resumed from.
    stopping : called with a signal's number before it is raised as `Interrupted`.
    run : what is under way, if it has come so far; `Interrupted` has it.
    """

    _asked: ClassVar[int | None] = None  # a process has one set of signals
    _installed: ClassVar[int] = 0  # how many handle signals, each inside the other
    _of_command_line: ClassVar[bool] = False  # whether the process is one, and may be ended

    def __init__(self, *, of_command_line: bool = False) -> None:
        Interruption._of_command_line |= of_command_line
        self.save: Callable[[], object] = lambda: None
        self.stopping: Callable[[int], object] = lambda number: None
        self.run: object = None
        self._signal: int | None = None
        self._when = 0.0
        self._immediate = True
        self._handlers_around: dict[int, Handler] = {}
        self._pending: list[int] = []

    @property
    def signal(self) -> int | None:
        """The number of the signal that asked for the end, once one came."""
        return self._signal or Interruption._asked

    @property
    def pending(self) -> bool:
        """Whether a signal came that `check` has not dealt with."""
        return bool(self._pending) or self.signal is not None

    @classmethod
    def ask(cls, number: int) -> None:
        """Ask, from another thread, for the end of what this process does, as if by a signal."""
        cls._asked = number
        if not cls._installed:
            return
        if sys.platform != "win32":  # wakes the main thread, whatever it waits for
            signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGTERM)
        else:
            _thread.interrupt_main(signal.SIGTERM)

    @classmethod
    def asked(cls) -> bool:
        """Whether somebody did."""
        return cls._asked is not None

    def is_overruled(self) -> bool:
        """Whether somebody has put a handler for SIGTERM in the place of this one since."""
        return _foreign(signal.getsignal(signal.SIGTERM))

    @contextlib.contextmanager
    def installed(self) -> Iterator[None]:
        """Handle signals, until the end of the block; only a process's main thread can.

        A second Ctrl-C ends a command line's process at once, and is a `KeyboardInterrupt` at once
        in any other.

        Raises
        ------
        Interrupted : at the end, when one came and nothing was interrupted any more.
        Leaving : when the handler of the program around called for the process's end.
        """
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before: dict[int, Any] = {}
        Interruption._installed += 1
        try:
            for number in {*startup.NUMBERS, *_SCHEDULERS}:
                handler = signal.getsignal(number)
                if number in _SCHEDULERS and _foreign(handler):
                    self._handlers_around[number] = handler  # type: ignore[assignment]
                elif number not in startup.NUMBERS or startup.ignored(number):
                    continue
                before[number] = signal.signal(number, self._handle)
            with _unblocked(before):
                yield
        except _HandedOver as over:
            raise Leaving(over.code) from None
        finally:
            Interruption._installed -= 1
            for number, handler in before.items():
                signal.signal(number, handler)
        if self._signal is not None:
            raise Interrupted("interrupted; the run had just ended", self._signal, self.run)

    @contextlib.contextmanager
    def immediate(self) -> Iterator[None]:
        """Raise `Interrupted` in the block as soon as a signal comes, or has come before."""
        before, self._immediate = self._immediate, True
        try:
            self.check()
            yield
        finally:
            self._immediate = before

    @contextlib.contextmanager
    def deferred(self) -> Iterator[None]:
        """Note signals that come in the block, and leave them to `check`."""
        before, self._immediate = self._immediate, False
        try:
            yield
        finally:
            self._immediate = before

    def check(self) -> None:
        """Do what the signals that came ask for, now.

        Raises
        ------
        Interrupted : when one asked for the end.
        """
        while self._pending:
            self._call_handler_around(self._pending.pop(0))
        if self.signal is not None:
            raise Interrupted("interrupted", self.signal, self.run)

    def _handle(self, number: int, frame: FrameType | None) -> None:
        if Interruption._asked is not None:
            number = Interruption._asked
        elif number in self._handlers_around:
            if self._immediate:
                self._call_handler_around(number)
            else:
                self._pending.append(number)
            return
        if self._signal is not None:
            again = number == signal.SIGINT and time.monotonic() - self._when > _TWICE
            if again and Interruption._of_command_line:
                os._exit(128 + number)
            if again:
                raise KeyboardInterrupt
            return
        self._signal, self._when = number, time.monotonic()
        if self._immediate:
            self.stopping(number)
            raise Interrupted("interrupted", number, self.run)

    def _call_handler_around(self, number: int) -> None:
        """Call the handler of the program around, which may return, or end the process."""
        try:
            self.save()
        except FrameworkError as error:  # the checkpoint before is there
            log.warning("%s", error)
        try:
            self._handlers_around[number](number, None)
        except SystemExit as leaving:
            raise _HandedOver(leaving.code) from None


@contextlib.contextmanager
def shielded_children() -> Iterator[None]:
    """Keep signals from the processes that are started in the block, by whomever.

    Those hear of the end from the process that started them, which waits for them: what a terminal
    or a scheduler sends to the whole group would end some of them before they could save. (They
    inherit the mask of the thread that starts them. Another thread takes the signals here; Python
    runs handlers in the main one all the same.)
    """
    main = threading.current_thread() is threading.main_thread()
    if not main or sys.platform == "win32":
        yield
        return
    over = threading.Event()
    threading.Thread(target=over.wait, name="signals", daemon=True).start()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, startup.NUMBERS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        over.set()


@contextlib.contextmanager
def _unblocked(numbers: Any) -> Iterator[None]:
    if sys.platform == "win32":
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_UNBLOCK, numbers)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _foreign(handler: object) -> bool:
    """Whether a handler is one of the program around, not Python's nor the framework's own."""
    ours = handler is startup.leave or getattr(handler, "__func__", None) is Interruption._handle
    return callable(handler) and not ours and not isinstance(handler, signal.Handlers)
