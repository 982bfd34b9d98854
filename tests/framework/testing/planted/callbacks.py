"""Callbacks with one planted bug each, and the check that must find it."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

from framework import (
    Callback,
    hookimpl,
)
from tests.framework.testing.correct import callbacks
from tests.framework.testing.planted.mark import caught_by


@caught_by("runs")
class ListensToNothingThereIs(Callback):
    """Misspells an event."""

    @hookimpl
    def framework_epoch_finished(self, run, record):
        pass


@caught_by("runs")
class WantsAnotherArgument(Callback):
    """Asks for what the event does not have."""

    @hookimpl
    def framework_epoch_ended(self, run, metrics):
        pass


@caught_by("files")
class WritesElsewhere(Callback):
    """Writes where it stands."""

    @hookimpl
    def framework_run_ended(self, run):
        Path("notes.txt").write_text("done")


@caught_by("changes_nothing")
class Tampers(Callback):
    """Shrinks the weights."""

    @hookimpl
    def framework_epoch_ended(self, run, record):
        for p in run.network.parameters().values():
            p *= 0.99


@caught_by("changes_nothing")
class ShufflesTheData(Callback):
    """Works in the training data."""

    @hookimpl
    def framework_epoch_ended(self, run, record):
        run.data.train.inputs.sort(axis=0)


@caught_by("runs_again")
class RemembersTheLastRun(Callback):
    """One listener for all runs."""

    one: ClassVar[list[Any]] = []

    def listener(self, run):
        if not self.one:
            self.one.append(callbacks._Norms())
        return self.one[0]


@caught_by("passive")
class LooksAtTheNetwork(Callback):
    """Says that it does not."""

    passive: ClassVar[bool] = True

    @hookimpl
    def framework_epoch_ended(self, run, record):
        run.network.count()


@caught_by("declarations")
class SaysBoth(Callback):
    """Changes training, passively."""

    passive: ClassVar[bool] = True
    changes_training: ClassVar[bool] = True


@caught_by("failing_run")
class AddsAnError(Callback):
    """Needs the summary, which a failed run lacks."""

    @hookimpl
    def framework_run_failed(self, run, error):
        print(run.summary["figures"])
