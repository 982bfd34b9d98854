"""Starting from a trained network: its weights in the place of first ones that are drawn.

Layers are matched by their labels, and all that a layer keeps comes along: its parameters, running
statistics, what a transform was fitted to, since the weights above have learned from numbers that
were made so. What is left is drawn, fitted and adapted as ever. Update rules begin anew.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from framework.components.base import Array
from framework.engine.initialization import start_slots
from framework.engine.network import Network
from framework.errors import ConfigurationError, FrameworkError
from framework.registry.registry import Registry
from framework.runs.load import load_network
from framework.settings.settings import RunSettings
from framework.text import nearest

log = logging.getLogger("framework")
GIVEN = "a network given from Python"


@dataclass(frozen=True, eq=False)
class InitialNetwork:
    """A trained network that a run starts from.

    Attributes
    ----------
    source : where it is from, for people.
    about : what a summary keeps of it, the hash of all its arrays among it.
    layers : labels of the layers to take over; None for all.
    """

    network: Network
    source: str
    about: Mapping[str, Any]
    layers: tuple[str, ...] | None


def initial_network(settings: RunSettings, registry: Registry) -> InitialNetwork | None:
    """Return the network that a run is to start from; None where it draws its weights.

    Raises
    ------
    FrameworkError : when there is none at that place, or it cannot be read.
    """
    chosen, network = settings.initial, settings.initial_network
    if network is None and chosen.path is None:
        return None
    source, which = GIVEN, ""
    if network is None:
        assert chosen.path is not None
        path = Path(chosen.path).expanduser()
        try:
            network = load_network(path, chosen.which, registry)
        except FrameworkError as error:
            raise type(error)(f"initial.path: {error}") from error
        source, which = str(path), chosen.which if path.is_dir() else ""
    about = {
        "source": source,
        **({"which": which} if which else {}),
        "sha256": _hash(network),
        "layers": list(chosen.layers) if chosen.layers is not None else None,
    }
    return InitialNetwork(network, source, about, chosen.layers)


def take_over(network: Network, initial: InitialNetwork) -> frozenset[str]:
    """Give a network the arrays of a trained one, layer by layer; return the layers' labels.

    Raises
    ------
    ConfigurationError : one line with what differs, and nothing is taken over.
    """
    here, there = _by_layer(network), _by_layer(initial.network)
    for label in initial.layers or ():
        if label not in here:
            has = "has nothing to take over" if _is_layer(network, label) else "is not there"
            raise ConfigurationError(
                f"initial.layers: layer '{label}' {has}; {nearest(label, here)}"
            )
    labels = list(initial.layers or dict.fromkeys((*here, *there)))
    differ = {label: _difference(label, here, there) for label in labels}
    problems = [problem for problem in differ.values() if problem]
    if problems:
        fit = [label for label in here if not _difference(label, here, there)]
        cure = f"; initial.layers=[{','.join(fit)}] takes over what fits" if fit else ""
        raise ConfigurationError(
            f"initial.path: {initial.source} does not fit: {'; '.join(problems)}{cure}"
        )
    for label in labels:
        for name, array in here[label].items():
            array[...] = there[label][name]
    start_slots(network.blocks)
    drawn = [label for label in here if label not in labels]
    drawn_too = f"; {', '.join(drawn)}: drawn" if drawn else ""
    log.info("starts from %s: %s%s", initial.source, ", ".join(labels), drawn_too)
    _warn_of_other_inputs(network, initial)
    return frozenset(labels)


def _by_layer(network: Network) -> dict[str, dict[str, Array]]:
    """Return what each layer keeps by name, of those that keep anything."""
    kept = {
        bound.label: {**vars(bound.views.parameters), **vars(bound.state)}
        for bound in network.layers
    }
    return {label: arrays for label, arrays in kept.items() if arrays}


def _is_layer(network: Network, label: str) -> bool:
    return any(bound.label == label for bound in network.layers)


def _difference(
    label: str, here: Mapping[str, Mapping[str, Array]], there: Mapping[str, Mapping[str, Array]]
) -> str:
    """Return what keeps a layer from being taken over; '' for nothing."""
    if label not in there:
        return f"it has no layer '{label}'"
    if label not in here:
        return f"it has a layer '{label}', and this run's network has not"
    ours, its = here[label], there[label]
    if ours.keys() != its.keys():
        has = f"it has {', '.join(its)}, in this run's network {', '.join(ours)}"
        return f"of layer '{label}' {has}"
    for name, array in ours.items():
        if array.shape != its[name].shape:
            shapes = f"{list(its[name].shape)}, this run's {list(array.shape)}"
            return f"{name} of its layer '{label}' are {shapes}"
    return ""


def _warn_of_other_inputs(network: Network, initial: InitialNetwork) -> None:
    before, now = initial.network.scale, network.scale
    if before != now:
        log.warning(
            "initial.path: %s was trained on inputs times %s, and this run's are times %s",
            *(initial.source, *(f"{scale:.6g}" if scale else "1" for scale in (before, now))),
        )
    names = [
        of.trained_on.column_names if of.trained_on else () for of in (initial.network, network)
    ]
    if all(names) and names[0] != names[1]:
        log.warning("initial.path: %s was trained on other columns", initial.source)


def _hash(network: Network) -> str:
    digest = hashlib.sha256()
    for name, array in (network.parameters() | network.state()).items():
        digest.update(f"{name} {array.dtype} {list(array.shape)}\n".encode())
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()
