"""Training from Python: the command line's overrides in, a run out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from framework.errors import ConfigurationError, Interrupted, in_one_line
from framework.process.caller import called_from_python
from framework.process.host import verbose as showing

if TYPE_CHECKING:
    from framework.components.base import Component
    from framework.engine.network import Network
    from framework.registry.registry import Registry
    from framework.runs.run import Run


@in_one_line
def train(
    *overrides: str,
    directory: str | Path | Literal[False] | None = None,
    verbose: bool = True,
    **settings: Any,
) -> Run:
    """Compose the configuration, train, and return the finished run.

    Parameters
    ----------
    overrides : as on the command line, ``"model=mlp_xavier", "trainer.epochs=3"``.
    directory : where to put the run; by default a new one below `outputs/`. False: nowhere; what
        the run writes is removed with the object that is returned.
    verbose : whether to show progress: a bar in a notebook and a terminal, elsewhere a line an
        epoch.
    settings : the same as keywords: ``trainer__epochs=3``, ``trainer={"epochs": 3}``, or
        ``epochs=3``, as all keys of the trainer; ``learning_rate``, ``hidden``, ``activation``,
        ``layers``, ``update_rule``, ``initializer``, ``regularizer``, ``transforms``;
        ``loss="…"`` and other groups by the name of a choice; ``initial``: a run, a network or a
        path whose weights it starts from. Wherever a component stands it may be an instance, also
        of a class that no plugin brings; ``data=(X, y)`` are arrays, as `fit` takes them.

    Raises
    ------
    FrameworkError : one line saying what was wrong; nothing is left behind.
    Interrupted : at a Ctrl-C; its ``run`` is what there is. Where cells are run, or lines typed,
        the run is returned, with its ``stopped`` saying so.
    """
    data = settings.get("data")
    if isinstance(data, tuple | list):
        if len(data) != 2:
            raise ConfigurationError(f"data: expected a pair, (X, y), got {len(data)} things")
        others = {key: value for key, value in settings.items() if key != "data"}
        return fit(*data, *overrides, directory=directory, verbose=verbose, **others)
    return _train(overrides, directory, verbose, settings, "train")


@in_one_line
def fit(
    inputs: Any,
    targets: Any,
    *arguments: str,
    validation: tuple[Any, Any] | float | None = None,
    test: tuple[Any, Any] | float | None = None,
    weights: Any = None,
    overrides: Sequence[str] = (),
    directory: str | Path | Literal[False] | None = None,
    verbose: bool = True,
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
    validation, test : pairs of inputs and targets; or the share of the rows that is held out, a
        tenth where it is not given.
    weights : how much each sample counts, ``[N]``; None for all alike.
    arguments, overrides : as on the command line, ``"model.hidden=[30]"``.
    directory, verbose : as `train` takes them.
    settings : as `train` takes them, ``epochs=3, loss="mean_squared_error"``.

    Raises
    ------
    FrameworkError : one line saying what was wrong; nothing is left behind.
    Interrupted : as `train` does.

    Differs: scikit-learn's ``fit`` is a method of an estimator and returns that.
    """
    from framework.components.given_arrays import given_arrays
    from framework.components.table import as_array
    from framework.configuration.python_overrides import OverrideTypeError, share_of

    pairs: dict[str, Any] = {"validation": validation, "test": test}
    shares = {name: share for name, share in pairs.items() if share_of(share)}
    for name in shares:
        pairs[name] = None
    arrays = given_arrays(inputs, targets, **pairs)
    if weights is not None:
        arrays["weights"] = as_array(weights)
    if isinstance(overrides, str):
        raise OverrideTypeError(f"overrides: expected a list of overrides, got {overrides!r}")
    given = (*arguments, *overrides, *(f"data.{name}={share}" for name, share in shares.items()))
    return _train(given, directory, verbose, settings, "fit", arrays)


def _train(
    overrides: Sequence[object],
    directory: str | Path | Literal[False] | None,
    verbose: bool,
    settings: Mapping[str, Any],
    function: str,
    arrays: Mapping[str, Any] | None = None,
) -> Run:
    from framework.from_python import composed
    from framework.runs.given_back import given_back
    from framework.runs.place import place_of

    try:
        with called_from_python(), showing(verbose), place_of(directory) as place:
            return place.of(composed(overrides, place.path, settings, function, arrays))
    except Interrupted as stop:
        return given_back(stop)


@in_one_line
def resume(
    directory: str | Path,
    *overrides: str,
    verbose: bool = True,
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
    verbose : as `train` takes it.
    allow_changes : whether more than the number of epochs may change.
    components : the classes of its components that were given from Python.

    Raises
    ------
    FrameworkError : one line saying what was wrong. A run on arrays from Python is resumed by the
        call that started it, with ``resume="auto"``.
    Interrupted : as `train` does.
    """
    from framework.configuration import compose
    from framework.configuration.override import parse
    from framework.configuration.python_overrides import checked
    from framework.registry.given import register_classes
    from framework.runs.given_back import given_back
    from framework.training.threads import available_cores

    overrides = tuple(checked(overrides, "resume"))
    registry = compose.prepare([o.text for o in parse(overrides) if o.key == "plugins"]).registry
    register_classes(registry, components)
    place, cores = Path(directory).expanduser(), available_cores()
    try:
        with called_from_python(), showing(verbose):
            return resume_run(registry, place, overrides, cores=cores, allow_changes=allow_changes)
    except Interrupted as stop:
        return given_back(stop)


@in_one_line
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
