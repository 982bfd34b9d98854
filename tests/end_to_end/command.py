"""The command line, run as a user runs it."""

from __future__ import annotations

import atexit
import json
import os
import select
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

QUICK = ("data=spirals", "trainer.epochs=1", "model.hidden=[8]")

may_fork = True
"""Whether command lines may be forks of one process (`forks.py`); the mark `own_process`: no."""

_STARTUP = ("PYTHON", "LANG", "LC_", "OPENBLAS", "OMP", "MKL", "LD_")
"""What Python, or a library, reads of the environment only once."""


def framework(
    *arguments: str, cwd: Path, env: dict[str, str] | None = None, timeout: float = 120
) -> subprocess.CompletedProcess[str]:
    """Run `python -m framework` in a directory; where it may be, as a fork that has started."""
    environment = {**os.environ, **(env or {})}
    if may_fork and hasattr(os, "fork") and _startup(environment) == _startup(dict(os.environ)):
        return _forked(arguments, cwd, environment, timeout)
    return process(*arguments, cwd=cwd, env=env, timeout=timeout)


def process(
    *arguments: str, cwd: Path, env: dict[str, str] | None = None, timeout: float = 120
) -> subprocess.CompletedProcess[str]:
    """Run `python -m framework` in a directory, in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "framework", *arguments],
        cwd=cwd,
        env={**os.environ, **(env or {})},
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )


def _startup(environment: dict[str, str]) -> dict[str, str]:
    return {
        name: text
        for name, text in environment.items()
        if name.startswith(_STARTUP) and name != "PYTHONPATH"
    }


def _forked(
    arguments: tuple[str, ...], cwd: Path, environment: dict[str, str], timeout: float
) -> subprocess.CompletedProcess[str]:
    with tempfile.NamedTemporaryFile() as out, tempfile.NamedTemporaryFile() as errors:
        request = {
            "arguments": arguments,
            "cwd": os.path.realpath(cwd),
            "environment": environment,
            "stdout": out.name,
            "stderr": errors.name,
        }
        server = _server()
        assert server.stdin is not None
        assert server.stdout is not None
        server.stdin.write(json.dumps(request).encode() + b"\n")
        server.stdin.flush()
        if not select.select([server.stdout], [], [], timeout)[0]:
            _server.cache_clear()
            server.kill()
            raise subprocess.TimeoutExpired(list(arguments), timeout)
        status = int(server.stdout.readline())
        texts = [Path(file.name).read_text() for file in (out, errors)]
    return subprocess.CompletedProcess(list(arguments), status, *texts)


@cache
def _server() -> subprocess.Popen[bytes]:
    server = subprocess.Popen(
        [sys.executable, Path(__file__).with_name("forks.py")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert server.stdin is not None
    atexit.register(server.wait)
    atexit.register(server.stdin.close)
    return server


def only_run(cwd: Path) -> Path:
    """Return the one run below `outputs/`."""
    (summary,) = cwd.glob("outputs/*/*/summary.json")
    return summary.parent
