"""A sweep's pictures, drawn in `framework/drawing`; this file imports nothing of the framework."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from framework.components.base import Array

# Told apart by most colour-blind eyes: Okabe and Ito, "Color universal design", 2008.
_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#000000", "#56B4E9", "#E69F00", "#8C6D31")
_STYLES = ("-", "--", "-.", ":")
_MARKS = "osv^Dx"


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


def draw_lines(
    figure: Figure,
    title: Array,
    x_name: Array,
    ordered: Array,
    logarithmic: Array,
    labels: Array,
    legend: Array,
    titles: Array,
    y_names: Array,
    **lines: Array,
) -> None:
    """Draw panels ``p`` with ``line_p_i`` for each label: its rows are x, mean, least, largest."""
    figure.set_layout_engine("constrained")
    columns = min(3, len(titles))
    grid = figure.subplots(-(-len(titles) // columns), columns, squeeze=False).ravel()
    for unused in grid[len(titles) :]:
        unused.set_axis_off()
    alike = len(set(y_names)) == 1
    for p, axes in enumerate(grid[: len(titles)]):
        if alike and p:
            axes.sharey(grid[0])
        drawn = [lines[f"line_{p}_{i}"] for i in range(len(labels))]
        for i, line in enumerate(drawn):
            _draw_line(axes, line, i, len(labels), str(labels[i]), bool(ordered), str(x_name))
        _scale(axes, drawn, str(x_name), bool(logarithmic), "loss" in str(y_names[p]))
        axes.set_xlabel(_plain(str(x_name)))
        axes.set_ylabel(_plain(str(y_names[p])))
        axes.set_title(_plain(str(titles[p])), fontsize="medium")
        axes.grid(alpha=0.3)
    figure.suptitle(_plain(str(title)), fontsize="large")
    drawn_lines = grid[0].get_legend_handles_labels()
    about = _plain(str(legend))
    figure.legend(*drawn_lines, title=about, loc="outside right upper", fontsize=9)


def draw_heat_map(
    figure: Figure,
    title: Array,
    names: Array,
    x_labels: Array,
    y_labels: Array,
    values: Array,
    higher: Array,
) -> None:
    """Draw a figure for each pair of values; the best of each column in bold."""
    figure.set_layout_engine("constrained")
    axes = figure.add_subplot()
    image = axes.imshow(
        values, cmap="viridis" if higher else "viridis_r", aspect="auto", origin="lower"
    )
    signed = np.where(np.isnan(values), -np.inf, values if higher else -values)
    least, largest = np.nanmin(values), np.nanmax(values)
    shades = (values - least) / ((largest - least) or 1.0)
    for row, column in np.ndindex(values.shape):
        value = values[row, column]
        best = signed[row, column] == signed[:, column].max()
        shade = shades[row, column] if higher else 1 - shades[row, column]
        axes.text(
            column, row, _cell(float(value)),
            ha="center", va="center", fontsize=9,
            weight="bold" if best and not np.isnan(value) else "normal",
            color="black" if np.isnan(value) or shade > 0.6 else "white",
        )  # fmt: skip
    axes.set_xticks(range(len(x_labels)), [_plain(str(label)) for label in x_labels])
    axes.set_yticks(range(len(y_labels)), [_plain(str(label)) for label in y_labels])
    axes.set_xlabel(_plain(str(names[0])))
    axes.set_ylabel(_plain(str(names[1])))
    lines = str(title).split("\n")
    lines[1:] = [", ".join([*lines[1:], "bold: the best of its column"])]
    axes.set_title(_plain("\n".join(lines)), fontsize="medium")
    figure.colorbar(image)


def _cell(value: float) -> str:
    """Write a figure in little room.

    >>> [_cell(value) for value in (0.54, 12.345, 2e-5, float("nan"))]
    ['0.540', '12.3', '2e-05', '–']
    """
    if np.isnan(value):
        return "–"
    return f"{value:.3f}" if 1e-3 <= abs(value) < 10 else f"{value:.3g}"


def _draw_line(
    axes: Axes, line: Array, i: int, count: int, label: str, ordered: bool, x_name: str
) -> None:
    import matplotlib

    x, mean, least, largest = line
    colour: Any = _COLOURS[i % len(_COLOURS)]
    style = _STYLES[(i + i // len(_COLOURS)) % len(_STYLES)]  # no pair comes twice
    if ordered:  # a rising number is a rising shade
        colour, style = matplotlib.colormaps["viridis"](0.9 * i / max(1, count - 1)), "-"
    mark = _MARKS[i % len(_MARKS)] if x_name != "epoch" or len(x) == 1 else ""
    axes.plot(x, mean, style, color=colour, label=_plain(label), marker=mark, markersize=4)
    if np.any(largest > least):
        axes.fill_between(x, least, largest, color=colour, alpha=0.9 / max(6, count), linewidth=0)


def _scale(axes: Axes, drawn: list[Array], x_name: str, logarithmic: bool, is_loss: bool) -> None:
    from matplotlib.ticker import LogLocator, MaxNLocator, NullFormatter

    if logarithmic:
        axes.set_xscale("log")
        axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axes.xaxis.set_major_formatter("{x:g}")
        axes.xaxis.set_minor_formatter(NullFormatter())
    elif x_name == "epoch":
        axes.xaxis.set_major_locator(MaxNLocator("auto", steps=[1, 2, 5, 10], integer=True))
    values = np.concatenate([line[1:].ravel() for line in drawn])
    values = values[np.isfinite(values)]
    if is_loss and len(values) and values.min() > 0 and values.max() / values.min() > 20:
        axes.set_yscale("log")


def _plain(text: str) -> str:
    r"""Write a string so that matplotlib takes no part of it for a formula.

    >>> _plain("_cost=$5")
    ' _cost=\\$5'
    """
    escaped = text.replace("$", r"\$")
    return f" {escaped}" if escaped.startswith("_") else escaped
