"""Training from Python: the command line's overrides in, a run out."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from framework.run import Run


def train(*overrides: str, directory: str | Path | None = None) -> Run:
    """Compose the configuration, train, and give the finished run.

    Parameters
    ----------
    overrides : as on the command line, ``"model=mlp_xavier", "trainer.epochs=3"``.
    directory : where to put the run; by default a new one below `outputs/`.

    Raises
    ------
    FrameworkError : one line saying what was wrong; nothing is left behind.
    """
    from framework import composition
    from framework.complaints import complaint
    from framework.errors import ConfigurationError, FrameworkError
    from framework.jobs import records_of
    from framework.run import train as train_settings
    from framework.settings import read_settings
    from framework.threads import available_cores

    given = list(overrides)
    if directory is not None:
        given.append(f"hydra.run.dir='{Path(directory)}'")
    registry = composition.prepare(given)
    for report in registry.reports():
        logging.getLogger("framework").warning(report)
    try:
        cfg, hydra = composition.compose_one(given)
        configuration = composition.plain(cfg)
        registry.load_modules(configuration.get("plugins") or [])
        settings = read_settings(configuration, registry)
        place, records = Path(hydra.runtime.output_dir), records_of(cfg, hydra)
        return train_settings(settings, registry, place, records, cores=available_cores())
    except Exception as error:
        line = complaint(error, registry, given)
        if line is None or isinstance(error, FrameworkError):
            raise
        raise ConfigurationError(line) from error
    finally:
        composition.release()
