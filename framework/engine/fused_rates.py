"""Learning rates of fused updates: factors of matrix products, set anew when a schedule moves.

An update that is fused with the product of its gradient (`affine.py`) has the rate among that
product's factors. `FusedRates` asks each update rule for its rate before a step, and passes it on
only when it is another than before.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from framework.components.update_rule import UpdateRule
from framework.engine.affine import DecayedUpdate, FusedUpdate


@dataclass
class _Rule:
    """A rule, the rate it gave last, and the updates that follow it."""

    rule: UpdateRule
    rate: float = float("nan")
    updates: list[FusedUpdate | DecayedUpdate] = field(default_factory=list)


class FusedRates:
    """The fused updates of a step, and the rules whose rates they follow."""

    def __init__(self) -> None:
        self._rules: list[_Rule] = []

    def add(self, update: FusedUpdate | DecayedUpdate) -> None:
        """Have an update follow its rule's rate."""
        for followed in self._rules:
            if followed.rule == update.update_rule:
                followed.updates.append(update)
                return
        self._rules.append(_Rule(update.update_rule, updates=[update]))

    def set(self, step: int) -> None:
        """Set every update's factors for a step."""
        for followed in self._rules:
            rate = followed.rule.plain_sgd_rate(step)
            if rate != followed.rate and rate is not None:
                followed.rate = rate
                for update in followed.updates:
                    update.set_rate(rate)
