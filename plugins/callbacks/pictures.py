"""The pictures of a run."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from framework import Array, Callback, Epoch, Run, hookimpl, positive, replacing, setting

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class Pictures(Callback):
    """Draws samples, accuracy, loss and confusion matrix as PNG; curves are kept up to date."""

    passive: ClassVar[bool] = True

    refresh: float = positive(30.0, "seconds between two updates of the curves while training")
    smoothing: int = setting(100, "steps averaged in the smooth loss curve", at_least=1)

    def listener(self, run: Run) -> object:
        return _Painter(self)


class _Painter:
    def __init__(self, pictures: Pictures) -> None:
        self._pictures = pictures
        self._drawn = time.monotonic()

    @hookimpl
    def framework_epoch_ended(self, run: Run, record: Epoch) -> None:
        if time.monotonic() - self._drawn >= self._pictures.refresh:
            self._draw_curves(run)
            self._drawn = time.monotonic()

    @hookimpl
    def framework_run_ended(self, run: Run) -> None:
        self._draw_curves(run)
        if run.data.image_shape is not None:
            _save(run, "samples", (8, 2.6), draw_samples)
        elif run.data.sample_shape == (2,) and run.data.classes is not None:
            _save(run, "samples", (5.5, 5), draw_plane)
        if run.data.classes is not None and len(run.data.test):
            _save(run, "confusion", (6.5, 5.5), draw_confusion)

    def _draw_curves(self, run: Run) -> None:
        name = "accuracy" if "validation_accuracy" in run.metrics[-1].figures else "figures"
        _save(run, name, (7, 4.5), draw_figures)
        smoothing = self._pictures.smoothing
        _save(run, "loss", (7, 4.5), lambda figure, run: draw_loss(figure, run, smoothing))


def _save(run: Run, name: str, size: tuple[float, float], draw: Any) -> None:
    # A Figure of its own, not pyplot: no window, no global state, nothing to close.
    from matplotlib.figure import Figure

    # Margins by hand: to have them worked out would draw everything twice.
    figure = Figure(figsize=size)
    figure.subplots_adjust(left=0.11, right=0.97, bottom=0.12, top=0.92)
    draw(figure, run)
    with replacing(run.directory / f"{name}.png") as path:
        figure.savefig(path, dpi=120, format="png")


def draw_samples(figure: Figure, run: Run) -> None:
    """Draw the first four training images with their labels."""
    train = run.data.train
    for i in range(min(4, len(train))):
        axes = figure.add_subplot(1, 4, i + 1)
        axes.imshow(train.inputs[i].reshape(run.data.image_shape or ()), cmap="gray_r")
        axes.set_title(f"label {train.targets[i]}")
        axes.set_axis_off()


def draw_plane(figure: Figure, run: Run) -> None:
    """Draw points of the plane in the colours of their labels, over what the network says."""
    points, labels = run.data.train.inputs, run.data.train.targets
    low, high = points.min(axis=0), points.max(axis=0)
    x, y = np.meshgrid(*(np.linspace(a, b, 200) for a, b in zip(low, high, strict=True)))
    predicted = run.network.predict(np.stack([x.ravel(), y.ravel()], axis=1)).reshape(x.shape)
    axes = figure.add_subplot()
    levels = np.arange(run.data.outputs + 1) - 0.5
    axes.contourf(x, y, predicted, levels=levels, cmap="viridis", alpha=0.3)
    axes.scatter(points[:2000, 0], points[:2000, 1], c=labels[:2000], s=4, cmap="viridis")
    axes.set_aspect("equal")
    axes.set_title("training points, over the network's classes")


def draw_figures(figure: Figure, run: Run) -> None:
    """Draw the metric that ranks runs against epochs, for training and validation."""
    name = run.score[0].removeprefix("validation_")
    epochs = [record.number for record in run.metrics]
    axes = figure.add_subplot()
    for split in ("train", "validation"):
        curve = [record.figures[f"{split}_{name}"] for record in run.metrics]
        axes.plot(epochs, curve, marker="." if len(epochs) < 60 else "", label=split)
    _label(axes, "epoch", name)


def draw_loss(figure: Figure, run: Run, smoothing: int) -> None:
    """Draw the loss of every step, raw and smoothed."""
    losses: Array = run.losses.astype(np.float64)
    axes = figure.add_subplot()
    # At most 4,000 points: more than the picture has columns, and quick to draw.
    thin = max(1, len(losses) // 4000)
    axes.plot(
        np.arange(len(losses))[::thin], losses[::thin], lw=0.5, alpha=0.35, label="every step"
    )
    width = min(smoothing, len(losses))
    total = np.cumsum(np.concatenate([[0.0], losses]))
    smooth = (total[width:] - total[:-width]) / width
    steps = np.arange(width - 1, len(losses))
    axes.plot(steps[::thin], smooth[::thin], label=f"mean of {width} steps")
    if np.all(losses > 0):
        axes.set_yscale("log")
    _label(axes, "step", "loss")


def draw_confusion(figure: Figure, run: Run) -> None:
    """Draw how often each class of the test set is taken for each other."""
    test, classes = run.data.test, run.data.outputs
    predicted = run.network.predict(test.inputs)
    counts = np.zeros((classes, classes), np.int64)
    np.add.at(counts, (test.targets.astype(np.int64), predicted), 1)
    share = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    axes = figure.add_subplot()
    image = axes.imshow(share, cmap="Blues", vmin=0, vmax=1)
    if classes <= 20:
        for (row, column), count in np.ndenumerate(counts):
            colour = "white" if share[row, column] > 0.5 else "black"
            axes.text(column, row, str(count), ha="center", va="center", color=colour, fontsize=8)
        axes.set_xticks(range(classes))
        axes.set_yticks(range(classes))
    axes.set_xlabel("predicted")
    axes.set_ylabel("label")
    axes.set_title("test set")
    figure.colorbar(image, label="share of the label's samples")


def _label(axes: Axes, x: str, y: str) -> None:
    axes.set_xlabel(x)
    axes.set_ylabel(y)
    axes.grid(alpha=0.3)
    axes.legend()
