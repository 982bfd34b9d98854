"""A sweep from the command line: planned, launched, and what the command says at its end.

What is swept over stands in `multirun.py`, what one job does in `sweep.py`, which of a sweep's
processes ends the others in `job_processes.py`.
"""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Callable, Sequence

from framework.configuration import choices, launchers
from framework.configuration.command_line import CommandLine
from framework.configuration.composer import Composer
from framework.configuration.hydra_state import kept_state
from framework.configuration.job_count import check_values
from framework.configuration.override import Override
from framework.configuration.quoting import pasted
from framework.configuration.workspace import Workspace
from framework.errors import ConfigurationError, Interrupted
from framework.process.signals import Interruption, shielded_children
from framework.registry.registry import Registry
from framework.sweeps import multirun, sweep
from framework.sweeps.multirun import Explain

Report = Callable[[Sequence[str]], None]


def asks_for_sweep(overrides: Sequence[Override], workspace: Workspace) -> bool:
    """Whether a configuration asks for a sweep by itself, as far as it can be composed."""
    name, registry = workspace.asked.name, workspace.registry
    with contextlib.suppress(Exception), kept_state(workspace):
        known = choices.groups(registry)
        return multirun.asks_for_sweep(Composer(registry.folders), name, overrides, known)
    return False


def sweep_overrides(asked: CommandLine, overrides: Sequence[Override]) -> list[Override]:
    """Return the overrides that a sweep is composed from.

    Raises
    ------
    ConfigurationError : when they ask for more jobs than a sweep may have.
    """
    check_values(o.text for o in overrides)
    mode = [Override.parse("hydra.mode=MULTIRUN")] if asked.multirun else []
    return [*overrides, *mode]


def first_job(overrides: Sequence[Override], registry: Registry) -> list[str]:
    """Return the overrides of the first job, which stands for all while a sweep is planned."""
    return multirun.first_job(overrides, choices.groups(registry))


def run_sweep(
    overrides: Sequence[Override],
    workspace: Workspace,
    interruption: Interruption,
    explain: Explain,
    report: Report,
) -> None:
    """Run the jobs of a sweep, and its leaderboard when they have ended.

    Parameters
    ----------
    overrides : as `sweep_overrides` returned them.
    interruption : of the command line; a signal ends the jobs in other processes too.
    explain : says in one line what is wrong with a job's overrides.
    report : is given a line for each job that failed or was not done.

    Raises
    ------
    ConfigurationError : when the configuration asks for no sweep, or for one that cannot be.
    Interrupted : when a signal ended it; the text says how to do what is missing.
    """
    asked, registry = workspace.asked, workspace.registry
    with kept_state(workspace):
        loader, known = Composer(registry.folders), choices.groups(registry)
        planned = multirun.plan(loader, asked.name, overrides, known)
        if planned is None:
            several = next(o for o in overrides if o.swept)
            meant = pasted(several.assigned(several.raw))
            raise ConfigurationError(
                f"{several.text}: several values make a sweep; add -m, or for one text write"
                f" {meant} (command line)"
            )
        attempt = sweep.begin(asked, planned.directory, planned.shown)
        interruption.stopping = lambda number: sweep.stop(attempt, number)

        def interrupted(number: int) -> Interrupted:
            how = sweep.how_to_resume(attempt)
            line = f"interrupted; {how} does what is missing" if how else "interrupted"
            return Interrupted(line, number)

        try:
            with shielded_children(), launchers.noting_jobs(attempt.note):
                multirun.launch(planned, loader, sweep.task(attempt), registry, explain)
        except Exception:  # a launcher gave up: what became of the jobs is in the ledger
            number = interruption.signal
            if number is not None:  # ... for its processes were told to end
                raise interrupted(number) from None
            report(sweep.finish(attempt))
            raise
        except SystemExit:
            if not interruption.is_overruled():
                raise
            sweep.stop(attempt, signal.SIGTERM)  # Ray hears it itself, and ends the process
            raise interrupted(signal.SIGTERM) from None
        except KeyboardInterrupt as stop:  # a launcher may raise a plain one, whatever came
            own = stop.signal if isinstance(stop, Interrupted) else signal.SIGINT
            raise interrupted(interruption.signal or own) from None
        report(sweep.finish(attempt))
