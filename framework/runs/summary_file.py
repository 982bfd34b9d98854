"""A run's `summary.json`: written last, it says that the run is finished; read with care."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from framework.errors import RunError
from framework.files.reading import read_json

SUMMARY = "summary.json"


@dataclass(frozen=True, eq=False)
class Summary:
    """What a summary says, each value of the type it must be.

    Attributes
    ----------
    figures : the final figures; None for one that is not finite.
    score, higher_is_better : the name of the figure that ranks runs, and which way.
    value : that figure.
    epochs, seconds, seed : how long the run took, and from which seed.
    stopped : why it ended before its last epoch, '' when it did not.
    published : published results to compare with.
    failed_callbacks : the callbacks that failed on the way: callback, origin, event, error.
    content : the whole of it.
    """

    figures: Mapping[str, float | None]
    score: str
    value: float | None
    higher_is_better: bool
    epochs: int
    seconds: float
    seed: int
    stopped: str
    published: Mapping[str, float | None]
    failed_callbacks: tuple[Mapping[str, str], ...]
    content: Mapping[str, Any]


def read_summary(path: Path) -> Summary:
    """Read a summary, believing nothing.

    Raises
    ------
    RunError : naming the file and the first thing that is not what it must be.
    """
    content = read_json(path)
    if not isinstance(content, dict):
        raise RunError(f"{path}: is no summary of a run: expected a mapping")
    try:
        return _read(content)
    except RunError as error:
        raise RunError(f"{path}: is no summary of a run: {error}") from error


def _read(content: dict[str, Any]) -> Summary:
    score = _mapping(content, "score")
    failed = content.get("failed_callbacks", [])
    if not (isinstance(failed, list) and all(isinstance(entry, dict) for entry in failed)):
        raise RunError("failed_callbacks: expected a list of mappings")
    name, higher = score.get("name"), score.get("higher_is_better")
    if not (isinstance(name, str) and isinstance(higher, bool)):
        raise RunError("score: expected a name, and whether higher is better")
    stopped = content.get("stopped")
    if not isinstance(stopped, str | None):
        raise RunError(f"stopped: expected a string or null, got {_shown(stopped)}")
    return Summary(
        figures=_figures(content, "figures"),
        score=name,
        value=_figure(score.get("value"), "score.value"),
        higher_is_better=higher,
        epochs=_count(content, "epochs"),
        seconds=_figure(content.get("seconds"), "seconds") or 0.0,
        seed=_count(content, "seed") if "seed" in content else 0,
        stopped=stopped or "",
        published=_figures(content, "published") if "published" in content else {},
        failed_callbacks=tuple({k: str(v) for k, v in entry.items()} for entry in failed),
        content=content,
    )


def _mapping(content: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    node = content.get(key)
    if not isinstance(node, dict):
        raise RunError(f"{key}: expected a mapping, got {_shown(node)}")
    return node


def _figures(content: Mapping[str, Any], key: str) -> dict[str, float | None]:
    node = _mapping(content, key)
    return {name: _figure(value, f"{key}.{name}") for name, value in node.items()}


def _figure(value: object, key: str) -> float | None:
    if value is None:
        return None
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise RunError(f"{key}: expected a number or null, got {_shown(value)}")
    try:
        number = float(value)
    except OverflowError as error:
        raise RunError(f"{key}: expected a number, got one of too many digits") from error
    return number if math.isfinite(number) else None


def _count(content: Mapping[str, Any], key: str) -> int:
    value = content.get(key)
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise RunError(f"{key}: expected an integer of at least 0, got {_shown(value)}")
    return value


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:60]}…"
