"""The door: the command line in, an exit status out, and every user's mistake as one line."""

from __future__ import annotations

import gc
import logging
import os
import signal
import sys
import traceback
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from framework.errors import TRACEBACK, Interrupted
from framework.process import screen, startup
from framework.process.signals import Interruption

if TYPE_CHECKING:
    from framework.configuration.override import Override
    from framework.configuration.workspace import Workspace

FULL_ERROR = "HYDRA_FULL_ERROR"


def main() -> None:
    """Run the command line: `framework` or `python -m framework`."""
    screen.protect()
    status = run(sys.argv[1:])
    unwritten = screen.unwritten()
    if unwritten and not status:
        status = _fail(unwritten)
    startup.ending(status)
    sys.exit(status)


def run(arguments: Sequence[str]) -> int:
    """Run a command line; return its exit status.

    0: done. 1: it could not be done, one line on standard error says why. 2: the command line
    itself could not be read. 129, 130, 143: interrupted by SIGHUP, SIGINT, SIGTERM. A screen that
    is gone changes none of them. With `HYDRA_FULL_ERROR=1` (or `FRAMEWORK_TRACEBACK=1`) in the
    environment the traceback is shown too.
    """
    full = "1" in (os.environ.get(FULL_ERROR), os.environ.get(TRACEBACK))
    os.environ[TRACEBACK] = "1" if full else "0"  # for the jobs of a sweep, wherever they run
    os.environ[FULL_ERROR] = "1"  # Hydra then raises, instead of printing and leaving
    interruption = Interruption(of_command_line=startup.is_command_line())
    session: Session | None = None
    try:
        with interruption.installed():
            session = Session(interruption)
            try:
                session.run(arguments)
            finally:
                with interruption.deferred():
                    session.close()
    except SystemExit:  # Hydra's, after a word on its flags; or a scheduler's
        raise
    except BaseException as error:
        number = getattr(error, "signal", None) or interruption.signal
        if number is None and isinstance(error, KeyboardInterrupt):
            number = int(signal.SIGINT)
        if number is not None:  # whatever it was that the signal interrupted, and broke
            line = str(error) if isinstance(error, Interrupted) else ""
            screen.last_word(f"error: {line or 'interrupted'}")
            return 128 + number
        if full:
            traceback.print_exc()
        if session is None:
            return _fail(f"{type(error).__name__}: {error}")
        status = _fail(session.explain(error))
        return 2 if type(error).__name__ == "UsageError" else status
    finally:
        gc.enable()
        os.environ[FULL_ERROR] = "1" if full else "0"
    return 1 if session.failures else 0


class Session:
    """One command line: its plugins, its jobs, and what became of them."""

    def __init__(self, interruption: Interruption) -> None:
        from framework.configuration.workspace import Workspace

        self.workspace = Workspace()
        self.composed: Sequence[str] = ()
        self.failures: list[str] = []
        self._interruption = interruption
        self._console = Console()
        self._log = logging.getLogger("framework")
        self._before = self._log.level, self._log.propagate
        self._log.setLevel(logging.INFO)
        self._log.propagate = False
        self._log.addHandler(self._console)

    def run(self, arguments: Sequence[str]) -> None:
        """Compose the configuration and run its job; with `-m`, the jobs of a sweep."""
        from framework.configuration import (
            choices,
            command_line,
            compose,
            hydra_keys,
            launchers,
            override,
        )
        from framework.sweeps.perform import perform

        gc.disable()
        asked = command_line.read(arguments)
        self.workspace = replace(self.workspace, asked=asked)
        if asked.version:
            print(_versions())
            return
        if asked.completes:
            self.workspace = replace(_as_typed(), asked=asked)
        else:
            self.workspace = compose.prepare(asked)
            for line in self.workspace.registry.reports():
                self._log.warning(line)
        if asked.shows:
            from framework.configuration import hydra_flags

            hydra_flags.show([*asked.shows, *asked.overrides], self.workspace)
            return
        registry = self.workspace.registry
        parsed = override.parse(choices.named_choices(asked.overrides, registry))
        launchers.require(parsed)
        parsed = compose.for_its_job(parsed, self.workspace)
        self.workspace = self.workspace.with_overrides([o.text for o in parsed])
        if not asked.multirun and not any(o.swept for o in parsed):
            try:
                cfg, hydra = compose.compose_one(self.workspace)
            except Exception:
                from framework.sweeps.command import asks_for_sweep

                # A sweep's own parameters may bring what was missed.
                if not asks_for_sweep(parsed, self.workspace):
                    raise
            else:
                if hydra.mode.name == "RUN":
                    hydra_keys.check_single(parsed)
                    _collect_again()
                    with hydra_keys.working_directory(hydra, self.workspace.directories):
                        perform(cfg, hydra, registry)
                    return
        _collect_again()
        self._sweep(parsed)

    def _sweep(self, overrides: Sequence[Override]) -> None:
        """Run the jobs of a sweep."""
        from framework.sweeps import command

        overrides = command.sweep_overrides(self.workspace.asked, overrides)
        self.composed = command.first_job(overrides, self.workspace.registry)
        command.run_sweep(
            overrides, self.workspace, self._interruption, self._explain_job, self._finish
        )

    def _finish(self, failures: Sequence[str]) -> None:
        self.failures += failures
        for line in failures:
            _fail(line)

    def explain(self, error: BaseException) -> str:
        """Return in one line what went wrong."""
        return self._explain_job(error, self.composed or self.workspace.asked.overrides)

    def _explain_job(self, error: BaseException, overrides: Sequence[str]) -> str:
        from framework.configuration.messages import bug_message, user_message

        registry, asked = self.workspace.registry, self.workspace.asked
        line = user_message(error, registry, overrides, asked.name)
        if line is None:
            line = f"{bug_message(error, registry)} ({FULL_ERROR}=1 shows where)"
        return line

    def close(self) -> None:
        """Take back what was reserved and not used."""
        self._log.removeHandler(self._console)
        level, self._log.propagate = self._before
        self._log.setLevel(level)
        self.workspace.directories.release()


def _as_typed() -> Workspace:
    """Load the plugins of a line that is being typed, whose end a shell asks for."""
    from framework.configuration import command_line, compose
    from framework.errors import FrameworkError

    try:
        arguments = command_line.typed(os.environ.get("COMP_LINE", "")).split()[1:]
        return compose.prepare(command_line.read(arguments))
    except FrameworkError:  # nothing to say while a line is not finished
        return compose.prepare(())


def _versions() -> str:
    from importlib.metadata import version

    from framework.version import DISTRIBUTION, installed_version

    return f"{DISTRIBUTION} {installed_version()}, Hydra {version('hydra-core')}"


def _collect_again() -> None:
    """Look for garbage from here on, but not among what start-up made: it stays."""
    gc.freeze()
    gc.enable()


class Console(logging.Handler):
    """Prints messages on standard error, above a progress bar where there is one."""

    def emit(self, record: logging.LogRecord) -> None:
        from tqdm import tqdm

        tqdm.write(record.getMessage(), file=sys.stderr)


def _fail(line: str) -> int:
    from framework.text import printable

    print(f"error: {printable(line)}", file=sys.stderr)
    return 1
