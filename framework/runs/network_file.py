"""The network of a run as a file of its own: every array its outputs depend on, and what it is."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from framework.runs import checkpoint_file, provenance
from framework.runs.network_description import describe

if TYPE_CHECKING:
    from framework.engine.network import Network
    from framework.registry.registry import Registry
    from framework.runs.run import Run


def write_network(run: Run, path: Path) -> None:
    """Write a run's network as it is evaluated now, in safetensors; `framework.load` reads it.

    The arrays are its parameters, ``hidden_1.weights``, and its layers' own state,
    ``layer/<label>/<name>``. The header's one entry of metadata, ``framework``, is a JSON text that
    says what they are of; it has a checksum, as a checkpoint's (`checkpoint_file.py`).

    Raises
    ------
    RunError : naming the file, when it cannot be written.
    """
    network = run.evaluated.refreshed()
    about = {
        **describe(network, run.settings.loss, run.registry),
        "seed": run.settings.seed,
        "epochs": len(run.metrics),
        "steps": run.trainer.steps,
        "components": provenance.origins(run.settings, run.registry, of_network=True),
        "versions": provenance.versions(),
    }
    arrays = network.parameters() | network.state()
    checkpoint_file.write(path, checkpoint_file.Checkpoint(arrays, about))


def write_loaded(network: Network, registry: Registry, path: Path) -> None:
    """Write a network that was loaded, complete by itself, as `write_network` does.

    Raises
    ------
    RunError : naming the file, when it cannot be written.
    """
    used = [network.loss, *(bound.layer for bound in network.layers)]
    about = {
        **describe(network, network.loss, registry),
        "components": provenance.origins_of(used, registry),
        "versions": provenance.versions(),
    }
    arrays = network.parameters() | network.state()
    checkpoint_file.write(path, checkpoint_file.Checkpoint(arrays, about))
