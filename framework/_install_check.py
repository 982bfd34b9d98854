"""Whether the framework is installed: what a bare clone is told, in a line."""

from __future__ import annotations

import importlib.util
import sys
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from framework.version import DISTRIBUTION

_NEEDED = ("numpy", "hydra", "omegaconf", "pluggy", "tqdm", "framework.conf", "framework.plugins")


def require() -> None:
    """Leave with one line, and status 1, when something that an install brings is missing."""
    why = why_not()
    if why:
        sys.exit(f"error: {why}")


def why_not() -> str:
    """Say what an install brings that is not here, and what to do; empty when all is."""
    missing = [name for name in _NEEDED if importlib.util.find_spec(name) is None]
    if not missing:
        return ""
    clone = Path(__file__).resolve().parent.parent
    if all(name.startswith("framework.") for name in missing) and _installed_elsewhere(clone):
        return (
            f"{clone} is a clone that is not installed ({', '.join(missing)} not found) and hides"
            " the framework that is; from here the command `framework` works, and `python -P`; or"
            " change to another folder"
        )
    return (
        f"the framework is not installed here ({', '.join(missing)} not found);"
        " run in its folder, in a virtual environment: pip install -e ."
    )


def check_parts() -> None:
    """See that the whole package is here, not the folder `framework` of a clone alone.

    Raises
    ------
    ImportError : saying what to do.
    """
    parts = [name for name in _NEEDED if name.startswith("framework.")]
    if any(importlib.util.find_spec(name) is None for name in parts):
        raise ImportError(why_not())


def _installed_elsewhere(clone: Path) -> bool:
    """Whether there is a distribution whose files lie somewhere else."""
    try:
        package = Path(str(distribution(DISTRIBUTION).locate_file("framework"))).resolve()
    except PackageNotFoundError:
        return False
    return package.is_dir() and package.parent != clone
