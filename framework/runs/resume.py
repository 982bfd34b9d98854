"""Resuming a run: whether a directory holds one, whether it is finished, where it stands.

Which of its checkpoints it resumes from is decided in `choose_checkpoint.py`; how a state is put
back in `state.py`; whether its configuration is the same in `saved_config.py`.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from framework.components.schedule import Schedule
from framework.components.span import Span
from framework.errors import ConfigurationError, RunError
from framework.files.directories import remove_leftovers
from framework.files.reading import is_there, refuse_link
from framework.process.caller import for_caller
from framework.runs import provenance
from framework.runs.checkpoint_header import CheckpointHeader, failures_of
from framework.runs.choose_checkpoint import FOLDER, checkpoints, restore_newest
from framework.runs.events import RunEvents
from framework.runs.saved_config import AUTO, differences
from framework.runs.state import States
from framework.runs.summary_file import SUMMARY, Summary, read_summary
from framework.settings.schedule_ranges import run_schedules
from framework.training.engine import NUMPY
from framework.training.progress import EpochSteps

if TYPE_CHECKING:
    from framework.runs.run import Run

log = logging.getLogger("framework")
RECORDS = ".hydra"


def holds_run(directory: Path, resume: str) -> bool:
    """Whether a directory holds a run, or a part of one.

    Raises
    ------
    RunError : when it does and `resume` is "never", or when what it holds lies behind a link.
    """
    holds = any(is_there(directory / name) for name in (RECORDS, FOLDER, SUMMARY))
    if holds and resume == "never":
        raise RunError(
            f"{directory}: holds a run already; choose another directory"
            f"{for_caller(' (hydra.run.dir)', '')}, or resume it:"
            f" {for_caller('trainer.resume=auto', AUTO)}"
        )
    for name in (RECORDS, FOLDER):
        refuse_link(directory / name)
    return holds


def resume_from_directory(
    run: Run, events: RunEvents, *, changed: bool, allow_changes: bool
) -> tuple[EpochSteps | None, States | None]:
    """Put a run into the state its directory holds; a finished one gets its summary, too.

    Parameters
    ----------
    changed : whether the run's configuration is not the one its directory holds.
    allow_changes : whether its data may be others than those it was trained on.

    Returns
    -------
    unmeasured : the epoch that has just ended, when it is not evaluated yet.
    states : what the callbacks had kept; None when the run starts from its beginning.

    Raises
    ------
    RunError : when no checkpoint of it is good.
    """
    directory = run.directory
    summary = _finished(run, changed=changed)
    if summary and not checkpoints(directory):
        _use_summary(run, summary)
        log.warning(
            "%s: the run is finished after %d epochs; it left no checkpoint: its weights are not"
            " loaded",
            directory,
            summary.epochs,
        )
        return None, None
    remove_leftovers(directory, directory / RECORDS, directory / FOLDER)
    restored = restore_newest(run, allow_changes=allow_changes)
    if restored is None:
        log.info("%s: there is no checkpoint yet; starting from the beginning", directory)
        return None, None
    header, unmeasured, states = restored
    run.set_clock(header.started, header.seconds)
    run.initial = header.initial
    _warn_of_changes(run, header)
    at = run.trainer.position
    if summary:
        _use_summary(run, summary)
        log.info("%s: the run is finished after %d epochs", directory, at.epoch)
        return unmeasured, states
    was = header.configuration
    if was is None or not differences(was, run.settings.configuration, same_data=not allow_changes):
        run.stopped, run.stop_after = header.stopped, header.stop_after
    events.leave_out(header.failures)
    log.info("%s: resuming in epoch %d, step %d", directory, at.epoch + 1, at.step)
    return unmeasured, states


def _finished(run: Run, *, changed: bool) -> Summary | None:
    """Return the summary of a run that trained all its epochs, or was stopped for good."""
    if not is_there(run.directory / SUMMARY):
        return None
    try:
        summary = read_summary(run.directory / SUMMARY)
    except RunError as error:
        log.warning("%s; it is written anew", error)
        return None
    stopped = summary.stopped and not changed
    trainer, steps = run.settings.trainer, summary.content.get("steps")
    all_steps = trainer.steps is not None and isinstance(steps, int) and steps >= trainer.steps
    return summary if stopped or all_steps or summary.epochs >= trainer.epochs else None


def _use_summary(run: Run, summary: Summary) -> None:
    run.summary = dict(summary.content)
    run.failures = [str(failure) for failure in failures_of(summary.failed_callbacks)]


def _longer_schedules(run: Run, header: CheckpointHeader) -> Iterator[str]:
    """Say which schedules are as long as the run where that has another length than before."""
    trainer = (header.configuration or {}).get("trainer")
    before = trainer.get("epochs") if isinstance(trainer, Mapping) else None
    now, per_epoch = run.settings.trainer.epochs, run.trainer.minibatches.steps
    if type(before) is not int or before in (0, now):
        return
    spans = [Span(epochs * per_epoch, per_epoch) for epochs in (before, now)]
    said: list[Schedule] = []
    try:
        schedules = run_schedules(run.settings.configuration, run.registry)
    except ConfigurationError:  # of values from Python, which no configuration has
        return
    for where, schedule in schedules:
        was, will_be = (schedule.over(span) for span in spans)
        if was != will_be and schedule not in said:
            said.append(schedule)
            yield (
                f"{where}: schedule '{run.registry.name_of(schedule)}' is as long as the run, which"
                f" had {before} epochs and has {now} now: from here on its values are those of the"
                " new length"
            )


def _warn_of_changes(run: Run, header: CheckpointHeader) -> None:
    """Warn of what has changed since that may change the figures."""
    earlier = {provenance.ENGINE: NUMPY.name}  # what versions that did not say it had
    was = {**header.versions, **header.components, **earlier, **header.products}
    now = {
        **provenance.versions(),
        **provenance.origins(run.settings, run.registry),
        **provenance.products(run.threads, run.trainer.engine.name),
    }
    for name in was.keys() & now.keys():
        if was[name] != now[name]:
            log.warning("%s was %s and is %s now: figures may differ", name, was[name], now[name])
    for line in _longer_schedules(run, header):
        log.warning("%s", line)
    sums = provenance.modules(run.settings.configuration)
    for name in sorted(header.modules.keys() & sums.keys()):
        if header.modules[name] != sums[name]:
            log.warning("the module '%s' has changed since: figures may differ", name)
