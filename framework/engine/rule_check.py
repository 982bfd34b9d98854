"""Whether an update rule can move a layer's parameters, asked before there are any arrays."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import fields
from typing import get_args

from framework.components.layer import Parameter
from framework.components.update_rule import Scope, Slot, UpdateRule, scope_of
from framework.errors import ConfigurationError, PluginError

_LIKE = {"element": ("parameter",), "network": ("parameter", "scalar")}


def check_rule(label: str, rule: UpdateRule, parameters: Sequence[Parameter]) -> None:
    """See that a rule, and those inside it, can do what they declare.

    Parameters
    ----------
    label : the layer whose parameters it is to move.

    Raises
    ------
    ConfigurationError : when it cannot move them, or cannot stand around the rule inside it.
    PluginError : when what it declares does not fit together.
    """
    where = f"layer '{label}': update rule {type(rule).__name__}"
    problem = slots_problem(rule)
    if problem:
        raise PluginError(f"{where}: {problem}")
    for problem in _nesting_problems(rule):
        raise ConfigurationError(f"{where}: {problem}")
    for parameter in parameters:
        try:
            rule.check(parameter)
        except ValueError as error:
            raise ConfigurationError(
                f"{where} cannot move '{parameter.name}', a {parameter.role} of shape"
                f" {parameter.shape}: {error}"
            ) from error


def slots_problem(rule: UpdateRule) -> str:
    """Return what is wrong with a rule's scope and slots, or ''."""
    scope = scope_of(rule)
    if scope not in get_args(Scope):
        return f"scope is {scope!r}; expected one of {', '.join(get_args(Scope))}"
    slots = rule.slots()
    for name, slot in slots.items():
        given: object = slot
        if not isinstance(given, Slot):
            return f"slots() gives {given!r} for '{name}'; expected a Slot"
        parts = name.split(".")
        if not all(part.isidentifier() for part in parts) or "parameter" in parts:
            return f"'{name}' can be no slot's name; expected an identifier other than 'parameter'"
        allowed = _LIKE.get(scope)
        if allowed and slot.like not in allowed:
            return (
                f"its slot '{name}' is like '{slot.like}', for which scope must be 'parameter'"
                f" (it is '{scope}')"
            )
        if slot.like != "parameter" and slot.first == "parameter":
            return f"its slot '{name}' is like '{slot.like}', so first must be a number"
    measured = rule.evaluated
    if measured is not None and (measured not in slots or slots[measured].like != "parameter"):
        return f"evaluated is '{measured}', which is no slot like the parameter"
    return ""


def _nesting_problems(rule: UpdateRule) -> Iterator[str]:
    """Give what a rule with another one inside would lose of it."""
    for field in fields(rule):
        inner = getattr(rule, field.name)
        if not isinstance(inner, UpdateRule):
            continue
        name, (outer_scope, scope) = type(inner).__name__, (scope_of(rule), scope_of(inner))
        if scope != "element" and scope != outer_scope:
            yield (
                f"it has the scope '{outer_scope}', but {name} inside it the scope '{scope}';"
                " expected the same"
            )
        kept = set(inner.slots()) - set(inner.state)
        if kept and type(rule).slots is UpdateRule.slots:
            yield (
                f"it passes on the plain state of {name} inside it, which has slots"
                f" ({', '.join(sorted(kept))}); it must add inner_slots('{field.name}') to its own"
            )
        if inner.evaluated and not rule.evaluated:
            yield (
                f"{name} inside it says that its '{inner.evaluated}' is evaluated, which it does"
                f" not hand on; put {name} around it"
            )
        silent = UpdateRule.decay_share
        if type(inner).decay_share is not silent and type(rule).decay_share is silent:
            yield f"{name} inside it decays weights, which it does not hand on (decay_share)"
        yield from _nesting_problems(inner)
