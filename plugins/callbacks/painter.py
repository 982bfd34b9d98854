"""The process that draws.

Drawing has a process of its own: matplotlib takes half a second and 50 megabytes to import, which
then happens beside the training and not in its way.
"""

from __future__ import annotations

import atexit
import contextlib
import io
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from framework import RunError


@dataclass
class Painter:
    """The process that draws, and what was asked of it."""

    process: subprocess.Popen[bytes]
    asked: int = 0

    def ask(self, picture: str, path: Path, **arrays: Any) -> None:
        """Ask for a picture from arrays; it is there when `wait` returns."""
        message = io.BytesIO()
        np.savez(message, picture=picture, path=str(path), **arrays)
        content = message.getvalue()
        assert self.process.stdin is not None
        with contextlib.suppress(BrokenPipeError):  # `wait` says so
            self.process.stdin.write(len(content).to_bytes(8, "big") + content)
            self.process.stdin.flush()
        self.asked += 1

    def wait(self) -> None:
        """Wait for all pictures asked for.

        Raises
        ------
        RunError : when one could not be drawn.
        """
        assert self.process.stdout is not None
        problems = []
        try:
            while self.asked:
                self.asked -= 1
                said = self.process.stdout.readline().decode().strip()
                if said != "drawn":
                    problems.append(said or "the drawing process has ended")
        except BaseException:  # a signal: nobody will hear the other answers
            self.process.kill()
            painter.cache_clear()
            raise
        if problems:
            raise RunError(f"pictures: {problems[0]}")

    def close(self) -> None:
        """Let the process end."""
        assert self.process.stdin is not None
        with contextlib.suppress(OSError):
            self.process.stdin.close()


@cache
def painter() -> Painter:
    """Start the drawing process, once; every run of this process shares it."""
    # -P: a file called matplotlib.py in the working directory is not matplotlib. A process group of
    # its own: signals from the terminal are the run's to deal with; this process ends when that
    # does. (Not a session: Linux shares the processor among sessions, however nice a process is.)
    found = Painter(
        subprocess.Popen(
            [sys.executable, "-P", str(Path(__file__).with_name("canvas.py"))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            process_group=0,
        )
    )
    atexit.register(found.close)
    return found
