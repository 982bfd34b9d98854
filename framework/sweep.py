"""One job of a sweep, in whichever process a launcher runs it."""

from __future__ import annotations

import json
import logging
import multiprocessing
import os
import re
import sys
import traceback
from functools import cache
from pathlib import Path
from typing import Any

from omegaconf import DictConfig

from framework import composition
from framework.complaints import complaint, unexpected
from framework.files import write_json
from framework.jobs import perform
from framework.registry import Registry

log = logging.getLogger("framework")
FAILED = "failed.json"
_LOADS = re.compile(r"\+*(plugins|blocked)=")  # overrides that say which plugins are loaded
TRACEBACK = "FRAMEWORK_TRACEBACK"


def run_job(cfg: DictConfig) -> float | None:
    """Run one job; one that fails is marked by a file in its directory, and the others go on.

    Hydra hands this function to its launchers, which may call it in processes of their own: it
    needs nothing but what it is given.
    """
    from hydra.core.hydra_config import HydraConfig
    from hydra.types import RunMode

    hydra: Any = HydraConfig.get()
    registry = _registry(tuple(o for o in hydra.overrides.task if _LOADS.match(o)))
    if hydra.mode != RunMode.MULTIRUN:
        return perform(cfg, hydra, registry)
    words = " ".join(hydra.overrides.task)
    aside = multiprocessing.parent_process() is not None
    if aside:  # several jobs at once: their bars and tables would be mixed up on the screen
        os.environ["TQDM_DISABLE"] = "1"
    log.info("job %s: %s", hydra.job.num, words)
    try:
        score = perform(cfg, hydra, registry)
    except Exception as error:
        if os.environ.get(TRACEBACK) == "1":
            traceback.print_exc()
        line = complaint(error, registry, list(hydra.overrides.task), hydra.job.config_name)
        line = line or unexpected(error, registry)
        found = {"job": hydra.job.num, "overrides": list(hydra.overrides.task), "error": line}
        write_json(Path(hydra.runtime.output_dir) / FAILED, found)
        log.error("error: %s", line)
        score = float("nan")
    if aside:
        print(f"job {hydra.job.num}: {words}: {score}", file=sys.stderr)
    return score


def failures(sweep: Path) -> list[str]:
    """Give a line for each job of a sweep that failed."""
    lines = []
    for path in sorted(sweep.glob(f"*/{FAILED}"), key=lambda p: p.stat().st_mtime):
        found = json.loads(path.read_text())
        words = " ".join(found["overrides"])
        lines.append(f"job {found['job']} ({words}) failed: {found['error']}")
    return lines


@cache
def _registry(overrides: tuple[str, ...]) -> Registry:
    return composition.prepare(overrides)
