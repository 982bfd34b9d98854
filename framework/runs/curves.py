"""Curves as SVG: a few lines of numbers, drawn without a library and without waiting."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from html import escape

from framework.text import printable

_WIDTH, _HEIGHT = 320, 200
_LEFT, _RIGHT, _TOP, _BOTTOM = 52, 12, 26, 30  # margins
_COLOURS = ("#1f77b4", "#ff7f0e", "#2ca02c", "#d62728")

Line = tuple[Sequence[float], Sequence[float]]


def curve(title: str, x_name: str, lines: Mapping[str, Line]) -> str:
    """Return a picture of some lines, ``name → (x, y)``; numbers that are not finite are left out.

    >>> "<polyline" in curve("loss", "step", {"train": ([1, 2], [0.5, 0.25])})
    True
    """
    points = {
        name: [(x, y) for x, y in zip(*line, strict=True) if math.isfinite(y)]
        for name, line in lines.items()
    }
    xs = [x for line in points.values() for x, _ in line] or [0.0]
    ys = [y for line in points.values() for _, y in line] or [0.0]
    (x_low, x_high), (y_low, y_high) = (min(xs), max(xs)), (min(ys), max(ys))
    parts = [
        _text(_LEFT, 16, title, weight="600"),
        _text(_LEFT, _HEIGHT - 10, f"{x_name} {x_low:g}"),
        _text(_WIDTH - _RIGHT, _HEIGHT - 10, f"{x_high:g}", anchor="end"),
    ]
    for y, value in ((_HEIGHT - _BOTTOM, y_low), (_TOP, y_high)):
        parts.append(
            f'<line x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{y}" y2="{y}" stroke="currentColor"'
            ' opacity=".25"/>'
        )
        parts.append(_text(_LEFT - 6, y + 4, f"{value:.3g}", anchor="end"))
    for i, (name, line) in enumerate(points.items()):
        colour = _COLOURS[i % len(_COLOURS)]
        placed = " ".join(
            f"{_at(x, x_low, x_high, _LEFT, _WIDTH - _RIGHT):.1f},"
            f"{_at(y, y_low, y_high, _HEIGHT - _BOTTOM, _TOP):.1f}"
            for x, y in line
        )
        parts.append(
            f'<polyline points="{placed}" fill="none" stroke="{colour}" stroke-width="1.6"/>'
        )
        right = _WIDTH - _RIGHT - 80 * (len(points) - 1 - i)
        parts.append(_text(right, 16, name, anchor="end", colour=colour))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{_HEIGHT}"'
        f' viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="{escape(printable(title))}"'
        f' font-family="system-ui,sans-serif" font-size="11">{"".join(parts)}</svg>'
    )


def _at(value: float, low: float, high: float, first: float, last: float) -> float:
    """Return where a value between two others is put between two places."""
    return first + (last - first) * ((value - low) / (high - low) if high > low else 0.5)


def _text(
    x: float,
    y: float,
    text: str,
    *,
    anchor: str = "start",
    weight: str = "400",
    colour: str = "currentColor",
) -> str:
    return (
        f'<text x="{x}" y="{y}" text-anchor="{anchor}" font-weight="{weight}" fill="{colour}">'
        f"{escape(printable(text))}</text>"
    )
