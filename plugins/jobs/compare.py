"""The job that sets runs side by side: with published results, or those of a sweep."""

from __future__ import annotations

import logging
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from framework import (
    REQUIRED,
    Invocation,
    Job,
    RunError,
    draw_comparison,
    hyperparameter,
    overrides_of,
    read_summary,
    table,
    write_text,
)

log = logging.getLogger("framework")


@dataclass(frozen=True)
class Compare(Job):
    """Print, for each run that has published results, what was published and what came out.

    Runs that differ only in their seed are one row: mean ± standard deviation. Of a sweep,
    `comparison.png` is drawn once more, of any figure of its runs.
    """

    run_directory: str = hyperparameter(REQUIRED, "a run, a sweep, or a folder of them")
    figure: str | None = hyperparameter(
        None, "figure of a sweep's runs that its picture compares; null: the one that ranks them"
    )

    def run(self, invocation: Invocation) -> None:
        root = Path(self.run_directory).expanduser()
        if not root.is_dir():
            raise RunError(f"{root}: there is no such directory (run_directory)")
        picture = None
        if (root / "ledger").is_dir():
            picture = draw_comparison(root, self.figure or "")
        if picture is not None:
            log.info("%s", picture)
        elif self.figure:
            raise RunError(f"figure: {root} is no sweep over anything but seeds (run_directory)")
        summaries = [_read(path) for path in sorted(root.rglob("summary.json"))]
        published = [s for s in summaries if s is not None and s["published"]]
        if not published and picture is not None:
            return
        if not published:
            raise RunError(
                f"{root}: holds no run with published results, and is no sweep (run_directory)"
            )
        text = table(*_compared(published))
        print(text)
        write_text(root / "comparison.txt", text + "\n")


def _read(path: Path) -> dict[str, Any] | None:
    """Read a run's summary; one that cannot be read costs its own row and no other."""
    try:
        summary = read_summary(path)
    except RunError as error:
        log.warning("%s; it is left out", error)
        return None
    if "not_ranked" in summary.content:
        log.warning("%s: only tried something out; it is left out", path)
        return None
    return {
        "label": _label(path.parent),
        "published": summary.published,
        "figures": summary.figures,
        "seed": summary.seed,
        "seconds": summary.seconds,
    }


def _label(directory: Path) -> str:
    """Name a run by its overrides, its seed left out."""
    overrides = [o for o in overrides_of(directory) if not o.startswith("seed=")]
    return " ".join(o.removeprefix("experiment=") for o in overrides) or "default"


def _compared(
    summaries: Sequence[Mapping[str, Any]],
) -> tuple[list[str], list[list[str]]]:
    names = list(dict.fromkeys(name for s in summaries for name in s["published"]))
    columns = ["experiment"]
    for name in names:
        short = name.replace("validation", "val").replace("_", " ")
        columns += [f"published {short}", f"reproduced {short}", "difference"]
    columns += ["seeds", "seconds a run"]
    labels = list(dict.fromkeys(s["label"] for s in summaries))
    return columns, [_row([s for s in summaries if s["label"] == label], names) for label in labels]


def _row(alike: Sequence[Mapping[str, Any]], names: Sequence[str]) -> list[str]:
    alike = sorted(alike, key=lambda summary: summary["seed"])
    row = [str(alike[0]["label"])]
    for name in names:
        published = alike[0]["published"].get(name)
        reproduced = [s["figures"][name] for s in alike if s["figures"].get(name) is not None]
        if published is None or not reproduced:
            row += ["", "", ""]
            continue
        mean = statistics.fmean(reproduced)
        spread = f" ± {statistics.stdev(reproduced):.5f}" if len(reproduced) > 1 else ""
        row += [f"{published:.5f}", f"{mean:.5f}{spread}", f"{mean - published:+.5f}"]
    row.append(", ".join(str(s["seed"]) for s in alike))
    row.append(f"{statistics.fmean(s['seconds'] for s in alike):.1f}")
    return row
