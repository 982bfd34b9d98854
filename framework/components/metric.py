"""A metric: numbers that say how good the outputs for a whole split are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from framework.components.base import Array, Component
from framework.components.targets import Targets

Takes = Literal["outputs", "probabilities", "decisions"]
"""What a metric compares with targets: the network's outputs, or what the loss makes of them."""


@dataclass(frozen=True)
class Metric(Component):
    """A figure, or several, gathered block by block: start, add each block, read the result."""

    targets: ClassVar[Targets | Literal["any"] | tuple[Targets, ...]] = "any"
    """What it compares with: class ``labels``, integers ``[B]``; ``values``, ``[B, K]``; ``sets``
    of classes, ``[B, K]`` of 0 and 1; several of these; or ``any``, when it does with all, or looks
    at losses alone. A run whose data give other targets is refused before it trains."""

    takes: ClassVar[Takes | None] = None
    """What ``add`` is given as ``z``: the network's ``outputs``, ``[B, outputs]``; the
    ``probabilities`` the loss makes of them, ``[B, C]``; or its ``decisions``, in the form of the
    targets. None is ``outputs`` of which there is one for each class or column, as not every loss
    has them: a run whose loss has others is refused before it trains."""

    higher_is_better: ClassVar[bool] = True
    """Which way is better, when runs are ranked by it."""

    def names(self, outputs: int) -> Sequence[str]:
        """Return the names of its figures, when it has several; the first is the one that ranks.

        Each is measured as ``validation_<metric>_<name>``.
        """
        return ()

    def start(self, *args: Any, **kwargs: Any) -> Array:
        """Return the empty state: ``start(outputs, rows)``, or ``start(outputs)``.

        Parameters
        ----------
        outputs : how many columns ``z`` has; where it takes decisions, how many classes there are,
            or columns of values.
        rows : how many samples are to come.
        """
        raise NotImplementedError

    def add(self, state: Array, z: Array, targets: Array, losses: Array) -> None:
        """Add a block to the state, in place: what it takes, targets, the loss of each sample.

        One with a further argument ``weights=None`` gets those of the samples, ``[B]``, where the
        split has some: of mean 1 over the split, so that only their ratios count.
        """
        raise NotImplementedError

    def result(self, state: Array) -> float | Mapping[str, float]:
        """Read the figure from the state, or the figures by their names."""
        raise NotImplementedError
