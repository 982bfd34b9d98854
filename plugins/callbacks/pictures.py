"""The pictures of a run."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from framework import Array, Callback, Epoch, Run, hookimpl, hyperparameter, painter, positive

from . import drawings

log = logging.getLogger("framework")

_SIZES: dict[Callable[..., None], tuple[float, float]] = {
    drawings.draw_samples: (8, 2.6),
    drawings.draw_plane: (5.5, 5),
    drawings.draw_figures: (7, 4.5),
    drawings.draw_loss: (7, 4.5),
    drawings.draw_confusion: (6.5, 5.5),
    drawings.draw_mistakes: (6.5, 5.5),
}  # in inches
_MOST_CLASSES = 50  # of which a matrix of all pairs is drawn
_MOST_PAIRS = 20  # of more classes, the worst pairs are


@dataclass(frozen=True)
class Pictures(Callback):
    """Leaves samples, accuracy, loss and confusion matrix as PNG; curves are kept up to date."""

    passive: ClassVar[bool] = True

    refresh: float = positive(30.0, "seconds between two updates of the curves while training")
    smoothing: int = hyperparameter(100, "steps averaged in the smooth loss curve", at_least=1)

    def listener(self, run: Run) -> object:
        return _Pictures(self)


def worst_pairs(labels: Array, predicted: Array) -> dict[str, Array]:
    """Return the pairs of classes that are confused most often, the worst first.

    What it takes grows with the samples, not with the square of the classes.

    Returns
    -------
    pairs : label and predicted class, ``[P, 2]``, at most 20.
    counts : how often each was seen, ``[P]``.
    totals : how many samples have that label, ``[P]``.
    wrong, samples : how many samples were mistaken, and all of them.
    """
    wrong = np.flatnonzero(labels != predicted)
    mistakes = np.stack([labels[wrong], predicted[wrong]], axis=1)
    pairs, counts = np.unique(mistakes, axis=0, return_counts=True)
    worst = np.argsort(-counts, kind="stable")[:_MOST_PAIRS]
    classes, sizes = np.unique(labels, return_counts=True)
    return {
        "pairs": pairs[worst],
        "counts": counts[worst],
        "totals": sizes[np.searchsorted(classes, pairs[worst, 0])],
        "wrong": np.array(len(wrong)),
        "samples": np.array(len(labels)),
    }


class _Pictures:
    def __init__(self, settings: Pictures) -> None:
        self._settings = settings
        self._painter = painter()
        self._updated = time.monotonic()

    @hookimpl
    def framework_run_started(self, run: Run) -> None:
        train, shape = run.data.train, run.data.image_shape
        if shape is None:
            return
        images, labels = train.block(0, 4)
        if math.prod(shape) * len(images) != images.size:
            log.warning(
                "samples.png is not drawn: samples of shape %s are no pictures of %s",
                *(run.data.sample_shape, shape),
            )
            return
        images = images.reshape(-1, *shape)
        self._ask(drawings.draw_samples, run, "samples", images=images, labels=labels)

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
        self._painter.wait()

    def _ask(self, draw: Callable[..., None], run: Run, picture: str, /, **arrays: Any) -> None:
        self._painter.ask(draw, run.directory / f"{picture}.png", _SIZES[draw], **arrays)

    def _ask_curve(self, run: Run) -> None:
        name = run.score[0].removeprefix("validation_")
        measured = [record for record in run.metrics if record.measured]
        self._ask(
            drawings.draw_figures,
            run,
            name if name != "loss" else "figures",
            epochs=[record.number for record in measured],
            train=[record.figures[f"train_{name}"] for record in measured],
            validation=[record.figures[f"validation_{name}"] for record in measured],
            name=name,
        )

    def _ask_loss(self, run: Run) -> None:
        smoothing = self._settings.smoothing
        self._ask(drawings.draw_loss, run, "loss", losses=run.losses, smoothing=smoothing)

    def _ask_confusion(self, run: Run) -> None:
        labels, classes = run.data.test.targets.astype(np.int64), run.data.outputs
        names = np.array([run.data.class_name(label) for label in range(classes)])
        predicted = run.network.predict(run.data.test.inputs)
        if classes <= _MOST_CLASSES:
            counts = np.zeros((classes, classes), np.int64)
            np.add.at(counts, (labels, predicted), 1)
            self._ask(drawings.draw_confusion, run, "confusion", counts=counts, names=names)
        else:
            pairs = worst_pairs(labels, predicted)
            self._ask(drawings.draw_mistakes, run, "confusion", names=names, **pairs)

    def _ask_plane(self, run: Run) -> None:
        points, labels = run.data.train.block(0, 2000)
        low, high = (np.asarray(f(points, axis=0), np.float64) for f in (np.min, np.max))
        x, y = np.meshgrid(*(np.linspace(low[i], high[i], 200) for i in range(2)))
        grid = np.stack([x.ravel(), y.ravel()], axis=1)
        predicted = run.network.predict(grid).reshape(x.shape)
        self._ask(
            drawings.draw_plane,
            run,
            "samples",
            points=points.astype(np.float64),
            labels=labels.astype(np.int64),
            predicted=predicted,
        )
