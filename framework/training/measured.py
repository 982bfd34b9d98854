"""A metric as it is measured in a run: what it is given, and its figures by their whole names."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from numbers import Real
from types import MethodType

import numpy as np

from framework.components.base import Array
from framework.components.loss import Loss
from framework.components.metric import Metric
from framework.errors import PluginError


@dataclass(frozen=True)
class Measured:
    """A metric under its name in a run.

    Attributes
    ----------
    outputs : what `Metric.start` is told.
    """

    name: str
    metric: Metric
    outputs: int

    @staticmethod
    def of(metrics: Mapping[str, Metric], outputs: int, columns: int) -> tuple[Measured, ...]:
        """Return the metrics of a run.

        Parameters
        ----------
        outputs : how many outputs the network has.
        columns : how many classes there are, or columns of the targets.
        """
        return tuple(
            Measured(name, metric, outputs if metric.takes in (None, "outputs") else columns)
            for name, metric in metrics.items()
        )

    @property
    def figures(self) -> tuple[str, ...]:
        """The names of its figures; the first is the one that ranks runs."""
        names = self.metric.names(self.outputs)
        return tuple(f"{self.name}_{name}" for name in names) or (self.name,)

    def start(self, rows: int) -> Array:
        """Return the empty state for so many rows."""
        if takes_rows(self.metric):
            return self.metric.start(self.outputs, rows)
        return self.metric.start(self.outputs)

    def add(
        self, state: Array, z: Array, targets: Array, losses: Array, weights: Array | None
    ) -> None:
        """Add a block to the state, with the weights of its samples if the metric takes them."""
        if weights is not None and takes_weights(self.metric):
            self.metric.add(state, z, targets, losses, weights=weights)  # type: ignore[call-arg]
        else:
            self.metric.add(state, z, targets, losses)

    def read(self, state: Array) -> dict[str, float]:
        """Read the figures from the state.

        Raises
        ------
        PluginError : when they are no numbers, or others than the metric said.
        """
        result, names = self.metric.result(state), tuple(self.metric.names(self.outputs))
        given = result if isinstance(result, Mapping) else {"": result}
        if set(given) != set(names or ("",)):
            raise self._wrong(f"{_shown(given)}, but its names are {_shown(names)}")
        whole = zip(self.figures, names or ("",), strict=True)
        return {figure: self._float(name, given[name]) for figure, name in whole}

    def _float(self, name: str, figure: object) -> float:
        if isinstance(figure, Real) or (isinstance(figure, np.ndarray) and not figure.ndim):
            return float(figure)
        of = f" for '{name}'" if name else ""
        raise self._wrong(
            f"a {type(figure).__name__}{of}; expected a float, or figures by the names it lists"
        )

    def _wrong(self, what: str) -> PluginError:
        return PluginError(f"metrics.{self.name}: {type(self.metric).__name__}.result gave {what}")


def makes_probabilities(loss: Loss, outputs: int) -> bool:
    """Return whether a loss makes probabilities of so many outputs."""
    return loss.probabilities(np.zeros((0, outputs))) is not None


def takes_weights(metric: Metric) -> bool:
    """Return whether a metric's `add` has the parameter `weights`."""
    return "weights" in _parameters(metric.add)


def takes_rows(metric: Metric) -> bool:
    """Return whether a metric's `start` has the parameter `rows`."""
    return len(_parameters(metric.start)) > 1


def _parameters(method: Callable[..., object]) -> tuple[str, ...]:
    function = getattr(method, "__func__", None)
    return tuple(inspect.signature(method).parameters) if function is None else _bound(function)


@lru_cache(maxsize=256)
def _bound(function: Callable[..., object]) -> tuple[str, ...]:
    """Return the parameters of a method, which is looked at once in a process."""
    return tuple(inspect.signature(MethodType(function, object())).parameters)


def _shown(names: object) -> str:
    texts = [str(name) for name in names if name] if isinstance(names, Mapping | tuple) else []
    return ", ".join(texts) or "a single figure"
