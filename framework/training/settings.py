"""The group `trainer`: how long, in which steps and on how many threads a network is trained."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from framework.components.base import hyperparameter


@dataclass(frozen=True)
class TrainerSettings:
    """The group `trainer`."""

    epochs: int = hyperparameter(25, "times that training walks through all rows", at_least=1)
    batch_size: int = hyperparameter(32, "rows in a minibatch", at_least=1)
    shuffle: bool = hyperparameter(True, "draw a fresh order of the rows for each epoch")
    drop_last: bool = hyperparameter(True, "leave out an incomplete last minibatch")
    evaluation_rows: int = hyperparameter(1000, "rows evaluated at once", at_least=1)
    threads: int | Literal["auto"] = hyperparameter(
        "auto", "BLAS threads, which decide last digits; auto: one", at_least=1
    )
    resume: Literal["never", "auto", "changed"] = hyperparameter(
        "never", "go on with the run its directory holds; changed: even under other settings"
    )
