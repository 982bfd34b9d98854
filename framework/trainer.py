"""The trainer: epochs of minibatches, one record an epoch."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from framework.component import Array
from framework.dataset import Data
from framework.evaluation import evaluate
from framework.loss import Loss
from framework.metric import Metric
from framework.minibatches import Minibatches
from framework.network import Network
from framework.propagation import Step
from framework.settings import TrainerSettings

_REPORTS_A_SECOND = 10.0
_MOST_STEPS = 1024  # between two reports


@dataclass(frozen=True)
class Epoch:
    """What one epoch came to.

    Attributes
    ----------
    number : from 1.
    steps : steps taken since training began.
    seconds : spent in this epoch's steps, evaluation apart.
    batch_loss : mean over the epoch's steps of the loss that was descended, penalties included.
    figures : every metric on every split measured, ``train_accuracy``, ``validation_loss``, ….
    """

    number: int
    steps: int
    seconds: float
    batch_loss: float
    figures: Mapping[str, float]


class Listener(Protocol):
    """Who hears of a trainer's progress, while it runs."""

    @property
    def every_step(self) -> bool:
        """Whether to report after every single step."""

    def epoch_started(self, epoch: int) -> None:
        """Hear that an epoch begins."""

    def steps_ended(self, step: int, losses: Array) -> None:
        """Hear the losses of the steps since the last report; `step` steps are taken in all."""


class Trainer:
    """Walks a network through minibatches; iterate over it, one `Epoch` at a time.

    Attributes
    ----------
    steps : steps taken so far.
    """

    def __init__(
        self,
        network: Network,
        data: Data,
        loss: Loss,
        metrics: Mapping[str, Metric],
        settings: TrainerSettings,
        rng: np.random.Generator,
        *,
        keep_gradients: bool = False,
    ) -> None:
        self.network = network
        self.settings = settings
        self.minibatches = Minibatches(data.train, settings, data.scale, network.dtype)
        self.steps = 0
        self._data, self._loss, self._metrics, self._rng = data, loss, metrics, rng
        sizes = {self.minibatches.batch_size, self.minibatches.remainder} - {0}
        self._step = {
            size: Step(network, size, loss, keep_gradients=keep_gradients) for size in sizes
        }

    def epochs(self, listener: Listener) -> Iterator[Epoch]:
        """Train; give the record of each epoch as it ends."""
        for number in range(1, self.settings.epochs + 1):
            listener.epoch_started(number)
            began = time.perf_counter()
            batch_loss = self._walk(listener)
            seconds = time.perf_counter() - began
            figures = self.evaluate("train") | self.evaluate("validation")
            yield Epoch(number, self.steps, seconds, batch_loss, figures)

    def evaluate(self, split: str) -> dict[str, float]:
        """Measure every metric on a split; names are ``split_metric``."""
        rows = self.settings.evaluation_rows
        part = self._data.splits()[split]
        found = evaluate(self.network, part, self._loss, self._metrics, rows)
        return {f"{split}_{name}": figure for name, figure in found.items()}

    def _walk(self, listener: Listener) -> float:
        """Take the steps of one epoch; give their mean loss."""
        batches = self.minibatches.batches(self.minibatches.order(self._rng))
        left, total = self.minibatches.steps, 0.0
        stride = 1
        while left:
            began = time.perf_counter()
            stride = 1 if listener.every_step else min(stride, _MOST_STEPS, left)
            losses = self._take(batches, stride)
            total += float(losses.sum(dtype=np.float64))
            left -= stride
            listener.steps_ended(self.steps, losses)
            spent = max(time.perf_counter() - began, 1e-9)
            stride = max(1, int(stride / spent / _REPORTS_A_SECOND))
        return total / self.minibatches.steps

    def _take(self, batches: Iterator[tuple[Array, Array]], count: int) -> Array:
        """Take some steps; give the loss of each."""
        gather, size = self.minibatches.gather, self.minibatches.batch_size
        whole = self._step.get(size)
        values = np.empty((count, size), self.network.dtype)
        losses = np.empty(count, self.network.dtype)
        for row, (rows, targets) in zip(range(count), batches, strict=False):
            step = whole if whole is not None and len(rows) == size else self._step[len(rows)]
            gather(rows, step.inputs)
            kept = values[row, : len(rows)]
            step.run_step(self.steps, targets, kept)
            self.steps += 1
            if len(rows) < size:
                values[row] = kept.mean()
        return np.mean(values, axis=1, out=losses)
