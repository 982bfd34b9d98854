"""Training from Python: the command line's overrides in, a run out."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from framework.errors import ConfigurationError

if TYPE_CHECKING:
    from framework.engine.network import Network
    from framework.registry.registry import Registry
    from framework.runs.run import Run


class OverrideTypeError(ConfigurationError, TypeError):
    """What is no string cannot be an override."""


def train(*overrides: str, directory: str | Path | None = None) -> Run:
    """Compose the configuration, train, and return the finished run.

    Parameters
    ----------
    overrides : as on the command line, ``"model=mlp_xavier", "trainer.epochs=3"``.
    directory : where to put the run; by default a new one below `outputs/`.

    Raises
    ------
    FrameworkError : one line saying what was wrong; nothing is left behind.
    """
    from framework.configuration import choices, compose, hydra_keys
    from framework.configuration.messages import user_message
    from framework.configuration.override import parse
    from framework.configuration.quoting import assignment
    from framework.errors import FrameworkError
    from framework.registry.plugin_errors import naming_the_plugin
    from framework.runs.runner import train as train_settings
    from framework.settings.settings import read_settings
    from framework.sweeps.perform import configured, records_of
    from framework.training.threads import available_cores

    given = _checked(overrides, "train")
    for override in parse(given):
        if override.swept or override.key == "job":
            does = "trains once" if override.swept else "trains"
            raise ConfigurationError(
                f"{override.text}: framework.train {does}; for more there is the command line"
            )
    if directory is not None:
        given.append(assignment("hydra.run.dir", str(Path(directory).expanduser())))
    workspace = compose.prepare(given)
    registry = workspace.registry
    for report in registry.reports():
        logging.getLogger("framework").warning(report)
    try:
        given = choices.named_choices(given, registry)
        hydra_keys.check_single(parse(given))
        cfg, hydra = compose.compose_one(workspace.with_overrides(given))
        hydra_keys.check_library(hydra)
        configuration = configured(cfg, registry)
        with naming_the_plugin(registry):
            settings = read_settings(configuration, registry)
        directory, records = Path(hydra.runtime.output_dir), records_of(cfg, hydra)
        return train_settings(settings, registry, directory, records, cores=available_cores())
    except Exception as error:
        line = user_message(error, registry, given)
        if line is None or isinstance(error, FrameworkError):
            raise
        raise ConfigurationError(line) from error
    finally:
        workspace.directories.release()


def _checked(overrides: Sequence[object], function: str) -> list[str]:
    """Refuse what is no override before Hydra meets it."""
    from framework.configuration.quoting import assigned

    for given in overrides:
        if not isinstance(given, str):
            inside = list(given) if isinstance(given, list | tuple | set) else []
            meant = ""
            if isinstance(given, dict):
                meant = "; write " + ", ".join(f'"{assigned(str(k), v)}"' for k, v in given.items())
            elif inside and all(isinstance(word, str) and "=" in word for word in inside):
                meant = f"; write framework.{function}(*[…])"
            elif len(inside) == 2 and isinstance(inside[0], str):
                meant = f'; write "{assigned(inside[0], inside[1])}"'
            raise OverrideTypeError(
                f'framework.{function}: expected overrides such as "trainer.epochs=3",'
                f" got {type(given).__name__} {given!r}{meant}"
            )
        if given.startswith("-"):
            raise ConfigurationError(
                f"framework.{function}: takes overrides and no flags, got {given!r}"
            )
    return [str(given) for given in overrides]


def resume(directory: str | Path, *overrides: str, allow_changes: bool = False) -> Run:
    """Resume a run that was stopped, from its newest good checkpoint, to its end.

    Parameters
    ----------
    directory : the run's.
    overrides : values of its configuration to change, ``"trainer.epochs=50"``. The modules that
        its plugins are in are loaded when you name them, ``"plugins=[my_layers]"``: a run's
        directory may be untrusted.
    allow_changes : whether more than the number of epochs may change.

    Raises
    ------
    FrameworkError : one line saying what was wrong.
    """
    from framework.configuration import compose
    from framework.configuration.override import parse
    from framework.training.threads import available_cores

    overrides = tuple(_checked(overrides, "resume"))
    return resume_run(
        compose.prepare([o.text for o in parse(overrides) if o.key == "plugins"]).registry,
        Path(directory).expanduser(),
        overrides,
        cores=available_cores(),
        allow_changes=allow_changes,
    )


def load(
    path: str | Path,
    which: Literal["final", "best", "last"] = "final",
    *,
    plugins: Sequence[str] = (),
) -> Network:
    """Load a trained network; the data it was trained on are not needed.

    Parameters
    ----------
    path : a run's directory, or the file of a network or checkpoint. Either may be untrusted: no
        code of it is run.
    which : of a directory: ``final``, the network that its run ended with; ``best``, that of the
        epoch with the best score; ``last``, that of the newest checkpoint.
    plugins : modules to load as plugins, which bring its layers; installed plugins are loaded.

    Raises
    ------
    FrameworkError : one line saying what was wrong.
    """
    from framework.configuration.hydra_state import LOCK
    from framework.registry.registry import Registry
    from framework.runs.load import load_network

    if isinstance(plugins, str):
        raise ConfigurationError(f"plugins: expected a list of module names, got {plugins!r}")
    registry = Registry()
    with LOCK:
        registry.load_installed()
        registry.load_modules(plugins)
    return load_network(Path(path).expanduser(), which, registry)


def resume_run(
    registry: Registry,
    directory: Path,
    overrides: Sequence[str],
    *,
    cores: int,
    allow_changes: bool,
) -> Run:
    """Resume a run, as `resume` does, with the plugins of a registry.

    Raises
    ------
    FrameworkError : one line saying what was wrong; modules that only the directory names are not
        loaded.
    """
    from framework.runs.reopen import saved_settings
    from framework.runs.runner import train as train_settings

    settings, records = saved_settings(registry, directory, overrides)
    return train_settings(
        settings,
        registry,
        directory,
        records,
        cores=cores,
        resume="changed" if allow_changes else "auto",
    )
