"""The job that trains."""

from __future__ import annotations

from dataclasses import dataclass

from framework import Invocation, Job, read_settings, train_settings


@dataclass(frozen=True)
class Train(Job):
    """Train a network and leave a run directory; the score is what a sweep optimizes."""

    def run(self, invocation: Invocation) -> float:
        settings = read_settings(invocation.configuration, invocation.registry)
        run = train_settings(
            settings,
            invocation.registry,
            invocation.directory,
            invocation.records,
            cores=invocation.cores,
        )
        return run.outcome()
