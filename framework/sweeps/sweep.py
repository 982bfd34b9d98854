"""A sweep: many jobs through Hydra, each known to the ledger, in whichever process it runs."""

from __future__ import annotations

import logging
import multiprocessing
import os
import secrets
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

from omegaconf import DictConfig, open_dict, read_write

from framework.configuration import compose
from framework.configuration.command_line import CommandLine
from framework.configuration.hydra_keys import check_subdirectory, task_overrides
from framework.configuration.hydra_state import settle
from framework.configuration.override import readable
from framework.configuration.quoting import assignment, pasted
from framework.errors import ConfigurationError, Interrupted, Leaving, RunError
from framework.files.directories import remove_leftovers
from framework.process import screen
from framework.process.signals import Interruption
from framework.registry.registry import Registry
from framework.runs import provenance
from framework.sweeps import comparison, job_folder, job_processes, leaderboard, ledger
from framework.sweeps.perform import configured
from framework.sweeps.sweep_job import perform_job, suits

log = logging.getLogger("framework")
_LOADS = ("plugins", "blocked")  # what says which plugins are loaded


@dataclass(frozen=True)
class Attempt:
    """One command line's way through a sweep.

    Attributes
    ----------
    token : tells its jobs from those of other command lines in the same directory.
    asked : the command line, for the folders of YAML that it adds.
    directory : where the jobs lie, absolute.
    shown : the same, as the user gave it.
    process : the command line's own.
    before : the job → the command line that wrote its record, of all that were there already.
    jobs : number → overrides of every job that was given to a launcher.
    """

    token: str
    asked: CommandLine
    directory: Path
    shown: str
    before: Mapping[str, str] = field(default_factory=dict)
    process: job_processes.Process = field(default_factory=job_processes.this_process)
    jobs: dict[int, tuple[str, ...]] = field(default_factory=dict)

    def note(self, number: int, overrides: Sequence[str]) -> None:
        """Note a job that is about to be launched."""
        self.jobs[number] = tuple(overrides)


def begin(asked: CommandLine, directory: Path, shown: str) -> Attempt:
    """Begin a way through a sweep."""
    return Attempt(secrets.token_hex(8), asked, directory, shown, ledger.attempts(directory))


def stop(attempt: Attempt, number: int) -> None:
    """Let the jobs that run in other processes write their checkpoints and end, as by a signal."""
    job_processes.stop([attempt.directory], attempt.token, number)


def task(attempt: Attempt) -> Callable[[DictConfig], float | None]:
    """Make what Hydra hands to its launchers, which may call it in processes of their own."""

    def job(cfg: DictConfig) -> float | None:
        try:
            return run_job(cfg, attempt)
        except RunError as error:  # its record, say, could not be written: `finish` names the job
            log.error("error: %s", error)
            return None
        finally:
            _empty(cfg)  # Hydra keeps every job's until the sweep ends

    return job


def run_job(cfg: DictConfig, attempt: Attempt) -> float | None:
    """Run one job, unless it is done; the failure of one is recorded, and the others continue.

    Returns
    -------
    score : what the sweep optimizes; None when the job failed.
    """
    from hydra.core.hydra_config import HydraConfig

    hydra: Any = HydraConfig.get()
    loads = tuple(o.text for o in readable(task_overrides(hydra)) if o.key in _LOADS)
    registry = _registry(replace(attempt.asked, overrides=loads))
    elsewhere = not attempt.process.is_here()
    if elsewhere:
        screen.protect()
        job_processes.watch(attempt.process, attempt.directory, attempt.token)
        if Interruption.asked():
            return None
    with job_processes.WORK.under_way(), provenance.shared(attempt.token):
        try:
            return _run_in_ledger(cfg, hydra, registry, attempt)
        except Interrupted:
            if elsewhere:  # its record says that it is not finished; the process may do others
                return None
            raise


def _run_in_ledger(
    cfg: DictConfig, hydra: Any, registry: Registry, attempt: Attempt
) -> float | None:
    in_own_process = multiprocessing.parent_process() is not None
    if in_own_process:  # several jobs at once: their bars would be mixed up on the screen
        os.environ["TQDM_DISABLE"] = "1"
    overrides = tuple(task_overrides(hydra))  # as `Attempt.note` has them
    label = f"job {hydra.job.num}"
    log.info("%s: %s", label, " ".join(overrides))
    why: BaseException | None = None
    configuration: Mapping[str, Any] = {}
    try:
        settle(cfg)
        configuration = configured(cfg, registry)
        identity = ledger.identify(configuration, registry)
    except (KeyboardInterrupt, Leaving):
        raise
    except BaseException as error:
        identity, why = ledger.unidentified(overrides), error
    sweep = attempt.directory
    wanted = Path(os.path.relpath(hydra.runtime.output_dir, sweep)).as_posix()
    try:
        check_subdirectory(wanted)
    except ConfigurationError as error:
        wanted, why = str(hydra.job.num), error
    with ledger.job_lock(sweep, identity.key, label):
        record = ledger.find(sweep, identity.key)
        stale = ledger.why_stale(sweep, record) if record is not None and record.done else ""
        if stale:
            log.warning("%s: was done, but %s; doing it again", label, stale)
        if record is not None and record.done and not stale:
            log.info("%s: %s in %s before", label, record.status, record.directory)
            record = replace(record, attempt=attempt.token, job=hydra.job.num, overrides=overrides)
        else:
            directory = job_folder.assign_directory(
                sweep, identity.key, wanted, lambda place: suits(place, configuration)
            )
            if stale:
                job_folder.set_summary_aside(sweep / directory)
            record = ledger.Record(
                identity.key,
                identity.family,
                attempt.token,
                hydra.job.num,
                directory,
                overrides,
            )
            ledger.write(sweep, record)
            record = perform_job(cfg, hydra, registry, sweep, record, why)
        ledger.write(sweep, record)
        if record.directory != wanted:
            job_folder.release_if_empty(sweep, wanted)  # Hydra made it
        if not record.done:
            job_folder.release_if_empty(sweep, record.directory, record.key)
    if in_own_process:
        print(f"{label}: {' '.join(overrides)}: {record.status} {record.score}", file=sys.stderr)
    return record.score  # None tells a search that the job failed


def finish(attempt: Attempt) -> list[str]:
    """Write the leaderboards of what this process swept; give a line for each failure."""
    path, lines = attempt.directory, []
    jobs = dict(attempt.jobs)
    if (path / job_folder.LEDGER).is_dir():
        try:
            _write_board(attempt)
        except RunError as error:
            lines.append(str(error))
        known = {
            record.overrides: record
            for record in ledger.records(path, attempt.token)
            if attempt.before.get(record.key) != record.attempt  # written since: here, or meanwhile
        }
        own = [
            replace(known[overrides], job=number)
            for number, overrides in jobs.items()
            if overrides in known
        ]
        for record in own:
            del jobs[record.job]
        lines += [f"{record.label} {record.failure}" for record in own if record.failure]
        if jobs or not all(record.done for record in own):
            log.info("to do what is missing: %s", _how_to_resume(attempt))
        else:
            job_processes.forget(path)
    lines += [
        f"{ledger.label(number, overrides)} was not done" for number, overrides in jobs.items()
    ]
    return lines


def _write_board(attempt: Attempt) -> None:
    path = attempt.directory
    with job_folder.locked(path / job_folder.LEDGER / "leaderboard.lock"):
        remove_leftovers(path)
        job_folder.remove_dead_leftovers(path / job_folder.LEDGER)
        board = leaderboard.read(path, attempt.token)
        for line in board.left_out:
            log.warning("%s", line)
        if not board.rows:
            return
        leaderboard.write(board, path)
        compared = comparison.compare(board, path)
    log.info("\n%s", board.table())
    if board.families():
        log.info("\n%s", board.family_table())
    log.info("%s", Path(attempt.shown) / leaderboard.FILE)
    if compared is not None:
        log.info("%s", Path(attempt.shown) / comparison.FILE)


def how_to_resume(attempt: Attempt) -> str:
    """Return how to resume a sweep; '' when it has not begun."""
    begun = (attempt.directory / job_folder.LEDGER).is_dir()
    return _how_to_resume(attempt) if begun else ""


def _how_to_resume(attempt: Attempt) -> str:
    return f"the same command with {pasted(assignment('hydra.sweep.dir', attempt.shown))}"


def _empty(cfg: DictConfig) -> None:
    with read_write(cfg), open_dict(cfg):
        for key in list(cfg):
            del cfg[key]


@cache
def _registry(asked: CommandLine) -> Registry:
    return compose.prepare(asked).registry
