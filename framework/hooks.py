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
    from framework.components.constraint import Constraint
    from framework.components.dataset import Dataset
    from framework.components.epoch import Epoch
    from framework.components.initializer import Initializer
    from framework.components.job import Job
    from framework.components.join import Join
    from framework.components.layer import Layer
    from framework.components.loss import Loss
    from framework.components.metric import Metric
    from framework.components.regularizer import Regularizer
    from framework.components.schedule import Schedule
    from framework.components.transform import Transform
    from framework.components.update_rule import UpdateRule
    from framework.runs.run import Run

PROJECT = "framework"
hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


class Registration:
    """Called once, when a plugin is loaded. Each returns name → class; lower_snake_case."""

    @hookspec
    def framework_layers(self) -> Mapping[str, type[Layer]]:
        """Return the layers that the plugin brings, activations included."""
        return {}

    @hookspec
    def framework_joins(self) -> Mapping[str, type[Join]]:
        """Return the ways of joining branches that the plugin brings."""
        return {}

    @hookspec
    def framework_initializers(self) -> Mapping[str, type[Initializer]]:
        """Return the initializers that the plugin brings."""
        return {}

    @hookspec
    def framework_regularizers(self) -> Mapping[str, type[Regularizer]]:
        """Return the regularizers that the plugin brings."""
        return {}

    @hookspec
    def framework_constraints(self) -> Mapping[str, type[Constraint]]:
        """Return the constraints on weights that the plugin brings."""
        return {}

    @hookspec
    def framework_update_rules(self) -> Mapping[str, type[UpdateRule]]:
        """Return the update rules that the plugin brings."""
        return {}

    @hookspec
    def framework_losses(self) -> Mapping[str, type[Loss]]:
        """Return the losses that the plugin brings."""
        return {}

    @hookspec
    def framework_schedules(self) -> Mapping[str, type[Schedule]]:
        """Return the schedules that the plugin brings."""
        return {}

    @hookspec
    def framework_metrics(self) -> Mapping[str, type[Metric]]:
        """Return the metrics that the plugin brings."""
        return {}

    @hookspec
    def framework_datasets(self) -> Mapping[str, type[Dataset]]:
        """Return the datasets that the plugin brings."""
        return {}

    @hookspec
    def framework_transforms(self) -> Mapping[str, type[Transform]]:
        """Return the transforms of inputs that the plugin brings."""
        return {}

    @hookspec
    def framework_callbacks(self) -> Mapping[str, type[Callback]]:
        """Return the callbacks that the plugin brings."""
        return {}

    @hookspec
    def framework_jobs(self) -> Mapping[str, type[Job]]:
        """Return the jobs that the plugin brings."""
        return {}

    @hookspec
    def framework_config_dirs(self) -> Sequence[str]:
        """Return folders of YAML: paths, or ``pkg://package.folder`` in an installed package."""
        return []


class Events:
    """Called on a run's callbacks, in the order in which the configuration lists them."""

    @hookspec
    def framework_run_started(self, run: Run) -> None:
        """Called before the first step: data and network are ready, the directory is made."""

    @hookspec
    def framework_run_resumed(self, run: Run, state: Mapping[str, Any]) -> None:
        """Called after ``framework_run_started`` when the run resumes from a checkpoint.

        ``run.metrics`` and ``run.losses`` hold what was; ``state`` is what this callback returned
        from ``framework_state`` then, or empty.
        """

    @hookspec
    def framework_state(self, run: Run) -> Mapping[str, Any]:
        """Return what this callback must know to resume as if never stopped; checkpoints keep it.

        Keys are strings; values are arrays, numbers, strings, or lists and dicts of them, nested
        as you like.
        """
        return {}

    @hookspec
    def framework_epoch_started(self, run: Run, epoch: int) -> None:
        """Called when an epoch begins; the first is 1."""

    @hookspec
    def framework_gradients_ready(self, run: Run, step: int) -> None:
        """Called in every step between gradients and update; the first is 0.

        ``run.network.gradients()`` holds what the update rules are about to be given, penalties
        included and clipped: whoever writes into it says ``changes_training``. Needs a callback
        with ``needs_gradients``; costs nothing when nobody implements it.
        """

    @hookspec
    def framework_step_ended(self, run: Run, step: int, loss: float) -> None:
        """Called after every step; the first is 0. Costs nothing when nobody implements it."""

    @hookspec
    def framework_steps_ended(self, run: Run, step: int, losses: Array) -> None:
        """Called some ten times a second with the steps since the last call.

        ``step`` is how many are taken in all; ``losses`` holds the new ones' losses.
        """

    @hookspec
    def framework_epoch_ended(self, run: Run, record: Epoch) -> None:
        """Called when an epoch has ended, with its figures."""

    @hookspec
    def framework_training_ended(self, run: Run) -> None:
        """Called when all steps are taken; the last epoch's figures may still be on their way.

        What needs only the trained network is best done here, beside the last measurements.
        """

    @hookspec
    def framework_run_ended(self, run: Run) -> None:
        """Called when training and the test are done; ``run.summary`` is complete."""

    @hookspec
    def framework_run_failed(self, run: Run, error: BaseException) -> None:
        """Called when the run ended early; what it wrote so far stays."""
