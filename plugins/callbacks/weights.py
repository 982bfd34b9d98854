"""The network a run ends with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from framework import Callback, Run, hookimpl, make_directory, write_network


@dataclass(frozen=True)
class Weights(Callback):
    """Leaves the trained network in `checkpoints/final.safetensors`: parameters, layers' state."""

    passive: ClassVar[bool] = True

    @hookimpl
    def framework_run_ended(self, run: Run) -> None:
        folder = run.directory / "checkpoints"
        make_directory(folder)
        write_network(run, folder / "final.safetensors")
