"""How many jobs a sweep would be: counted before any of them is written down."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

from omegaconf import DictConfig

from framework.configuration.hydra_keys import task_overrides
from framework.configuration.override import MOST_JOBS, count_of, readable
from framework.errors import ConfigurationError


def check_count(config: DictConfig) -> None:
    """Refuse a sweep of more than `MOST_JOBS` jobs.

    Parameters
    ----------
    config : the composed configuration of the sweep, with Hydra's own part.

    Raises
    ------
    ConfigurationError : with the number of jobs, and the override that has most of them.
    """
    sweeper: Any = config.hydra.sweeper
    params = sweeper.get("params") or {}
    texts = [f"{key}={value}" for key, value in params.items()] + task_overrides(config.hydra)
    if "n_trials" in sweeper and "Grid" not in str(sweeper.get("sampler")):
        at_once = min(int(sweeper.n_trials), int(sweeper.get("n_jobs", 1)))
        if at_once > MOST_JOBS:
            raise ConfigurationError(
                f"hydra.sweeper.n_jobs: {at_once:,} jobs at a time; at most {MOST_JOBS:,} are made"
            )
        return
    check_values(texts)


def check_values(texts: Iterable[str]) -> None:
    """Refuse overrides whose combinations are more than `MOST_JOBS`.

    Raises
    ------
    ConfigurationError : with the number of jobs, and the override that has most of them.
    """
    swept = list(readable(texts))
    counts = {override.text: count_of(override.value) for override in swept}
    zipped = max((counts[override.text] for override in swept if override.zipped), default=1)
    total = zipped * math.prod(counts[o.text] for o in swept if not o.zipped)
    if total > MOST_JOBS:
        most = max(counts, key=lambda text: counts[text])
        number = f"{total:,}" if total < 10**15 else "far too many"
        raise ConfigurationError(
            f"{most}: makes a sweep of {number} jobs; one command line takes at most {MOST_JOBS:,}"
        )
