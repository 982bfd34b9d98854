"""Jobs with one planted bug each, and the check that must find it."""

from __future__ import annotations

from dataclasses import dataclass

from framework import (
    REQUIRED,
    Job,
    setting,
)
from tests.framework.testing.planted.mark import caught_by


@caught_by("methods")
@dataclass(frozen=True)
class TakesNothing(Job):
    """A job without an invocation."""

    path: str = setting(REQUIRED, "a file")

    def run(self):  # type: ignore[override]
        return None
