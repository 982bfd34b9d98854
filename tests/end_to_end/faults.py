"""Many runs from one warm process, each with a fault: killed, or told that the disk failed.

Run as a program it is the warm process: it reads an order a line, forks a child that runs the
command line in a directory, and answers what became of it. `Runs` is the other end.
"""

from __future__ import annotations

import builtins
import contextlib
import errno
import io
import json
import os
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

OPERATIONS = ("open", "write", "fsync", "close", "replace", "unlink", "makedirs", "ftruncate")
ERRORS = ("ENOSPC", "EIO", "EROFS", "EACCES")


@dataclass(frozen=True)
class Fault:
    """What goes wrong: at an I/O operation (the first is 1), or after some seconds.

    ``what`` is the name of an error, ``crash``, ``half`` (crash in the middle of a write), or the
    name of a signal that the process is sent. Operations are those of the module that writes
    files or, with ``everywhere``, all that Python code does below the directory it runs in.
    """

    what: str = ""
    operation: int = 0
    seconds: float = 0.0
    everywhere: bool = False


@dataclass(frozen=True)
class Outcome:
    """What became of a run: exit status (negative: the signal), output, I/O operations, seconds."""

    status: int
    said: str
    operations: list[str]
    seconds: float


def kinds(operations: Sequence[str]) -> list[list[int]]:
    """Return the numbers of the operations of each kind: what is done, with which file.

    Files that differ in a number or in a drawn name are one; what is done with an open file is
    done with the one that was named last.
    """
    numbers: dict[tuple[str, str], list[int]] = {}
    file = ""
    for number, operation in enumerate(operations, start=1):
        name, _, path = operation.partition(" ")
        if path and not path.isdecimal():
            file = re.sub(r"[0-9a-f]{8,}|\d+", "#", path)
        numbers.setdefault((name, file), []).append(number)
    return list(numbers.values())


class FaultyOS:
    """Stands in for `os` in the modules that write files."""

    def __init__(self, fault: Fault, report: int) -> None:
        self._fault, self._report, self._count = fault, report, 0

    def __getattr__(self, name: str) -> Any:
        found = getattr(os, name)
        if name not in OPERATIONS:
            return found

        def call(*arguments: Any, **options: Any) -> Any:
            self._count += 1
            path = str(arguments[0]) if not isinstance(arguments[0], int) else ""
            os.write(self._report, f"{name} {path}\n".encode())
            if self._count == self._fault.operation:
                if self._fault.what in ERRORS:
                    number = getattr(errno, self._fault.what)
                    raise OSError(number, os.strerror(number))
                if self._fault.what == "half" and name == "write":
                    os.write(arguments[0], arguments[1][: len(arguments[1]) // 2])
                if self._fault.what in ("crash", "half"):
                    os.kill(os.getpid(), signal.SIGKILL)
                if self._fault.what.startswith("SIG"):
                    os.kill(os.getpid(), getattr(signal, self._fault.what))
            return found(*arguments, **options)

        return call


NAMES: tuple[str, ...] = (
    "open",
    "mkdir",
    "rmdir",
    "unlink",
    "remove",
    "rename",
    "replace",
    "link",
    "listdir",
)
NAMES += ("scandir", "stat", "lstat", "chmod", "utime", "fsync", "ftruncate", "write", "read")


class Everywhere:
    """Counts, and fails, what is done with files below a directory, whichever code does it."""

    def __init__(self, fault: Fault, report: int, directory: Path) -> None:
        self._fault, self._report, self._count = fault, report, 0
        self._root, self._ours = str(directory), set[int]()
        self._write, self._abspath = os.write, os.path.abspath
        for name in NAMES:
            setattr(os, name, self._wrapped(name, getattr(os, name)))
        opened = self._wrapped("open", io.open)
        vars(io)["open"] = vars(builtins)["open"] = opened
        os.register_at_fork(after_in_child=self._end)  # what another process does is not ours

    def _end(self) -> None:
        self._root = "\0"
        self._ours.clear()

    def _wrapped(self, name: str, function: Any) -> Any:
        def call(*arguments: Any, **options: Any) -> Any:
            if not arguments or not self._concerned(arguments[0]):
                return function(*arguments, **options)
            self._count += 1
            self._write(self._report, f"{name} {arguments[0]}\n".encode())
            if self._count == self._fault.operation:
                number = getattr(errno, self._fault.what)
                raise OSError(number, os.strerror(number), *arguments[:1])
            found = function(*arguments, **options)
            if name == "open" and isinstance(found, int):
                self._ours.add(found)
            return found

        return call

    def _concerned(self, subject: object) -> bool:
        if isinstance(subject, int):
            return subject in self._ours
        if not isinstance(subject, str | os.PathLike):
            return False
        return self._abspath(os.fspath(subject)).startswith(self._root)


class Runs:
    """The warm process, from outside."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.end_to_end.faults"],
            cwd=Path(__file__).parents[2],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def run(self, cwd: Path, *arguments: str, fault: Fault | None = None) -> Outcome:
        """Run a command line in a directory."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        order = {"cwd": str(cwd), "arguments": arguments, "fault": asdict(fault or Fault())}
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        return Outcome(**json.loads(self._process.stdout.readline()))

    def close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(timeout=30)


@contextlib.contextmanager
def runs() -> Iterator[Runs]:
    """Have a warm process for the length of a block."""
    found = Runs()
    try:
        yield found
    finally:
        found.close()


def main() -> None:
    """Serve orders from standard input."""
    from tests.end_to_end.forks import draw_by_forks, warm_up

    warm_up()
    draw_by_forks()
    os.fsync = lambda fd: None  # as in `forks.py`; it is counted, and fails, all the same
    for line in sys.stdin:
        order = json.loads(line)
        found = _fork(Path(order["cwd"]), order["arguments"], Fault(**order["fault"]))
        print(json.dumps(asdict(found)), flush=True)


def _fork(cwd: Path, arguments: Sequence[str], fault: Fault) -> Outcome:
    said, report = os.pipe(), os.pipe()
    began = time.monotonic()
    child = os.fork()
    if child == 0:
        _run(cwd, arguments, fault, said[1], report[1])
    os.close(said[1])
    os.close(report[1])
    texts, sent = {said[0]: b"", report[0]: b""}, False
    status = None
    while texts.keys() - {0} and status is None:
        left = fault.seconds + began - time.monotonic() if fault.seconds and not sent else 10.0
        ready, _, _ = select.select(list(texts), [], [], max(left, 0.0))
        if fault.seconds and not sent and time.monotonic() - began >= fault.seconds:
            sent = True
            os.kill(child, getattr(signal, fault.what))
        chunks = {each: os.read(each, 1 << 16) for each in ready}
        for each, chunk in chunks.items():
            texts[each] += chunk
        if ready and not all(chunks.values()):
            status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    for each in texts:
        while chunk := os.read(each, 1 << 16):
            texts[each] += chunk
        os.close(each)
    assert status is not None
    operations = texts[report[0]].decode().splitlines()
    return Outcome(status, texts[said[0]].decode(), operations, time.monotonic() - began)


def _run(cwd: Path, arguments: Sequence[str], fault: Fault, said: int, report: int) -> None:
    """Be the child: run the command line, and end."""
    from framework.app import run
    from framework.files import appending, directories, lock, writing

    status = 99
    try:
        os.chdir(cwd)
        os.dup2(said, 1)
        os.dup2(said, 2)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        sys.stdin, sys.stderr = os.fdopen(0), os.fdopen(2, "w", buffering=1)
        if fault.everywhere:
            Everywhere(fault, report, cwd)
        else:
            faulty = FaultyOS(fault, report)
            for module in (appending, directories, lock, writing):
                vars(module)["os"] = faulty
        status = run(list(arguments))
        sys.stderr.flush()
        sys.stdout.flush()
    finally:
        os._exit(status)


if __name__ == "__main__":
    main()
