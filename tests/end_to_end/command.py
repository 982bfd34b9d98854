"""The command line, run as a user runs it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

QUICK = ("data=spirals", "trainer.epochs=1", "model.hidden=[8]")


def framework(
    *arguments: str, cwd: Path, env: dict[str, str] | None = None, timeout: float = 120
) -> subprocess.CompletedProcess[str]:
    """Run `python -m framework` in a directory."""
    return subprocess.run(
        [sys.executable, "-m", "framework", *arguments],
        cwd=cwd,
        env={**os.environ, **(env or {})},
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )


def only_run(cwd: Path) -> Path:
    """Find the one run below `outputs/`."""
    (found,) = cwd.glob("outputs/*/*/summary.json")
    return found.parent
