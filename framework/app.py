"""The door: the command line in, an exit status out, and every user's mistake as one line."""

from __future__ import annotations

import logging
import os
import sys
import traceback
from collections.abc import Sequence
from typing import Any

FULL_ERROR = "HYDRA_FULL_ERROR"


def main() -> None:
    """Run the command line: `framework` or `python -m framework`."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """Run a command line; give its exit status.

    0: done. 1: it could not be done, one line on standard error says why. 2: the command line
    itself could not be read. 130: interrupted. With `HYDRA_FULL_ERROR=1` in the environment the
    traceback is shown too.
    """
    full = os.environ.get(FULL_ERROR) == "1"
    os.environ[FULL_ERROR] = "1"  # Hydra then raises, instead of printing and leaving
    session = Session(full)
    try:
        session.run(arguments)
    except KeyboardInterrupt:
        _fail("interrupted")
        return 130
    except Exception as error:
        if full:
            traceback.print_exc()
        return _fail(session.explain(error))
    finally:
        os.environ[FULL_ERROR] = "1" if full else "0"
        session.close()
    return 1 if session.failures else 0


class Session:
    """One command line: its plugins, its jobs, and what became of them."""

    def __init__(self, full_error: bool = False) -> None:
        from framework.registry import Registry

        self._full_error = full_error
        self._error: Exception | None = None

        self.registry = Registry()
        self.failures: list[str] = []
        self._console = _Console()
        self._log = logging.getLogger("framework")
        self._log.setLevel(logging.INFO)
        self._log.propagate = False
        self._log.addHandler(self._console)

    def run(self, arguments: Sequence[str]) -> None:
        """Compose the configuration and run its job; with `-m`, the jobs of a sweep."""
        import hydra

        from framework import composition

        overrides = [a for a in arguments if "=" in a and not a.startswith("-")]
        self.registry = composition.prepare(overrides)
        for origin, why in self.registry.refused.items():
            self._log.warning("plugin %s is left out: %s", origin, why)
        entry = hydra.main(
            config_path=f"pkg://{composition.CONFIG_MODULE}",
            config_name=composition.CONFIG,
            version_base="1.3",
        )
        expanded = composition.expand_globs(arguments, self.registry)
        argv, sys.argv = sys.argv, [sys.argv[0], *expanded]
        try:
            entry(self._job)()
        finally:
            sys.argv = argv
        if self._error is not None:
            raise self._error
        self._finish_sweep()

    def _job(self, cfg: Any) -> float | None:
        """Run one job; in a sweep, a job that fails is noted and the others go on."""
        from hydra.core.hydra_config import HydraConfig
        from hydra.types import RunMode

        from framework.jobs import perform

        config: Any = HydraConfig.get()
        if config.mode != RunMode.MULTIRUN:
            try:
                return perform(cfg, config, self.registry)
            except Exception as error:  # kept from Hydra, which would print a line of its own
                self._error = error
                return None
        words = " ".join(config.overrides.task)
        self._log.info("job %s: %s", config.job.num, words)
        try:
            return perform(cfg, config, self.registry)
        except Exception as error:
            if self._full_error:
                traceback.print_exc()
            line = self.explain(error)
            self.failures.append(f"job {config.job.num} ({words}) failed: {line}")
            self._log.error("error: %s", line)
            return float("nan")

    def _finish_sweep(self) -> None:
        from framework import composition, leaderboard

        sweeps = [path for path in composition.reserved if (path / "multirun.yaml").exists()]
        for path in sweeps:
            board = leaderboard.read(path)
            if board.rows:
                leaderboard.write(board, path)
                self._log.info("\n%s\n%s", board.table(), path / "leaderboard.csv")
        for line in self.failures:
            _fail(line)

    def explain(self, error: BaseException) -> str:
        """Say in one line what went wrong."""
        from framework.complaints import complaint
        from framework.composition import groups

        line = complaint(error, groups(self.registry))
        if line is None:
            line = f"unexpected {type(error).__name__}: {error} ({FULL_ERROR}=1 shows where)"
        return line

    def close(self) -> None:
        """Take back what was reserved and not used."""
        from framework import composition

        self._log.removeHandler(self._console)
        composition.release()


class _Console(logging.Handler):
    """Prints messages on standard error, above a progress bar where there is one."""

    def emit(self, record: logging.LogRecord) -> None:
        from tqdm import tqdm

        tqdm.write(record.getMessage(), file=sys.stderr)


def _fail(line: str) -> int:
    print(f"error: {line}", file=sys.stderr)
    return 1
