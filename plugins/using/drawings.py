"""Pictures of what a trained network does, each from plain arrays.

They are drawn in a process of their own (`framework.painter`); this file imports nothing of its
package, and matplotlib only there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from framework import Array


def draw_predicted(figure: Figure, true: Array, predicted: Array, names: Array) -> None:
    """Draw predicted values against true ones, a panel for each column."""
    figure.subplots_adjust(wspace=0.35)
    for i, name in enumerate(names):
        axes = figure.add_subplot(1, len(names), i + 1)
        both = np.concatenate([true[:, i], predicted[:, i]])
        ends = [both.min(), both.max()]
        axes.plot(ends, ends, color="black", lw=0.8, label="predicted = true")
        axes.scatter(true[:, i], predicted[:, i], s=6, alpha=0.5)
        axes.set_xlabel("true")
        axes.set_ylabel("predicted")
        axes.set_title(str(name))
        axes.grid(alpha=0.3)
        axes.legend(loc="upper left")


def draw_residuals(figure: Figure, true: Array, predicted: Array, names: Array) -> None:
    """Draw predicted minus true against the predicted value, a panel for each column."""
    figure.subplots_adjust(wspace=0.35)
    for i, name in enumerate(names):
        axes = figure.add_subplot(1, len(names), i + 1)
        axes.axhline(0, color="black", lw=0.8)
        axes.scatter(predicted[:, i], predicted[:, i] - true[:, i], s=6, alpha=0.5)
        axes.set_xlabel("predicted")
        axes.set_ylabel("predicted - true")
        axes.set_title(str(name))
        axes.grid(alpha=0.3)


def draw_seen(figure: Figure, images: Array, titles: Array) -> None:
    """Draw what a network was given of some pictures, with what it decided."""
    figure.subplots_adjust(left=0.02, right=0.98, bottom=0.02, top=0.94, hspace=0.5)
    columns = min(8, len(images))
    for i, (image, title) in enumerate(zip(images, titles, strict=True)):
        axes = figure.add_subplot(-(-len(images) // columns), columns, i + 1)
        axes.imshow(image, cmap="gray_r" if image.ndim == 2 else None)
        axes.set_title(str(title), fontsize=8)
        axes.set_axis_off()


def draw_schedules(figure: Figure, epochs: Array, values: Array, names: Array) -> None:
    """Draw the values of schedules over the epochs, a panel for each."""
    figure.subplots_adjust(left=0.13, hspace=0.5)
    for i, (name, of_schedule) in enumerate(zip(names, values, strict=True)):
        axes = figure.add_subplot(len(names), 1, i + 1)
        axes.plot(epochs, of_schedule)
        axes.set_title(str(name).replace("$", r"\$"), fontsize=9)
        axes.set_ylim(bottom=min(0.0, float(of_schedule.min())))
        axes.grid(alpha=0.3)
    axes.set_xlabel("epoch")


def draw_learning_rates(
    figure: Figure, rates: Array, losses: Array, means: Array, suggested: Array
) -> None:
    """Draw losses over the learning rates that they were met with, and the rate suggested."""
    axes = figure.add_subplot()
    axes.plot(rates, losses, lw=0.6, alpha=0.4, label="every step")
    axes.plot(rates, means, label="mean")
    for rate in suggested[np.isfinite(suggested)]:
        axes.axvline(rate, color="black", lw=0.8, label=f"suggested: {rate:.2g}")
    axes.set_xscale("log")
    low, high = float(means.min()), float(np.median(means[: len(means) // 4 + 1]))
    room = max(high - low, 1e-12)
    axes.set_ylim(low - 0.3 * room, high + room)
    axes.set_xlabel("learning rate")
    axes.set_ylabel("loss")
    axes.grid(alpha=0.3)
    axes.legend(loc="upper left")
