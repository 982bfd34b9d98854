"""The weights a run ends with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from framework import Callback, Run, hookimpl, make_directory, write_bytes


@dataclass(frozen=True)
class Weights(Callback):
    """Leaves the trained parameters, by name, in `checkpoints/final.safetensors`."""

    passive: ClassVar[bool] = True

    @hookimpl
    def framework_run_ended(self, run: Run) -> None:
        from safetensors.numpy import save

        folder = run.directory / "checkpoints"
        make_directory(folder)
        arrays = {
            name: np.ascontiguousarray(array) for name, array in run.network.parameters().items()
        }
        write_bytes(folder / "final.safetensors", save(arrays))
