"""Update rules whose formulas run as machine code: in all else the rules that they were.

A rule that states a formula (`UpdateRule.formula`) gets a twin whose step is the formula's loop;
one whose step calls formulas of elements (`components/elementwise.py`), a twin that calls their
loops; a rule around others, one with such twins inside. Where the arrays do not lie alike in
memory, in rows of neighbours, the rule's own step is taken.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from dataclasses import fields, replace

import numpy as np

from framework.components.base import Array
from framework.components.elementwise import elementwise_of
from framework.components.formula import Parameters
from framework.components.layer import Parameter
from framework.components.schedule import Schedule, value
from framework.components.update_rule import (
    State,
    UpdateRule,
    decay_weights,
    formula_parameters,
    stated_formula,
)
from framework.engine.blas import Call
from framework.engine.bound_loop import bind_loop
from framework.engine.compiled_elementwise import CompiledElementwise
from framework.engine.machine_code import LoopFunction, loop_function
from framework.engine.not_copied import Bound
from framework.errors import PluginError

_KEPT_BOUND = 4096  # sets of arrays: far more than a network has parameters


def rules_with_formulas(rule: UpdateRule) -> Iterator[UpdateRule]:
    """Give the rules that could be compiled: the rule itself, or those inside it."""
    if stated_formula(rule) is not None:
        yield rule
        return
    if any(elementwise_of(rule)):
        yield rule
    for declared in fields(rule):
        inner = getattr(rule, declared.name)
        if isinstance(inner, UpdateRule):
            yield from rules_with_formulas(inner)


def compiled_rule(rule: UpdateRule, dtype: str) -> UpdateRule:
    """Return a rule that steps by machine code, itself or in those inside it; else the rule.

    Raises
    ------
    PluginError : naming the rule whose formula cannot be compiled, and why.
    ImportError : when Numba, or what it needs, is not there.
    """
    formula = stated_formula(rule)
    if formula is not None:
        parameters = formula_parameters(rule)
        try:
            function = loop_function(formula, parameters.loop, dtype)
        except PluginError as error:
            raise PluginError(f"the formula of {type(rule).__name__}: {error}") from error
        twin = copy.copy(rule)
        vars(twin)["step"] = CompiledStep(rule, function, parameters, dtype)
        return twin
    inner = {
        declared.name: compiled_rule(now, dtype)
        for declared in fields(rule)
        if isinstance(now := getattr(rule, declared.name), UpdateRule)
    }
    changed = {name: twin for name, twin in inner.items() if twin is not getattr(rule, name)}
    around = replace(rule, **changed) if changed else rule
    calls = {
        name: CompiledElementwise(f"{type(rule).__name__}.{name}", stated, dtype)
        for name, stated in elementwise_of(rule)
    }
    if not calls:
        return around
    twin = copy.copy(around)
    vars(twin).update(calls)
    return twin


def with_decay(twin: UpdateRule, parameter: Parameter) -> UpdateRule | None:
    """Return a rule that also takes a parameter's decay, in the same loop; None where none can."""
    step = vars(twin).get("step")
    if not isinstance(step, CompiledStep):
        return None
    decaying = copy.copy(twin)
    vars(decaying)["step"] = step.with_decay(parameter)
    return decaying


class _Numbers:
    """A rule's numbers at the step that they were asked for last, for all of its parameters."""

    def __init__(self, rule: UpdateRule) -> None:
        self._rule = rule
        self._step, self._numbers = 0, rule.numbers(0)

    def at(self, step: int) -> Mapping[str, float]:
        if step != self._step:
            self._step, self._numbers = step, self._rule.numbers(step)
        return self._numbers


class CompiledStep(Bound):
    """A rule's step as machine code, bound once to each set of arrays that it is called for.

    With a ``decayed`` parameter it takes that one's decay as well.
    """

    def __init__(
        self,
        rule: UpdateRule,
        function: LoopFunction,
        parameters: Parameters,
        dtype: str,
        decayed: Parameter | None = None,
        given: _Numbers | None = None,
    ) -> None:
        self._given = given or _Numbers(rule)
        self._rule, self._function, self._parameters = rule, function, parameters
        self._decayed = decayed
        self._dtype = dtype
        self._numbers = np.zeros(1 + len(parameters.numbers))  # the share of decay comes first
        self._bound: dict[tuple[int, int, int], tuple[Call | None, tuple[object, ...]]] = {}
        self._all_vary = type(rule).numbers is not UpdateRule.numbers
        at = {name: k for k, name in enumerate(parameters.numbers, start=1)}
        for name, number in self._given.at(0).items():
            if name in at:
                self._numbers[at[name]] = number
        self._at = at
        self._schedules: list[tuple[int, Schedule]] = [
            (k, scalar)
            for name, k in at.items()
            if isinstance(scalar := getattr(rule, name, None), Schedule)
        ]

    def of(self, rule: UpdateRule) -> CompiledStep:
        """Return the step of a rule whose formula is the same, and other numbers perhaps."""
        return CompiledStep(rule, self._function, self._parameters, self._dtype, self._decayed)

    def with_decay(self, parameter: Parameter) -> CompiledStep:
        """Return the step that also takes a parameter's decay."""
        parts = self._rule, self._function, self._parameters, self._dtype
        return CompiledStep(*parts, parameter, self._given)

    def __call__(self, step: int, p: Array, g: Array, state: State, scratch: Array) -> None:
        key = id(p), id(g), id(state)
        bound = self._bound.get(key)
        if bound is None:
            if len(self._bound) >= _KEPT_BOUND:
                self._bound.clear()
            bound = self._bound[key] = self._bind(p, g, state), (p, g, state)
        call = bound[0]
        if call is None:
            if self._decayed is not None:
                decay_weights(self._rule, step, p, self._decayed, scratch)
            type(self._rule).step(self._rule, step, p, g, state, scratch)
            return
        self._set_numbers(step)
        call()

    def _set_numbers(self, step: int) -> None:
        numbers = self._numbers
        if self._decayed is not None:
            numbers[0] = self._rule.decay_share(step, self._decayed.role)
        if self._all_vary:
            given = self._given.at(step)
            for name, k in self._at.items():
                numbers[k] = given[name]
            return
        for k, schedule in self._schedules:
            numbers[k] = value(schedule, step)
        if "step" in self._at:
            numbers[self._at["step"]] = step

    def _bind(self, p: Array, g: Array, state: State) -> Call | None:
        """Return the call that moves these arrays; None where they do not lie as it needs."""
        slots = [n for n in self._parameters.slots if n in self._parameters.kept]
        arrays = [p, g, *(getattr(state, name) for name in slots)]
        return bind_loop(self._function, arrays, self._numbers, self._dtype)
