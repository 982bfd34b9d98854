"""Training from Python: the command line's overrides in, a run out."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from framework.components.dataset import DatasetOfArrays
from framework.errors import ConfigurationError

if TYPE_CHECKING:
    from framework.components.base import Component
    from framework.configuration.override import Override
    from framework.engine.network import Network
    from framework.registry.registry import Registry
    from framework.runs.run import Run


class OverrideTypeError(ConfigurationError, TypeError):
    """What is no string cannot be an override."""


def train(*overrides: str, directory: str | Path | None = None, **settings: Any) -> Run:
    """Compose the configuration, train, and return the finished run.

    Parameters
    ----------
    overrides : as on the command line, ``"model=mlp_xavier", "trainer.epochs=3"``.
    directory : where to put the run; by default a new one below `outputs/`.
    settings : the same as keywords: ``trainer__epochs=3``, ``trainer={"epochs": 3}``, or
        ``epochs=3``, as all keys of the trainer; ``learning_rate``, ``hidden``, ``activation``,
        ``layers``, ``update_rule``, ``initializer``, ``regularizer``, ``transforms``;
        ``loss="…"`` and other groups by the name of a choice; ``initial``: a run, a network or a
        path whose weights it starts from. Wherever a component stands it may be an instance, also
        of a class that no plugin brings; ``data=(X, y)`` are arrays, as `fit` takes them.

    Raises
    ------
    FrameworkError : one line saying what was wrong; nothing is left behind.
    """
    data = settings.get("data")
    if isinstance(data, tuple | list):
        if len(data) != 2:
            raise ConfigurationError(f"data: expected a pair, (X, y), got {len(data)} things")
        others = {key: value for key, value in settings.items() if key != "data"}
        return fit(*data, *overrides, directory=directory, **others)
    return _train(overrides, directory, settings, "train")


def fit(
    inputs: Any,
    targets: Any,
    *arguments: str,
    validation: tuple[Any, Any] | None = None,
    test: tuple[Any, Any] | None = None,
    weights: Any = None,
    overrides: Sequence[str] = (),
    directory: str | Path | None = None,
    **settings: Any,
) -> Run:
    """Train on arrays, and return the finished run; ``run.network`` is what was trained.

    The run is the one that the same arrays in an `.npz` file make, to the byte. Its summary says
    what cannot be made again from its files; called again with ``resume="auto"`` and the same
    arrays and directory it resumes where it was stopped.

    Parameters
    ----------
    inputs : samples, ``[N, …]``: an array, lists, or a DataFrame.
    targets : integers ``[N]`` are class labels, as are texts; the name of a DataFrame's column is
        that column; floats, or columns ``[N, K]``, are values, or sets
        of classes where the loss takes these.
    validation, test : pairs of inputs and targets; rows are held out where they are not given.
    weights : how much each sample counts, ``[N]``; None for all alike.
    arguments, overrides : as on the command line, ``"model.hidden=[30]"``.
    directory : where to put the run; by default a new one below `outputs/`.
    settings : as `train` takes them, ``epochs=3, loss="mean_squared_error"``.

    Raises
    ------
    FrameworkError : one line saying what was wrong; nothing is left behind.

    Differs: scikit-learn's ``fit`` is a method of an estimator and returns that.
    """
    from framework.components.given_arrays import given_arrays
    from framework.components.table import as_array

    arrays = given_arrays(inputs, targets, validation, test)
    if weights is not None:
        arrays["weights"] = as_array(weights)
    if isinstance(overrides, str):
        raise OverrideTypeError(f"overrides: expected a list of overrides, got {overrides!r}")
    return _train((*arguments, *overrides), directory, settings, "fit", arrays)


def _train(
    overrides: Sequence[object],
    directory: str | Path | None,
    settings: Mapping[str, Any],
    function: str,
    arrays: Mapping[str, Any] | None = None,
) -> Run:
    from framework.configuration import choices, compose, hydra_keys
    from framework.configuration.messages import user_message
    from framework.configuration.override import parse
    from framework.configuration.python_values import python_values
    from framework.configuration.quoting import assignment
    from framework.errors import FrameworkError
    from framework.registry.plugin_errors import naming_the_plugin
    from framework.runs.given_network import given_network
    from framework.runs.runner import train as train_settings
    from framework.settings.settings import read_settings
    from framework.sweeps.perform import configured, records_of
    from framework.training.threads import available_cores

    settings, network = given_network(settings)
    values = python_values(settings)
    given = [*_checked(overrides, function), *values.overrides]
    values.check(parse(given))
    for override in parse(given):
        if override.swept or override.key == "job":
            does = "trains once" if override.swept else "trains"
            raise ConfigurationError(
                f"{override.text}: framework.{function} {does}; for more there is the command line"
            )
    if directory is not None:
        given.append(assignment("hydra.run.dir", str(Path(directory).expanduser())))
    workspace = compose.prepare(given)
    registry = workspace.registry
    for report in registry.reports():
        logging.getLogger("framework").warning(report)
    try:
        if arrays is not None:
            given = [*_of_arrays(registry, parse(given)), *given]
        given = choices.named_choices(given, registry)
        hydra_keys.check_single(parse(given))
        cfg, hydra = compose.compose_one(workspace.with_overrides(given))
        hydra_keys.check_library(hydra)
        values.put_into(cfg, registry)
        configuration = configured(cfg, registry)
        with naming_the_plugin(registry):
            read = read_settings(configuration, registry)
        read = replace(read, given=arrays, initial_network=network)
        directory, records = Path(hydra.runtime.output_dir), records_of(cfg, hydra)
        return train_settings(read, registry, directory, records, cores=available_cores())
    except Exception as error:
        line = user_message(error, registry, given)
        if line is None or isinstance(error, FrameworkError):
            raise
        raise ConfigurationError(line) from error
    finally:
        workspace.directories.release()


def _of_arrays(registry: Registry, given: Sequence[Override]) -> list[str]:
    """Return the choice of the dataset that is made of arrays, unless one is chosen."""
    if any(override.key == "data" for override in given):
        return []
    for name in registry.names("dataset"):
        if issubclass(registry.entry("dataset", name).component, DatasetOfArrays):
            return [f"data={name}"]
    raise ConfigurationError("data: no plugin brings a dataset of arrays")


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


def resume(
    directory: str | Path,
    *overrides: str,
    allow_changes: bool = False,
    components: Sequence[type[Component]] = (),
) -> Run:
    """Resume a run that was stopped, from its newest good checkpoint, to its end.

    Parameters
    ----------
    directory : the run's.
    overrides : values of its configuration to change, ``"trainer.epochs=50"``. The modules that
        its plugins are in are loaded when you name them, ``"plugins=[my_layers]"``: a run's
        directory may be untrusted.
    allow_changes : whether more than the number of epochs may change.
    components : the classes of its components that were given from Python.

    Raises
    ------
    FrameworkError : one line saying what was wrong. A run on arrays from Python is resumed by the
        call that started it, with ``resume="auto"``.
    """
    from framework.configuration import compose
    from framework.configuration.override import parse
    from framework.registry.given import register_classes
    from framework.training.threads import available_cores

    overrides = tuple(_checked(overrides, "resume"))
    registry = compose.prepare([o.text for o in parse(overrides) if o.key == "plugins"]).registry
    register_classes(registry, components)
    return resume_run(
        registry,
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
    components: Sequence[type[Component]] = (),
) -> Network:
    """Load a trained network; the data it was trained on are not needed.

    Parameters
    ----------
    path : a run's directory, or the file of a network or checkpoint. Either may be untrusted: no
        code of it is run.
    which : of a directory: ``final``, the network that its run ended with; ``best``, that of the
        epoch with the best score; ``last``, that of the newest checkpoint.
    plugins : modules to load as plugins, which bring its layers; installed plugins are loaded.
    components : classes of its components that no plugin brings, as those given to `fit`.

    Raises
    ------
    FrameworkError : one line saying what was wrong.
    """
    from framework.configuration.hydra_state import LOCK
    from framework.registry.given import register_classes
    from framework.registry.registry import Registry
    from framework.runs.load import load_network

    if isinstance(plugins, str):
        raise ConfigurationError(f"plugins: expected a list of module names, got {plugins!r}")
    if not isinstance(path, str | Path):
        raise ConfigurationError(f"path: expected a run's directory or a file, got {path!r}")
    registry = Registry()
    with LOCK:
        registry.load_installed()
        registry.load_modules(plugins)
    register_classes(registry, components)
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
