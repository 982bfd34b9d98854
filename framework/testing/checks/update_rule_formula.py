"""Whether the forms of an update rule come to the same: its formula, its step, machine code."""

from __future__ import annotations

import copy
from importlib.util import find_spec

from framework.components.elementwise import elementwise_of
from framework.components.update_rule import UpdateRule, stated_formula
from framework.engine.compiled_rules import compiled_rule
from framework.errors import PluginError
from framework.testing.assertions import close
from framework.testing.check import Check, UnansweredError, expect, promise
from framework.testing.rule_steps import RuleSteps

_EXACT = 1e-12


def moved_plainly(rule: UpdateRule) -> UpdateRule:
    """Return a rule that moves by its formulas, in numpy, whatever it does faster."""
    plain = copy.copy(rule)
    if stated_formula(rule) is not None:
        vars(plain)["step"] = lambda *given: UpdateRule.step(rule, *given)
    vars(plain).update({name: stated.plain() for name, stated in elementwise_of(rule)})
    return plain


def _states(rule: UpdateRule) -> bool:
    return stated_formula(rule) is not None or any(elementwise_of(rule))


def _expect_alike(rule: UpdateRule, other: UpdateRule, what: str) -> None:
    own, others = (RuleSteps(form).take(12).arrays() for form in (rule, other))
    for name, array in own.items():
        expect(
            close(others[name], array, _EXACT),
            f"{name} comes out otherwise {what}, after twelve steps in float64",
        )


@promise(
    "where it states a `formula` and a step, or an `elementwise` and what is done in place, both"
    " come to the same, to 1e-12 in float64."
)
def formula(rule: UpdateRule) -> None:
    if _states(rule):
        _expect_alike(rule, moved_plainly(rule), "by its formula than by its step")


@promise(
    "its `formula`, and each `elementwise`, compiled, comes to what it comes to in numpy.",
    once=True,
)
def compiled_formula(rule: UpdateRule) -> None:
    if not _states(rule):
        return
    if find_spec("numba") is None:
        raise UnansweredError("Numba is not installed (`pip install 'mlp-framework[fast]'`)")
    try:
        compiled = compiled_rule(rule, "float64")
    except PluginError as error:
        expect(False, f"{error}; expected arithmetic and numpy's functions of single elements")
    _expect_alike(moved_plainly(rule), compiled, "compiled than in numpy")


CHECKS: tuple[Check, ...] = (formula, compiled_formula)
