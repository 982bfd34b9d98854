"""Correct callbacks, as third parties write them."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from framework import (
    Callback,
    fraction,
    hookimpl,
    replacing,
)


@dataclass(frozen=True)
class GradientNorms(Callback):
    """Keeps the norm of each parameter's gradient, a row an epoch, in gradient_norms.csv."""

    needs_gradients: ClassVar[bool] = True

    def listener(self, run):
        return _Norms()


class _Norms:
    def __init__(self) -> None:
        self.rows: list[list[Any]] = []

    @hookimpl
    def framework_state(self, run):
        return {"rows": self.rows}

    @hookimpl
    def framework_run_resumed(self, run, state):
        self.rows = [list(row) for row in state["rows"]]

    @hookimpl
    def framework_epoch_ended(self, run, record):
        gradients = run.network.gradients()
        self.rows.append([record.number, *(float(np.linalg.norm(g)) for g in gradients.values())])
        with (
            replacing(run.directory / "gradient_norms.csv") as path,
            path.open("w", newline="") as file,
        ):
            csv.writer(file).writerows([["epoch", *gradients], *self.rows])


@dataclass(frozen=True)
class Averaged(Callback):
    """Ends with the mean of the weights after each epoch."""

    changes_training: ClassVar[bool] = True

    def listener(self, run):
        return _Average()


class _Average:
    def __init__(self) -> None:
        self.sums: dict[str, Any] = {}
        self.count = 0

    @hookimpl
    def framework_state(self, run):
        return {"sums": self.sums, "count": self.count}

    @hookimpl
    def framework_run_resumed(self, run, state):
        self.sums, self.count = dict(state["sums"]), state["count"]

    @hookimpl
    def framework_epoch_ended(self, run, record):
        self.count += 1
        for name, p in run.network.parameters().items():
            self.sums[name] = self.sums.get(name, 0) + p

    @hookimpl
    def framework_run_ended(self, run):
        for name, p in run.network.parameters().items():
            p[...] = self.sums[name] / self.count


@dataclass(frozen=True)
class GradientNoise(Callback):
    """Adds noise to every gradient, from a generator that checkpoints keep."""

    needs_gradients: ClassVar[bool] = True
    changes_training: ClassVar[bool] = True

    def listener(self, run):
        return _Noise()


class _Noise:
    def __init__(self) -> None:
        self.rng = np.random.default_rng(1)

    @hookimpl
    def framework_state(self, run):
        return {"rng": self.rng.bit_generator.state}

    @hookimpl
    def framework_run_resumed(self, run, state):
        self.rng.bit_generator.state = state["rng"]

    @hookimpl
    def framework_gradients_ready(self, run, step):
        for g in run.network.gradients().values():
            g += 0.01 * self.rng.standard_normal(g.shape)


@dataclass(frozen=True)
class MovingAverage(Callback):
    """Has an average of the weights evaluated, which moves a little each step."""

    changes_training: ClassVar[bool] = True

    kept: float = fraction(0.9, "share of the average that is kept in a step")

    def listener(self, run):
        return _Moving(self.kept)


class _Moving:
    def __init__(self, kept) -> None:
        self.kept = kept
        self.means: dict[str, Any] = {}

    @hookimpl
    def framework_run_started(self, run):
        self.means = {name: p.copy() for name, p in run.network.parameters().items()}
        run.evaluate_with(self.means)

    @hookimpl
    def framework_state(self, run):
        return {"means": self.means}

    @hookimpl
    def framework_run_resumed(self, run, state):
        for name, mean in state["means"].items():
            self.means[name][...] = mean

    @hookimpl
    def framework_step_ended(self, run, step):
        for name, p in run.network.parameters().items():
            self.means[name] += (1 - self.kept) * (p - self.means[name])
