"""The log of a run."""

from __future__ import annotations

import contextlib
import logging
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from framework import (
    Appending,
    Callback,
    Epoch,
    Run,
    RunError,
    hookimpl,
    products_library,
    table,
)

log = logging.getLogger("framework")


@dataclass(frozen=True)
class Log(Callback):
    """Writes network, epochs and final figures, on the screen and to `run.log`."""

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
        log.info("%s", describe(run))

    @hookimpl
    def framework_epoch_ended(self, run: Run, record: Epoch) -> None:
        figures = "  ".join(f"{name} {figure:.4f}" for name, figure in record.figures.items())
        epochs = run.settings.trainer.epochs
        log.info("epoch %d/%d  %.2f s  %s", record.number, epochs, record.seconds, figures)

    @hookimpl(trylast=True)
    def framework_run_ended(self, run: Run) -> None:
        test = {k: v for k, v in run.summary["figures"].items() if k.startswith("test_")}
        log.info("%s", "  ".join(f"{name} {figure:.4f}" for name, figure in test.items()))
        log.info("%s (%.1f s)", run.directory, run.summary["seconds"])
        self._close()

    @hookimpl(trylast=True)
    def framework_run_failed(self, run: Run, error: BaseException) -> None:
        with contextlib.suppress(RunError):  # a full disk, say: the run's own error says so
            log.error("the run ended early: %s", error or type(error).__name__)
            self._close()

    def _close(self) -> None:
        if self._file is not None:
            log.removeHandler(self._file)
            self._file.close()
            self._file = None


class _Lines(logging.Handler):
    """Appends records to a file; one that cannot be written ends the run."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._lines = Appending(path)

    def emit(self, record: logging.LogRecord) -> None:
        self._lines.write(self.format(record) + "\n")

    def close(self) -> None:
        super().close()
        self._lines.close()


def describe(run: Run) -> str:
    """Write a network as a table: layers, shapes, parameters, how each is trained."""
    describe = run.registry.describe
    rows = []
    for link, plan in zip(run.network.links, run.settings.layers, strict=True):
        rule = plan.training.update_rule
        training = [describe(plan.training.initializer), describe(plan.training.regularizer)]
        training.append(describe(rule) if rule is not None else "frozen")
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
    return "\n".join(
        [
            table(["layer", "component", "output", "parameters", "training"], rows),
            f"{run.network.count():,} parameters, {run.settings.dtype}, input"
            f" {'×'.join(map(str, run.network.inputs))}; {data} rows;"
            f" {trainer.minibatches.steps:,} steps an epoch of {trainer.minibatches.batch_size}",
            f"{run.threads} BLAS thread{'s' if run.threads > 1 else ''}, {products_library()}",
        ]
    )
