"""Callbacks with one planted bug each, and the check that must find it."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from framework import (
    Callback,
    hookimpl,
    hyperparameter,
    write_text,
)
from tests.framework.testing.correct import callbacks
from tests.framework.testing.planted.mark import caught_by


@caught_by("runs", "raised PluginError", "implements 'framework_epoch_finished', which is no hook")
class ListensToNothingThereIs(Callback):
    """Misspells an event."""

    @hookimpl
    def framework_epoch_finished(self, run, record):
        pass


@caught_by(
    "runs",
    "raised PluginError",
    "framework_epoch_ended takes 'metrics', which the hook does not pass",
)
class WantsAnotherArgument(Callback):
    """Asks for what the event does not have."""

    @hookimpl
    def framework_epoch_ended(self, run, metrics):
        pass


@caught_by("files", "notes.txt'] outside of run.directory")
class WritesElsewhere(Callback):
    """Writes where it stands."""

    @hookimpl
    def framework_run_ended(self, run):
        Path("notes.txt").write_text("done")


@caught_by("changes_nothing", "the losses differ from step 7 on")
class Tampers(Callback):
    """Shrinks the weights."""

    @hookimpl
    def framework_epoch_ended(self, run, record):
        for p in run.network.parameters().values():
            p *= 0.99


@caught_by("changes_nothing", "the losses differ from step 7 on")
class ShufflesTheData(Callback):
    """Works in the training data."""

    @hookimpl
    def framework_epoch_ended(self, run, record):
        run.data.train.inputs.sort(axis=0)


@caught_by(
    "runs_again",
    "listener gives two runs the same object; what it remembers of one shows in the other",
)
class RemembersTheLastRun(Callback):
    """One listener for all runs."""

    one: ClassVar[list[Any]] = []

    def listener(self, run):
        if not self.one:
            self.one.append(callbacks._Norms())
        return self.one[0]


@caught_by(
    "passive",
    "epoch_ended: PromiseError: it reads run.network.count; passive must be False",
)
class LooksAtTheNetwork(Callback):
    """Says that it does not."""

    passive: ClassVar[bool] = True

    @hookimpl
    def framework_epoch_ended(self, run, record):
        run.network.count()


@caught_by("declarations", "it says that it changes training, and that it is passive")
class SaysBoth(Callback):
    """Changes training, passively."""

    passive: ClassVar[bool] = True
    changes_training: ClassVar[bool] = True


@caught_by("failing_run", "failed in framework_run_failed: KeyError: 'figures'")
class AddsAnError(Callback):
    """Needs the summary, which a failed run lacks."""

    @hookimpl
    def framework_run_failed(self, run, error):
        print(run.summary["figures"])


_ROOM = tempfile.TemporaryDirectory()


@caught_by("files", "notes.txt'] outside of run.directory")
class WritesFarAway(Callback):
    """Writes into a folder of its own."""

    @hookimpl
    def framework_run_ended(self, run):
        (Path(_ROOM.name) / "notes.txt").write_text("done")


@caught_by("files", "notes'] outside of run.directory")
class WritesBesideTheRun(Callback):
    """Makes a folder beside the run's."""

    @hookimpl
    def framework_run_started(self, run):
        (run.directory.parent / "notes").mkdir(exist_ok=True)


class _Lines:
    def __init__(self):
        self.lines = []

    @hookimpl
    def framework_epoch_ended(self, run, record):
        self.lines.append(f"{record.number} {record.batch_loss!r}")

    @hookimpl
    def framework_run_ended(self, run):
        write_text(run.directory / "lines.txt", "\n".join(self.lines) + "\n")


@caught_by("resumes", "lines.txt has the line '1 ", "0 times, not 1: lost, or heard twice")
class ForgetsItsLines(Callback):
    """Keeps a line an epoch, where no checkpoint finds them."""

    def listener(self, run):
        return _Lines()


@caught_by("resumes", "log.txt has the line '16' 2 times, not 1")
class AppendsAgain(Callback):
    """Appends a line a step, those before a crash and those after."""

    @hookimpl
    def framework_step_ended(self, run, step, loss):
        with (run.directory / "log.txt").open("a") as file:
            file.write(f"{step}\n")


class _Counted:
    def __init__(self):
        self.epochs = 0

    @hookimpl
    def framework_epoch_ended(self, run, record):
        self.epochs += 1
        for p in run.network.parameters().values():
            p *= 1 - 0.1 / self.epochs


@caught_by("resumes", "weights' ends with other numbers: what it remembers is lost")
class CountsEpochsAnew(Callback):
    """Shrinks the weights less and less, from the start again after a resume."""

    changes_training: ClassVar[bool] = True

    def listener(self, run):
        return _Counted()


@caught_by("fields_are_read", "nothing reads 'every': whatever it says, nothing changes")
@dataclass(frozen=True)
class NeverCounts(Callback):
    """A field that it forgets."""

    every: int = hyperparameter(1, "epochs between two lines", at_least=1)

    @hookimpl
    def framework_epoch_ended(self, run, record):
        write_text(run.directory / "last.txt", str(record.number))


@caught_by(
    "ranges", "with every=0, which its range allows,", "framework_epoch_ended: ZeroDivisionError"
)
@dataclass(frozen=True)
class EveryNoEpoch(Callback):
    """May be told to do it every 0 epochs."""

    every: int = hyperparameter(1, "epochs between two lines", at_least=0)

    @hookimpl
    def framework_epoch_ended(self, run, record):
        if record.number % self.every == 0:
            write_text(run.directory / "last.txt", str(record.number))


@caught_by(
    "runs",
    "raised PluginError",
    "implements framework_gradients_ready; expected needs_gradients = True",
)
class HearsOfNoGradients(Callback):
    """Asks for gradients that nobody writes down."""

    @hookimpl
    def framework_gradients_ready(self, run):
        run.network.gradients()


@caught_by("changes_nothing", "the losses differ from step 1 on")
class NormalizesGradients(Callback):
    """Changes gradients, and does not say so."""

    needs_gradients: ClassVar[bool] = True

    @hookimpl
    def framework_gradients_ready(self, run):
        for g in run.network.gradients().values():
            g /= 1e-6 + abs(g).max()


class _Swapping:
    """Puts the average where the weights were while an epoch is measured."""

    def __init__(self):
        self.means, self.trained = {}, {}

    @hookimpl
    def framework_state(self, run):
        return {"means": self.means}

    @hookimpl
    def framework_run_resumed(self, run, state):
        self.means = dict(state["means"])

    @hookimpl
    def framework_step_ended(self, run, step):
        parameters = run.network.parameters()
        for name, p in parameters.items():
            mean = self.means.setdefault(name, p.copy())
            mean += 0.1 * (p - mean)
        if (step + 1) % run.trainer.minibatches.steps == 0:
            self.trained = {name: p.copy() for name, p in parameters.items()}
            for name, p in parameters.items():
                p[...] = self.means[name]

    @hookimpl
    def framework_epoch_started(self, run):
        for name, p in self.trained.items():
            run.network.parameters()[name][...] = p


@caught_by(
    "resumes_anywhere",
    "the trained 'conformance_affine_1.",
    "ends with other numbers: what it remembers is lost (framework_state), or weights that are no"
    " more than evaluated stood in run.network, where a checkpoint keeps them (run.evaluate_with)",
)
class SwapsInTheAverage(Callback):
    """Evaluates an average in the place of the weights: from there a run cannot be resumed."""

    changes_training: ClassVar[bool] = True

    def listener(self, run):
        return _Swapping()


class _Unkept(callbacks._Moving):
    @hookimpl
    def framework_state(self, run):
        return {"means": {}}


@caught_by(
    "resumes_anywhere",
    "the evaluated 'conformance_affine_1.",
    "ends with other numbers: what it remembers is lost",
)
class ForgetsTheAverage(callbacks.MovingAverage):
    """Gives an average to be evaluated, and keeps it nowhere."""

    def listener(self, run):
        return _Unkept(self.kept)


class _First:
    """Ends with the weights of the first epoch it hears of."""

    def __init__(self):
        self.epoch, self.arrays = 0, {}

    @hookimpl
    def framework_epoch_ended(self, run, record):
        if not self.arrays:
            self.epoch = record.number
            self.arrays = {name: a.copy() for name, a in run.measured_arrays().items()}

    @hookimpl
    def framework_training_ended(self, run):
        run.end_with(run.metrics[self.epoch - 1], self.arrays)


@caught_by(
    "resumes_anywhere",
    "the evaluated 'conformance_affine_1.",
    "ends with other numbers: what it remembers is lost",
)
class ForgetsTheFirst(Callback):
    """Has an earlier epoch's weights be final, and keeps them nowhere."""

    changes_training: ClassVar[bool] = True

    def listener(self, run):
        return _First()
