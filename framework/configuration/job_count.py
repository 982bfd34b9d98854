"""How many jobs a sweep would be: counted before any of them is written down."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

from hydra.core.override_parser.types import ChoiceSweep, RangeSweep
from omegaconf import DictConfig

from framework.errors import ConfigurationError

MOST_JOBS = 100_000
"""Jobs of one command line: each takes some kilobytes and a third of a second to compose."""


def check_count(config: DictConfig) -> None:
    """Refuse a sweep of more than `MOST_JOBS` jobs.

    Parameters
    ----------
    config : the composed configuration of the sweep, with Hydra's own part.

    Raises
    ------
    ConfigurationError : with the number of jobs, and the override that has most of them.
    """
    from framework.sweeps.perform import words_of

    sweeper: Any = config.hydra.sweeper
    params = sweeper.get("params") or {}
    texts = [f"{key}={value}" for key, value in params.items()] + words_of(config.hydra)
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
    from framework.configuration.override import readable

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


def count_of(value: object) -> int:
    """Count the values of an override without listing them; what is no range or choice is one."""
    if isinstance(value, ChoiceSweep):
        return len(value.list)
    if not isinstance(value, RangeSweep) or value.start is None or value.stop is None:
        return 1
    span = (value.stop - value.start) / value.step if value.step else math.inf
    return max(0, math.ceil(span)) if math.isfinite(span) else 10**15
