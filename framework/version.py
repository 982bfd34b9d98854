"""What the installed package is called, and which version of it this is."""

from __future__ import annotations

from functools import cache
from importlib.metadata import version

DISTRIBUTION = "mlp-framework"
"""The name on the package index; `pyproject.toml` says the same, and the version."""


@cache
def installed_version() -> str:
    """Return the version that is installed, from the package's metadata."""
    return version(DISTRIBUTION)
