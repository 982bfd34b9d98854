"""The pictures of a run."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from framework import Callback, Epoch, Run, hookimpl, positive, setting

from .painter import painter


@dataclass(frozen=True)
class Pictures(Callback):
    """Leaves samples, accuracy, loss and confusion matrix as PNG; curves are kept up to date."""

    passive: ClassVar[bool] = True

    refresh: float = positive(30.0, "seconds between two updates of the curves while training")
    smoothing: int = setting(100, "steps averaged in the smooth loss curve", at_least=1)

    def listener(self, run: Run) -> object:
        return _Pictures(self)


class _Pictures:
    def __init__(self, settings: Pictures) -> None:
        self._settings = settings
        self._updated = time.monotonic()

    @hookimpl
    def framework_run_started(self, run: Run) -> None:
        train, shape = run.data.train, run.data.image_shape
        if shape is not None:
            images = train.inputs[:4].reshape(-1, *shape)
            path = run.directory / "samples.png"
            painter().ask("samples", path, images=images, labels=train.targets[:4])
        else:
            painter()

    @hookimpl
    def framework_epoch_ended(self, run: Run, record: Epoch) -> None:
        if time.monotonic() - self._updated >= self._settings.refresh:
            self._updated = time.monotonic()
            self._ask_curve(run)
            self._ask_loss(run)

    @hookimpl
    def framework_training_ended(self, run: Run) -> None:
        self._ask_loss(run)
        if run.data.classes is not None:
            if run.data.sample_shape == (2,):
                self._ask_plane(run)
            if len(run.data.test):
                self._ask_confusion(run)

    @hookimpl
    def framework_run_ended(self, run: Run) -> None:
        self._ask_curve(run)
        painter().wait()

    def _ask_curve(self, run: Run) -> None:
        name = run.score[0].removeprefix("validation_")
        painter().ask(
            "figures",
            run.directory / f"{name}.png" if name != "loss" else run.directory / "figures.png",
            epochs=[record.number for record in run.metrics],
            train=[record.figures[f"train_{name}"] for record in run.metrics],
            validation=[record.figures[f"validation_{name}"] for record in run.metrics],
            name=name,
        )

    def _ask_loss(self, run: Run) -> None:
        path = run.directory / "loss.png"
        painter().ask("loss", path, losses=run.losses, smoothing=self._settings.smoothing)

    def _ask_confusion(self, run: Run) -> None:
        test, classes = run.data.test, run.data.outputs
        counts = np.zeros((classes, classes), np.int64)
        np.add.at(counts, (test.targets.astype(np.int64), run.network.predict(test.inputs)), 1)
        painter().ask("confusion", run.directory / "confusion.png", counts=counts)

    def _ask_plane(self, run: Run) -> None:
        points, labels = run.data.train.inputs[:2000], run.data.train.targets[:2000]
        sides = (np.linspace(points[:, i].min(), points[:, i].max(), 200) for i in range(2))
        x, y = np.meshgrid(*sides)
        predicted = run.network.predict(np.stack([x.ravel(), y.ravel()], axis=1))
        path = run.directory / "samples.png"
        shown = predicted.reshape(x.shape)
        painter().ask("plane", path, points=points, labels=labels, predicted=shown)
