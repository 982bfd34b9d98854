"""Environments of tests' own: a copy of the checkout, and packages that are this environment's.

What `pip` would fetch anew for each of them, a minute each time, is there already; that it can be
fetched is what the wheel's tests, and the environment that runs these, say.
"""

from __future__ import annotations

import shutil
import sysconfig
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = sysconfig.get_paths()["purelib"]
"""As ``PYTHONPATH`` it shows an environment this one's packages, but what is installed in place."""
_LEFT = (".git", ".venv*", ".*_cache", "__pycache__", "*.egg-info", "build", "outputs")


def copied(source: Path, to: Path) -> Path:
    """Copy a folder of sources, without what was made of them."""
    return Path(shutil.copytree(source, to, ignore=shutil.ignore_patterns(*_LEFT)))


def share_packages(environment: Path) -> None:
    """Let an environment see, behind its own packages, this one's, those in place among them."""
    (site,) = environment.glob("lib/python*/site-packages")
    (site / "parent.pth").write_text(f"import site; site.addsitedir({PACKAGES!r})\n")
