"""A warm-up ahead of any other schedule."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar, Self

from framework import Scalar, Schedule, Span, TimedSchedule, hyperparameter, positive, value


@dataclass(frozen=True)
class Warmup(TimedSchedule):
    r"""Go up in a straight line to where another schedule begins, which has the rest of the run.

        s(t) = w(t) then(0)    for t < T          w(t) = (t + 1) / T
        s(t) = then(t − T)     from T on

    So step 0 has 1/T of it, and is not lost. With ``start`` it has that share instead,
    w(t) = start + (1 − start) t / T: 0 for a step 0 of 0. By default T is an epoch.

    Goyal et al., "Accurate, large minibatch SGD", 2017.

    >>> warm = Warmup(then=0.8, steps=4)
    >>> [warm.at(t) for t in (0, 1, 3, 4, 9)]
    [0.2, 0.4, 0.8, 0.8, 0.8]
    >>> [Warmup(then=0.8, steps=4, start=0.0).at(t) for t in (0, 1, 4)]
    [0.0, 0.2, 0.8]

    Differs: PyTorch's ``LinearLR`` has start = 1/3 and T = 5; ``SequentialLR`` puts another behind.
    """

    then: Scalar = positive(0.1, "what comes after: a number, or a schedule")
    start: float | None = hyperparameter(
        None, "share of it at step 0; null: 1/T", at_least=0, at_most=1
    )

    default_epochs: ClassVar[float | None] = 1.0

    def over(self, span: Span) -> Self:
        steps, then = self.steps_of(span), self.then
        if isinstance(then, Schedule):
            then = then.over(Span(max(1, span.steps - steps), span.steps_per_epoch))
        return replace(self, steps=steps, epochs=None, share=None, then=then)

    def at(self, step: int) -> float:
        if step >= self.length:
            return value(self.then, step - self.length)
        if self.start is None:
            share = (step + 1) / self.length
        else:
            share = self.start + (1 - self.start) * step / self.length
        return share * value(self.then, 0)

    def span(self) -> int:
        then = self.then.span() if isinstance(self.then, Schedule) else None
        return self.length + (then or 0)
