"""The whole contract between the framework and its plugins: every hook there is.

A plugin is a module (or any object) with functions of these names, marked ``@framework.hookimpl``.
It is found through the entry-point group ``framework`` or the configuration key ``plugins``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pluggy

from framework.components.base import Array

if TYPE_CHECKING:
    from framework.components.callback import Callback
    from framework.components.dataset import Dataset
    from framework.components.epoch import Epoch
    from framework.components.initializer import Initializer
    from framework.components.job import Job
    from framework.components.layer import Layer
    from framework.components.loss import Loss
    from framework.components.metric import Metric
    from framework.components.regularizer import Regularizer
    from framework.components.schedule import Schedule
    from framework.components.update_rule import UpdateRule
    from framework.runs.run import Run

PROJECT = "framework"
hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


class Registration:
    """Called once, when a plugin is loaded. Each gives name → class; names are lower_snake_case."""

    @hookspec
    def framework_layers(self) -> Mapping[str, type[Layer]]:
        """Bring layers, activations included."""
        return {}

    @hookspec
    def framework_initializers(self) -> Mapping[str, type[Initializer]]:
        """Bring initializers."""
        return {}

    @hookspec
    def framework_regularizers(self) -> Mapping[str, type[Regularizer]]:
        """Bring regularizers."""
        return {}

    @hookspec
    def framework_update_rules(self) -> Mapping[str, type[UpdateRule]]:
        """Bring update rules."""
        return {}

    @hookspec
    def framework_losses(self) -> Mapping[str, type[Loss]]:
        """Bring losses."""
        return {}

    @hookspec
    def framework_schedules(self) -> Mapping[str, type[Schedule]]:
        """Bring schedules."""
        return {}

    @hookspec
    def framework_metrics(self) -> Mapping[str, type[Metric]]:
        """Bring metrics."""
        return {}

    @hookspec
    def framework_datasets(self) -> Mapping[str, type[Dataset]]:
        """Bring datasets."""
        return {}

    @hookspec
    def framework_callbacks(self) -> Mapping[str, type[Callback]]:
        """Bring callbacks."""
        return {}

    @hookspec
    def framework_jobs(self) -> Mapping[str, type[Job]]:
        """Bring jobs."""
        return {}

    @hookspec
    def framework_config_dirs(self) -> Sequence[str]:
        """Bring folders of YAML: paths, or ``pkg://package.folder`` inside an installed package."""
        return []


class Events:
    """Called on a run's callbacks, in the order in which the configuration lists them."""

    @hookspec
    def framework_run_started(self, run: Run) -> None:
        """Hear that data and network are ready, the directory is made, and no step is taken."""

    @hookspec
    def framework_run_resumed(self, run: Run, state: Mapping[str, Any]) -> None:
        """Hear, after ``framework_run_started``, that the run goes on from a checkpoint.

        ``run.metrics`` and ``run.losses`` hold what was; ``state`` is what this callback gave to
        ``framework_state`` then, or empty.
        """

    @hookspec
    def framework_state(self, run: Run) -> Mapping[str, Any]:
        """Give what this callback must know to go on as if never stopped; it is in a checkpoint.

        Keys are texts; values are arrays, numbers, texts, or lists and dicts of them, nested as
        you like.
        """
        return {}

    @hookspec
    def framework_epoch_started(self, run: Run, epoch: int) -> None:
        """Hear that an epoch begins; the first is 1."""

    @hookspec
    def framework_step_ended(self, run: Run, step: int, loss: float) -> None:
        """Hear of every single step; the first is 0. Costs nothing when nobody listens."""

    @hookspec
    def framework_steps_ended(self, run: Run, step: int, losses: Array) -> None:
        """Hear, some ten times a second, of the steps since the last call.

        ``step`` is how many are taken in all; ``losses`` holds the new ones' losses.
        """

    @hookspec
    def framework_epoch_ended(self, run: Run, record: Epoch) -> None:
        """Hear the figures of the epoch that ended."""

    @hookspec
    def framework_training_ended(self, run: Run) -> None:
        """Hear that all steps are taken; the last epoch's figures may still be on their way.

        What needs only the trained network is best done here, beside the last measurements.
        """

    @hookspec
    def framework_run_ended(self, run: Run) -> None:
        """Hear that training and the test are done; ``run.summary`` is complete."""

    @hookspec
    def framework_run_failed(self, run: Run, error: BaseException) -> None:
        """Hear that the run ended early; what it wrote so far stays."""
