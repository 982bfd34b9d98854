"""The pictures themselves, each from plain arrays, and the program that draws them.

It is a process of its own (`painter.py`), and imports nothing of the framework: with matplotlib it
then has enough to import.
"""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.typing import LegendLocType

    from framework import Array


def draw_samples(figure: Figure, images: Array, labels: Array) -> None:
    """Draw a few images with their labels."""
    figure.subplots_adjust(left=0.02, right=0.98, bottom=0.04, top=0.86)
    for i, (image, label) in enumerate(zip(images, labels, strict=True)):
        axes = figure.add_subplot(1, len(images), i + 1)
        axes.imshow(image, cmap="gray_r")
        axes.set_title(f"label {label}")
        axes.set_axis_off()


def draw_plane(figure: Figure, points: Array, labels: Array, predicted: Array) -> None:
    """Draw points of the plane in their classes' colours, over what the network says."""
    low, high = points.min(axis=0), points.max(axis=0)
    x, y = (np.linspace(low[i], high[i], predicted.shape[1 - i]) for i in range(2))
    axes = figure.add_subplot()
    levels = np.arange(max(labels.max(), predicted.max()) + 2) - 0.5
    axes.contourf(x, y, predicted, levels=levels, cmap="viridis", alpha=0.3)
    axes.scatter(points[:, 0], points[:, 1], c=labels, s=4, cmap="viridis")
    axes.set_aspect("equal")
    axes.set_title("training points, over the network's classes")


def draw_figures(
    figure: Figure, epochs: Array, train: Array, validation: Array, name: Array
) -> None:
    """Draw a metric against epochs, for training and validation."""
    axes = figure.add_subplot()
    for split, curve in (("train", train), ("validation", validation)):
        axes.plot(epochs, curve, marker="." if len(epochs) < 60 else "", label=split)
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
    _label(axes, "step", "loss", legend="upper right")


def draw_confusion(figure: Figure, counts: Array) -> None:
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
        axes.set_xticks(range(classes))
        axes.set_yticks(range(classes))
    else:
        figure.colorbar(image, label="share of the label's samples")
    axes.set_xlabel("predicted")
    axes.set_ylabel("label")
    axes.set_title("test set: samples, coloured by their share of the label's")


_QUICK = {"compress_level": 1}  # a sixth larger, a sixth of the time less

PICTURES: Mapping[str, tuple[tuple[float, float], Callable[..., None]]] = {
    "samples": ((8, 2.6), draw_samples),
    "plane": ((5.5, 5), draw_plane),
    "figures": ((7, 4.5), draw_figures),
    "loss": ((7, 4.5), draw_loss),
    "confusion": ((6.5, 5.5), draw_confusion),
}
"""Name → size in inches, and what draws it."""


def main() -> None:
    """Draw what is asked for on standard input, until it ends."""
    if hasattr(os, "nice"):
        os.nice(10)  # training and measuring come first
    try:
        from matplotlib.backends import backend_agg  # noqa: F401
        from matplotlib.figure import Figure
    except Exception as error:
        print(f"matplotlib cannot be imported: {error}", flush=True)
        return
    while header := sys.stdin.buffer.read(8):
        content = sys.stdin.buffer.read(int.from_bytes(header, "big"))
        with np.load(io.BytesIO(content)) as message:
            arrays = dict(message)
        path = Path(str(arrays.pop("path")))
        size, draw = PICTURES[str(arrays.pop("picture"))]
        try:
            # Margins by hand: to have them worked out would draw everything twice.
            figure = Figure(figsize=size)
            figure.subplots_adjust(left=0.11, right=0.97, bottom=0.12, top=0.92)
            draw(figure, **arrays)
            image = io.BytesIO()
            figure.savefig(image, dpi=100, format="png", pil_kwargs=_QUICK)
            _write(path, image.getbuffer())
            said = "drawn"
        except OSError as error:  # the run that asked says it
            said = f"{path.name}: cannot be written: {error.strerror or error}"
        except Exception as error:
            said = f"{path.name}: {type(error).__name__}: {error}".splitlines()[0]
        print(said, flush=True)


def _write(path: Path, content: memoryview) -> None:
    """Write a file whole or not at all."""
    part = path.with_name(f".part-{os.getpid()}{path.suffix}")
    try:
        part.write_bytes(content)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _label(axes: Axes, x: str, y: str, legend: LegendLocType = "best") -> None:
    axes.set_xlabel(x)
    axes.set_ylabel(y)
    axes.grid(alpha=0.3)
    axes.legend(loc=legend)  # the best place is dear to find among thousands of points


if __name__ == "__main__":
    main()
