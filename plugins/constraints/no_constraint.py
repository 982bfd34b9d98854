"""No constraint."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from framework import Array, Constraint


@dataclass(frozen=True)
class NoConstraint(Constraint):
    r"""Leave the weights as they are: all fulfil it."""

    trivial: ClassVar[bool] = True

    def project(self, w: Array, scratch: Array) -> None:
        pass
