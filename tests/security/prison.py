"""Runs hostile command lines, each in a process of its own, and measures what they did.

One process imports the framework once and forks for each case, so that a hundred of them take
seconds. Run as a script: cases in on standard input, what became of each out, both as JSON.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

SECRET = "hunter2-of-the-environment"
WORST = 90  # seconds until a case is ended by force
MOST_MEMORY = 200 << 20
CEILING = 4 << 30  # bytes of address space, so that a failing test does not take the machine down


@dataclass(frozen=True)
class End:
    """How a case ended: exit status (or minus a signal), text, seconds, most memory in bytes."""

    status: int
    said: str
    seconds: float
    memory: int


def run_all(cases: dict[str, list[str]], cwd: Path) -> dict[str, End]:
    """Run command lines in a folder, one after another."""
    done = subprocess.run(
        [sys.executable, __file__],
        input=json.dumps(cases),
        cwd=cwd,
        env={
            **os.environ,
            "PYTHONPATH": str(Path(__file__).parents[2]),
            "SECRET": SECRET,
            "FRAMEWORK_CACHE": str(cwd / "cache"),
        },
        capture_output=True,
        text=True,
        check=True,
    )
    return {name: End(**end) for name, end in json.loads(done.stdout).items()}


def check(end: End) -> None:
    """See that a case ended as it must."""
    assert end.status == 1, end
    lines = end.said.splitlines()
    assert len(lines) == 1, end.said
    assert lines[0].startswith("error: ")
    assert "unexpected" not in lines[0]
    assert lines[0].isprintable()
    assert len(lines[0]) <= 1010
    assert SECRET not in end.said
    assert end.memory < MOST_MEMORY


def _run(arguments: list[str]) -> dict[str, object]:
    with tempfile.TemporaryFile() as text:
        began = time.perf_counter()
        child = os.fork()
        if not child:
            status = 99
            try:
                os.dup2(text.fileno(), 1)
                os.dup2(text.fileno(), 2)
                resource.setrlimit(resource.RLIMIT_AS, (CEILING, CEILING))
                signal.alarm(WORST)
                from framework import app

                status = app.run(arguments)
            finally:
                sys.stdout.flush()
                sys.stderr.flush()
                os._exit(status)
        _, code, used = os.wait4(child, 0)
        seconds = time.perf_counter() - began
        text.seek(0)
        said = text.read().decode(errors="replace")
    status = os.waitstatus_to_exitcode(code)
    return {"status": status, "said": said, "seconds": seconds, "memory": used.ru_maxrss * 1024}


def main() -> None:
    """Read the cases, import what any of them needs, run them."""
    from tests.end_to_end.forks import warm_up

    cases = json.load(sys.stdin)
    warm_up()
    json.dump({name: _run(arguments) for name, arguments in cases.items()}, sys.stdout)


if __name__ == "__main__":
    main()
