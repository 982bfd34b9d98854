"""Running: one training with its directory, from checked settings to the last file."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import Literal

from framework.errors import DivergenceError, Interrupted
from framework.files.directories import make_directory, make_own_directory
from framework.files.lock import exclusive_lock
from framework.files.writing import write_json, write_text
from framework.process.signals import Interruption
from framework.registry.plugin_errors import naming_the_plugin, plugin_error
from framework.registry.registry import Registry
from framework.runs import provenance
from framework.runs.builder import build
from framework.runs.checkpoint_manager import CheckpointManager
from framework.runs.early_log import collecting
from framework.runs.events import RunEvents
from framework.runs.resuming import RECORDS, go_on, holds_run
from framework.runs.run import Run
from framework.runs.saved_config import check_same, command_to_resume
from framework.runs.state import States
from framework.runs.summary_file import SUMMARY
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
    records : texts to keep in the directory's `.hydra/`: file name → content.
    cores : processor cores the run may use.
    resume : whether to go on with what the directory holds; by default as the settings say.

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
        interruption.heard(),
        threads.limited(count),
        ExitStack() as stack,
    ):
        if holds:
            stack.enter_context(exclusive_lock(directory))
        with collecting(log) as early:
            data, network, trainer = build(settings, registry)
            if threads.more_may_pay(network, settings.trainer, cores):
                log.info("trainer.threads=%d may be faster, with other last digits", cores)
            run = Run(settings, registry, directory, network, data, trainer, count, early_log=early)
            events = RunEvents(run)
            if not holds:
                make_directory(directory)
                stack.enter_context(exclusive_lock(directory))
                holds = holds_run(directory, resume)  # meanwhile, another process may have come
            allow = resume == "changed"
            changed = not holds or check_same(run, allow_changes=allow)
            walk, states = (
                go_on(run, events, changed=changed, allow_changes=allow) if holds else (None, None)
            )
        if run.summary:
            return run
        make_own_directory(directory / RECORDS)
        for name, text in records.items():
            path = directory / RECORDS / name
            if changed or not path.exists():
                write_text(path, text)
        keeper = CheckpointManager(run, events, interruption)
        try:
            with interruption.at_once(False):
                in_background = _can_evaluate_in_background(settings, run.threads, cores)
                _drive(run, events, keeper, interruption, walk, states, in_background=in_background)
        except BaseException as error:
            why = plugin_error(error, registry) or error
            events.hook.framework_run_failed(run=run, error=why)
            raise
    return run


def _can_evaluate_in_background(settings: RunSettings, count: int, cores: int) -> bool:
    """Whether epochs are measured on a second core: one is free, and no callback minds."""
    chosen = settings.trainer.threads == "auto" and count < cores
    return chosen and all(callback.passive for callback in settings.callbacks.values())


def _drive(
    run: Run,
    events: RunEvents,
    keeper: CheckpointManager,
    interruption: Interruption,
    walk: EpochSteps | None,
    states: States | None,
    *,
    in_background: bool,
) -> None:
    keeper.start(walk)
    events.hook.framework_run_started(run=run)
    if states is not None:
        events.resumed(states)
    events.measurement = measurement = EpochEvaluation(
        run.network,
        run.data,
        run.settings.loss,
        run.settings.metrics,
        run.settings.trainer.evaluation_rows,
        keeper.record_ended,
        in_background=in_background,
    )

    def measure(walk: EpochSteps) -> None:
        with interruption.at_once(True):
            measurement.epoch_ended(walk)

    try:
        if walk is not None:
            measure(walk)
        under_way = run.trainer.step > 0 or not run.ends_after(run.trainer.epoch)
        for walk in run.trainer.epochs(keeper) if under_way else ():
            keeper.epoch_ended(walk)
            measure(walk)
            if run.ends_after(walk.number):
                break
        if run.stopped:
            keeper.stop_decided()
            log.info("stopped %s", run.stopped)
        events.hook.framework_training_ended(run=run)
        with interruption.at_once(True):
            test = measurement.test()
            measurement.wait()
        keeper.training_ended()
        with interruption.at_once(True):
            _finish(run, events, test)
    except Interrupted as stop:
        keeper.save_in_time()
        raise Interrupted(
            f"interrupted; {command_to_resume(run)} goes on from here", stop.signal
        ) from None
    except DivergenceError:
        keeper.save_in_time()
        raise
    finally:
        measurement.close()


def _finish(run: Run, events: RunEvents, test: Mapping[str, float]) -> None:
    figures = {**run.metrics[-1].figures, **test}
    score, higher = run.score
    clock = run.clock()
    run.summary = {
        "figures": figures,
        "score": {"name": score, "value": figures[score], "higher_is_better": higher},
        "published": dict(run.settings.published),
        "epochs": len(run.metrics),
        "stopped": run.stopped or None,
        "steps": run.trainer.steps,
        "seconds": round(clock["seconds"], 3),
        "training_seconds": round(sum(record.seconds for record in run.metrics), 3),
        "started": clock["started"],
        "seed": run.settings.seed,
        "dtype": run.settings.dtype,
        "parameters": run.network.count(),
        "data": run.data.source,
        "components": provenance.origins(run.settings, run.registry),
        "plugins": [str(origin) for origin in run.registry.plugins],
        "versions": provenance.versions(),
        "git": provenance.git_state(),
        "machine": provenance.machine(run.threads),
        "failed_callbacks": [asdict(failure) for failure in events.failures],
    }
    events.hook.framework_run_ended(run=run)
    run.summary["failed_callbacks"] = [asdict(failure) for failure in events.failures]
    write_json(run.directory / SUMMARY, run.summary)  # last: it says that the run is finished
