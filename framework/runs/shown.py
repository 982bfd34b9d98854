"""A run as a line, and as a piece of HTML for notebooks: figures, what it is made of, pictures.

The HTML is complete by itself: its pictures are in it, its styles are its elements' own. Names and
texts, which may be anybody's, are escaped.
"""

from __future__ import annotations

import base64
import math
from collections.abc import Iterator, Mapping
from html import escape
from pathlib import Path
from typing import Any, Protocol

from framework.components.base import Array
from framework.components.dataset import Data
from framework.components.epoch import Epoch
from framework.engine.network import Network
from framework.errors import RunError
from framework.files.reading import read_bounded
from framework.registry.registry import Registry
from framework.runs.curves import curve
from framework.settings.settings import RunSettings
from framework.text import printable, short_path, shown_figure
from framework.training.trainer import Trainer

_SPLITS = ("train", "validation", "test")
_MOST_PICTURES = 8
_MOST_FIGURES = 30  # rows of a table
_MOST_LAYERS = 12
_LARGEST = 2 << 20  # bytes of a picture
_PNG = b"\x89PNG\r\n\x1a\n"
_MUTED = "opacity:.65"
_CELL = "padding:.1em .9em .1em 0;text-align:{};border:0;background:none"


class Run(Protocol):
    """What is shown of a run (`run.py`)."""

    settings: RunSettings
    registry: Registry
    directory: Path
    network: Network
    data: Data
    trainer: Trainer
    metrics: list[Epoch]
    summary: dict[str, Any]
    stopped: str
    failures: list[str]
    kept: bool

    @property
    def score(self) -> tuple[str, bool]:
        """The figure that ranks runs."""

    @property
    def best(self) -> Epoch | None:
        """The epoch with the best score."""

    @property
    def losses(self) -> Array:
        """The loss of every step."""


def shown_line(run: Run) -> str:
    """Return a run in a line, as `repr` does."""
    figures, name = _figures(run), run.score[0]
    test = f"test_{name.removeprefix('validation_')}"
    told = [f"{key} {shown_figure(figures[key])}" for key in (name, test) if key in figures]
    parts = [_epochs(run), *told]
    if run.stopped:
        parts.append(f"stopped {run.stopped}")
    if run.kept:
        parts.append(short_path(str(run.directory)))
    return printable(f"<Run: {', '.join(parts)}>")


def shown_page(run: Run) -> str:
    """Return a run as HTML, with its pictures."""
    facts = "".join(
        f'<div style="margin:.1em 0"><span style="{_MUTED};display:inline-block;width:5.5em">'
        f"{escape(name)}</span>{escape(printable(text))}</div>"
        for name, text in _facts(run).items()
    )
    warned = "".join(
        f'<div style="margin:.1em 0;color:#c0392b">{escape(printable(line))}</div>'
        for line in run.failures
    )
    pictures = "".join(_pictures(run))
    return (
        '<div style="font:14px/1.45 system-ui,sans-serif;max-width:64em">'
        '<div style="display:flex;flex-wrap:wrap;gap:.6em 3em;align-items:flex-start">'
        f"{_table(_figures(run))}<div>{facts}{warned}</div></div>"
        '<div style="display:flex;flex-wrap:wrap;gap:.8em;margin-top:.8em">'
        f"{pictures}</div></div>"
    )


def _figures(run: Run) -> Mapping[str, float]:
    """Return the final figures, or those of the last epoch that was measured."""
    if run.summary:
        figures: Mapping[str, float] = run.summary["figures"]
        return {name: math.nan if value is None else value for name, value in figures.items()}
    return next((record.figures for record in reversed(run.metrics) if record.measured), {})


def _epochs(run: Run) -> str:
    done, all_epochs = len(run.metrics), run.settings.trainer.epochs
    shown = f"{all_epochs:,} epoch{'' if all_epochs == 1 else 's'}"
    return f"{done:,} of {shown}" if done != all_epochs else shown


def _facts(run: Run) -> dict[str, str]:
    best, (score, _) = run.best, run.score
    training = f"{_epochs(run)}, {run.trainer.steps:,} steps"
    if run.summary:
        training += f" in {run.summary['seconds']:.1f} s"
    rows = ", ".join(f"{len(split):,} {name}" for name, split in run.data.splits().items())
    facts = {
        "network": f"{_network(run)}; {run.network.count():,} parameters, {run.settings.dtype}",
        "training": f"{training}, seed {run.settings.seed}",
        "data": f"{run.data.source}: {rows} rows",
    }
    if best is not None and len(run.metrics) > 1:
        facts["best"] = f"{score} {shown_figure(best.figures[score])} in epoch {best.number:,}"
    if run.stopped:
        facts["stopped"] = run.stopped
    facts["directory"] = short_path(str(run.directory)) if run.kept else "none"
    return facts


def _network(run: Run) -> str:
    """Write the layers in a row, those with parameters with their width."""
    layers = [
        f"{run.registry.name_of(bound.layer)}"
        f"{' ' + '×'.join(map(str, bound.outputs)) if bound.parameters else ''}"
        for bound in run.network.layers
    ]
    if len(layers) > _MOST_LAYERS:
        layers = [*layers[: _MOST_LAYERS - 2], "…", layers[-1]]
    return " → ".join(["×".join(map(str, run.network.inputs)), *layers])


def _table(figures: Mapping[str, float]) -> str:
    """Lay out figures: a row for each metric, a column for each split."""
    metrics = list(dict.fromkeys(name.partition("_")[2] for name in figures))[:_MOST_FIGURES]
    splits = [split for split in _SPLITS if any(f"{split}_{m}" in figures for m in metrics)]
    if not metrics:
        return ""
    head = "".join(f'<th style="{_CELL.format("right")};{_MUTED}">{split}</th>' for split in splits)
    body = ""
    for metric in metrics:
        values = (figures.get(f"{split}_{metric}", math.nan) for split in splits)
        cells = "".join(
            f'<td style="{_CELL.format("right")};font-variant-numeric:tabular-nums">'
            f"{shown_figure(value) if math.isfinite(value) else ''}</td>"
            for value in values
        )
        name = escape(printable(metric))
        body += f'<tr style="background:none"><th style="{_CELL.format("left")}">{name}</th>{cells}'
        body += "</tr>"
    return (
        '<table style="border:0;border-collapse:collapse;margin:0;font-size:1em">'
        f'<tr style="background:none"><th style="{_CELL.format("left")}"></th>{head}</tr>'
        f"{body}</table>"
    )


def _pictures(run: Run) -> Iterator[str]:
    """Yield the pictures in the run's directory; curves where there are none yet."""
    drawn = {}
    for path in sorted(run.directory.glob("*.png"))[:_MOST_PICTURES]:
        try:
            content = read_bounded(path, _LARGEST)
        except RunError:  # too large, or a link: it stays in its directory
            continue
        if content.startswith(_PNG):
            drawn[path.stem] = base64.b64encode(content).decode()
    if not drawn or not run.summary:
        yield from _curves(run)
    for name, content64 in drawn.items():
        yield (
            f'<img alt="{escape(name)}" title="{escape(name)}" style="height:200px;max-width:100%;'
            f'background:#fff;border-radius:4px" src="data:image/png;base64,{content64}">'
        )


def _curves(run: Run) -> Iterator[str]:
    measured = [record for record in run.metrics if record.measured]
    if len(measured) > 1:
        metric = run.score[0].removeprefix("validation_")
        numbers = [float(record.number) for record in measured]
        lines = {
            split: (numbers, [record.figures[f"{split}_{metric}"] for record in measured])
            for split in ("train", "validation")
        }
        yield curve(metric, "epoch", lines)
    losses = [float(loss) for loss in run.losses]
    if len(losses) > 1:
        thin = max(1, len(losses) // 120)  # means of so many steps show where the loss goes
        means = [sum(losses[i : i + thin]) / thin for i in range(0, len(losses) - thin + 1, thin)]
        steps = [float((i + 1) * thin) for i in range(len(means))]
        yield curve("loss of the batches", "step", {"train": (steps, means)})
