"""Distributions as pip leaves them: a module, its metadata and entry points, in a folder."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path

RULE = """
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from framework import Scalar, UpdateRule, fraction, hookimpl, positive, value


@dataclass(frozen=True)
class Puma(UpdateRule):
    \"\"\"Step by the sign of an average: p ← p − η sign(β m + (1 − β) g).\"\"\"

    learning_rate: Scalar = positive(0.001, "step size η; a number or a schedule")
    keep: float = fraction(0.9, "share of the old average that is kept, β")
    state: ClassVar[tuple[str, ...]] = ("average",)

    def step(self, step, p, g, state, scratch):
        (m,) = state
        m *= self.keep
        m += (1 - self.keep) * g
        p -= value(self.learning_rate, step) * np.sign(m)


@hookimpl
def framework_update_rules():
    return {"NAME": Puma}
"""


def rule(name: str = "puma") -> str:
    """Give the source of a plugin with one update rule."""
    return RULE.replace("NAME", name)


def distribution(
    site: Path,
    name: str,
    files: Mapping[str, str],
    *,
    version: str = "1.2",
    entry: str = "",
    requires: Sequence[str] = (),
) -> Path:
    """Install a distribution into a folder that stands on `PYTHONPATH`.

    Parameters
    ----------
    files : path → content, below the folder.
    entry : its entry points, `name = module` a line; by default one of its own name.
    """
    for path, text in files.items():
        (site / path).parent.mkdir(parents=True, exist_ok=True)
        (site / path).write_text(textwrap.dedent(text))
    info = site / f"{name.replace('-', '_')}-{version}.dist-info"
    info.mkdir(parents=True)
    needs = "".join(f"Requires-Dist: {one}\n" for one in requires)
    (info / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{needs}"
    )
    module = name.replace("-", "_")
    (info / "entry_points.txt").write_text(f"[framework]\n{entry or f'{module} = {module}'}\n")
    return site


def on_path(site: Path) -> dict[str, str]:
    """Give the environment in which the folder's distributions are installed."""
    return {"PYTHONPATH": str(site)}
