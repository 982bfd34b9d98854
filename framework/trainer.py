"""The trainer: a loop over epochs of minibatches."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from framework.component import Array
from framework.dataset import Data
from framework.loss import Loss
from framework.minibatches import Minibatches
from framework.network import Network
from framework.propagation import Step
from framework.settings import TrainerSettings

_REPORTS_A_SECOND = 10.0
_MOST_STEPS = 1024  # between two reports


@dataclass(frozen=True)
class Walk:
    """One epoch's steps: its number from 1, steps taken in all, seconds, mean loss of its steps."""

    number: int
    steps: int
    seconds: float
    batch_loss: float


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
    """Walks a network through minibatches; iterate over `epochs`, one `Walk` at a time.

    Attributes
    ----------
    steps : steps taken so far.
    """

    def __init__(
        self,
        network: Network,
        data: Data,
        loss: Loss,
        settings: TrainerSettings,
        rng: np.random.Generator,
        *,
        keep_gradients: bool = False,
    ) -> None:
        self.network = network
        self.settings = settings
        self.minibatches = Minibatches(data.train, settings, data.scale, network.dtype)
        self.steps = 0
        self._rng = rng
        sizes = {self.minibatches.batch_size, self.minibatches.remainder} - {0}
        self._step = {
            size: Step(
                network,
                size,
                loss,
                scale=self.minibatches.scale,
                keep_gradients=keep_gradients,
            )
            for size in sizes
        }

    def epochs(self, listener: Listener) -> Iterator[Walk]:
        """Train; give each epoch as it ends."""
        for number in range(1, self.settings.epochs + 1):
            listener.epoch_started(number)
            began = time.perf_counter()
            batch_loss = self._walk(listener)
            yield Walk(number, self.steps, time.perf_counter() - began, batch_loss)

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
            gather(rows, step.inputs, step.scale)
            kept = values[row, : len(rows)]
            step.run_step(self.steps, targets, kept)
            self.steps += 1
            if len(rows) < size:
                values[row] = kept.mean()
        return np.mean(values, axis=1, out=losses)
