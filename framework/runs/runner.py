"""Running: one training with its directory, from checked settings to the last file.

`train` prepares: `builder.py` makes data, network and trainer, `resume.py` puts them where an
earlier process was stopped. `_drive` is the loop: epochs and their evaluation, checkpoints
(`checkpoint_manager.py`), events for the callbacks (`events.py`), the summary.
"""

from __future__ import annotations

import logging
import signal
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from logging.handlers import MemoryHandler
from pathlib import Path
from typing import Literal

from framework.errors import DivergenceError, Interrupted
from framework.files.directories import make_directory, make_own_directory
from framework.files.lock import exclusive_lock
from framework.files.writing import write_json, write_text
from framework.process.caller import for_caller
from framework.process.signals import Interruption
from framework.registry.plugin_errors import naming_the_plugin, plugin_error
from framework.registry.registry import Registry
from framework.runs import provenance
from framework.runs.builder import build
from framework.runs.checkpoint_manager import CheckpointManager
from framework.runs.choose_checkpoint import checkpoints as checkpoints_of
from framework.runs.events import RunEvents
from framework.runs.initial_weights import initial_network
from framework.runs.resume import RECORDS, holds_run, resume_from_directory
from framework.runs.run import Run
from framework.runs.saved_config import check_same, way_to_resume
from framework.runs.state import States
from framework.runs.summary_file import SUMMARY
from framework.runs.trying import trying, verdict
from framework.settings.settings import RunSettings
from framework.training import threads
from framework.training.epoch_evaluation import EpochEvaluation
from framework.training.progress import EpochSteps

log = logging.getLogger("framework")


def train(
    settings: RunSettings,
    registry: Registry,
    directory: Path,
    records: Mapping[str, str],
    *,
    cores: int,
    resume: Literal["never", "auto", "changed"] | None = None,
) -> Run:
    """Train from checked settings; the directory is made when data and network are ready.

    A SIGINT, SIGTERM or SIGHUP ends the run after the step it is in, with a checkpoint.

    Parameters
    ----------
    records : files to keep in the directory's `.hydra/`: name → content.
    cores : processor cores the run may use.
    resume : whether to resume what the directory holds; by default as the settings say.

    Raises
    ------
    FrameworkError : when data, network and loss do not fit, or a file cannot be written.
    Interrupted : when a signal ended the run.
    """
    interruption = Interruption()
    resume = resume or settings.trainer.resume
    holds = holds_run(directory, resume)
    count = threads.choose(settings.trainer)
    with (
        naming_the_plugin(registry),
        interruption.installed(),
        threads.limited(count),
        ExitStack() as stack,
    ):
        if holds:
            stack.enter_context(exclusive_lock(directory))
        with _logged_early() as early:
            resumes = holds and bool(checkpoints_of(directory))  # which have all weights
            initial = None if resumes else initial_network(settings, registry)
            parts = build(settings, registry, initial)
            settings, network = parts.settings, parts.network
            if threads.more_may_pay(network, settings.trainer, cores):
                log.info("trainer.threads=%d may be faster, with other last digits", cores)
            run = Run(
                *(settings, registry, directory, network, parts.data, parts.trainer, count),
                early_log=early,
                initial=dict(initial.about) if initial is not None else {},
            )
            events = RunEvents(run)
            if not holds:
                make_directory(directory, for_caller("hydra.run.dir", "directory"))
                stack.enter_context(exclusive_lock(directory))
                holds = holds_run(directory, resume)  # meanwhile, another process may have come
            allow = resume == "changed"
            changed, outdated = check_same(run, allow_changes=allow) if holds else (True, True)
            unevaluated, states = None, None
            if holds:
                unevaluated, states = resume_from_directory(
                    run, events, changed=changed, allow_changes=allow
                )
        if run.summary:
            run.network = run.evaluated.refreshed()
            return run
        _write_records(run, records, replace=outdated)
        checkpoints = CheckpointManager(run, events, interruption)
        interruption.run = run
        try:
            with interruption.deferred():
                in_background = not run.hearing and _can_evaluate_in_background(
                    settings, run.threads, cores
                )
                _drive(run, events, checkpoints, interruption, unevaluated, states, in_background)
        except BaseException as error:
            why = plugin_error(error, registry) or error
            events.hook.framework_run_failed(run=run, error=why)
            raise
    return run


@contextmanager
def _logged_early() -> Iterator[list[logging.LogRecord]]:
    """Yield what is logged in the block, before there is a directory with a file to log to."""
    handler = MemoryHandler(sys.maxsize, flushLevel=sys.maxsize)
    thread = threading.get_ident()  # another one's records are of another run
    handler.addFilter(lambda record: record.thread == thread)
    log.addHandler(handler)
    try:
        yield handler.buffer
    finally:
        log.removeHandler(handler)


def _write_records(run: Run, records: Mapping[str, str], *, replace: bool) -> None:
    make_own_directory(run.directory / RECORDS)
    for name, content in records.items():
        path = run.directory / RECORDS / name
        if replace or not path.exists():
            write_text(path, content)


def _can_evaluate_in_background(settings: RunSettings, count: int, cores: int) -> bool:
    """Whether a second core is free to evaluate epochs on, and no callback minds."""
    chosen = settings.trainer.threads == "auto" and count < cores
    return chosen and all(callback.passive for callback in settings.callbacks.values())


def _drive(
    run: Run,
    events: RunEvents,
    checkpoints: CheckpointManager,
    interruption: Interruption,
    unevaluated: EpochSteps | None,
    states: States | None,
    in_background: bool,
) -> None:
    """Train epoch by epoch to the end, or to where the run is stopped.

    Parameters
    ----------
    interruption : its signals wait for the end of a step, but while figures are computed.
    unevaluated : the epoch that has just ended, in a run that is resumed there.
    states : what the callbacks had kept; None when the run begins.
    """
    checkpoints.start(unevaluated)
    events.hook.framework_run_started(run=run)
    if states is not None:
        events.resumed(states)
    elif run.initial:
        checkpoints.begun()
    events.evaluation = evaluation = EpochEvaluation(
        run.evaluated,
        run.data,
        run.settings.loss,
        run.settings.metrics,
        run.settings.trainer,
        checkpoints.epoch_evaluated,
        in_background=in_background,
    )

    def evaluate(epoch: EpochSteps) -> None:
        last = run.trainer.ended or run.ends_after(epoch.number)
        with interruption.immediate():
            evaluation.epoch_ended(epoch, last=last)

    try:
        if unevaluated is not None:
            evaluate(unevaluated)
        under_way = run.trainer.step > 0 or not run.ends_after(run.trainer.epoch)
        for epoch in run.trainer.epochs(checkpoints) if under_way else ():
            checkpoints.epoch_ended(epoch)
            evaluate(epoch)
            if run.ends_after(epoch.number):
                break
        if run.stopped:
            checkpoints.stop_decided()
            log.info("stopped %s", run.stopped)
        events.hook.framework_training_ended(run=run)
        with interruption.immediate():
            test_figures = evaluation.test()
            evaluation.wait()
            if not run.final and not run.metrics[-1].measured:  # stopped where nothing is measured
                test_figures = evaluation.figures() | test_figures
        checkpoints.training_ended()
        with interruption.immediate():
            _finish(run, events, test_figures)
    except KeyboardInterrupt as stop:  # a signal's, or raised by a callback
        if interruption.signal and not isinstance(stop, Interrupted):  # a second one: at once
            raise
        line = f"interrupted; {way_to_resume(run)} resumes "
        if isinstance(stop, Interrupted):
            checkpoints.save_before_exit()
            line += "from here"
        else:  # it may have come in the middle of a step
            line += "from the last checkpoint"
        run.network = run.evaluated.refreshed()
        number = interruption.signal or signal.SIGINT
        raise Interrupted(line, number, run) from None
    except DivergenceError:
        checkpoints.save_before_exit()
        raise
    finally:
        evaluation.close()


def _finish(run: Run, events: RunEvents, test_figures: Mapping[str, float]) -> None:
    run.network = run.evaluated.refreshed()
    final = run.final or run.metrics[-1]
    figures = {**final.figures, **test_figures}
    score, higher = run.score
    clock = run.clock()
    not_ranked = trying(run.settings.trainer)
    only = provenance.only_in_python(run.settings, run.registry)
    run.summary = {
        "figures": figures,
        "score": {"name": score, "value": figures[score], "higher_is_better": higher},
        "published": dict(run.settings.published),
        **({"not_ranked": not_ranked} if not_ranked else {}),
        **verdict(run),
        "epochs": len(run.metrics),
        "stopped": run.stopped or None,
        **({"final_epoch": final.number} if run.final else {}),
        "steps": run.trainer.steps,
        "seconds": round(clock["seconds"], 3),
        "training_seconds": round(sum(record.seconds for record in run.metrics), 3),
        "started": clock["started"],
        "seed": run.settings.seed,
        "dtype": run.settings.dtype,
        "parameters": run.network.count(),
        **({"initial": dict(run.initial)} if run.initial else {}),
        "data": run.data.source,
        **({"only_in_python": only} if only else {}),
        "components": provenance.origins(run.settings, run.registry),
        "plugins": [str(origin) for origin in run.registry.plugins],
        "versions": provenance.versions(),
        "git": provenance.git_state(),
        "machine": provenance.machine(run.threads, run.trainer.engine.name),
        "failed_callbacks": [asdict(failure) for failure in events.failures],
    }
    events.hook.framework_run_ended(run=run)
    run.summary["failed_callbacks"] = [asdict(failure) for failure in events.failures]
    write_json(run.directory / SUMMARY, run.summary)  # last: it says that the run is finished
