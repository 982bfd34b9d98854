"""Training in memory: no directory, no files, nobody who listens; as a run does it otherwise."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from framework.components.base import Array
from framework.components.dataset import Data, DatasetOfArrays
from framework.engine.evaluated import Evaluated
from framework.engine.network import Network
from framework.errors import ConfigurationError
from framework.registry.plugin_errors import naming_the_plugin
from framework.runs.builder import build, load_data
from framework.runs.initial_weights import initial_network
from framework.settings.settings import RunSettings
from framework.sklearn.composition import Composed
from framework.training import threads
from framework.training.evaluation import Evaluator
from framework.training.measured import Measured
from framework.training.sample_weights import training_weights
from framework.training.trainer import Trainer


@dataclass(frozen=True)
class Patience:
    """How long to wait for a better score on the validation rows, and how much better counts."""

    epochs: int
    tolerance: float


@dataclass
class History:
    """What training came to.

    Attributes
    ----------
    losses : the mean loss of each epoch's steps.
    scores : that of the validation rows after each epoch, where training may stop early.
    """

    losses: list[float] = field(default_factory=list)
    scores: list[float] = field(default_factory=list)


@dataclass(frozen=True)
class _Given(DatasetOfArrays):
    """Data that are made already."""

    def load_arrays(self, arrays: Mapping[str, Any], rng: np.random.Generator) -> Data:
        data = arrays["data"]
        assert isinstance(data, Data)
        return data


class _Nobody:
    """Listens to nothing."""

    every_step = False
    gradients_ready: Callable[[int], None] | None = None

    def epoch_started(self, epoch: int) -> None:
        """Called when an epoch begins."""

    def steps_ended(self, step: int, losses: Array) -> None:
        """Called with the losses of the steps since the last report."""


def train(
    composed: Composed,
    data: Data,
    network: Network | None,
    history: History,
    *,
    patience: Patience | None = None,
    report: Callable[[int, History], None] = lambda epoch, history: None,
) -> tuple[Network, Network]:
    """Train on data; return the trained network, and the one to predict with.

    They are one, but where an update rule keeps averages of the weights.

    Parameters
    ----------
    network : one to go on with, with all its update rules remember; None for a new one.
    history : is added to.
    patience : whether to stop when the score does not get better, and to return the best network.
    report : called after each epoch with its number.

    Raises
    ------
    FrameworkError : when data, network and loss do not fit, or training diverges.
    """
    settings = replace(composed.settings, data=_Given(), given={"data": data})
    with _as_a_run(composed, settings):
        if network is None:
            initial = initial_network(settings, composed.registry)
            parts = build(settings, composed.registry, initial)
            settings, trainer = parts.settings, parts.trainer
        else:
            trainer = _further(settings, composed, network)
        evaluated = Evaluated(trainer.network)
        judge = _Judge(settings, data, evaluated, history, patience) if patience else None
        for epoch in trainer.epochs(_Nobody()):
            history.losses.append(epoch.batch_loss)
            over = judge is not None and judge.is_over()
            report(epoch.number, history)
            if over:
                break
    if judge is None:
        return trainer.network, evaluated.refreshed()
    same = evaluated.refreshed() is trainer.network
    return (judge.best if same else trainer.network), judge.best


@contextmanager
def _as_a_run(composed: Composed, settings: RunSettings) -> Iterator[None]:
    with (
        naming_the_plugin(composed.registry),
        threads.limited(threads.choose(settings.trainer)),
    ):
        yield


def _further(settings: RunSettings, composed: Composed, network: Network) -> Trainer:
    """Return a trainer that goes on with a network; rows are drawn by the seed and the steps."""
    data = load_data(settings)
    steps = int(network.clock[0])
    name = composed.registry.name_of(network.loss)
    if network.outputs != (network.loss.outputs(data),):
        raise ConfigurationError(
            f"y: has {data.outputs} columns, and the network to go on with was made for others; its"
            f" outputs are of shape {network.outputs}; expected the same columns"
        )
    trainer = Trainer(
        network,
        data,
        network.loss,
        settings.trainer,
        np.random.default_rng([settings.seed, steps]),
        weights=training_weights(data, network.loss, settings.trainer, name),
    )
    start = replace(trainer.position, steps=steps)
    trainer.go_to(start, np.zeros(steps, network.dtype))
    return trainer


class _Judge:
    """Scores the network after each epoch as a run is scored, and keeps the best."""

    def __init__(
        self,
        settings: RunSettings,
        data: Data,
        evaluated: Evaluated,
        history: History,
        patience: Patience,
    ) -> None:
        self._evaluated, self._history, self._patience = evaluated, history, patience
        self._rows = data.validation
        self.best = evaluated.refreshed()
        measured = Measured.of(settings.metrics, self.best.outputs[0], data.outputs)[-1]
        self._figure, self._sign = (
            measured.figures[0],
            1 if measured.metric.higher_is_better else -1,
        )
        self._parts = settings.loss, settings.metrics, settings.trainer.evaluation_rows
        self._columns = data.outputs
        self._highest, self._bar, self._waited = -np.inf, -np.inf, 0

    def is_over(self) -> bool:
        """Whether the score has not become better for as many epochs as there is patience for."""
        network = self._evaluated.refreshed()
        figures = Evaluator(network, *self._parts, self._columns).measure(self._rows)
        score = figures[self._figure]
        self._history.scores.append(score)
        score *= self._sign
        if score > self._highest:
            self._highest, self.best = score, deepcopy(network)
        if score > self._bar + self._patience.tolerance:
            self._bar, self._waited = score, 0
        else:
            self._waited += 1
        return self._waited >= self._patience.epochs
