"""The network of a run as a file of its own: every array its outputs depend on, and what it is."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from framework.configuration.component_yaml import plain
from framework.engine.graph import BoundLayer
from framework.runs import checkpoint_file, provenance

if TYPE_CHECKING:
    from framework.runs.run import Run


def write_network(run: Run, path: Path) -> None:
    """Write a run's network as it is now, in safetensors.

    The arrays are its parameters, ``hidden_1.weights``, and its layers' own state,
    ``layer/<label>/<name>``. The header's one entry of metadata, ``framework``, is a JSON text that
    says what they are of; it has a checksum, as a checkpoint's (`checkpoint_file.py`).

    Raises
    ------
    RunError : naming the file, when it cannot be written.
    """
    network = run.network
    about = {
        "network": {
            "inputs": list(network.inputs),
            "outputs": list(network.outputs),
            "targets": network.targets,
            "scale": network.scale,
            "dtype": network.dtype,
            "layers": [_layer(run, link) for link in network.layers],
        },
        "loss": plain(run.settings.loss, run.registry),
        "seed": run.settings.seed,
        "epochs": len(run.metrics),
        "steps": run.trainer.steps,
        "components": provenance.origins(run.settings, run.registry, of_network=True),
        "versions": provenance.versions(),
    }
    arrays = network.parameters() | network.state()
    checkpoint_file.write(path, checkpoint_file.Checkpoint(arrays, about))


def _layer(run: Run, link: BoundLayer) -> dict[str, Any]:
    return {
        "label": link.label,
        **plain(link.layer, run.registry),
        "parameters": [parameter.name for parameter in link.parameters],
        "state": list(vars(link.state)),
    }
