"""Jobs with one planted bug each, and the check that must find it."""

from __future__ import annotations

from dataclasses import dataclass

from framework import (
    REQUIRED,
    Job,
    hyperparameter,
)
from tests.framework.testing.planted.mark import caught_by


@caught_by("methods", "run(self) should be run(self, invocation)")
@dataclass(frozen=True)
class TakesNothing(Job):
    """A job without an invocation."""

    path: str = hyperparameter(REQUIRED, "a file")

    def run(self):  # type: ignore[override]
        return None


@caught_by("methods", "it has no method 'run'")
class RunsNothing(Job):
    """A job that forgets what it is for."""

    def perform(self, invocation):
        return None


@caught_by(
    "methods", "the field ['run'] has the name of something that every Job has, and hides it"
)
@dataclass(frozen=True)
class HidesItsRun(Job):
    """A job with a field of the name of its method."""

    run: str = hyperparameter("outputs/1", "a run's directory")  # type: ignore[assignment]


@caught_by(
    "methods", "the field ['run'] has the name of something that every Job has, and hides it"
)
@dataclass(frozen=True)
class NeedsARun(Job):
    """The same, without a default."""

    run: str = hyperparameter(REQUIRED, "a run's directory")  # type: ignore[assignment]


@caught_by("fields_are_read", "nothing reads 'heading': whatever it says, nothing changes")
@dataclass(frozen=True)
class NoHeading(Job):
    """A field that it forgets."""

    heading: str = hyperparameter("count", "what stands above")

    def run(self, invocation):
        print(len(invocation.registry.entries))


@caught_by("fields_are_read", "nothing reads 'path': whatever it says, nothing changes")
@dataclass(frozen=True)
class TakesAnotherPath(Job):
    """Reads the configuration's key, not its own field."""

    path: str = hyperparameter("a", "a file")

    def run(self, invocation):
        print(invocation.configuration["path"])
