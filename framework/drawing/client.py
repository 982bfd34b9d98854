"""Drawing in a process of its own: a callback asks for pictures, and training continues.

matplotlib takes half a second and 50 megabytes to import, which then happens beside the training
and not in its way; and whatever becomes of it there, a run loses no more than a picture.
"""

from __future__ import annotations

import atexit
import contextlib
import io
import json
import os
import select
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any

import numpy as np

from framework.errors import RunError

PATIENCE = 120.0
"""Seconds without an answer, after which the process that draws is given up."""


class DrawingError(Exception):
    """A picture could not be drawn; the text says which and why."""


class Painter:
    """A process that draws (`process.py`), and what was asked of it."""

    def __init__(self) -> None:
        # -P: a module named matplotlib in the working directory is not matplotlib. A process
        # group of its own: signals from the terminal are the run's to deal with; this process ends
        # when that does. (Not a session: Linux shares the processor among sessions, however nice a
        # process is.) No buffer: what a process that died did not read must not be written later.
        self._process = subprocess.Popen(
            [sys.executable, "-P", str(Path(__file__).with_name("process.py"))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=0,
            process_group=0,
            creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),  # Windows' way
        )
        self._asked: list[str] = []
        self._unsent = bytearray()
        self._received = b""
        if sys.platform != "win32":  # elsewhere a pipe cannot be told not to wait
            for name in ("stdin", "stdout"):
                os.set_blocking(self._pipe(name).fileno(), False)
        atexit.register(self.end)

    def ask(
        self, draw: Callable[..., None], path: Path, size: tuple[float, float], /, **arrays: Any
    ) -> None:
        """Ask for a picture; it is there when `wait` has returned.

        Parameters
        ----------
        draw : a function of a module that imports nothing of its package: it is given a matplotlib
            figure and the arrays, in the process that draws.
        path : the PNG to write; it appears whole or not at all.
        size : width and height in inches.
        arrays : what the function draws.
        """
        code = draw.__code__
        about = [code.co_filename, code.co_name, str(path.absolute()), *map(str, size)]
        message = io.BytesIO()
        np.savez(message, about=np.array(about), **arrays)
        content = message.getvalue()
        self._asked.append(path.name)
        self._unsent += len(content).to_bytes(8, "big") + content
        self._send()

    def wait(self) -> None:
        """Wait for all pictures asked for.

        Raises
        ------
        DrawingError : when one could not be drawn.
        RunError : when one could not be written.
        """
        problems: list[str] = []
        unwritten = ""
        try:
            while self._asked:
                answer = self._answer()
                name = self._asked.pop(0)
                if "failed" in answer:
                    problems.append(f"{name}: {answer['failed']}")
                elif "unwritten" in answer:
                    unwritten = f"{name}: cannot be written: {answer['unwritten']}"
        except BaseException:  # a signal: nobody will hear the other answers
            self._asked.clear()
            self._give_up()
            raise
        if unwritten:
            raise RunError(f"pictures: {unwritten}")
        if problems:
            raise DrawingError(problems[0])

    @property
    def ended(self) -> bool:
        """Whether the process has ended, however it did."""
        return self._process.poll() is not None

    def end(self) -> None:
        """Let the process end; what it has not drawn yet is not drawn."""
        atexit.unregister(self.end)
        with contextlib.suppress(OSError):
            self._pipe("stdin").close()
        if self._asked and not self.ended:
            self._process.terminate()  # it removes what it has half written
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(2)
            self._give_up()

    def _send(self) -> None:
        """Send what the process takes without waiting for it: it may be importing still."""
        try:
            while self._unsent:
                del self._unsent[: os.write(self._pipe("stdin").fileno(), self._unsent)]
        except BlockingIOError:
            pass
        except OSError:  # it has ended: the answer says so
            self._unsent.clear()

    def _answer(self) -> dict[str, str]:
        while b"\n" not in self._received:
            if not self._moves():
                self._give_up()
                return {"failed": f"the drawing process did nothing for {PATIENCE:.0f} s"}
            self._send()
            with contextlib.suppress(BlockingIOError), self._ended_in_time():
                piece = os.read(self._pipe("stdout").fileno(), 1 << 16)
                if not piece:
                    return {"failed": "the drawing process has ended"}
                self._received += piece
        line, _, self._received = self._received.partition(b"\n")
        answer: dict[str, str] = json.loads(line)
        return answer

    @contextlib.contextmanager
    def _ended_in_time(self) -> Iterator[None]:
        """End the process when the block takes too long, where a pipe cannot be waited for."""
        if os.name == "posix":
            yield
            return
        timer = threading.Timer(PATIENCE, self._process.kill)
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def _moves(self) -> bool:
        """Wait until something can be sent or read; return whether it came to that in time."""
        if sys.platform == "win32":
            return True
        sending = [self._pipe("stdin")] if self._unsent else []
        return any(select.select([self._pipe("stdout")], sending, [], PATIENCE))

    def _give_up(self) -> None:
        if not self.ended:
            self._process.kill()
            self._process.wait()

    def _pipe(self, name: str) -> IO[bytes]:
        stream: IO[bytes] | None = getattr(self._process, name)
        assert stream is not None
        return stream


_local = threading.local()


def painter() -> Painter:
    """Return the process that draws, started if need be; the runs of a thread share it."""
    current: Painter | None = getattr(_local, "painter", None)
    if current is None or current.ended:
        current = _local.painter = Painter()
    return current
