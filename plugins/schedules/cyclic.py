"""Up and down, again and again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from framework import TimedSchedule, hyperparameter, non_negative, positive


@dataclass(frozen=True)
class Cyclic(TimedSchedule):
    r"""Go up in T steps and down in as many, again and again.

        s(t) = low + (high − low) · h(t) · c(t)      h: 0 → 1 → 0, straight

        triangular     c = 1
        triangular2    c = ½^k in cycle k, from 0
        exp_range      c = γ^t

    By default T is two epochs. Smith, "Cyclical learning rates for training neural networks", 2017.

    >>> cycle = Cyclic(low=1.0, high=3.0, steps=2, mode="triangular2")
    >>> [cycle.at(t) for t in (0, 1, 2, 3, 4, 6)]
    [1.0, 2.0, 3.0, 2.0, 1.0, 2.0]

    Differs: PyTorch's ``CyclicLR`` has T = 2,000 steps, and cycles the momentum too, unless told
    not to: `fall` is its ``step_size_down`` by ``step_size_up``.
    """

    low: float = non_negative(0.001, "value at the first step, and between cycles")
    high: float = positive(0.1, "value at the top of the first cycle")
    fall: float = positive(1.0, "steps down, as a share of T")
    mode: Literal["triangular", "triangular2", "exp_range"] = hyperparameter(
        "triangular", "what becomes of the height"
    )
    decay: float = hyperparameter(0.9999, "γ of exp_range", above=0, at_most=1)

    default_epochs: ClassVar[float | None] = 2.0

    def at(self, step: int) -> float:
        up, down = self.length, max(1, round(self.fall * self.length))
        cycle, since = divmod(step, up + down)
        height = since / up if since <= up else (up + down - since) / down
        if self.mode == "triangular2":
            height *= 0.5**cycle
        elif self.mode == "exp_range":
            height *= self.decay**step
        return float(self.low + (self.high - self.low) * height)
