"""One job of a sweep in its folder: begun or resumed, and the record of how it ended."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from omegaconf import DictConfig, open_dict, read_write

from framework.configuration.hydra_keys import task_overrides
from framework.configuration.messages import bug_message, user_message
from framework.errors import CallbacksError, FrameworkError, Leaving, shows_tracebacks
from framework.files.reading import is_there
from framework.registry.registry import Registry
from framework.runs.choose_checkpoint import FOLDER as CHECKPOINTS
from framework.runs.resume import RECORDS
from framework.runs.saved_config import differences, saved_configuration
from framework.runs.summary_file import SUMMARY, read_summary
from framework.sweeps import job_folder, ledger
from framework.sweeps.perform import perform

log = logging.getLogger("framework")


def perform_job(
    cfg: DictConfig,
    hydra: Any,
    registry: Registry,
    sweep: Path,
    record: ledger.Record,
    why: BaseException | None,
) -> ledger.Record:
    """Run a job in the directory that it has; give its record when it ended."""
    place = sweep / record.directory
    with read_write(hydra), open_dict(hydra):
        hydra.runtime.output_dir = str(place)
    try:
        if why is not None:
            raise why
        _resume(cfg, place)
        failures = ""
        try:
            score = perform(cfg, hydra, registry)
        except CallbacksError as error:
            score, failures = error.score, " ".join(str(error).split())
        return _ended(record, place, score, failures)
    except (KeyboardInterrupt, Leaving):  # the user, or a scheduler that queues the job again
        raise
    except BaseException as error:  # whatever a plugin raises: the other jobs continue
        if shows_tracebacks():
            traceback.print_exc()
        line = _explain(error, registry, hydra)
        log.error("error: %s", line)
        return replace(record, status=ledger.FAILED, error=line)


def suits(place: Path, configuration: Mapping[str, Any]) -> bool:
    """Whether what a folder holds, if anything, is a run of a configuration."""
    try:
        held = saved_configuration(place)
    except FrameworkError:
        return False
    return held is None or not differences(held, configuration)


def _resume(cfg: DictConfig, place: Path) -> None:
    """Have a job whose directory holds a part of its run resume it."""
    holds = any(is_there(place / name) for name in (RECORDS, CHECKPOINTS, SUMMARY))
    if holds and isinstance(cfg.get("trainer"), DictConfig):
        with open_dict(cfg):
            cfg.trainer.resume = "auto"


def _ended(
    record: ledger.Record, place: Path, score: float | None, error: str = ""
) -> ledger.Record:
    """Return the record of a job that ended, its whole way or not."""
    summary = job_folder.summary_hash(place)
    content = read_summary(place / SUMMARY).content if summary else {}
    pruned = content.get("stopped") and "final_epoch" not in content  # the best are final
    status = ledger.PRUNED if pruned else ledger.FINISHED
    return replace(record, status=status, score=score, error=error, summary=summary)


def _explain(error: BaseException, registry: Registry, hydra: Any) -> str:
    if isinstance(error, SystemExit):
        return f"something in it called for the program's end: SystemExit({error.code!r})"
    line = user_message(error, registry, task_overrides(hydra), hydra.job.config_name)
    return line or bug_message(error, registry)
