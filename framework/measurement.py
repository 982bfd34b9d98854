"""Measurement: the figures of each epoch, taken on another core while the next one is under way."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

from framework.dataset import Data
from framework.evaluation import Evaluator
from framework.loss import Loss
from framework.metric import Metric
from framework.network import Network
from framework.trainer import Walk


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


class Measurement:
    """Measures a network after each epoch, and hands the epoch's record on when it is complete.

    With ``aside`` it copies the parameters and measures the copy in a thread of its own: products
    and array operations let go of Python's lock, so on two cores training hardly notices. The
    figures are the same either way.
    """

    def __init__(
        self,
        network: Network,
        data: Data,
        loss: Loss,
        metrics: Mapping[str, Metric],
        rows: int,
        emit: Callable[[Epoch], None],
        *,
        aside: bool,
    ) -> None:
        self._network, self._data, self._emit = network, data, emit
        measured = network.twin() if aside else network
        self._evaluator = Evaluator(measured, loss, metrics, rows)
        self._pool = ThreadPoolExecutor(1, "measurement") if aside else None
        self._pending: Future[Epoch] | None = None

    def epoch_ended(self, walk: Walk) -> None:
        """Measure the network as it is now; its record is emitted at once, or when it is ready."""
        self.wait()
        if self._pool is None:
            self._emit(self._record(walk))
        else:
            self._evaluator.network.copy_from(self._network)
            self._pending = self._pool.submit(self._record, walk)

    def poll(self) -> None:
        """Emit the record under way if it is ready."""
        if self._pending is not None and self._pending.done():
            self.wait()

    def wait(self) -> None:
        """Emit the record under way, when it is ready."""
        if self._pending is not None:
            record = (
                self._pending.result()
            )  # a signal may end the wait; the record is still to come
            self._pending = None
            self._emit(record)

    def test(self) -> dict[str, float]:
        """Measure the network as it is now on the test set."""
        if self._pool is not None:
            self._evaluator.network.copy_from(self._network)
        return self._figures("test")

    def close(self) -> None:
        """End the thread, and what it is at."""
        self._evaluator.cancelled = True
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)

    def _record(self, walk: Walk) -> Epoch:
        figures = self._figures("train") | self._figures("validation")
        return Epoch(walk.number, walk.steps, walk.seconds, walk.batch_loss, figures)

    def _figures(self, split: str) -> dict[str, float]:
        found = self._evaluator.measure(self._data.splits()[split])
        return {f"{split}_{name}": figure for name, figure in found.items()}
