"""A run's events: what the trainer reports, handed to the callbacks through pluggy."""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pluggy

from framework.components.base import Array
from framework.components.epoch import Epoch
from framework.errors import FrameworkError, PluginError, RunError
from framework.hooks import PROJECT, Events
from framework.registry.hook_check import unmarked_hook, wrong_hook
from framework.runs.callback_state import SplitState, split_state, too_large
from framework.runs.hearing import hear
from framework.runs.state import largest_states
from framework.text import describe
from framework.training.epoch_evaluation import EpochEvaluation

if TYPE_CHECKING:
    from framework.components.callback import Callback
    from framework.runs.run import Run

log = logging.getLogger("framework")
_STATE, _LAST = "framework_state", "framework_run_failed"
_GRADIENTS = "framework_gradients_ready"


@dataclass(frozen=True)
class Failure:
    """A callback that raised in an event, and has not been called since."""

    callback: str
    origin: str
    event: str
    error: str

    def __str__(self) -> str:
        return f"callbacks.{self.callback} ({self.origin}) failed in {self.event}: {self.error}"


class RunEvents:
    """A run's callbacks, in a plugin manager of their own; what the trainer reports to.

    A callback that raises is reported and detached, and the run continues. A `RunError` ends it:
    a file cannot be written, or the callback means to; the run can be resumed.

    Attributes
    ----------
    failures : the callbacks that raised.
    """

    def __init__(self, run: Run) -> None:
        self._run = run
        self._manager = manager = pluggy.PluginManager(PROJECT)
        manager.add_hookspecs(Events)
        self.hook: Any = manager.hook
        self.failures: list[Failure] = []
        self._gives_weights = ""
        # pluggy calls the last one registered first; callbacks are heard in the order they stand.
        for name, callback in reversed(list(run.settings.callbacks.items())):
            origin = str(run.registry.entry_of(callback).origin)
            try:
                listener = callback.listener(run)
            except (FrameworkError, KeyboardInterrupt):
                raise
            except BaseException as error:
                raise PluginError(f"callbacks.{name} ({origin}): {describe(error)}") from error
            problem = wrong_hook(listener, Events) or unmarked_hook(listener, Events)
            problem = problem or _left_out(callback, listener) or _unwritten(callback, listener)
            if problem:
                raise PluginError(f"callbacks.{name} ({origin}): {problem}")
            manager.register(self._guarded(name, origin, listener), name=name)
        self.every_step = self._has_step_listeners()
        hears_gradients = bool(self.hook.framework_gradients_ready.get_hookimpls())
        self.gradients_ready = self._gradients_ready if hears_gradients else None
        self.evaluation: EpochEvaluation | None = None

    def states(self) -> dict[str, SplitState]:
        """Ask each callback what it wants to be kept in a checkpoint."""
        hooks = self.hook.framework_state.get_hookimpls()
        states = {hook.plugin_name: _call(hook, run=self._run) for hook in hooks}
        kept: dict[str, SplitState] = {
            name: state for name, state in states.items() if state is not None
        }
        while (large := too_large(kept, largest_states(self._run.network))) is not None:
            name, why = large
            del kept[name]
            origin = str(self._run.registry.entry_of(self._run.settings.callbacks[name]).origin)
            self._failed(Failure(name, origin, _STATE, why))
        return kept

    def resumed(self, states: Mapping[str, Mapping[str, Any]]) -> None:
        """Tell each callback that the run is resumed, and what it had kept."""
        for hook in reversed(self.hook.framework_run_resumed.get_hookimpls()):
            _call(hook, run=self._run, state=states.get(hook.plugin_name, {}))

    def leave_out(self, failures: Sequence[Failure]) -> None:
        """Leave out the callbacks that had failed before the run was stopped: they stay failed."""
        for failure in failures:
            self.failures.append(failure)
            self._run.failures.append(str(failure))
            if self._manager.has_plugin(failure.callback):
                self._manager.unregister(name=failure.callback)
            log.warning("%s, before; it is not called any more", failure)
        self.every_step = self._has_step_listeners()

    def epoch_started(self, epoch: int) -> None:
        self.hook.framework_epoch_started(run=self._run, epoch=epoch)

    def steps_ended(self, step: int, losses: Array) -> None:
        if self.every_step:
            for i, loss in enumerate(losses, start=step - len(losses)):
                self.hook.framework_step_ended(run=self._run, step=i, loss=float(loss))
        self.hook.framework_steps_ended(run=self._run, step=step, losses=losses)
        if self.evaluation is not None:
            self.evaluation.poll()

    def epoch_ended(self, record: Epoch) -> None:
        self._run.metrics.append(record)
        if record.measured:
            hear(self._run.hearing, record)
        self.hook.framework_epoch_ended(run=self._run, record=record)

    def _gradients_ready(self, step: int) -> None:
        self.hook.framework_gradients_ready(run=self._run, step=step)

    def _guarded(self, name: str, origin: str, listener: object) -> type:
        """Return a stand-in for a listener, each of whose events is in a try of its own."""
        events: dict[str, Any] = {}
        for attribute in dir(listener):
            options = self._manager.parse_hookimpl_opts(listener, attribute)
            if options is None:
                continue
            event = options.get("specname") or attribute
            if options.get("wrapper") or options.get("hookwrapper"):
                raise PluginError(f"callbacks.{name} ({origin}): {event} cannot be a wrapper")
            function = self._guard(name, origin, event, getattr(listener, attribute))
            if event in ("framework_epoch_started", "framework_epoch_ended"):
                function = self._with_stop(name, event, function)
            events[attribute] = staticmethod(function)
        return type("Guarded", (), events)

    def _guard(
        self, name: str, origin: str, event: str, function: Callable[..., object]
    ) -> Callable[..., object]:
        @functools.wraps(function)
        def guarded(*arguments: object) -> object:
            evaluated = self._run.evaluated
            before = evaluated.given
            try:
                given = function(*arguments)
                if evaluated.given is not before:
                    self._gives_weights = name
                return split_state(given) if event == _STATE else given
            except KeyboardInterrupt:
                raise
            except BaseException as error:
                if isinstance(error, RunError) and event != _LAST:
                    raise
                if evaluated.given is not before:
                    self._gives_weights = name
                self._failed(Failure(name, origin, event, describe(error)))
                return None

        return guarded

    def _with_stop(
        self, name: str, event: str, function: Callable[..., object]
    ) -> Callable[..., object]:
        """Have a stop take effect at the same epoch's end, whenever the event is heard.

        A passive callback may hear of an epoch while the next one is under way: that one is always
        the last. So is an epoch at whose start a stop was asked for.
        """
        run = self._run
        passive = run.settings.callbacks[name].passive

        @functools.wraps(function)
        def heard(*arguments: object) -> object:
            before = run.stopped
            answer = function(*arguments)
            if run.stopped and not before:
                if event == "framework_epoch_started":
                    run.stop_after = run.trainer.epoch
                elif passive:
                    run.stop_after = len(run.metrics)
            return answer

        return heard

    def _failed(self, failure: Failure) -> None:
        self.failures.append(failure)
        self._run.failures.append(str(failure))
        self._manager.unregister(name=failure.callback)
        self.every_step = self._has_step_listeners()
        if failure.callback == self._gives_weights:
            self._run.evaluate_with({})  # nobody keeps them up to date any more
        log.error("%s; it is not called any more, the run continues", failure)

    def _has_step_listeners(self) -> bool:
        return bool(self.hook.framework_step_ended.get_hookimpls())


def _left_out(callback: Callback, listener: object) -> str:
    """Return which event a callback implements itself though it gives another object to listen."""
    if listener is callback:
        return ""
    manager = pluggy.PluginManager(PROJECT)
    for name in dir(callback):
        if manager.parse_hookimpl_opts(callback, name) is not None and not hasattr(listener, name):
            return f"implements {name}, but listener() gives an object that does not"
    return ""


def _unwritten(callback: Callback, listener: object) -> str:
    """Return that a callback wants to hear of gradients, but does not have them written down."""
    if callback.needs_gradients or not hasattr(listener, _GRADIENTS):
        return ""
    return f"implements {_GRADIENTS}; expected needs_gradients = True in its class"


def _call(implementation: pluggy.HookImpl, **arguments: Any) -> Any:
    """Call one callback's implementation of a hook with the arguments it takes."""
    return implementation.function(*(arguments[name] for name in implementation.argnames))
