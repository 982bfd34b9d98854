"""The trainer: a loop over epochs of minibatches.

The algorithm is `Trainer.epochs`, `Trainer._train_epoch` and `Trainer._take_steps`, one loop each.
A single step is `engine/propagation.py`; rows are drawn and gathered in `minibatches.py`, reports
are paced in `report_pace.py`, numbers that are not finite are noticed in `divergence.py`.
"""

from __future__ import annotations

import time
from bisect import bisect_right
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from framework.components.base import Array
from framework.components.dataset import Data
from framework.components.loss import Loss
from framework.engine.accumulation import AccumulatedStep
from framework.engine.network import Network
from framework.engine.not_copied import Bound
from framework.engine.propagation import Forward, Step
from framework.engine.weighted_loss import weighted
from framework.errors import DivergenceError
from framework.training.divergence import Watch, diagnosis
from framework.training.engine import NUMPY, Engine
from framework.training.minibatches import Minibatches
from framework.training.progress import EpochSteps, Listener, Position
from framework.training.report_pace import ReportPace
from framework.training.settings import TrainerSettings


class Trainer(Bound):
    """Trains a network on minibatches; iterate over `epochs`, one `EpochSteps` at a time.

    Attributes
    ----------
    epoch : epochs whose steps are all taken.
    step : steps taken in the epoch under way.
    steps : steps taken in all.
    report_at : a number of steps in all to report at, whenever else reports are made.
    cut : set to True by a listener, ends the epoch under way where it stands.
    engine : what moves the parameters.

    ``weights`` are those of the training rows in the loss, of mean 1.
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
        weights: Array | None = None,
        engine: Engine = NUMPY,
    ) -> None:
        self.network = network
        self.settings = settings
        self.engine = engine
        self.minibatches = Minibatches(data.train, settings, data.scale, network.dtype, weights)
        self.epoch = self.step = self.steps = 0
        self.report_at: int | None = None
        self.cut = False
        self._rng = rng
        self._order = rng.bit_generator.state
        self._began, self._earlier = time.perf_counter(), 0.0
        self._losses = np.empty(self.minibatches.steps, network.dtype)
        self._loss = loss if weights is None else weighted(loss)
        self._watch = Watch(network)
        self._keep_gradients = keep_gradients
        self._gradients_ready: Callable[[int], None] | None = None
        ends = {bound.frozen_until for bound in network.layers if bound.trainable}
        self._thaws = sorted(int(end) for end in ends - {0})
        self._thawed = 0  # of these, as `_step` is bound
        self._step = self._bind_steps()

    def epochs(self, listener: Listener) -> Iterator[EpochSteps]:
        """Train from the present position; yield each epoch as it ends.

        Raises
        ------
        DivergenceError : when a loss or a parameter is not finite any more; network and trainer
            are then as they were before that step.
        """
        self._gradients_ready = listener.gradients_ready
        self._hear_gradients()
        while not self.ended:
            listener.epoch_started(self.epoch + 1)
            self._began = time.perf_counter()
            batch_loss = self._train_epoch(listener)
            seconds = self._earlier + time.perf_counter() - self._began
            self._earlier, self._order = 0.0, self._rng.bit_generator.state
            self.epoch, self.step, self.cut = self.epoch + 1, 0, False
            yield EpochSteps(self.epoch, self.steps, seconds, batch_loss)

    def _bind_steps(self) -> dict[int, Step | AccumulatedStep]:
        """Bind a step for each size of a minibatch, with the layers that are trained by now."""
        sizes = {self.minibatches.batch_size, self.minibatches.remainder} - {0}
        return {size: self._bind_step(size) for size in sizes}

    def _bind_step(self, size: int) -> Step | AccumulatedStep:
        network, loss = self.network, self._loss
        scale, clipping, at = self.minibatches.scale, self.settings.clipping, self.steps
        parts = min(self.settings.accumulate, size)
        if parts > 1:
            return AccumulatedStep(
                *(network, size, loss, parts),
                scale=scale,
                clipping=clipping,
                at=at,
                compiled=self.engine.compiled,
            )
        return Step(
            *(network, size, loss),
            scale=scale,
            keep_gradients=self._keep_gradients,
            clipping=clipping,
            at=at,
            compiled=self.engine.compiled,
        )

    def _hear_gradients(self) -> None:
        if self._gradients_ready is not None:
            for step in self._step.values():
                step.moves.hear(self._gradients_ready)

    def _follow_frozen(self) -> None:
        """Bind steps anew where other layers are trained than in the step before."""
        thawed = bisect_right(self._thaws, self.steps)
        if thawed != self._thawed:
            self._thawed, self._step = thawed, self._bind_steps()
            self._hear_gradients()

    def _train_epoch(self, listener: Listener) -> float:
        """Take the steps of one epoch, or what is left of it; return their mean loss."""
        count, first = self.epoch_steps, self.steps - self.step
        order = self.minibatches.order(self._rng)
        batches = self.minibatches.batches(order, self.step)
        self._make_room(first + count)
        self._watch.snapshot(self.step)
        pace = ReportPace()
        while self.step < count and not self.cut:
            stride = pace.begin_stride(1 if listener.every_step else self._steps_until_report())
            with np.errstate(all="ignore"):  # what is not finite is noticed, below
                losses = self._take_steps(batches, stride)
                self.step += stride
                if not self._watch.is_finite(losses, self.step, last=self.step == count):
                    self._replay_divergence(order, first)
            self._losses[self.steps - stride : self.steps] = losses
            listener.steps_ended(self.steps, losses)
            pace.end_stride()
        # From all at once: how steps were grouped is a matter of time.
        return float(self._losses[first : self.steps].mean(dtype=np.float64))

    def _take_steps(self, batches: Iterator[tuple[Array, Any]], count: int) -> Array:
        """Take some steps, in all of which the same layers are trained; return the loss of each."""
        if self._thaws:
            self._follow_frozen()
        gather, size = self.minibatches.gather, self.minibatches.batch_size
        whole = self._step.get(size)
        of_samples = np.empty((count, size), self.network.dtype)
        for i, (rows, targets) in zip(range(count), batches, strict=False):
            step = whole if whole is not None and len(rows) == size else self._step[len(rows)]
            gather(rows, step.inputs, step.scale)
            losses = of_samples[i, : len(rows)]
            step.run_step(self.steps, targets, losses)
            self.steps += 1
            if len(rows) < size:
                of_samples[i] = losses.mean()
        self.network.clock[0] = self.steps
        return np.mean(of_samples, axis=1, out=np.empty(count, self.network.dtype))

    def _steps_until_report(self) -> int:
        """Return how many steps may be taken before one has to be reported."""
        ends = [thaw for thaw in self._thaws if thaw > self.steps]
        if self.report_at is not None and self.report_at > self.steps:
            ends.append(self.report_at)
        return min([self.epoch_steps - self.step, *(end - self.steps for end in ends)])

    @property
    def epoch_steps(self) -> int:
        """How many steps the epoch under way has: the last of so many steps may have fewer."""
        count, most = self.minibatches.steps, self.settings.steps
        return count if most is None else min(count, most - (self.steps - self.step))

    @property
    def ended(self) -> bool:
        """Whether all epochs, or as many steps as there shall be, are over."""
        most = self.settings.steps
        return self.epoch >= self.settings.epochs or (most is not None and self.steps >= most)

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
        """Take the position that a trainer of the same settings had, with its steps' losses.

        Raises
        ------
        KeyError, TypeError, ValueError : when it is not a position of this trainer.
        """
        self._rng.bit_generator.state = dict(position.order)
        self._order = self._rng.bit_generator.state
        self.epoch, self.step, self.steps = position.epoch, position.step, position.steps
        self.network.clock[0] = self.steps
        self._earlier = position.seconds
        self._losses = np.array(losses, self.network.dtype)

    def is_finite(self) -> bool:
        """Return whether all parameters that training moves are finite."""
        return self._watch.parameters_are_finite()

    def _make_room(self, steps: int) -> None:
        if steps > len(self._losses):
            room = np.empty(max(steps, 2 * self.steps), self._losses.dtype)
            room[: self.steps] = self._losses[: self.steps]
            self._losses = room

    def _replay_divergence(self, order: Array, first: int) -> None:
        """Take the steps since the last snapshot again, one by one; raise what went wrong first."""
        missed = self.step
        self._rollback(first)
        batches = self.minibatches.batches(order, self.step)
        while self.step < missed:
            loss = self._take_steps(batches, 1)
            self._losses[self.steps - 1 : self.steps] = loss
            if not (np.isfinite(loss[0]) and self._watch.parameters_are_finite()):
                touched = self._watch.not_finite()
                self._rollback(first)
                rows, targets = next(self.minibatches.batches(order, self.step))
                scale = self.minibatches.scale
                forward = Forward(
                    self.network, len(rows), scale=scale, training=True, apart=True, at=self.steps
                )
                self.minibatches.gather(rows, forward.inputs, forward.scale)
                why = diagnosis(forward, self._loss, targets, touched, self.losses)
                self._rollback(first)  # looking used up layers' state and generators
                raise DivergenceError(f"step {self.steps} (epoch {self.epoch + 1}): {why}")
            self.step += 1
            self._watch.snapshot(self.step)
        raise DivergenceError(
            f"step {self.steps} (epoch {self.epoch + 1}): parameters were not finite, but are when"
            " the same steps are taken again; a callback seems to have changed them"
        )

    def _rollback(self, first: int) -> None:
        self.step = self._watch.rollback()
        self.steps = self.network.clock[0] = first + self.step
