"""SIGINT and SIGTERM while a run trains: noticed between two steps, so that nothing is lost."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from collections.abc import Iterator
from types import FrameType

from framework.errors import Interrupted

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Interruption:
    """Whether a signal asked the run to end.

    Attributes
    ----------
    signal : its number, once one came.
    """

    def __init__(self) -> None:
        self.signal: int | None = None
        self._at_once = True

    @contextlib.contextmanager
    def heard(self) -> Iterator[None]:
        """Hear signals, until the end of the block; only a process's main thread can.

        A second SIGINT ends the process at once.

        Raises
        ------
        Interrupted : at the end, when one came and nothing was interrupted any more.
        """
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {each: signal.signal(each, self._hear) for each in _SIGNALS}
        try:
            yield
        finally:
            for each, handler in before.items():
                signal.signal(each, handler)
        if self.signal is not None:
            raise Interrupted("interrupted; the run had just ended", self.signal)

    @contextlib.contextmanager
    def at_once(self, whether: bool) -> Iterator[None]:
        """Raise `Interrupted` as soon as a signal comes, or only note it, in the block."""
        before, self._at_once = self._at_once, whether
        try:
            if whether and self.signal is not None:
                raise Interrupted("interrupted", self.signal)
            yield
        finally:
            self._at_once = before

    def _hear(self, number: int, frame: FrameType | None) -> None:
        if self.signal is not None:
            if number == signal.SIGINT:
                os._exit(128 + number)
            return
        self.signal = number
        if self._at_once:
            raise Interrupted("interrupted", number)
