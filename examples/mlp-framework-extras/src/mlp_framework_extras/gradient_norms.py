"""Gradient norms."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from framework import Callback, Epoch, Run, hookimpl, write_text


@dataclass(frozen=True)
class GradientNorms(Callback):
    """Keeps `gradient_norms.csv`: the norm of each parameter's last gradient, a row an epoch."""

    needs_gradients: ClassVar[bool] = True

    def listener(self, run: Run) -> object:
        return _Norms()


class _Norms:
    def __init__(self) -> None:
        self._rows: list[list[float]] = []

    @hookimpl
    def framework_state(self, run: Run) -> dict[str, list[list[float]]]:
        return {"rows": self._rows}  # kept in checkpoints: a run that is resumed has every row

    @hookimpl
    def framework_run_resumed(self, run: Run, state: dict[str, list[list[float]]]) -> None:
        self._rows = list(state.get("rows", ()))

    @hookimpl
    def framework_epoch_ended(self, run: Run, record: Epoch) -> None:
        gradients = run.network.gradients()
        self._rows.append([record.number, *(float(np.linalg.norm(g)) for g in gradients.values())])
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows([["epoch", *gradients], *self._rows])
        write_text(run.directory / "gradient_norms.csv", text.getvalue())
