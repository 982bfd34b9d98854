"""A leaderboard's picture, drawn in `framework/drawing`; it imports nothing of the framework."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from framework.components.base import Array


def draw_leaderboard(figure: Figure, name: Array, labels: Array, **curves: Array) -> None:
    """Draw the score of runs against their epochs: ``curve_0``, … in the order of their labels."""
    from matplotlib.ticker import MaxNLocator

    figure.set_layout_engine("constrained")
    axes = figure.add_subplot()
    for i, label in enumerate(labels):
        curve = curves[f"curve_{i}"]
        mark = "." if len(curve) < 40 else ""
        # A label that begins with _ would be left out; nor is one LaTeX, whatever it has.
        axes.plot(range(1, len(curve) + 1), curve, marker=mark, label=_plain(str(label)))
    axes.xaxis.set_major_locator(MaxNLocator("auto", steps=[1, 2, 5, 10], integer=True))
    axes.set_xlabel("epoch")
    axes.set_ylabel(_plain(str(name)))
    axes.grid(alpha=0.3)
    axes.legend(fontsize="small", loc="center left", bbox_to_anchor=(1.0, 0.5))


def _plain(text: str) -> str:
    r"""Write a string so that matplotlib takes no part of it for a formula.

    >>> _plain("_cost=$5")
    ' _cost=\\$5'
    """
    escaped = text.replace("$", r"\$")
    return f" {escaped}" if escaped.startswith("_") else escaped
