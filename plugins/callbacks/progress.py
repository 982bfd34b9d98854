"""The progress bar."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from typing import Any, ClassVar

from tqdm import tqdm

from framework import Array, Callback, Epoch, Run, hookimpl, shown_figure


@dataclass(frozen=True)
class Progress(Callback):
    """Shows a bar over the steps of each epoch, with loss and rate; silent without a terminal."""

    passive: ClassVar[bool] = True

    def listener(self, run: Run) -> object:
        return _Bar(run)


@dataclass
class _Bar:
    run: Run
    bar: tqdm[Any] | None = field(default=None, repr=False)

    @hookimpl
    def framework_epoch_started(self, run: Run, epoch: int) -> None:
        self.bar = tqdm(
            total=run.trainer.epoch_steps,
            initial=run.trainer.step,  # not 0 in the epoch in which a run is resumed
            desc=f"epoch {epoch}/{run.settings.trainer.epochs}",
            unit="step",
            disable=None,
            leave=False,
            file=sys.stderr,
        )

    @hookimpl
    def framework_steps_ended(self, run: Run, step: int, losses: Array) -> None:
        if self.bar is not None and not self.bar.disable:
            self.bar.set_postfix_str(f"loss {shown_figure(float(losses[-1]))}", refresh=False)
            self.bar.update(len(losses))

    @hookimpl
    def framework_epoch_ended(self, run: Run, record: Epoch) -> None:
        self._close()

    @hookimpl
    def framework_run_failed(self, run: Run, error: BaseException) -> None:
        self._close()

    def _close(self) -> None:
        if self.bar is not None:
            self.bar.close()
            self.bar = None
