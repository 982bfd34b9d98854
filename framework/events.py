"""A run's events: what the trainer reports, handed to the callbacks through pluggy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pluggy

from framework.component import Array
from framework.errors import PluginError
from framework.hooks import PROJECT, Events
from framework.measurement import Epoch, Measurement

if TYPE_CHECKING:
    from framework.run import Run


class RunEvents:
    """A run's callbacks, in a plugin manager of their own; what the trainer reports to."""

    def __init__(self, run: Run) -> None:
        self._run = run
        manager = pluggy.PluginManager(PROJECT)
        manager.add_hookspecs(Events)
        # pluggy calls the last one registered first; callbacks are heard in the order they stand.
        for name, callback in reversed(list(run.settings.callbacks.items())):
            origin = run.registry.entry_of(callback).origin
            try:
                manager.register(callback.listener(run), name=name)
                manager.check_pending()
            except pluggy.PluginValidationError as error:
                raise PluginError(f"callbacks.{name} ({origin}): {error}") from error
        self.hook: Any = manager.hook
        self.every_step = bool(self.hook.framework_step_ended.get_hookimpls())
        self.measurement: Measurement | None = None

    def states(self) -> dict[str, Mapping[str, Any]]:
        """Ask each callback what it wants to be kept in a checkpoint."""
        asked = self.hook.framework_state.get_hookimpls()
        return {one.plugin_name: _call(one, run=self._run) for one in asked}

    def resumed(self, states: Mapping[str, Mapping[str, Any]]) -> None:
        """Tell each callback that the run goes on, and what it had kept."""
        for one in reversed(self.hook.framework_run_resumed.get_hookimpls()):
            _call(one, run=self._run, state=states.get(one.plugin_name, {}))

    def epoch_started(self, epoch: int) -> None:
        self.hook.framework_epoch_started(run=self._run, epoch=epoch)

    def steps_ended(self, step: int, losses: Array) -> None:
        if self.every_step:
            for i, loss in enumerate(losses, start=step - len(losses)):
                self.hook.framework_step_ended(run=self._run, step=i, loss=float(loss))
        self.hook.framework_steps_ended(run=self._run, step=step, losses=losses)
        if self.measurement is not None:
            self.measurement.poll()

    def epoch_ended(self, record: Epoch) -> None:
        self._run.metrics.append(record)
        self.hook.framework_epoch_ended(run=self._run, record=record)


def _call(implementation: pluggy.HookImpl, **arguments: Any) -> Any:
    """Call one callback's implementation of a hook with the arguments it takes."""
    return implementation.function(*(arguments[name] for name in implementation.argnames))
