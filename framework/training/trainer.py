"""The trainer: a loop over epochs of minibatches."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from framework.components.base import Array
from framework.components.dataset import Data
from framework.components.loss import Loss
from framework.engine.network import Network
from framework.engine.not_copied import Bound
from framework.engine.propagation import Forward, Step
from framework.errors import DivergenceError
from framework.training.divergence import Watch, diagnosis
from framework.training.minibatches import Minibatches
from framework.training.settings import TrainerSettings

_REPORTS_A_SECOND = 10.0
_MOST_STEPS = 1024  # between two reports


@dataclass(frozen=True)
class EpochSteps:
    """One epoch's steps: its number from 1, steps taken in all, seconds, mean loss of its steps."""

    number: int
    steps: int
    seconds: float
    batch_loss: float


@dataclass(frozen=True)
class Position:
    """Where a trainer stands, between two steps.

    Attributes
    ----------
    epoch : epochs whose steps are all taken.
    step : steps taken in the epoch under way.
    steps : steps taken in all.
    seconds : spent on the epoch under way.
    order : state of the generator that draws the rows' order, as the epoch under way began.
    """

    epoch: int
    step: int
    steps: int
    seconds: float
    order: Mapping[str, Any]


class Listener(Protocol):
    """Who hears of a trainer's progress, while it runs."""

    @property
    def every_step(self) -> bool:
        """Whether to report after every single step."""

    def epoch_started(self, epoch: int) -> None:
        """Hear that an epoch begins."""

    def steps_ended(self, step: int, losses: Array) -> None:
        """Hear the losses of the steps since the last report; `step` steps are taken in all."""


class Trainer(Bound):
    """Walks a network through minibatches; iterate over `epochs`, one `Walk` at a time.

    Attributes
    ----------
    epoch : epochs whose steps are all taken.
    step : steps taken in the epoch under way.
    steps : steps taken in all.
    report_at : a number of steps in all to report at, whenever else reports are made.
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
        self.epoch = self.step = self.steps = 0
        self.report_at: int | None = None
        self._rng = rng
        self._order = rng.bit_generator.state
        self._began, self._earlier = time.perf_counter(), 0.0
        self._losses = np.empty(self.minibatches.steps, network.dtype)
        self._loss, self._watch = loss, Watch(network)
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

    @property
    def losses(self) -> Array:
        """The loss of every step so far, penalties included."""
        return self._losses[: self.steps]

    @property
    def position(self) -> Position:
        """Where training stands."""
        seconds = self._earlier + time.perf_counter() - self._began if self.step else 0.0
        return Position(self.epoch, self.step, self.steps, seconds, self._order)

    def go_to(self, position: Position, losses: Array) -> None:
        """Stand where a trainer of the same settings stood, with its steps' losses.

        Raises
        ------
        KeyError, TypeError, ValueError : when it is not a position of this trainer.
        """
        self._rng.bit_generator.state = dict(position.order)
        self._order = self._rng.bit_generator.state
        self.epoch, self.step, self.steps = position.epoch, position.step, position.steps
        self._earlier = position.seconds
        self._losses = np.array(losses, self.network.dtype)

    def finite(self) -> bool:
        """Say whether all parameters that training moves are finite."""
        return self._watch.finite()

    def epochs(self, listener: Listener) -> Iterator[EpochSteps]:
        """Train from where it stands; give each epoch as it ends.

        Raises
        ------
        DivergenceError : when a loss or a parameter is not finite any more; network and trainer
            are then as they were before that step.
        """
        while self.epoch < self.settings.epochs:
            listener.epoch_started(self.epoch + 1)
            self._began = time.perf_counter()
            batch_loss = self._walk(listener)
            seconds = self._earlier + time.perf_counter() - self._began
            self._earlier, self._order = 0.0, self._rng.bit_generator.state
            self.epoch, self.step = self.epoch + 1, 0
            yield EpochSteps(self.epoch, self.steps, seconds, batch_loss)

    def _walk(self, listener: Listener) -> float:
        """Take the steps of one epoch, or what is left of it; give their mean loss."""
        count = self.minibatches.steps
        order = self.minibatches.order(self._rng)
        batches = self.minibatches.batches(order, self.step)
        first = self.steps - self.step
        self._make_room(first + count)
        self._watch.remember(self.step)
        stride = 1
        while self.step < count:
            began = time.perf_counter()
            stride = 1 if listener.every_step else min(stride, _MOST_STEPS, count - self.step)
            if self.report_at is not None and self.report_at > self.steps:
                stride = min(stride, self.report_at - self.steps)
            with np.errstate(all="ignore"):  # what is not finite is found, below
                losses = self._take(batches, stride)
                self.step += stride
                if not self._watch.fine(losses, self.step, last=self.step == count):
                    self._go_back(order, first)
            self._losses[self.steps - stride : self.steps] = losses
            listener.steps_ended(self.steps, losses)
            spent = max(time.perf_counter() - began, 1e-9)
            stride = max(1, int(stride / spent / _REPORTS_A_SECOND))
        # From all at once: how steps were grouped is a matter of time.
        return float(self._losses[first : first + count].mean(dtype=np.float64))

    def _make_room(self, steps: int) -> None:
        if steps > len(self._losses):
            room = np.empty(max(steps, 2 * self.steps), self._losses.dtype)
            room[: self.steps] = self._losses[: self.steps]
            self._losses = room

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

    def _go_back(self, order: Array, first: int) -> None:
        """Go back to before the first step that went wrong, and say what went wrong in it."""
        missed, losses = self.step, self._losses
        self._return(first)
        batches = self.minibatches.batches(order, self.step)
        while self.step < missed:
            loss = self._take(batches, 1)
            losses[self.steps - 1 : self.steps] = loss
            if not (np.isfinite(loss[0]) and self._watch.finite()):
                touched = self._watch.not_finite()
                self._return(first)
                rows, targets = next(self.minibatches.batches(order, self.step))
                scale = self.minibatches.scale
                forward = Forward(self.network, len(rows), scale=scale, training=True, apart=True)
                self.minibatches.gather(rows, forward.inputs, forward.scale)
                why = diagnosis(forward, self._loss, targets, touched, self.losses)
                self._return(first)  # looking used up layers' state and generators
                raise DivergenceError(f"step {self.steps} (epoch {self.epoch + 1}): {why}")
            self.step += 1
            self._watch.remember(self.step)
        raise DivergenceError(
            f"step {self.steps} (epoch {self.epoch + 1}): parameters were not finite, but are when"
            " the same steps are taken again; a callback seems to have changed them"
        )

    def _return(self, first: int) -> None:
        self.step = self._watch.go_back()
        self.steps = first + self.step
