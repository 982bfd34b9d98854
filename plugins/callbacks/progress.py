"""How far a run is: a bar, or lines where there can be none."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from importlib.util import find_spec
from typing import Any, ClassVar

from tqdm import tqdm

from framework import (
    Array,
    Callback,
    Epoch,
    Run,
    hookimpl,
    progress_display,
    shown_figure,
    shows_log,
)

from .log import epoch_line, figures_line


@dataclass(frozen=True)
class Progress(Callback):
    """Shows how far a run is: in a terminal a bar over each epoch, beside the lines of the log.

    Where Python trains, and nobody shows the log, it is a bar over the whole run, also in a
    notebook; without either a line an epoch on standard error.
    """

    passive: ClassVar[bool] = True

    def listener(self, run: Run) -> object:
        display = progress_display()
        if display == "terminal" and shows_log():
            return _EpochBar(run)
        if display in ("notebook", "terminal"):
            return _RunBar(_notebook_bar if display == "notebook" else _terminal_bar)
        return _Lines() if display == "lines" else _Nothing()


class _Nothing:
    """Who shows nothing."""


@dataclass
class _EpochBar:
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


@dataclass
class _RunBar:
    """A bar over all steps, which stays, with the last figures."""

    make: Callable[..., Any]
    bar: Any = field(default=None, repr=False)
    figures: dict[str, float] = field(default_factory=dict)

    @hookimpl
    def framework_run_started(self, run: Run) -> None:
        trainer = run.trainer
        steps = run.settings.trainer.span(trainer.minibatches.steps).steps
        self.bar = self.make(total=max(steps, trainer.steps), initial=trainer.steps, unit="step")

    @hookimpl
    def framework_epoch_started(self, run: Run, epoch: int) -> None:
        self.bar.set_description(f"epoch {epoch}/{run.settings.trainer.epochs}", refresh=False)

    @hookimpl
    def framework_steps_ended(self, run: Run, step: int, losses: Array) -> None:
        self._show({"loss": float(losses[-1]), **self.figures})
        self.bar.update(len(losses))

    @hookimpl
    def framework_epoch_ended(self, run: Run, record: Epoch) -> None:
        if record.measured:
            self.figures = {run.score[0]: record.figures[run.score[0]]}

    @hookimpl
    def framework_run_ended(self, run: Run) -> None:
        figures, name = run.summary["figures"], run.score[0]
        of_test = f"test_{name.removeprefix('validation_')}"
        self._show({key: figures[key] for key in (name, of_test) if key in figures})
        if run.stopped:
            self.bar.total = self.bar.n  # it is full: the run ended in good order
        self._close()

    @hookimpl
    def framework_run_failed(self, run: Run, error: BaseException) -> None:
        if self.bar is not None:
            self._close()

    def _show(self, figures: Mapping[str, float]) -> None:
        shown = (f"{name} {shown_figure(figure)}" for name, figure in figures.items())
        self.bar.set_postfix_str(", ".join(shown), refresh=False)

    def _close(self) -> None:
        self.bar.refresh()
        self.bar.close()


_FORMAT = "{desc} {percentage:3.0f}%|{bar:24}| {elapsed}<{remaining}{postfix}"


def _terminal_bar(**given: Any) -> Any:
    return tqdm(**given, file=sys.stderr, bar_format=_FORMAT, dynamic_ncols=True)


def _notebook_bar(**given: Any) -> Any:
    """Return a notebook's own bar, or one of letters where it has nothing to draw one with."""
    if find_spec("ipywidgets") is None:
        return tqdm(**given, file=_CellLine(), bar_format=_FORMAT)
    from tqdm.auto import tqdm as notebook_tqdm

    return notebook_tqdm(**given, bar_format=_FORMAT.replace("{bar:24}", "{bar}"))


class _CellLine:
    """A line below a cell, that what is written takes the place of: a file for a bar."""

    def __init__(self) -> None:
        self._display: Any = import_module("IPython.display").display
        self._line: Any = None

    def write(self, text: str) -> None:
        shown = {"text/plain": text.strip("\r\n")}
        if not shown["text/plain"].strip():
            return
        if self._line is None:
            self._line = self._display(shown, raw=True, display_id=True)
        else:
            self._line.update(shown, raw=True)

    def flush(self) -> None:
        """Do nothing: what is written is shown."""


class _Lines:
    """A line an epoch, where the log is not shown."""

    @hookimpl
    def framework_epoch_ended(self, run: Run, record: Epoch) -> None:
        _print(epoch_line(run, record))

    @hookimpl(trylast=True)
    def framework_run_ended(self, run: Run) -> None:
        if run.stopped:
            _print(f"stopped {run.stopped}")
        test = {k: v for k, v in run.summary["figures"].items() if k.startswith("test_")}
        _print(f"{figures_line(test)}  ({run.summary['seconds']:.1f} s)".lstrip())


def _print(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
