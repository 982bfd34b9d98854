"""Keeping checkpoints: when one is written, which stay, and which one a run goes on from."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from framework.components.epoch import Epoch
from framework.errors import RunError
from framework.files import directories
from framework.process.signals import Interruption
from framework.registry.registry import Registry
from framework.runs import checkpoint_file, provenance
from framework.runs.changed_data import difference
from framework.runs.checkpoint_header import Past, past_of
from framework.runs.events import RunEvents
from framework.runs.state import States, capture, largest_checkpoint, restore
from framework.training.progress import EpochSteps

if TYPE_CHECKING:
    from framework.components.base import Array
    from framework.runs.run import Run

log = logging.getLogger("framework")
FOLDER = "checkpoints"
_NAME = re.compile(r"step-\d{9,}\.safetensors")
_PATIENCE = 0.7  # seconds that a signal waits for the figures of the last epoch


class CheckpointManager:
    """Listens to the trainer for the callbacks, and writes checkpoints between its steps.

    A checkpoint is taken between two steps. While an epoch's figures are still being computed there
    is none, but for the one written at the end of that epoch: it says that they are missing, and
    whoever goes on from it computes them first.
    """

    def __init__(self, run: Run, events: RunEvents, interruption: Interruption) -> None:
        self._run, self._events, self._interruption = run, events, interruption
        self._settings = run.settings.checkpoint
        self._walk: EpochSteps | None = None
        self._saved: tuple[int, int, str, int] | None = None
        self._saved_when = time.monotonic()
        self._about = {
            "seed": run.settings.seed,
            "configuration": run.settings.configuration,
            "components": provenance.origins(run.settings, run.registry),
            "versions": provenance.versions(),
            "products": provenance.products(run.threads),
            "modules": provenance.modules(run.settings.configuration),
            "data": run.data.fingerprint,
        }
        self.every_step = events.every_step

    def start(self, walk: EpochSteps | None) -> None:
        """Begin, with an epoch that is still to be measured if there is one."""
        directories.make_own_directory(self._run.directory / FOLDER)
        self._walk = walk
        self._interruption.save = self.save
        self._ask_for_report()

    def epoch_started(self, epoch: int) -> None:
        self._events.epoch_started(epoch)

    def steps_ended(self, step: int, losses: Array) -> None:
        self._events.steps_ended(step, losses)
        self.stop_if_asked()
        every, seconds = self._settings.steps, self._settings.seconds
        if every is not None and step % every == 0:
            self._wait_for_figures()
            self.save()
        elif seconds is not None and time.monotonic() - self._saved_when >= seconds:
            self.save()
        self._ask_for_report()

    def epoch_ended(self, walk: EpochSteps) -> None:
        """Hear that an epoch's steps are taken; it is measured after this."""
        self._walk = walk
        epochs = self._settings.epochs
        last = walk.number == self._run.settings.trainer.epochs
        if epochs is not None and (last or walk.number % epochs == 0):
            self._wait_for_figures()
            self.save()

    def record_ended(self, record: Epoch) -> None:
        """Hand an epoch's figures on."""
        with self._interruption.at_once(False):
            self._events.epoch_ended(record)

    def stop_decided(self) -> None:
        """Hear that the run ends early: what was decided is kept, not left to be decided again."""
        kept = self._settings
        if any(every is not None for every in (kept.epochs, kept.steps, kept.seconds)):
            self._wait_for_figures()
            self.save()

    def training_ended(self) -> None:
        """Hear that all steps are taken and all figures are there."""
        if self._settings.epochs is not None:
            self.save()  # the last one lacks the last figures
        self.stop_if_asked()

    def stop_if_asked(self) -> None:
        """End the run if a signal asked for it.

        Raises
        ------
        Interrupted : when one did.
        """
        if self._interruption.waiting:
            self.save_in_time()
            self._interruption.check()

    def save_in_time(self) -> None:
        """Write a checkpoint although the run ends; wait for figures, but not for long."""
        until = time.monotonic() + _PATIENCE
        while not self._complete() and time.monotonic() < until:
            time.sleep(0.005)
            if self._events.measurement is not None:
                self._events.measurement.poll()
        self.save()

    def save(self) -> bool:
        """Write a checkpoint of this moment, if this moment can be gone on from."""
        run, steps = self._run, self._run.trainer.steps
        moment = (steps, len(run.metrics), run.stopped, len(run.failures))
        if moment == self._saved:
            return True
        if not self._complete() or not run.trainer.is_finite():
            return False
        walk = self._walk if len(run.metrics) < run.trainer.epoch else None
        states = self._events.states()  # first: a callback may fail at it
        about = {
            **self._about,
            **run.clock(),
            "stopped": run.stopped,
            "stop_after": run.stop_after,
            "failures": [asdict(failure) for failure in self._events.failures],
        }
        content = capture(run, walk, states, about)
        checkpoint_file.write(_path(run, steps), content)
        self._saved, self._saved_when = moment, time.monotonic()
        self._prune()
        return True

    def _wait_for_figures(self) -> None:
        """Wait for the figures of the epoch before, when they are computed on another core."""
        if self._events.measurement is not None:
            with self._interruption.at_once(True):
                self._events.measurement.wait()

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
        kept = checkpoints(self._run.directory)[: self._settings.keep]
        if best is not None:
            kept.append(_path(self._run, best.steps))
        for path in checkpoints(self._run.directory):
            if path not in kept and path.is_file() and not path.is_symlink():
                directories.remove(path)


def checkpoints(directory: Path) -> list[Path]:
    """List the checkpoints of a run, the newest first."""
    files = (directory / FOLDER).glob("step-*.safetensors")
    ours = [path for path in files if _NAME.fullmatch(path.name)]
    return sorted(ours, key=lambda path: (len(path.name), path.name), reverse=True)


def recover(run: Run, *, allow_changes: bool) -> tuple[Past, EpochSteps | None, States] | None:
    """Put a run into the state of its newest good checkpoint; None when it has none at all.

    Those that are not good are set aside under another name, and said.

    Raises
    ------
    RunError : when it has checkpoints and none is good, with a line for each.
    """
    problems: list[tuple[Path, str]] = []
    largest = largest_checkpoint(run.network)
    found = checkpoints(run.directory)
    for path in found:
        try:
            content = checkpoint_file.read(path, largest)
            other = difference(content.about.get("data"), run.data) if not allow_changes else None
            if other is not None:
                source = run.data.source
                raise RunError(f"{path}: was trained on other data than {source} has now: {other}")
            try:
                past = past_of(content.about)
                walk, states = restore(run, content)
            except RunError as error:
                raise RunError(f"{path}: {error}") from error
        except RunError as error:
            problems.append((path, str(error)))
            continue
        for bad, why in problems:
            log.warning("%s; going on from %s", why, path.name)
            directories.rename(bad, f"{bad.name}.damaged")
        for line in provenance.changed(past.components, run.registry):
            log.warning("%s", line)
        return past, walk, states
    if found:
        raise RunError("\n".join(why for _, why in problems))
    return None


def missing_components(directory: Path, registry: Registry) -> list[str]:
    """Name the components that a run's newest readable checkpoint needs and no plugin brings."""
    for path in checkpoints(directory):
        try:
            return provenance.missing(_components(checkpoint_file.read_about(path)), registry)
        except RunError:
            continue
    return []


def _components(about: Mapping[str, Any]) -> dict[str, str]:
    found = about.get("components")
    return {str(k): str(v) for k, v in found.items()} if isinstance(found, Mapping) else {}


def _path(run: Run, steps: int) -> Path:
    return run.directory / FOLDER / f"step-{steps:09d}.safetensors"
