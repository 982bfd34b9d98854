"""The studies in `conf/experiment/study/`, and what makes one small."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from omegaconf import OmegaConf

from framework.configuration.override import parse
from framework.sweeps import grid

FOLDER = Path(__file__).parents[2] / "conf" / "experiment" / "study"
STUDIES = sorted(path.stem for path in FOLDER.glob("*.yaml"))


def small_study(name: str) -> list[str]:
    """Give the overrides that make a study's jobs small."""
    around = "data.of" if name == "double_descent" else "data"
    rows = {"train": 60, "validation": 20, "test": 20}
    return [
        f"~{around}.of",
        f"+{around}.of={{name: spirals, classes: 10}}",
        *(f"{around}.{split}={count}" for split, count in rows.items()),
        "trainer.epochs=2",
        "trainer.batch_size=10",
    ]


def jobs_of(name: str) -> Sequence[list[str]]:
    """Give the overrides of each job of a study."""
    params = OmegaConf.load(FOLDER / f"{name}.yaml").hydra.sweeper.params
    return grid.points(parse([f"{key}={value}" for key, value in params.items()]), {})
