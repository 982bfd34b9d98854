"""Update rules as one writes them by hand, for the peers that bring none: numpy and JAX.

A rule is a function from a parameter, its gradient, its slots and the step, from 1, to the moved
parameter and its new slots, over whichever of the two modules it is given.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from benchmarks.workloads import Workload

DECAYS = {"adamw": 0.01, "lion": 0.001}
"""Rule → the share, beside the rate, that weights lose in a step."""
Slots = tuple[Any, ...]


@dataclass(frozen=True)
class Rule:
    """How many slots a rule keeps for each parameter, and how it moves one."""

    slots: int
    move: Callable[[Any, Any, Slots, Any], tuple[Any, Slots]]


def rule_of(work: Workload, xp: Any) -> Rule:
    """Return a workload's rule, written with numpy's or JAX's functions."""
    rate, kept = work.rate, 1 - work.rate * DECAYS.get(work.rule, 0.0)

    def sgd(p: Any, g: Any, slots: Slots, t: Any) -> tuple[Any, Slots]:
        return p - rate * g, ()

    def momentum(p: Any, g: Any, slots: Slots, t: Any) -> tuple[Any, Slots]:
        v = 0.9 * slots[0] + g
        return p - rate * v, (v,)

    def rmsprop(p: Any, g: Any, slots: Slots, t: Any) -> tuple[Any, Slots]:
        v = 0.85 * slots[0] + 0.15 * g * g
        return p - rate * g / (xp.sqrt(v) + 1e-8), (v,)

    def adagrad(p: Any, g: Any, slots: Slots, t: Any) -> tuple[Any, Slots]:
        s = slots[0] + g * g
        return p - rate * g / (xp.sqrt(s) + 1e-10), (s,)

    def adam(p: Any, g: Any, slots: Slots, t: Any) -> tuple[Any, Slots]:
        m = 0.9 * slots[0] + 0.1 * g
        v = 0.999 * slots[1] + 0.001 * g * g
        root = (1 - 0.999**t) ** 0.5
        p = p * kept if p.ndim == 2 and kept < 1 else p
        return p - rate / (1 - 0.9**t) * m / (xp.sqrt(v) / root + 1e-8), (m, v)

    def nadam(p: Any, g: Any, slots: Slots, t: Any) -> tuple[Any, Slots]:
        # the product of all μ is each parameter's own, a number
        m = 0.9 * slots[0] + 0.1 * g
        v = 0.999 * slots[1] + 0.001 * g * g
        now, later = (0.9 * (1 - 0.5 * 0.96 ** (0.004 * k)) for k in (t, t + 1))
        rest = (1 - slots[2]) * now  # the slot is 1 − Π μ, which begins at 0
        gone = 1 - rest
        of_mean, of_gradient = rate * later / (1 - rest * later), rate * (1 - now) / gone
        root = (1 - 0.999**t) ** 0.5
        move = (of_mean * m + of_gradient * g) / (xp.sqrt(v) / root + 1e-8)
        return p - move, (m, v, gone)

    def lion(p: Any, g: Any, slots: Slots, t: Any) -> tuple[Any, Slots]:
        sign = xp.sign(0.9 * slots[0] + 0.1 * g)
        p = p * kept if p.ndim == 2 else p
        return p - rate * sign, (0.99 * slots[0] + 0.01 * g,)

    rules = {
        "sgd": Rule(0, sgd),
        "momentum": Rule(1, momentum),
        "rmsprop": Rule(1, rmsprop),
        "adagrad": Rule(1, adagrad),
        "adam": Rule(2, adam),
        "adamw": Rule(2, adam),
        "nadam": Rule(3, nadam),
        "lion": Rule(1, lion),
    }
    return rules[work.rule]
