"""AdamW."""

from __future__ import annotations

from dataclasses import dataclass

from framework import Role, hyperparameter, non_negative, value

from .adam import Adam


@dataclass(frozen=True)
class AdamW(Adam):
    r"""Adam, with weights that decay beside it.

        w ← w − η λ w                        weights only: `decays` names the roles
        p ← p − η m̂ / (√v̂ + ε)               as `Adam` does

    The decay comes first, and is the core's (`UpdateRule.decay_share`).

    Loshchilov and Hutter, "Decoupled weight decay regularization", 2019.

    >>> rule = AdamW(learning_rate=0.1, weight_decay=0.5)
    >>> rule.decay_share(0, "weight"), rule.decay_share(0, "bias")
    (0.05, 0.0)

    Differs: PyTorch decays biases and scales, too (``decays=[weight,bias,scale,table]``). Keras's
    λ is 0.004, its ε 1e-7 and beside a √v that is not corrected (`uncorrected_epsilon`).
    """

    weight_decay: float = non_negative(0.01, "decay λ: weights lose the share η λ in a step")
    decays: tuple[Role, ...] = hyperparameter(("weight",), "roles of parameters that decay")

    @property
    def may_decay(self) -> bool:
        return self.weight_decay != 0

    def decay_share(self, step: int, role: Role) -> float:
        return self.weight_decay * value(self.learning_rate, step) if role in self.decays else 0.0
