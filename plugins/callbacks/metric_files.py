"""The figures of a run as files."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from framework import Callback, Run, hookimpl, write_bytes, write_text


@dataclass(frozen=True)
class Metrics(Callback):
    """Keeps `metrics.csv`, one row per epoch, and `losses.npy`, the loss of every step."""

    passive: ClassVar[bool] = True

    @hookimpl
    def framework_epoch_ended(self, run: Run) -> None:
        # Checkpoints hold the same: after a crash of the machine they are written anew.
        self._write(run, durable=False)

    @hookimpl
    def framework_run_ended(self, run: Run) -> None:
        self._write(run, durable=True)

    def _write(self, run: Run, *, durable: bool) -> None:
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(["epoch", "steps", "seconds", "batch_loss", *run.metrics[-1].figures])
        for epoch in run.metrics:
            row = [epoch.number, epoch.steps, f"{epoch.seconds:.4f}", repr(epoch.batch_loss)]
            writer.writerow([*row, *(repr(float(figure)) for figure in epoch.figures.values())])
        write_text(run.directory / "metrics.csv", text.getvalue(), durable=durable)
        content = io.BytesIO()
        np.save(content, run.losses)
        write_bytes(run.directory / "losses.npy", content.getbuffer(), durable=durable)
