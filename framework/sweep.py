"""A sweep: many jobs through Hydra, each known to the ledger, in whichever process it runs."""

from __future__ import annotations

import logging
import multiprocessing
import os
import re
import secrets
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

from omegaconf import DictConfig, OmegaConf, open_dict, read_write

from framework import (
    composition,
    job_folder,
    leaderboard,
    ledger,
    parent,
    run_directories,
    screen,
)
from framework.composition import Request
from framework.errors import Interrupted, Leaving, RunError
from framework.files import remove_leftovers
from framework.hydra_state import as_it_is, settle
from framework.interruption import Interruption
from framework.jobs import configured, perform, words_of
from framework.registry import Registry
from framework.sweep_job import perform_job, suits
from framework.zipped import with_point

log = logging.getLogger("framework")
_LOADS = re.compile(r"\+*(plugins|blocked)=")  # overrides that say which plugins are loaded


@dataclass(frozen=True)
class Attempt:
    """One command line's way through a sweep.

    Attributes
    ----------
    token : tells its jobs from those of other command lines in the same directory.
    asked : the command line, for the folders that it adds.
    points : what zipped values give each job, see ``framework/zipped.py``.
    process : the command line's own.
    jobs : number → overrides of every job that was given to a launcher.
    """

    token: str
    asked: Request
    points: Sequence[Sequence[str]] = ()
    process: parent.Process = field(default_factory=parent.this_process)
    jobs: dict[int, tuple[str, ...]] = field(default_factory=dict)

    def note(self, number: int, overrides: Sequence[str]) -> None:
        """Note a job that is about to be launched."""
        self.jobs[number] = tuple(with_point(overrides, self.points))


def begin(asked: Request, points: Sequence[Sequence[str]] = ()) -> Attempt:
    """Begin a way through a sweep."""
    return Attempt(secrets.token_hex(8), asked, points)


def stop(attempt: Attempt, number: int) -> None:
    """Let the jobs that run in other processes write their checkpoints and end, as by a signal."""
    parent.stop(_sweeps(), attempt.token, number)


def noted(argument: str) -> str:
    """Rewrite `hydra.sweep.dir=…` so that this process learns which directory that is."""
    key, _, value = argument.partition("=")
    if key != "hydra.sweep.dir":
        return argument
    if "${" in value and value[:1] == value[-1:] and value[:1] in ("'", '"'):
        value = value[1:-1]  # within the other interpolation it would not be resolved
        return f"{key}='${{sweep_directory:{value}}}'"
    return f"{key}=${{sweep_directory:{value}}}"


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
    """Run one job, unless it is done; one that fails is noted, and the others go on.

    Returns
    -------
    score : what the sweep optimizes; None when the job failed.
    """
    from hydra.core.hydra_config import HydraConfig
    from hydra.types import RunMode

    hydra: Any = HydraConfig.get()
    loading = tuple(o for o in words_of(hydra) if _LOADS.match(o))
    registry = _registry(replace(attempt.asked, words=loading))
    if hydra.mode != RunMode.MULTIRUN:
        settle(cfg)
        return perform(cfg, hydra, registry)
    elsewhere = not attempt.process.is_here()
    if elsewhere:
        screen.protect()
        parent.watch(attempt.process, Path(hydra.sweep.dir).absolute(), attempt.token)
        if Interruption.asked():
            return None
    with parent.WORK.under_way():
        try:
            return _run_in_ledger(cfg, hydra, registry, attempt)
        except Interrupted:
            if elsewhere:  # its record says that it is not finished; the process may do others
                return None
            raise


def _run_in_ledger(
    cfg: DictConfig, hydra: Any, registry: Registry, attempt: Attempt
) -> float | None:
    aside = multiprocessing.parent_process() is not None
    if aside:  # several jobs at once: their bars would be mixed up on the screen
        os.environ["TQDM_DISABLE"] = "1"
    overrides = tuple(with_point(words_of(hydra), attempt.points))  # as `Attempt.note` has them
    if attempt.points:
        cfg, hydra = _at_point(cfg, hydra, attempt.points, registry)
    words = f"job {hydra.job.num}"
    log.info("%s: %s", words, " ".join(overrides))
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
    sweep = Path(hydra.sweep.dir).absolute()
    wanted = Path(hydra.runtime.output_dir).relative_to(sweep).as_posix()
    with ledger.held(sweep, identity.key, words):
        record = ledger.find(sweep, identity.key)
        doubt = ledger.doubt(sweep, record) if record is not None and record.done else ""
        if doubt:
            log.warning("%s: was done, but %s; doing it again", words, doubt)
        if record is not None and record.done and not doubt:
            log.info("%s: %s in %s before", words, record.status, record.directory)
            record = replace(record, attempt=attempt.token, job=hydra.job.num, overrides=overrides)
        else:
            directory = job_folder.assign_directory(
                sweep, identity.key, wanted, lambda place: suits(place, configuration)
            )
            if doubt:
                job_folder.set_summary_aside(sweep / directory)
            record = ledger.Record(
                identity.key,
                identity.family,
                attempt.token,
                hydra.job.num,
                directory,
                overrides,
            )
            ledger.keep(sweep, record)
            record = perform_job(cfg, hydra, registry, sweep, record, why)
        ledger.keep(sweep, record)
        if record.directory != wanted:
            job_folder.release_if_empty(sweep, wanted)  # Hydra made it
        if not record.done:
            job_folder.release_if_empty(sweep, record.directory, record.key)
    if aside:
        print(f"{words}: {' '.join(overrides)}: {record.status} {record.score}", file=sys.stderr)
    return record.score  # None tells a search that the job failed


def finish(attempt: Attempt) -> list[str]:
    """Write the leaderboards of what this process swept; give a line for each failure."""
    lines, jobs = [], dict(attempt.jobs)
    for path in _sweeps():
        if not (path / job_folder.LEDGER).is_dir():
            continue
        try:
            _write_board(attempt, path)
        except RunError as error:
            lines.append(str(error))
        known = {record.overrides: record for record in ledger.records(path, attempt.token)}
        own = [
            replace(known[overrides], job=number)
            for number, overrides in jobs.items()
            if overrides in known
        ]
        for record in own:
            del jobs[record.job]
        lines += [f"{record.words} {record.became}" for record in own if record.became]
        if jobs or not all(record.done for record in own):
            _tell_how_to_go_on(path)
        else:
            parent.forget(path)
    lines += [
        f"{ledger.words(number, overrides)} was not done" for number, overrides in jobs.items()
    ]
    return lines


def _write_board(attempt: Attempt, path: Path) -> None:
    with job_folder.locked(path / job_folder.LEDGER / "leaderboard.lock"):
        remove_leftovers(path)
        job_folder.remove_dead_leftovers(path / job_folder.LEDGER)
        board = leaderboard.read(path, attempt.token)
        for line in board.left_out:
            log.warning("%s", line)
        if not board.rows:
            return
        leaderboard.write(board, path)
    log.info("\n%s", board.table())
    if board.families():
        log.info("\n%s", board.family_table())
    log.info("%s", path / leaderboard.FILE)


def how_to_go_on() -> str:
    """Say how to go on with the sweeps that this process began; '' when it began none."""
    begun = [path for path in _sweeps() if (path / job_folder.LEDGER).is_dir()]
    return "; ".join(_how_to_go_on(path) for path in begun)


def _sweeps() -> list[Path]:
    return list(dict.fromkeys([*run_directories.reserved(), *run_directories.chosen]))


def _tell_how_to_go_on(path: Path) -> None:
    log.info("to do what is missing: %s", _how_to_go_on(path))


def _how_to_go_on(path: Path) -> str:
    return f"the same command with hydra.sweep.dir={path}"


def _empty(cfg: DictConfig) -> None:
    with read_write(cfg), open_dict(cfg):
        for key in list(cfg):
            del cfg[key]


def _at_point(
    cfg: DictConfig, hydra: Any, points: Sequence[Sequence[str]], registry: Registry
) -> tuple[DictConfig, Any]:
    """Compose a job's configuration anew, with its zipped values in place of their number."""
    overrides = with_point(words_of(hydra), points)
    composed = composition.compose_job(overrides, hydra.job.config_name, registry.folders)
    hydra = OmegaConf.create(as_it_is(hydra))
    hydra.overrides.task = overrides
    return composed, hydra


@cache
def _registry(asked: Request) -> Registry:
    return composition.prepare(asked)
