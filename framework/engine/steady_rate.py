"""Whether a rule's rate is the same in every step, so that what follows from it is known."""

from __future__ import annotations

from typing import Any, NoReturn

from framework.components.update_rule import UpdateRule


class _Unknown:
    """A number of steps that is not known: to compare or to reckon with it raises."""

    def _ask(self, *_: object) -> NoReturn:
        raise TypeError

    __eq__ = __ne__ = __bool__ = __hash__ = _ask


def steady_rate(rule: UpdateRule) -> float | None:
    """Return the rate of a rule that does not look at the step to say it; None of any other."""
    step: Any = _Unknown()
    try:
        return rule.plain_sgd_rate(step)
    except Exception:
        return None
