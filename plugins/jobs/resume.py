"""The job that resumes a run."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from framework import REQUIRED, Invocation, Job, RunError, hyperparameter, resume_run


@dataclass(frozen=True)
class Resume(Job):
    """Resume a run that was stopped, as if it never had been; or train a finished one longer.

    Overrides change values of the run's own configuration: `trainer.epochs=50`.
    """

    changes_a_run: ClassVar[bool] = True

    run_directory: str = hyperparameter(REQUIRED, "the run's directory; `run` for short")
    allow_changes: bool = hyperparameter(False, "let more than the number of epochs change")

    def run(self, invocation: Invocation) -> float:
        directory = Path(self.run_directory).expanduser()
        if not directory.is_dir():
            raise RunError(f"{directory}: there is no such directory (run)")
        run = resume_run(
            invocation.registry,
            directory.absolute(),
            invocation.overrides,
            cores=invocation.cores,
            allow_changes=self.allow_changes,
        )
        return run.outcome()
