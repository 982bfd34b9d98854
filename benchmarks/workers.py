"""Processes that hold a peer each, and are timed in turns."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import queue
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from benchmarks.cores import Taken
from benchmarks.peers import OWN, PEERS
from benchmarks.tables import Times
from benchmarks.workloads import Workload

ROOT = Path(__file__).parents[1]
LIMIT = 120.0
"""Seconds that a peer may take to import, compile and train an epoch."""


class PeerFailedError(Exception):
    """A peer ended, or took too long."""


class Worker:
    """A process that holds one peer (or those that are ours), bound to so many cores."""

    def __init__(self, names: Sequence[str], cores: int, data: Path, limit: float = LIMIT) -> None:
        self.names, self.cores = list(names), cores
        self.build_seconds = 0.0
        self._data, self._limit = data, limit
        self._process: subprocess.Popen[str] | None = None
        self._said: queue.Queue[str] = queue.Queue()
        self._errors = tempfile.TemporaryFile("w+")  # noqa: SIM115  (as long as the worker)

    def build(self, work: Workload) -> dict[str, str]:
        """Make the peers ready for a workload; return who could not, and why."""
        began, starts = time.monotonic(), self._process is None
        if starts:
            self._start()
        try:
            failed: dict[str, str] = self._asked({"work": dataclasses.asdict(work)})["failed"]
        except PeerFailedError as error:
            failed = dict.fromkeys(self.names, str(error))
        self.build_seconds = 0.0 if starts else time.monotonic() - began  # imports come once
        return failed

    def time(self, name: str) -> Taken:
        """Train an epoch; return what it took."""
        answer = self._asked({"peer": name})
        return Taken(float(answer["seconds"]), float(answer["processor"]))

    @property
    def pid(self) -> int:
        """The process's id."""
        assert self._process is not None
        return self._process.pid

    def close(self) -> None:
        """End the process; what it is asked next starts another."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def _start(self) -> None:
        arguments = [",".join(self.names), str(self.cores), str(self._data)]
        self._said = queue.Queue()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.worker", *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
            cwd=ROOT,
        )
        listening = threading.Thread(
            target=_listen, args=(self._process.stdout, self._said), daemon=True
        )
        listening.start()

    def _asked(self, question: dict[str, Any]) -> dict[str, Any]:
        """Ask, and return the answer; what a library prints in between is passed over."""
        assert self._process is not None
        assert self._process.stdin is not None
        with contextlib.suppress(OSError):  # it has ended, which reading will say
            self._process.stdin.write(json.dumps(question) + "\n")
            self._process.stdin.flush()
        end = time.monotonic() + self._limit
        while True:
            try:
                line = self._said.get(timeout=max(0.0, end - time.monotonic()))
            except queue.Empty:
                self.close()
                raise PeerFailedError(f"took more than {self._limit:g} s") from None
            if not line:
                status = self._process.wait()
                self.close()
                self._errors.seek(0)
                last = self._errors.read().strip().rpartition("\n")[2]
                raise PeerFailedError(f"it ended with status {status}: {last}")
            with contextlib.suppress(ValueError):
                answer = json.loads(line)
                if isinstance(answer, dict):
                    return answer


def _listen(lines: Any, said: queue.Queue[str]) -> None:
    """Hand on what a process prints, and an empty text when it has ended."""
    for line in lines:
        said.put(line)
    lines.close()
    said.put("")


class Workers:
    """All peers of a comparison: on the fewest cores everybody, on more ours and compiled ones."""

    def __init__(
        self, peers: Sequence[str], cores: Sequence[int], data: Path, limit: float = LIMIT
    ) -> None:
        own = [name for name in OWN if name in {*OWN[:2], *peers}]
        others = [name for name in peers if name not in OWN]
        self._workers: list[Worker] = []
        for count in cores:
            here = [p for p in others if count == min(cores) or PEERS[p].compiled]
            groups = [own, *([peer] for peer in here)]
            self._workers += [Worker(group, count, data, limit) for group in groups]

    def measure(
        self, work: Workload, repeats: int, until: float = float("inf")
    ) -> tuple[Times, dict[str, str]]:
        """Time everybody in turns; return times, and who was left out and why.

        Half of the time until `until` (of `time.monotonic`) may go into compilers: who took longer
        than is left of that for a workload before is left out. After two turns there is no other
        that would end behind `until`.
        """
        began = time.monotonic()
        built = began + (until - began) / 2
        failed: dict[str, str] = {}
        times: Times = {}
        for worker in self._workers:
            late = time.monotonic() + worker.build_seconds > built
            if late and worker.build_seconds and worker.names[0] not in OWN:
                why = dict.fromkeys(worker.names, "no time is left for it")
                worker.build_seconds /= 2  # the machine may have been busy
            else:
                why = worker.build(work)
            failed |= self._without(why, worker)
        for turn in range(repeats):
            began = time.monotonic()
            for worker in self._workers:
                names = [n for n in worker.names if _called(n, worker) not in failed]
                try:
                    for name in names:
                        times.setdefault((name, worker.cores), []).append(worker.time(name))
                except PeerFailedError as error:
                    failed |= self._without(dict.fromkeys(names, str(error)), worker)
                    for name in names:
                        times.pop((name, worker.cores), None)
            now = time.monotonic()
            if turn and now + (now - began) > until:
                break
        return times, failed

    def _without(self, failed: dict[str, str], worker: Worker) -> dict[str, str]:
        """Return who is left out; without what ratios are of, there is no comparison."""
        if needed := [name for name in failed if name in OWN[:2]]:
            raise RuntimeError(f"{needed[0]}: {failed[needed[0]]}")
        return {_called(name, worker): why for name, why in failed.items()}

    def __enter__(self) -> Workers:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for worker in self._workers:
            worker.close()


def _called(name: str, worker: Worker) -> str:
    return f"{name}, cores: {worker.cores}"


def measure(
    work: Workload, peers: Sequence[str], cores: Sequence[int], repeats: int, data: Path
) -> tuple[Times, dict[str, str]]:
    """Time one workload."""
    with Workers(peers, cores, data) as workers:
        return workers.measure(work, repeats)
