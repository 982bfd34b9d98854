"""Training from Python: the command line's overrides in, a run out."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from framework.registry import Registry
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
    from framework import composition, run_directories
    from framework.complaints import complaint
    from framework.culprit import blaming
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
    with run_directories.own():
        try:
            cfg, hydra = composition.compose_one(given, registry)
            configuration = composition.plain(cfg)
            registry.load_modules(configuration.get("plugins") or [])
            with blaming(registry):
                settings = read_settings(configuration, registry)
            place, records = Path(hydra.runtime.output_dir), records_of(cfg, hydra)
            return train_settings(settings, registry, place, records, cores=available_cores())
        except Exception as error:
            line = complaint(error, registry, given)
            if line is None or isinstance(error, FrameworkError):
                raise
            raise ConfigurationError(line) from error


def resume(directory: str | Path, *overrides: str, allow_changes: bool = False) -> Run:
    """Go on with a run that was stopped, from its newest good checkpoint, to its end.

    Parameters
    ----------
    directory : the run's.
    overrides : values of its configuration to change, ``"trainer.epochs=50"``. The modules that
        its plugins are in are loaded when you name them, ``"plugins=[my_layers]"``: a run's
        directory may be a stranger's.
    allow_changes : whether more than the number of epochs may change.

    Raises
    ------
    FrameworkError : one line saying what was wrong.
    """
    from framework import composition
    from framework.threads import available_cores

    return resume_run(
        composition.prepare([o for o in overrides if o.lstrip("+").startswith("plugins=")]),
        Path(directory),
        overrides,
        cores=available_cores(),
        allow_changes=allow_changes,
    )


def resume_run(
    registry: Registry,
    directory: Path,
    overrides: Sequence[str],
    *,
    cores: int,
    allow_changes: bool,
) -> Run:
    """Go on with a run, as `resume` does, with the plugins of a registry.

    Raises
    ------
    FrameworkError : one line saying what was wrong; modules that only the directory names are not
        loaded.
    """
    from framework import saved
    from framework.errors import ConfigurationError, PluginError, RunError
    from framework.keeping import missing_components
    from framework.run import train as train_settings
    from framework.settings import read_settings

    if not (directory / saved.CONFIG).is_file():
        raise RunError(f"{directory}: holds no run; expected a directory with {saved.CONFIG} (run)")
    configuration, records = saved.resumed(directory, overrides)
    try:
        plugins = configuration.get("plugins") or []
        if not (isinstance(plugins, list) and all(isinstance(name, str) for name in plugins)):
            raise ConfigurationError(f"plugins: expected a list of module names, got {plugins!r}")
        if plugins and not any(o.lstrip("+").startswith("plugins=") for o in overrides):
            listed = f"plugins=[{','.join(plugins)}]"
            raise PluginError(f"{directory}: names {listed}; to load what it names, add {listed}")
        registry.load_modules(plugins)
        settings = read_settings(configuration, registry)
    except ConfigurationError as error:
        missing = missing_components(directory, registry)
        if missing:
            raise PluginError(f"{directory}: {'; '.join(missing)}") from error
        raise
    return train_settings(
        settings,
        registry,
        directory,
        records,
        cores=cores,
        resume="changed" if allow_changes else "auto",
    )
