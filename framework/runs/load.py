"""A trained network out of its file, or of a run's directory, without the data it was trained on.

What the file says of its network is read in `network_description.py`, its bytes in
`checkpoint_file.py`: checked, through no link, and no code of it is run.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, get_args

from framework.components.base import Array
from framework.engine.network import Network
from framework.errors import ConfigurationError, RunError
from framework.files.reading import is_there, refuse_link
from framework.registry.plugin_errors import naming_the_plugin
from framework.registry.registry import Registry
from framework.runs.checkpoint_file import Checkpoint, read
from framework.runs.choose_checkpoint import FOLDER, checkpoint_path, checkpoints
from framework.runs.network_description import description_of_configuration, read_description
from framework.text import nearest

log = logging.getLogger("framework")
Which = Literal["final", "best", "last"]
FINAL = "final.safetensors"


def load_network(path: Path, which: Which, registry: Registry) -> Network:
    """Load a network from a run's directory, or from a file of one.

    Parameters
    ----------
    which : of a directory: ``final``, the network that its run ended with; ``best``, that of its
        best epoch; ``last``, that of its newest checkpoint.

    Raises
    ------
    FrameworkError : one line, naming the file and what is wrong with it.
    """
    if which not in get_args(Which):
        raise ConfigurationError(f"which: got {which!r}; {nearest(str(which), get_args(Which))}")
    if not path.is_dir():
        if not is_there(path):
            raise RunError(f"{path}: there is no such run or file")
        if which != "final":
            raise ConfigurationError(f"{path}: is a file; which={which!r} is asked of a directory")
        chosen, content = path, read(path)
    else:
        refuse_link(path / FOLDER)
        chosen, content = _FROM[which](path)
    try:
        with naming_the_plugin(registry):
            return _network(content, registry)
    except RunError as error:
        raise RunError(f"{chosen}: {error}") from error


def _final(directory: Path) -> tuple[Path, Checkpoint]:
    path = directory / FOLDER / FINAL
    if not is_there(path):
        ways = '; which="last" loads its newest checkpoint' if checkpoints(directory) else ""
        raise RunError(f"{directory}: there is no {FOLDER}/{FINAL}{ways}")
    return path, read(path)


def _last(directory: Path) -> tuple[Path, Checkpoint]:
    problems = []
    for path in checkpoints(directory):
        try:
            content = read(path)
        except RunError as error:
            problems.append(str(error))
            continue
        for problem in problems:
            log.warning("%s; %s is loaded", problem, path.name)
        return path, content
    raise RunError("; ".join(problems) or f"{directory}: there is no checkpoint in it")


def _best(directory: Path) -> tuple[Path, Checkpoint]:
    newest, content = _last(directory)
    epoch, steps = content.about.get("best"), content.arrays.get("run/steps")
    if type(epoch) is not int or steps is None or not 0 < epoch <= steps.size:
        raise RunError(f"{newest}: does not say which epoch was the best")
    path = checkpoint_path(directory, int(steps[epoch - 1]))
    if path == newest:
        return newest, content
    if not is_there(path):
        raise RunError(
            f"{directory}: its best epoch, {epoch}, left no checkpoint; checkpoint.epochs=1 keeps"
            " one of it"
        )
    return path, read(path)


_FROM = {"final": _final, "best": _best, "last": _last}


def _network(content: Checkpoint, registry: Registry) -> Network:
    about, arrays = content.about, _evaluated(content)
    known = read_description if "network" in about else description_of_configuration
    size = sum(array.nbytes for array in arrays.values())
    network = known(about, registry).network(size)
    into = network.parameters() | network.state()
    _check_arrays(about, arrays, into)
    for name, array in into.items():
        array[...] = arrays[name]
    network.clock[0] = _steps(about)
    return network


def _steps(about: Mapping[str, Any]) -> int:
    """Return how many steps a network was trained for, as its file says."""
    position = about.get("position")
    steps = (about if position is None else position).get("steps", 0)
    if type(steps) is not int or not 0 <= steps < 1 << 62:
        raise RunError("missing or malformed field 'steps'")
    return steps


def _evaluated(content: Checkpoint) -> Mapping[str, Array]:
    """Return the arrays, those that a checkpoint says are measured in the place of others."""
    names, arrays = content.about.get("evaluated", {}), content.arrays
    kept = names.values() if isinstance(names, Mapping) else [None]
    if not all(isinstance(key, str) and key in arrays for key in kept):
        raise RunError("missing or malformed field 'evaluated'")
    return {**arrays, **{name: arrays[key] for name, key in names.items()}}


def _check_arrays(
    about: Mapping[str, Any], arrays: Mapping[str, Array], into: Mapping[str, Array]
) -> None:
    """See that the arrays are those of the network; a checkpoint has others beside them."""
    lacks, has = into.keys() - arrays.keys(), arrays.keys() - into.keys()
    if lacks:
        raise RunError(f"lacks the array '{min(lacks)}' of its network")
    if has and "position" not in about:
        raise RunError(f"has the array '{min(has)}', which its network does not have")
    for name, array in into.items():
        given = arrays[name]
        if (given.dtype, given.shape) != (array.dtype, array.shape):
            raise RunError(
                f"has '{name}' of {given.dtype} {list(given.shape)}; its network's is"
                f" {array.dtype} {list(array.shape)}"
            )
