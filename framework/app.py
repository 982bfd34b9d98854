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

from framework import screen, startup
from framework.errors import Interrupted
from framework.interruption import Interruption, shielded_children

if TYPE_CHECKING:
    from framework.registry import Registry

FULL_ERROR = "HYDRA_FULL_ERROR"
TRACEBACK = "FRAMEWORK_TRACEBACK"


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
    """Run a command line; give its exit status.

    0: done. 1: it could not be done, one line on standard error says why. 2: the command line
    itself could not be read. 129, 130, 143: interrupted by SIGHUP, SIGINT, SIGTERM. A screen that
    is gone changes none of them. With `HYDRA_FULL_ERROR=1` (or `FRAMEWORK_TRACEBACK=1`) in the
    environment the traceback is shown too.
    """
    full = "1" in (os.environ.get(FULL_ERROR), os.environ.get(TRACEBACK))
    os.environ[TRACEBACK] = "1" if full else "0"  # for the jobs of a sweep, wherever they run
    os.environ[FULL_ERROR] = "1"  # Hydra then raises, instead of printing and leaving
    interruption = Interruption()
    session: Session | None = None
    try:
        with interruption.heard():
            session = Session(interruption)
            try:
                session.run(arguments)
            finally:
                with interruption.at_once(False):
                    session.close()
    except SystemExit:  # Hydra's, after a word on its flags; or a scheduler's
        raise
    except BaseException as error:
        number = getattr(error, "signal", None) or interruption.signal
        if number is None and isinstance(error, KeyboardInterrupt):
            number = int(signal.SIGINT)
        if number is not None:  # whatever it was that the signal interrupted, and broke
            said = str(error) if isinstance(error, Interrupted) else ""
            screen.last_word(f"error: {said or 'interrupted'}")
            return 128 + number
        if full:
            traceback.print_exc()
        return _fail(session.explain(error) if session else f"{type(error).__name__}: {error}")
    finally:
        gc.enable()
        os.environ[FULL_ERROR] = "1" if full else "0"
    return 1 if session.failures else 0


class Session:
    """One command line: its plugins, its jobs, and what became of them."""

    def __init__(self, interruption: Interruption) -> None:
        from framework.composition import Request
        from framework.registry import Registry

        self.registry = Registry()
        self.asked = Request(())
        self.failures: list[str] = []
        self._interruption = interruption
        self._console = Console()
        self._log = logging.getLogger("framework")
        self._log.setLevel(logging.INFO)
        self._log.propagate = False
        self._log.addHandler(self._console)

    def run(self, arguments: Sequence[str]) -> None:
        """Compose the configuration and run its job; with `-m`, the jobs of a sweep."""
        from framework import composition
        from framework.jobs import perform

        gc.disable()
        self.asked = composition.request(arguments)
        if _completing(arguments):
            self.registry = _as_typed()
        else:
            self.registry = composition.prepare(self.asked)
            for line in self.registry.reports():
                self._log.warning(line)
        if _single(self.asked.words):
            cfg, hydra = composition.compose_one(self.asked, self.registry)
            if hydra.mode.name == "RUN":
                _collect_again()
                perform(cfg, hydra, self.registry)
                return
        _collect_again()
        self._through_hydra(composition.expand_globs(self.asked.words, self.registry))

    def _through_hydra(self, arguments: Sequence[str]) -> None:
        """Let Hydra take the command line: sweeps, and everything that is not a run."""
        from framework import launchers, sweep, through_hydra, zipped
        from framework.composition import nested_choices

        arguments, points = zipped.unzip(arguments)
        launchers.require(arguments)
        attempt = sweep.begin(self.asked, points)
        folders = replace(self.registry.folders, nested=nested_choices(self.registry))
        words = list(map(sweep.noted, arguments))
        self._interruption.stopping = lambda number: sweep.stop(attempt, number)
        try:
            with shielded_children(), launchers.noting(attempt.note):
                through_hydra.take(words, self.asked.name, folders, sweep.task(attempt))
        except Exception:  # a launcher gave up: what became of the jobs is in the ledger
            number = self._interruption.signal
            if number is not None:  # ... for its processes were told to end
                raise Interrupted(_interrupted(sweep.how_to_go_on()), number) from None
            self._finish(sweep.finish(attempt))
            raise
        except SystemExit:
            if not self._interruption.is_overruled():  # Hydra's, after a word on its flags
                raise
            sweep.stop(attempt, signal.SIGTERM)  # Ray hears it itself, and ends the process
            raise Interrupted(_interrupted(sweep.how_to_go_on()), signal.SIGTERM) from None
        except KeyboardInterrupt as stop:  # a launcher may raise a plain one, whatever came
            number = stop.signal if isinstance(stop, Interrupted) else signal.SIGINT
            number = self._interruption.signal or number
            raise Interrupted(_interrupted(sweep.how_to_go_on()), number) from None
        self._finish(sweep.finish(attempt))

    def _finish(self, failures: Sequence[str]) -> None:
        self.failures += failures
        for line in failures:
            _fail(line)

    def explain(self, error: BaseException) -> str:
        """Say in one line what went wrong."""
        from framework.complaints import complaint, unexpected

        line = complaint(error, self.registry, self.asked.overrides, self.asked.name)
        if line is None:
            line = f"{unexpected(error, self.registry)} ({FULL_ERROR}=1 shows where)"
        return line

    def close(self) -> None:
        """Take back what was reserved and not used."""
        from framework import run_directories

        self._log.removeHandler(self._console)
        run_directories.release()


def _interrupted(how: str) -> str:
    return f"interrupted; {how} does what is missing" if how else "interrupted"


def _as_typed() -> Registry:
    """Load the plugins of a line that is being typed, whose end a shell asks for."""
    from framework import composition
    from framework.errors import FrameworkError

    try:
        words = os.environ.get("COMP_LINE", "").split()[1:]
        return composition.prepare(composition.request(words))
    except FrameworkError:  # nothing to say while a line is not finished
        return composition.prepare(())


def _completing(arguments: Sequence[str]) -> bool:
    return any(a in ("-sc", "--shell-completion") for a in arguments)


def _single(arguments: Sequence[str]) -> bool:
    """Whether these may be the overrides of a single run; then composing once is enough."""
    return not any(a.startswith("-") or "hydra.mode=MULTIRUN" in a for a in arguments)


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
    from framework.faults import printable

    print(f"error: {printable(line)}", file=sys.stderr)
    return 1
