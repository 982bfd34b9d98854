"""The job that writes a trained network for other programs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from framework import (
    REQUIRED,
    Invocation,
    Job,
    Network,
    NetworkExpression,
    Which,
    hyperparameter,
    load_network,
    make_directory,
    network_expression,
    shown_path,
    write_loaded,
)

from ..exports.numpy_file import write_numpy
from ..exports.onnx_file import onnx_library, write_onnx
from ..exports.torch_files import write_torch


@dataclass(frozen=True)
class Export(Job):
    """Write a trained network as files that other programs read, and say what they lack."""

    run_directory: str = hyperparameter(
        REQUIRED, "the run's directory, or the file of a network; `run` for short"
    )
    format: Literal["safetensors", "numpy", "onnx", "torch"] = hyperparameter(
        REQUIRED, "what is written: safetensors, numpy, onnx or torch"
    )
    which: Which = hyperparameter("final", "which of its networks: final, best, last")
    output: str = hyperparameter("exported", "folder for the files")

    def run(self, invocation: Invocation) -> None:
        registry = invocation.registry
        network = load_network(Path(self.run_directory).expanduser(), self.which, registry)
        folder = Path(self.output).expanduser()
        lacks = ["how it was trained (that is in the run)"]
        if self.format == "safetensors":
            make_directory(folder, "output")
            write_loaded(network, registry, folder / "network.safetensors")
            files = [folder / "network.safetensors"]
        else:
            whole = network_expression(network)
            if self.format == "onnx":
                onnx_library()
            make_directory(folder, "output")
            lacks += _silent(network, whole)
            if self.format == "numpy":
                files = write_numpy(network, whole, folder)
                lacks.append("training")
            elif self.format == "onnx":
                files, checked = write_onnx(network, whole, folder)
                lacks.append("training")
                print(checked)
            else:
                files, trains = write_torch(network, whole, folder, registry)
                lacks.append("what layers do in training alone")
                if not trains:
                    lacks.append("the loss, which has no expression")
        print("\n".join(shown_path(str(path)) for path in files))
        print(f"not carried: {', '.join(lacks)}")


def _silent(network: Network, whole: NetworkExpression) -> list[str]:
    """Return what the loss makes of outputs and gives no expression of."""
    nothing = np.zeros((0, *network.outputs), network.dtype)
    lacks = []
    if whole.probabilities is None and network.loss.probabilities(nothing) is not None:
        lacks.append("probabilities, of which the loss has no expression")
    if whole.decisions is None:
        lacks.append("what is decided, of which the loss has no expression")
    return lacks
