"""Callbacks that stand beside the one under test."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from framework.components.callback import Callback
from framework.components.epoch import Epoch
from framework.errors import RunError
from framework.hooks import hookimpl
from framework.runs.run import Run
from framework.testing.check import PromiseError


@dataclass(frozen=True)
class Watcher(Callback):
    """Listens to nothing, but has every gradient written down."""

    needs_gradients: ClassVar[bool] = True


class EndedError(RunError):
    """The kit's own end of a run."""

    def __init__(self, run: Run) -> None:
        super().__init__("the conformance kit ends this run early")
        self.run = run


@dataclass(frozen=True)
class Failure(Callback):
    """Ends a run early: raises when the second epoch ends."""

    @hookimpl(trylast=True)
    def framework_epoch_ended(self, run: Run, record: Epoch) -> None:
        if record.number == 2:
            raise EndedError(run)


@dataclass(frozen=True)
class Crash(Callback):
    """Ends the process' work in the middle, once: as if it had been killed.

    The note that it has done so lies beside the run's directory.
    """

    step: int = 16

    @hookimpl(trylast=True)
    def framework_step_ended(self, run: Run, step: int, loss: float) -> None:
        note = run.directory.with_suffix(".crashed")
        if step == self.step and not note.exists():
            note.touch()
            raise KeyboardInterrupt


class _Shut:
    """Stands where the network was."""

    def __init__(self, network: Any) -> None:
        self.network = network

    def __getattr__(self, name: str) -> Any:
        raise PromiseError(f"it reads run.network.{name}; passive must be False")


@dataclass(frozen=True)
class Shut(Callback):
    """Takes the network away while the callbacks behind it hear that an epoch ended."""

    @hookimpl(tryfirst=True)
    def framework_epoch_ended(self, run: Run, record: Epoch) -> None:
        run.network = _Shut(run.network)  # type: ignore[assignment]


@dataclass(frozen=True)
class Open(Callback):
    """Gives the network back."""

    @hookimpl(trylast=True)
    def framework_epoch_ended(self, run: Run, record: Epoch) -> None:
        assert isinstance(run.network, _Shut)
        run.network = run.network.network
