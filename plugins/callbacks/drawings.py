"""The pictures themselves, each from plain arrays.

They are drawn in a process of their own (`framework.painter`); this file imports nothing of its
package, and matplotlib only there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.figure import Figure
    from matplotlib.typing import LegendLocType

    from framework import Array


def draw_samples(figure: Figure, images: Array, labels: Array) -> None:
    """Draw a few images with their labels."""
    figure.subplots_adjust(left=0.02, right=0.98, bottom=0.04, top=0.86)
    for i, (image, label) in enumerate(zip(images, labels, strict=True)):
        axes = figure.add_subplot(1, len(images), i + 1)
        axes.imshow(image, cmap="gray_r")
        if label.size == 1:
            axes.set_title(f"label {label}" if label.ndim == 0 else f"target {label.item():.4g}")
        axes.set_axis_off()


def draw_plane(figure: Figure, points: Array, labels: Array, predicted: Array) -> None:
    """Draw points of the plane in their classes' colours, over what the network says."""
    from matplotlib import colormaps

    low, high = points.min(axis=0), points.max(axis=0)
    axes = figure.add_subplot()
    classes = int(max(labels.max(), predicted.max())) + 1
    last = max(classes - 1, 1)
    # An image and lines' markers: areas and a scatter take twice as long to draw.
    axes.imshow(
        predicted,
        "viridis",
        origin="lower",
        extent=(float(low[0]), float(high[0]), float(low[1]), float(high[1])),
        aspect="auto",
        alpha=0.3,
        vmin=0,
        vmax=last,
    )
    present = np.unique(labels)
    if len(present) <= 30:
        for label, colour in zip(present, colormaps["viridis"](present / last), strict=True):
            x, y = points[labels == label].T
            axes.plot(x, y, ls="", marker="o", ms=2, mew=0, color=colour)
    else:  # a line for each would take minutes
        axes.scatter(points[:, 0], points[:, 1], c=labels, s=4, cmap="viridis", vmin=0, vmax=last)
    width, height = high - low
    if 0.05 * width < height < 20 * width:
        axes.set_aspect("equal")
    axes.set_title("training points, over the network's classes", y=1.0)


def draw_figures(
    figure: Figure, epochs: Array, train: Array, validation: Array, name: Array
) -> None:
    """Draw a metric against epochs, for training and validation."""
    axes = figure.add_subplot()
    for split, curve in (("train", train), ("validation", validation)):
        axes.plot(epochs, curve, marker="." if len(epochs) < 60 else "", label=split)
    _integer_ticks(axes.xaxis)
    _label(axes, "epoch", str(name))


def draw_loss(figure: Figure, losses: Array, smoothing: Array) -> None:
    """Draw the loss of every step, raw and smoothed."""
    from matplotlib.ticker import LogLocator

    losses = losses.astype(np.float64)
    axes = figure.add_subplot()
    # At most 1,500 points: twice as many as the picture has columns, and quick to draw.
    thin = max(1, -(-len(losses) // 1500))
    steps = np.arange(len(losses))
    axes.plot(steps[::thin], losses[::thin], lw=0.5, alpha=0.35, label="every step")
    width = min(int(smoothing), len(losses))
    total = np.cumsum(np.concatenate([[0.0], losses]))
    smooth = (total[width:] - total[:-width]) / width
    axes.plot(steps[width - 1 :: thin], smooth[::thin], label=f"mean of {width} steps")
    if np.all(losses > 0):
        axes.set_yscale("log", subs=[])
        # Plain numbers at 1, 2 and 5, in place of powers typeset with small ones between them, take
        # a third of the time.
        axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axes.yaxis.set_major_formatter("{x:g}")
    _integer_ticks(axes.xaxis)
    _label(axes, "step", "loss", legend="upper right")


def draw_confusion(figure: Figure, counts: Array, names: Array | None = None) -> None:
    """Draw how often each class is taken for each other."""
    classes = len(counts)
    share = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    axes = figure.add_subplot()
    image = axes.imshow(share, cmap="Blues", vmin=0, vmax=1)
    if classes <= 20:
        for row, column in np.argwhere(counts):
            count = counts[row, column]
            colour = "white" if share[row, column] > 0.5 else "black"
            axes.text(column, row, str(count), ha="center", va="center", color=colour, fontsize=8)
        shown = [f"{name!s:.12}" for name in (range(classes) if names is None else names)]
        turned = 90 if any(len(name) > 3 for name in shown) else 0
        axes.set_xticks(range(classes), shown, rotation=turned)
        axes.set_yticks(range(classes), shown)
        figure.subplots_adjust(
            left=0.12 + 0.012 * max(map(len, shown)), bottom=0.12 + turned / 90 * 0.1
        )
    else:
        _integer_ticks(axes.xaxis)
        _integer_ticks(axes.yaxis)
        figure.colorbar(image, label="share of the label's samples")
    axes.set_xlabel("predicted")
    axes.set_ylabel("label")
    axes.set_title("test set: samples, coloured by their share of the label's", y=1.0)


def draw_mistakes(
    figure: Figure,
    pairs: Array,
    counts: Array,
    totals: Array,
    wrong: Array,
    samples: Array,
    names: Array | None = None,
) -> None:
    """Draw the pairs of classes that are confused most often, where a matrix has no room."""
    figure.subplots_adjust(left=0.22)
    axes = figure.add_subplot()
    places = np.arange(len(pairs))
    axes.barh(places, counts)
    for place, count, total in zip(places, counts, totals, strict=True):
        axes.text(float(count), float(place), f" {count} of {total}", va="center", fontsize=8)
    named = pairs if names is None else names[pairs]
    axes.set_yticks(places, [f"{a!s:.12} as {b!s:.12}" for a, b in named], fontsize=8)
    axes.invert_yaxis()
    axes.margins(x=0.15)
    axes.set_xlabel("samples")
    _integer_ticks(axes.xaxis)
    axes.set_title(f"test set: {wrong} of {samples} mistaken; the worst pairs", y=1.0, fontsize=11)


def _integer_ticks(axis: Axis) -> None:
    """Have ticks at integers only: there is no epoch 1.5, nor class 2.5."""
    from matplotlib.ticker import MaxNLocator

    axis.set_major_locator(MaxNLocator("auto", steps=[1, 2, 5, 10], integer=True, min_n_ticks=1))


def _label(axes: Axes, x: str, y: str, legend: LegendLocType = "best") -> None:
    axes.set_xlabel(x)
    axes.set_ylabel(y)
    axes.grid(alpha=0.3)
    axes.legend(loc=legend)  # the best place is dear to find among thousands of points
