"""A sweep's ledger: each job by what decides its result, and how it ended.

One small file a job, `ledger/<key>.json` in the sweep's directory, always written whole, so that
jobs in any number of processes keep it together. Beside it lies the job's lock, which the
operating system releases when its holder ends, however it ends.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Any

from framework.errors import RunError
from framework.files.reading import is_there, read_json, refuse_link
from framework.files.writing import write_json
from framework.registry.registry import Registry
from framework.runs import provenance
from framework.runs.summary_file import SUMMARY, read_summary
from framework.sweeps.job_folder import LEDGER, locked, summary_hash
from framework.version import DISTRIBUTION

log = logging.getLogger("framework")

RUNNING, FINISHED, PRUNED, FAILED = "running", "finished", "pruned", "failed"
FOLD = "fold"
"""The field of a dataset that, like the seed, only repeats a run: which fold is held out."""
_RECORD = re.compile(r"[0-9a-f]{32}\.json")


@dataclass(frozen=True)
class Identity:
    """What a job is known by.

    Attributes
    ----------
    key : hash of its configuration, the seed included, and of the versions of the code.
    family : the same without the seed and the fold: jobs of one family differ only in these.
    """

    key: str
    family: str


@dataclass(frozen=True)
class Record:
    """One job of a sweep.

    Attributes
    ----------
    key, family : its identity.
    attempt : the command line that ran it, or found it done, last.
    job : its number in that command line.
    directory : where its files lie, below the sweep's directory.
    overrides : what it was composed from.
    status : running (or interrupted, when nobody holds its lock), finished, pruned or failed.
    score : what the sweep optimizes.
    error : why it failed.
    summary : the hash of the summary that it left, '' when it left none; None when it is not done,
        or was recorded before hashes were.
    """

    key: str
    family: str
    attempt: str
    job: int
    directory: str
    overrides: tuple[str, ...]
    status: str = RUNNING
    score: float | None = None
    error: str = ""
    summary: str | None = None

    @property
    def done(self) -> bool:
        """Whether there is nothing left to do."""
        return self.status in (FINISHED, PRUNED)

    @property
    def failure(self) -> str:
        """Return what went wrong with it, '' when nothing did."""
        if self.status == FAILED:
            return f"failed: {self.error}"
        if not self.done:
            return "did not finish"
        return f"finished, but: {self.error}" if self.error else ""

    @property
    def label(self) -> str:
        """Name the job as a person knows it."""
        return label(self.job, self.overrides)


def label(job: int, overrides: Sequence[str]) -> str:
    """Name a job as a person knows it: its number, and what it was composed from."""
    return f"job {job} ({' '.join(overrides)})"


def identify(configuration: Mapping[str, Any], registry: Registry) -> Identity:
    """Hash what decides a job's result.

    That is the whole resolved configuration but for `trainer.resume`, and the versions of the
    framework, of numpy and of every distribution that brings a component which the configuration
    names; for a plugin without a distribution, the text of its module.
    """
    decisive = dict(configuration)
    if isinstance(decisive.get("trainer"), Mapping):
        decisive["trainer"] = {k: v for k, v in decisive["trainer"].items() if k != "resume"}
    code = _code(decisive, registry)
    seedless = {k: v for k, v in decisive.items() if k != "seed"}
    if isinstance(seedless.get("data"), Mapping):
        seedless["data"] = {k: v for k, v in seedless["data"].items() if k != FOLD}
    return Identity(_hash([decisive, code]), _hash([seedless, code]))


def unidentified(overrides: tuple[str, ...]) -> Identity:
    """Return an identity for a job whose configuration cannot be read."""
    return Identity(_hash(list(overrides)), _hash(["", *overrides]))


@contextlib.contextmanager
def job_lock(sweep: Path, key: str, name: str) -> Iterator[None]:
    """Hold a job's lock; when another process runs the same job, wait until it ends.

    Raises
    ------
    RunError : when the lock cannot be made.
    """

    def waiting() -> None:
        log.info("%s: another process is running it; waiting for its end", name)

    with locked(sweep / LEDGER / f"{key}.lock", waiting):
        yield


def running(sweep: Path, attempt: str) -> bool:
    """Whether a job of a command line is under way in some process."""
    from filelock import FileLock, Timeout

    for path in (sweep / LEDGER).glob("*.lock"):
        try:
            with FileLock(path, timeout=0):
                continue
        except Timeout:
            record = find(sweep, path.stem)
            if record is not None and record.attempt == attempt:
                return True
        except OSError:  # a filesystem without locks
            continue
    return False


def find(sweep: Path, key: str) -> Record | None:
    """Return the record of a job; None when there is no readable record of it."""
    path = sweep / LEDGER / f"{key}.json"
    return _read(path) if is_there(path) else None


def why_stale(sweep: Path, record: Record) -> str:
    """Return why what a job that is done left is not what it left any more; '' when it is."""
    place = sweep / record.directory
    if not place.is_dir():
        return f"{place} is gone"
    try:
        summary = summary_hash(place)
        if record.summary is None:
            read_summary(place / SUMMARY)
        elif summary != record.summary:
            how = "is not the one that the job left" if summary else "is gone"
            return f"{place / SUMMARY} {how}"
    except RunError as error:
        return str(error)
    return ""


def write(sweep: Path, record: Record) -> None:
    """Write a job's record, whole; of one that begins there is nothing yet to lose."""
    path = sweep / LEDGER / f"{record.key}.json"
    write_json(path, asdict(record), durable=record.status != RUNNING)


def records(sweep: Path, attempt: str = "") -> list[Record]:
    """List the jobs of a sweep, one for each list of overrides, in the order of their directories.

    When code or configuration files changed between two attempts, the same overrides are two jobs:
    the one of `attempt` counts, or else the newer.
    """
    refuse_link(sweep / LEDGER)
    dated = []
    for path in (sweep / LEDGER).glob("*.json"):
        record = _read(path) if _RECORD.fullmatch(path.name) else None
        if record is not None:
            dated.append((record.attempt == attempt, path.lstat().st_mtime_ns, record))
    dated.sort(key=lambda entry: entry[:2])
    latest = {record.overrides: record for _, _, record in dated}
    return sorted(latest.values(), key=lambda record: _natural(record.directory))


def attempts(sweep: Path) -> dict[str, str]:
    """Return which command line wrote the record of each job, so far."""
    if not (sweep / LEDGER).is_dir() or (sweep / LEDGER).is_symlink():
        return {}
    read = (_read(path, quiet=True) for path in (sweep / LEDGER).glob("*.json"))
    return {record.key: record.attempt for record in read if record is not None}


def finished_beside(directory: Path) -> list[Path]:
    """List the directories of the same sweep's runs that went their whole way.

    Parameters
    ----------
    directory : a run's; when it is no part of a sweep, there are none.
    """
    sweeps = (path for path in directory.parents if (path / LEDGER).is_dir())
    sweep = next(sweeps, None)
    if sweep is None:
        return []
    return [sweep / r.directory for r in records(sweep) if r.status == FINISHED]


def _read(path: Path, *, quiet: bool = False) -> Record | None:
    """Read a record; a damaged one is as good as none, for its job can be done again."""
    try:
        content = read_json(path)
        if not isinstance(content, dict) or not isinstance(content.get("overrides"), list):
            raise TypeError("expected a mapping with a list of overrides")
        record = Record(**content)
        if not _sound(record, path.stem):
            raise ValueError("a field is not what it must be")
        return replace(record, overrides=tuple(record.overrides))
    except (RunError, ValueError, TypeError, OverflowError) as error:
        why = str(error).removeprefix(f"{path}: ")
        if not quiet:
            log.warning("%s: is not a readable record (%s); its job is new", path, why)
        return None


def _sound(record: Record, key: str) -> bool:
    """Whether a record that was read is one that was written, and points nowhere outside."""
    texts = [record.family, record.attempt, record.directory, record.error, *record.overrides]
    place = PurePosixPath(str(record.directory))
    return (
        record.key == key
        and all(isinstance(text, str) for text in texts)
        and isinstance(record.job, int)
        and isinstance(record.summary, str | None)
        and record.status in (RUNNING, FINISHED, PRUNED, FAILED)
        and (record.score is None or isinstance(record.score, int | float))
        and bool(place.parts)
        and not place.is_absolute()
        and ".." not in place.parts
    )


def _code(configuration: Mapping[str, Any], registry: Registry) -> list[str]:
    named = set(_strings(configuration))
    origins = {entry.origin for entry in registry.entries.values() if entry.name in named}
    versions = provenance.versions()
    code = {f"{name}=={versions[name]}" for name in (DISTRIBUTION, "numpy")}
    for origin in origins:
        code.add(
            str(origin)
            if origin.distribution
            else f"{origin.plugin} {provenance.module(origin.plugin)}"
        )
    return sorted(code)


def _strings(node: object) -> Iterator[str]:
    if isinstance(node, str):
        yield node
    elif isinstance(node, Mapping):
        for value in node.values():
            yield from _strings(value)
    elif isinstance(node, list | tuple):
        for value in node:
            yield from _strings(value)


def _hash(content: object) -> str:
    text = json.dumps(content, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _natural(name: str) -> list[tuple[int, str]]:
    """Order 2 before 10, and 2 before 2_1."""
    return [(int(part), "") if part.isdigit() else (0, part) for part in name.split("_")]
