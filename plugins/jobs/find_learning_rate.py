"""The job that looks for a learning rate before training."""

from __future__ import annotations

import logging
import math
from collections.abc import Iterator
from dataclasses import dataclass, field, fields, replace
from pathlib import Path

import numpy as np

from framework import (
    Array,
    ConfigurationError,
    DrawingError,
    Invocation,
    Job,
    RunError,
    Scalar,
    Schedule,
    Span,
    UpdateRule,
    fraction,
    hyperparameter,
    make_directory,
    painter,
    positive,
    read_settings,
    refuse_link,
    table,
    trial,
    value,
    write_text,
)

from ..schedules.exponential import Exponential
from ..using import drawings

log = logging.getLogger("framework")
NAME = "find_learning_rate"
_RATE = "learning_rate"
_ROWS = 9  # of the table that is printed
_STEPS_OF_A_SCHEDULE = 1000  # at which it is looked at, for its largest value
_REACH = 5  # steps on either side that a slope is taken over


@dataclass(frozen=True)
class FindLearningRate(Job):
    r"""Train with a rate that grows from step to step, and see where the loss falls most steeply.

        η(t) = lowest · (highest / lowest)^(t / (steps − 1))
        s ← β s + (1 − β) L(t)               what is looked at is s / (1 − β^(t+1))
        suggested: the η of the smallest slope of that over ln η, ahead of its minimum

    Several rates, of single layers and of rules inside rules, grow together: `lowest` and `highest`
    are about the largest of them, the others keep their share of it. A schedule counts with its
    largest value. The trial ends where the loss is `diverged` times its smallest. No run is left,
    only find_learning_rate.csv and a picture.

    Smith, "Cyclical learning rates for training neural networks", 2017.

    Differs: Lightning's ``lr_find`` smooths with β = 0.98 and has 100 steps from 1e-8 to 1.
    """

    lowest: float = positive(1e-5, "the rate of the first step")
    highest: float = positive(10.0, "the rate of the last step")
    steps: int = hyperparameter(200, "steps", at_least=20)
    smoothing: float = fraction(0.9, "share of the old mean of losses that is kept, β")
    diverged: float = hyperparameter(4.0, "times the smallest mean at which it ends", above=1)
    output: str | None = hyperparameter(None, "folder for table and picture; null: a new one")

    def __post_init__(self) -> None:
        if self.lowest >= self.highest:
            raise ValueError(
                f"lowest is {self.lowest:g} and highest {self.highest:g}; expected a larger highest"
            )

    def run(self, invocation: Invocation) -> None:
        registry = invocation.registry
        settings = read_settings(invocation.configuration, registry)
        rules = {plan.label: plan.training.update_rule for plan in settings.layers}
        bases = [rate for rule in rules.values() if rule for rate in _rates(rule)]
        for label, rule in rules.items():
            if rule is not None and not list(_rates(rule)):
                raise ConfigurationError(
                    f"layer '{label}': the update rule {registry.name_of(rule)} has no {_RATE} to"
                    " look for"
                )
        if not bases:
            raise ConfigurationError("layer.update_rule: no layer is trained")
        largest = max(bases)
        growth = (self.highest / self.lowest) ** (1 / (self.steps - 1))
        plans = tuple(
            replace(plan, training=replace(plan.training, update_rule=grown))
            if (rule := plan.training.update_rule)
            and (grown := _growing(rule, self.lowest / largest, growth))
            else plan
            for plan in settings.layers
        )
        folder = Path(self.output).expanduser() if self.output else invocation.directory
        for ending in ("csv", "png"):
            refuse_link(folder / f"{NAME}.{ending}")
        curve = Curve(self.smoothing, self.diverged)
        ended = trial(replace(settings, layers=plans), registry, self.steps, curve.hear)
        rates = self.lowest * growth ** np.arange(len(curve.losses))
        if len(rates) <= 2 * _REACH:
            raise RunError(
                f"the loss is not finite after {len(rates)} steps, at a rate of {self.lowest:g};"
                " expected a smaller lowest"
            )
        make_directory(folder)
        _write(folder / f"{NAME}.csv", rates, curve)
        best = curve.steepest()
        print(_table(rates, curve))
        print(
            f"\n{_verdict(rates, curve, best, largest, ended=ended, several=len(set(bases)) > 1)}"
        )
        _draw(folder / f"{NAME}.png", rates, curve, best)
        print(f"\n{folder / f'{NAME}.csv'}")


@dataclass
class Curve:
    """The losses of a trial, and their mean as it goes.

    >>> curve = Curve(smoothing=0.5, diverged=4.0)
    >>> [curve.hear(step, loss) for step, loss in enumerate((3.0, 6.0))], curve.means
    ([False, False], [3.0, 5.0])
    """

    smoothing: float
    diverged: float
    losses: list[float] = field(default_factory=list)
    means: list[float] = field(default_factory=list)
    _sum: float = 0.0

    def hear(self, step: int, loss: float) -> bool:
        """Note the loss of a step; return whether it has grown enough to end."""
        self._sum = self.smoothing * self._sum + (1 - self.smoothing) * loss
        self.losses.append(loss)
        self.means.append(self._sum / (1 - self.smoothing ** (step + 1)))
        return step >= 2 * _REACH and self.means[-1] > self.diverged * min(self.means)

    def steepest(self) -> int | None:
        """Return the step at which the mean falls most steeply; None where it never falls.

        Only steps ahead of the smallest mean count; a slope is taken over ten steps.

        >>> curve = Curve(0.5, 4.0, means=[1 / (1 + math.exp(k - 30)) for k in range(60)])
        >>> curve.steepest()
        30
        """
        means = np.array(self.means)
        lowest = _REACH + int(np.argmin(means[_REACH:]))
        falls = means[2 * _REACH :] - means[: -2 * _REACH]  # around step _REACH and on
        best = int(np.argmin(falls[: max(1, lowest - _REACH + 1)]))
        fell = means[lowest] < means[_REACH] and falls[best] < 0
        return _REACH + best if fell else None


def _rates(rule: UpdateRule) -> Iterator[float]:
    """Yield the learning rates of a rule and of the rules inside it."""
    for part in fields(rule):
        held = getattr(rule, part.name)
        if part.name == _RATE and isinstance(held, int | float | Schedule):
            yield _size(held)
        elif isinstance(held, UpdateRule):
            yield from _rates(held)


def _size(rate: Scalar) -> float:
    """Return a learning rate, or the largest that a schedule takes in its run."""
    if not isinstance(rate, Schedule):
        return float(rate)
    epoch = _STEPS_OF_A_SCHEDULE // 10
    told = rate.over(Span(_STEPS_OF_A_SCHEDULE, epoch))
    return max(value(told, step) for step in range(_STEPS_OF_A_SCHEDULE))


def _growing(rule: UpdateRule, share: float, growth: float) -> UpdateRule:
    """Return a rule whose rates begin at a share of what they are, and grow with each step."""
    changes: dict[str, object] = {}
    for part in fields(rule):
        held = getattr(rule, part.name)
        if part.name == _RATE and isinstance(held, int | float | Schedule):
            changes[part.name] = Exponential(first=_size(held) * share, factor=growth, steps=1)
        elif isinstance(held, UpdateRule):
            changes[part.name] = _growing(held, share, growth)
    return replace(rule, **changes)


def _verdict(
    rates: Array, curve: Curve, best: int | None, largest: float, *, ended: bool, several: bool
) -> str:
    """Say in a line which rate is suggested, and where the loss began to grow."""
    lowest = int(np.argmin(curve.means))
    last = " where training diverged" if ended else ""
    seen = (
        f"the loss is smallest at {rates[lowest]:.3g}, and was followed up to {rates[-1]:.3g}{last}"
    )
    if best is None:
        return f"no rate is suggested: the loss does not fall; {seen}"
    how = f"{_RATE}={rates[best]:.2g}"
    if several:
        how += f" for the largest of the rates, all of them times {rates[best] / largest:.2g}"
    careful = f"{rates[lowest] / 10:.2g}, a tenth of where it is smallest, is the careful choice"
    return f"suggested: {how}, where the loss falls most steeply ({careful}); {seen}"


def _table(rates: Array, curve: Curve) -> str:
    shown = np.unique(np.linspace(0, len(rates) - 1, _ROWS).round().astype(int)).tolist()
    rows = [
        [str(i), f"{rates[i]:.3g}", f"{curve.losses[i]:.4f}", f"{curve.means[i]:.4f}"]
        for i in shown
    ]
    return table(["step", _RATE, "loss", "mean"], rows)


def _write(path: Path, rates: Array, curve: Curve) -> None:
    rows = zip(rates.tolist(), curve.losses, curve.means, strict=True)
    lines = [
        f"step,{_RATE},loss,mean",
        *(f"{i},{','.join(map(repr, r))}" for i, r in enumerate(rows)),
    ]
    write_text(path, "\n".join(lines) + "\n")


def _draw(path: Path, rates: Array, curve: Curve, best: int | None) -> None:
    """Draw the curve; a picture that cannot be drawn costs no number."""
    paint = painter()
    paint.ask(
        drawings.draw_learning_rates,
        path,
        (7.0, 4.5),
        rates=rates,
        losses=np.array(curve.losses),
        means=np.array(curve.means),
        suggested=np.array([math.nan if best is None else rates[best]]),
    )
    try:
        paint.wait()
    except DrawingError as error:
        log.warning("%s", error)
    else:
        print(f"\n{path}")
