"""A sweep: many jobs through Hydra, each known to the ledger, in whichever process it runs."""

from __future__ import annotations

import json
import logging
import multiprocessing
import os
import re
import secrets
import sys
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

from omegaconf import DictConfig, OmegaConf, open_dict, read_write

from framework import composition, leaderboard, ledger, parent, screen
from framework.complaints import complaint, unexpected
from framework.errors import CallbacksError, Interrupted, Leaving
from framework.interruption import Interruption
from framework.jobs import configured, perform
from framework.registry import Registry
from framework.run import SUMMARY
from framework.zipped import POINT

log = logging.getLogger("framework")
_LOADS = re.compile(r"\+*(plugins|blocked)=")  # overrides that say which plugins are loaded
TRACEBACK = "FRAMEWORK_TRACEBACK"


@dataclass(frozen=True)
class Attempt:
    """One command line's way through a sweep.

    Attributes
    ----------
    token : tells its jobs from those of other command lines in the same directory.
    points : what zipped values give each job, see ``framework/zipped.py``.
    process : the command line's own.
    """

    token: str
    points: Sequence[Sequence[str]] = ()
    process: parent.Process = field(default_factory=parent.this_process)


def begin(points: Sequence[Sequence[str]] = ()) -> Attempt:
    """Begin a way through a sweep."""
    return Attempt(secrets.token_hex(8), points)


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
    registry = _registry(tuple(o for o in hydra.overrides.task if _LOADS.match(o)))
    if hydra.mode != RunMode.MULTIRUN:
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
    if attempt.points:
        cfg, hydra = _at_point(cfg, hydra, attempt.points)
    overrides = tuple(hydra.overrides.task)
    words = f"job {hydra.job.num}"
    log.info("%s: %s", words, " ".join(overrides))
    why: BaseException | None = None
    try:
        identity = ledger.identify(configured(cfg, registry), registry)
    except (KeyboardInterrupt, Leaving):
        raise
    except BaseException as error:
        identity, why = ledger.unidentified(overrides), error
    sweep = Path(hydra.sweep.dir).absolute()
    wanted = Path(hydra.runtime.output_dir).relative_to(sweep).as_posix()
    with ledger.held(sweep, identity.key, words):
        record = ledger.find(sweep, identity.key)
        if record is not None and record.done:
            log.info("%s: %s in %s before", words, record.status, record.directory)
            record = replace(record, attempt=attempt.token, job=hydra.job.num, overrides=overrides)
        else:
            directory = ledger.claim(sweep, identity.key, wanted)
            record = ledger.Record(
                identity.key,
                identity.family,
                attempt.token,
                hydra.job.num,
                directory,
                overrides,
            )
            ledger.keep(sweep, record)
            record = _perform(cfg, hydra, registry, sweep, record, why)
        ledger.keep(sweep, record)
        if record.directory != wanted:
            ledger.yield_up(sweep, wanted)  # Hydra made it
        if not record.done:
            ledger.yield_up(sweep, record.directory, record.key)
    if aside:
        print(f"{words}: {' '.join(overrides)}: {record.status} {record.score}", file=sys.stderr)
    return record.score  # None tells a search that the job failed


def finish(attempt: Attempt) -> list[str]:
    """Write the leaderboards of what this process swept; give a line for each failure."""
    lines = []
    for path in _sweeps():
        if not (path / ledger.FOLDER).is_dir():
            continue
        board = leaderboard.read(path, attempt.token)
        if board.rows:
            leaderboard.write(board, path)
            log.info("\n%s", board.table())
            if board.families():
                log.info("\n%s", board.family_table())
            log.info("%s", path / leaderboard.FILE)
        own = [r for r in ledger.records(path, attempt.token) if r.attempt == attempt.token]
        missing = [record for record in own if not record.done]
        if missing:
            _tell_how_to_go_on(path)
        else:
            parent.forget(path)
        lines += [f"{record.words} {record.became}" for record in own if record.became]
    return lines


def how_to_go_on() -> str:
    """Say how to go on with the sweeps that this process began; '' when it began none."""
    begun = [path for path in _sweeps() if (path / ledger.FOLDER).is_dir()]
    return "; ".join(_how_to_go_on(path) for path in begun)


def _sweeps() -> list[Path]:
    return list(dict.fromkeys([*composition.reserved, *composition.chosen]))


def _tell_how_to_go_on(path: Path) -> None:
    log.info("to do what is missing: %s", _how_to_go_on(path))


def _how_to_go_on(path: Path) -> str:
    return f"the same command with hydra.sweep.dir={path}"


def _perform(
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
        score = perform(cfg, hydra, registry)
    except CallbacksError as error:
        line = " ".join(str(error).split())
        return replace(record, status=_status(place), score=error.score, error=line)
    except (KeyboardInterrupt, Leaving):  # the user, or a scheduler that queues the job again
        raise
    except BaseException as error:  # whatever a plugin raises: the other jobs go on
        if os.environ.get(TRACEBACK) == "1":
            traceback.print_exc()
        line = _explain(error, registry, hydra)
        log.error("error: %s", line)
        return replace(record, status=ledger.FAILED, error=line)
    return replace(record, status=_status(place), score=score)


def _resume(cfg: DictConfig, place: Path) -> None:
    """Let a job whose directory holds a part of its run go on from there."""
    if (place / ".hydra").exists() and isinstance(cfg.get("trainer"), DictConfig):
        with open_dict(cfg):
            cfg.trainer.resume = "auto"


def _status(place: Path) -> str:
    """Say whether a job that ended went its whole way."""
    path = place / SUMMARY
    stopped = path.exists() and json.loads(path.read_bytes()).get("stopped")
    return ledger.PRUNED if stopped else ledger.FINISHED


def _empty(cfg: DictConfig) -> None:
    with read_write(cfg), open_dict(cfg):
        for key in list(cfg):
            del cfg[key]


def _explain(error: BaseException, registry: Registry, hydra: Any) -> str:
    if isinstance(error, SystemExit):
        return f"something in it called for the program's end: SystemExit({error.code!r})"
    line = complaint(error, registry, list(hydra.overrides.task), hydra.job.config_name)
    return line or unexpected(error, registry)


def _at_point(
    cfg: DictConfig, hydra: Any, points: Sequence[Sequence[str]]
) -> tuple[DictConfig, Any]:
    """Compose a job's configuration anew, with its zipped values in place of their number."""
    from hydra.core.hydra_config import HydraConfig

    others = [o for o in hydra.overrides.task if not o.startswith(f"+{POINT}=")]
    overrides = [*others, *points[int(cfg[POINT])]]
    outer = HydraConfig.instance().cfg
    try:
        composed = composition.compose_job(overrides, hydra.job.config_name)
    finally:
        HydraConfig.instance().cfg = outer
    hydra = OmegaConf.create(OmegaConf.to_container(hydra, resolve=True))
    hydra.overrides.task = overrides
    return composed, hydra


@cache
def _registry(overrides: tuple[str, ...]) -> Registry:
    return composition.prepare(overrides)
