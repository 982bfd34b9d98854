"""Whether the framework is installed: what a bare clone is told, in a line."""

from __future__ import annotations

import importlib.util
import sys

_NEEDED = ("numpy", "hydra", "omegaconf", "pluggy", "tqdm", "framework.conf", "framework.plugins")


def require() -> None:
    """Leave with one line, and status 1, when something that an install brings is missing."""
    missing = [name for name in _NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        sys.exit(
            f"error: the framework is not installed here ({', '.join(missing)} not found);"
            " run in its folder, in a virtual environment: pip install -e ."
        )
