"""A run that was interrupted where somebody runs cells or types lines: what there is of it."""

from __future__ import annotations

import signal
import sys
import time

from framework.errors import Interrupted
from framework.process.caller import called_from_python
from framework.process.host import is_interactive
from framework.process.uncaught import end_as_a_command_line_does
from framework.runs.run import Run
from framework.runs.saved_config import way_to_resume

_TWICE = 2.0  # seconds in which a further interrupt is meant for the program around
_when = [float("-inf")]


def given_back(stop: Interrupted) -> Run:
    """Return the run that a Ctrl-C or a notebook's interrupt ended, and say in a line where.

    Raises
    ------
    Interrupted : the same, where nobody looks on who could continue (a script, a pipeline), when
        no run had begun, and when another was interrupted a moment ago: a loop shall end.
    """
    before, _when[0] = _when[0], time.monotonic()
    run, again = stop.run, _when[0] - before < _TWICE
    if not isinstance(run, Run) or stop.signal != signal.SIGINT or again or not is_interactive():
        end_as_a_command_line_does()
        if isinstance(run, Run) and not run.kept:
            raise Interrupted("interrupted", stop.signal, run)  # nothing that could be resumed
        raise stop
    if run.summary and run.trainer.ended:
        print("interrupted; the run had just ended", file=sys.stderr)
        return run
    at, epochs = run.trainer.position, f"{run.settings.trainer.epochs:,}"
    where = f"in epoch {at.epoch + 1:,} of {epochs}"
    if not at.step:
        where = f"after {at.epoch:,} of {epochs} epochs"
    where += f", at step {at.steps:,}"
    with called_from_python():
        resumes = way_to_resume(run)
    print(f"interrupted {where}; {resumes} goes on from here", file=sys.stderr)
    run.stopped = f"by an interrupt {where}"
    return run
