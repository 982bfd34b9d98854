"""Runs that try something out, and are no result: what they say of themselves."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from framework.runs.run import Run
    from framework.training.settings import TrainerSettings

log = logging.getLogger("framework")
_LEFT = 0.1  # of the loss, at most, when a minibatch is known by heart


def trying(settings: TrainerSettings) -> str:
    """Return why a run is not ranked among others; '' for one that is."""
    if settings.fast_run:
        return "trainer.fast_run"
    return "trainer.overfit_batches" if settings.overfit_batches is not None else ""


def verdict(run: Run) -> dict[str, Any]:
    """Say in the log what a run that tries something came to; return what its summary keeps."""
    count = run.settings.trainer.overfit_batches
    if count is None or not len(run.losses):
        if run.settings.trainer.fast_run:
            log.info("a fast run: everything was done once or more; its figures mean nothing")
        return {}
    count = min(count, len(run.data.train) // run.trainer.minibatches.batch_size or 1)
    losses = run.losses.astype(np.float64)
    first, last = float(losses[:count].mean()), float(losses[-count:].mean())
    fell = last <= first - (1 - _LEFT) * abs(first)
    rows = "one minibatch" if count == 1 else f"the same {count} minibatches"
    went = f"the loss went from {first:.4g} to {last:.4g} in {len(losses):,} steps of {rows}"
    if fell:
        log.info("%s: as it should", went)
    else:
        log.warning(
            "%s: expected a tenth of it; look at learning rate, first weights, penalties, dropout"
            " and targets, or train longer",
            went,
        )
    return {"overfit": {"batches": count, "first": first, "last": last, "fell": fell}}
