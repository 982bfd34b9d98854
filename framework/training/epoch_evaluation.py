"""The figures of each epoch, taken on another core while the next one is under way.

What is measured is in `evaluation.py`; the other core works in a copy of this process
(`background.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from framework.components.base import Array
from framework.components.dataset import Data
from framework.components.epoch import Epoch
from framework.components.loss import Loss
from framework.components.metric import Metric
from framework.engine.evaluated import Evaluated
from framework.engine.network import Network
from framework.training import background
from framework.training.evaluation import Evaluator
from framework.training.fewer_rows import some_rows
from framework.training.progress import EpochSteps
from framework.training.settings import TrainerSettings

_WORTH_A_COPY = 1e9  # multiplications of a measurement, from which a copy of the process pays


class EpochEvaluation:
    """Measures a network after each epoch, and hands the epoch's record on when it is complete.

    With ``in_background`` all but small measurements are taken in a copy of this process
    (`background.py`), while training goes on. The figures are the same either way.
    """

    def __init__(
        self,
        evaluated: Evaluated,
        data: Data,
        loss: Loss,
        metrics: Mapping[str, Metric],
        settings: TrainerSettings,
        emit: Callable[[Epoch], None],
        *,
        in_background: bool,
    ) -> None:
        self._data, self._emit, self._every = data, emit, settings.figures_every
        rows = settings.evaluation_rows
        self._train = some_rows(data.train, settings.train_figure_rows)
        self._evaluated = evaluated
        network = evaluated.refreshed()
        self._evaluator = Evaluator(network, loss, metrics, rows, data.outputs)
        self._parts = loss, metrics, rows, data.outputs
        work = network.count() * (len(self._train) + len(data.validation))
        self._in_background = in_background and background.POSSIBLE and work >= _WORTH_A_COPY
        self._pending: EpochSteps | None = None
        self._worker: background.BackgroundWorker | None = None
        self._shared = [background.shared(a) for a in _moving(network) if self._in_background]

    def epoch_ended(self, steps: EpochSteps, *, last: bool) -> None:
        """Measure the network as it is now; its record is emitted at once, or when it is ready.

        An epoch that is left out, and not the ``last``, has figures that are nan.
        """
        self.wait()
        if steps.number % self._every and not last:
            empty = self._evaluator.empty()
            splits = ("train", "validation")
            self._emit(_record(steps, {f"{s}_{n}": v for s in splits for n, v in empty.items()}))
        elif self._in_background:
            for array, seen in zip(_moving(self._evaluated.refreshed()), self._shared, strict=True):
                np.copyto(seen, array)
            self._worker = self._worker or background.start(self._figures_of_shared)
            self._worker.ask()
            self._pending = steps
        else:
            self._emit(_record(steps, self.figures()))

    def poll(self) -> None:
        """Emit the record under way if it is ready."""
        if self._worker is not None and self._pending is not None and self._worker.ready():
            self.wait()

    def wait(self) -> None:
        """Emit the record under way, when it is ready."""
        if self._worker is not None and self._pending is not None:
            steps = self._pending
            figures = (
                self._worker.result()
            )  # a signal may end the wait; the record is still to come
            self._pending = None
            self._emit(_record(steps, figures))

    def figures(self) -> dict[str, float]:
        """Measure the network as it is now on the training and the validation set."""
        self._refresh()
        return self._figures()

    def test(self) -> dict[str, float]:
        """Measure the network as it is now on the test set, while others are still under way."""
        self._refresh()
        return self._measure("test")

    def close(self) -> None:
        """Give up what is under way."""
        self._pending = None
        if self._worker is not None:
            self._worker.end()

    def _figures_of_shared(self) -> dict[str, float]:
        for array, seen in zip(_moving(self._evaluator.network), self._shared, strict=True):
            np.copyto(array, seen)
        return self._figures()

    def _refresh(self) -> None:
        """Have the evaluator work on the network to measure, which a callback may have changed."""
        network = self._evaluated.refreshed()
        if network is not self._evaluator.network:
            self._evaluator = Evaluator(network, *self._parts)

    def _figures(self) -> dict[str, float]:
        return self._measure("train") | self._measure("validation")

    def _measure(self, split: str) -> dict[str, float]:
        rows = self._train if split == "train" else self._data.splits()[split]
        figures = self._evaluator.measure(rows)
        return {f"{split}_{name}": figure for name, figure in figures.items()}


def _moving(network: Network) -> list[Array]:
    """Return what the outputs of a network depend on, and training changes."""
    parameters = [block.parameters for block in network.blocks]
    return [*parameters, *network.state().values(), network.clock]


def _record(steps: EpochSteps, figures: Mapping[str, float]) -> Epoch:
    return Epoch(steps.number, steps.steps, steps.seconds, steps.batch_loss, figures)
