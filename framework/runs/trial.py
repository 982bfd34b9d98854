"""A trial: some steps of training that leave nothing, for jobs that look at their losses."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from framework.components.base import Array
from framework.errors import DivergenceError
from framework.registry.plugin_errors import naming_the_plugin
from framework.registry.registry import Registry
from framework.runs.builder import build
from framework.runs.initial_weights import initial_network
from framework.settings.settings import RunSettings
from framework.training import threads
from framework.training.trainer import Trainer


def trial(
    settings: RunSettings, registry: Registry, steps: int, heard: Callable[[int, float], bool]
) -> bool:
    """Train for some steps, in as many epochs as that takes; return whether training diverged.

    The steps are those that a run of these settings would take; there is no run, no callback is
    called, and no file written.

    Parameters
    ----------
    steps : the most that are taken.
    heard : called after each with its number, from 0, and its loss; True ends the trial.

    Raises
    ------
    FrameworkError : when data, network and loss do not fit.
    """
    trainer_settings = replace(settings.trainer, steps=steps, epochs=steps, seconds=None)
    tried = replace(settings, trainer=trainer_settings, callbacks={})
    with naming_the_plugin(registry), threads.limited(threads.choose(tried.trainer)):
        trainer = build(tried, registry, initial_network(tried, registry)).trainer
        listener = _Listener(trainer, heard)
        try:
            for _ in trainer.epochs(listener):
                if listener.over:
                    break
        except DivergenceError:
            return True
    return False


@dataclass
class _Listener:
    """Has a trainer end when it has heard enough."""

    trainer: Trainer
    heard: Callable[[int, float], bool]
    over: bool = False
    every_step: bool = True
    gradients_ready: Callable[[int], None] | None = None

    def epoch_started(self, epoch: int) -> None:
        """Called when an epoch begins."""

    def steps_ended(self, step: int, losses: Array) -> None:
        """Called after each step."""
        self.over = self.trainer.cut = self.over or self.heard(step - 1, float(losses[-1]))
