"""Writing checkpoints: when one is written, a signal's among them, and which ones stay.

A signal's way to a checkpoint begins in `process/signals.py`; here `stop_if_asked` saves and
raises. Which checkpoint a run resumes from is decided in `choose_checkpoint.py`.
"""

from __future__ import annotations

import logging
import time
from dataclasses import asdict
from typing import TYPE_CHECKING

from framework.components.epoch import Epoch
from framework.files import directories
from framework.process.signals import Interruption
from framework.runs import checkpoint_file, provenance
from framework.runs.choose_checkpoint import FOLDER, checkpoint_path, checkpoints
from framework.runs.events import RunEvents
from framework.runs.network_description import describe
from framework.runs.state import capture
from framework.training.progress import EpochSteps

if TYPE_CHECKING:
    from framework.components.base import Array
    from framework.runs.run import Run

log = logging.getLogger("framework")
_PATIENCE = 0.7  # seconds that a signal waits for the figures of the last epoch


class CheckpointManager:
    """Listens to the trainer for the callbacks, and writes checkpoints between its steps.

    A checkpoint is taken between two steps. While an epoch's figures are still being computed there
    is none, but for the one written at the end of that epoch: it says that they are missing, and
    whoever resumes from it computes them first.
    """

    def __init__(self, run: Run, events: RunEvents, interruption: Interruption) -> None:
        self._run, self._events, self._interruption = run, events, interruption
        self._settings = run.settings.checkpoint
        self._last_epoch: EpochSteps | None = None
        self._saved: tuple[int, int, str, int] | None = None
        self._saved_when = time.monotonic()
        self._about = {
            "seed": run.settings.seed,
            "configuration": run.settings.configuration,
            "components": provenance.origins(run.settings, run.registry),
            "versions": provenance.versions(),
            "products": provenance.products(run.threads, run.trainer.engine.name),
            "modules": provenance.modules(run.settings.configuration),
            "data": run.data.fingerprint,
            **({"initial": dict(run.initial)} if run.initial else {}),
            **describe(run.network, run.settings.loss, run.registry),
        }
        self.every_step = events.every_step
        self.gradients_ready = events.gradients_ready

    def start(self, unmeasured: EpochSteps | None) -> None:
        """Begin, with the epoch that is still to be evaluated if there is one."""
        directories.make_own_directory(self._run.directory / FOLDER)
        self._last_epoch = unmeasured
        self._interruption.save = self.save
        self._ask_for_report()

    def epoch_started(self, epoch: int) -> None:
        self._events.epoch_started(epoch)

    def steps_ended(self, step: int, losses: Array) -> None:
        self._events.steps_ended(step, losses)
        self._end_in_time()
        self.stop_if_asked()
        every, seconds = self._settings.steps, self._settings.seconds
        if every is not None and step % every == 0:
            self._wait_for_figures()
            self.save()
        elif seconds is not None and time.monotonic() - self._saved_when >= seconds:
            self.save()
        self._ask_for_report()

    def _end_in_time(self) -> None:
        """End the run where it stands when its time is over."""
        run, seconds = self._run, self._run.settings.trainer.seconds
        if seconds is not None and run.clock()["seconds"] >= seconds:
            run.stop(f"after {seconds:g} seconds, at step {run.trainer.steps:,}")
            run.trainer.cut = True

    def epoch_ended(self, epoch: EpochSteps) -> None:
        """Called when an epoch's steps are taken; it is evaluated after this."""
        self._last_epoch = epoch
        epochs = self._settings.epochs
        if epochs is not None and (self._run.trainer.ended or epoch.number % epochs == 0):
            self._wait_for_figures()
            self.save()

    def epoch_evaluated(self, record: Epoch) -> None:
        """Called when an epoch's figures are there: the callbacks are."""
        with self._interruption.deferred():
            self._events.epoch_ended(record)

    def begun(self) -> None:
        """Called before the first step of a run that starts from weights of another."""
        if self._writes:
            self.save()

    def stop_decided(self) -> None:
        """Called when the run ends early: the decision is kept, not left to be made again."""
        if self._writes:
            self._wait_for_figures()
            self.save()

    @property
    def _writes(self) -> bool:
        """Whether checkpoints are written without a signal, too."""
        settings = self._settings
        every = (settings.epochs, settings.steps, settings.seconds)
        return any(interval is not None for interval in every)

    def training_ended(self) -> None:
        """Called when all steps are taken and all figures are there."""
        if self._settings.epochs is not None:
            self.save()  # the last one lacks the last figures
        self.stop_if_asked()

    def stop_if_asked(self) -> None:
        """End the run, with a checkpoint, if a signal asked for it.

        `Interrupted` ends the loop in `runner.py`; `app.py` makes its signal the exit status,
        143 for SIGTERM.

        Raises
        ------
        Interrupted : when a signal did.
        """
        if self._interruption.pending:
            self.save_before_exit()
            self._interruption.check()

    def save_before_exit(self) -> None:
        """Write a checkpoint although the run ends; wait for figures, but not for long."""
        until = time.monotonic() + _PATIENCE
        while not self._complete() and time.monotonic() < until:
            time.sleep(0.005)
            if self._events.evaluation is not None:
                self._events.evaluation.poll()
        self.save()

    def save(self) -> bool:
        """Write a checkpoint of this moment, if the run can be resumed from this moment."""
        run, steps = self._run, self._run.trainer.steps
        moment = (steps, len(run.metrics), run.stopped, len(run.failures))
        if moment == self._saved:
            return True
        if not self._complete() or not run.trainer.is_finite():
            return False
        unmeasured = self._last_epoch if len(run.metrics) < run.trainer.epoch else None
        states = self._events.states()  # first: a callback may fail at it
        about = {
            **self._about,
            **(describe(run.network, run.settings.loss, run.registry) if run.hearing else {}),
            **run.clock(),
            "stopped": run.stopped,
            "stop_after": run.stop_after,
            "failures": [asdict(failure) for failure in self._events.failures],
        }
        content = capture(run, unmeasured, states, about)
        checkpoint_file.write(checkpoint_path(run.directory, steps), content)
        self._saved, self._saved_when = moment, time.monotonic()
        self._prune()
        return True

    def _wait_for_figures(self) -> None:
        """Wait for the figures of the epoch before, when they are computed on another core."""
        if self._events.evaluation is not None:
            with self._interruption.immediate():
                self._events.evaluation.wait()

    def _complete(self) -> bool:
        """Whether every epoch's figures are there, or are those of the state as it is."""
        run = self._run
        missing = run.trainer.epoch - len(run.metrics)
        return missing == 0 or (missing == 1 and run.trainer.step == 0)

    def _ask_for_report(self) -> None:
        every = self._settings.steps
        if every is not None:
            self._run.trainer.report_at = (self._run.trainer.steps // every + 1) * every

    def _prune(self) -> None:
        best = self._run.best
        there = checkpoints(self._run.directory)
        kept = there[: self._settings.keep]
        if best is not None:
            kept.append(checkpoint_path(self._run.directory, best.steps))
        for path in there:
            if path not in kept and path.is_file() and not path.is_symlink():
                directories.remove(path)
