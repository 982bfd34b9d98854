"""The log of a run."""

from __future__ import annotations

import contextlib
import logging
import math
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np

from framework import (
    Appending,
    Callback,
    Epoch,
    Run,
    RunError,
    hookimpl,
    products_library,
    shown_figure,
    table,
)

log = logging.getLogger("framework")
_MOST = 24  # figures on a line
_FEWEST = 100  # steps from which on a tenth of them says something


@dataclass(frozen=True)
class Log(Callback):
    """Writes network, epochs and final figures to `run.log`, and where the log is shown."""

    passive: ClassVar[bool] = True

    def listener(self, run: Run) -> object:
        return _Writer()


class _Writer:
    def __init__(self) -> None:
        self._file: logging.Handler | None = None

    @hookimpl
    def framework_run_started(self, run: Run) -> None:
        self._file = _Lines(run.directory / "run.log")
        self._file.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
        for record in run.early_log:
            self._file.handle(record)
        log.addHandler(self._file)
        self._say(describe(run))

    @hookimpl
    def framework_epoch_ended(self, run: Run, record: Epoch) -> None:
        self._say(epoch_line(run, record))

    @hookimpl(trylast=True)
    def framework_run_ended(self, run: Run) -> None:
        test = {k: v for k, v in run.summary["figures"].items() if k.startswith("test_")}
        self._say(figures_line(test))
        hint = _guessing(run)
        if hint:
            log.warning("%s", hint)
        self._say(f"{run.directory} ({run.summary['seconds']:.1f} s)")
        self._close()

    @hookimpl(trylast=True)
    def framework_run_failed(self, run: Run, error: BaseException) -> None:
        if self._file is not None:  # whoever started the run says so on the screen
            with contextlib.suppress(RunError):  # a full disk, say: the run's own error says so
                line = f"the run ended early: {error or type(error).__name__}"
                self._file.handle(_record(logging.ERROR, line))
                self._close()

    def _say(self, text: str) -> None:
        """Log a line; the file has it also where nobody shows the log."""
        if log.isEnabledFor(logging.INFO):
            log.info("%s", text)
        elif self._file is not None:
            self._file.handle(_record(logging.INFO, text))

    def _close(self) -> None:
        if self._file is not None:
            log.removeHandler(self._file)
            self._file.close()
            self._file = None


def epoch_line(run: Run, record: Epoch) -> str:
    """Write an epoch's figures on a line; of one that was not measured its loss."""
    figures = record.figures if record.measured else {"batch_loss": record.batch_loss}
    epochs = run.settings.trainer.epochs
    return f"epoch {record.number}/{epochs}  {record.seconds:.2f} s  {figures_line(figures)}"


def figures_line(figures: Mapping[str, float]) -> str:
    """Write figures on a line; of very many, the first ones."""
    shown = [f"{name} {shown_figure(figure)}" for name, figure in figures.items()]
    more = len(shown) - _MOST
    return "  ".join(shown if more <= 0 else [*shown[:_MOST], f"and {more} more"])


def _record(level: int, text: str) -> logging.LogRecord:
    return log.makeRecord(log.name, level, __file__, 0, "%s", (text,), None)


class _Lines(logging.Handler):
    """Appends records of this thread to a file; one that cannot be written ends the run."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._lines = Appending(path)
        thread = threading.get_ident()  # another one's records are of another run
        self.addFilter(lambda record: record.thread == thread)

    def emit(self, record: logging.LogRecord) -> None:
        self._lines.write(self.format(record) + "\n")

    def close(self) -> None:
        super().close()
        self._lines.close()


def _guessing(run: Run) -> str:
    """Say that nothing was learnt: that the loss has stayed what guessing costs."""
    classes, losses = run.data.classes, run.losses.astype(np.float64)
    if classes is None or classes < 2 or len(losses) < _FEWEST:
        return ""
    part, guess = len(losses) // 10, math.log(classes)
    ends = losses[:part].mean(), losses[-part:].mean()
    if any(abs(mean - guess) > 0.02 * guess for mean in ends):
        return ""
    return (
        f"nothing was learnt: the loss has stayed near ln({classes}) = {guess:.4f}, a guess's;"
        " a larger learning rate or other first weights may help (layer=dense_xavier), or inputs of"
        " another size"
    )


def describe(run: Run) -> str:
    """Write a network as a table: layers, shapes, parameters, how each is trained."""
    describe = run.registry.describe
    rows = []
    for link, plan in zip(run.network.layers, run.settings.layers, strict=True):
        rule = plan.training.update_rule
        training = [describe(plan.training.initializer), describe(plan.training.regularizer)]
        constraint = plan.training.constraint
        if constraint is not None and not constraint.trivial:
            training.append(describe(constraint))
        training.append(describe(rule) if rule is not None else "frozen")
        if link.trainable and link.frozen_until:
            training.append(f"frozen for {int(link.frozen_until):,} steps")
        rows.append(
            [
                link.label,
                run.registry.name_of(link.layer),
                "×".join(map(str, link.outputs)),
                f"{link.count():,}" if link.parameters else "",
                " ".join(training) if link.parameters else "",
            ]
        )
    data = "  ".join(f"{name} {len(split):,}" for name, split in run.data.splits().items())
    trainer = run.trainer
    engine = trainer.engine.name
    by = "" if engine == "numpy" else f"; update rules by {engine}"
    return "\n".join(
        [
            table(["layer", "component", "output", "parameters", "training"], rows),
            f"{run.network.count():,} parameters, {run.settings.dtype}, input"
            f" {'×'.join(map(str, run.network.inputs))}; {data} rows;"
            f" {trainer.minibatches.steps:,} steps an epoch of {trainer.minibatches.batch_size}",
            f"{run.threads} BLAS thread{'s' if run.threads > 1 else ''}, {products_library()}{by}",
        ]
    )
