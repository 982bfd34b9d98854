"""Rules whose weights decay beside the step."""

from __future__ import annotations

from dataclasses import dataclass

from framework import Role, Scalar, UpdateRule, hyperparameter, non_negative, positive, value


@dataclass(frozen=True, kw_only=True)
class Decaying(UpdateRule):
    """Decoupled weight decay: weights lose the share η λ of themselves before the step.

        p ← p − η λ p

    Loshchilov and Hutter, "Decoupled weight decay regularization", 2019.
    """

    learning_rate: Scalar = positive(1e-3, "step size η; a number or a schedule")
    weight_decay: float = non_negative(0.0, "decay λ: weights lose the share η λ in a step")
    decays: tuple[Role, ...] = hyperparameter(("weight",), "roles of parameters that decay")

    @property
    def may_decay(self) -> bool:
        return self.weight_decay != 0

    def decay_share(self, step: int, role: Role) -> float:
        return self.weight_decay * value(self.learning_rate, step) if role in self.decays else 0.0
