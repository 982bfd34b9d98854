"""An update rule: how a step moves the parameters against their gradient.

Where it is called in a step: `framework/engine/updates.py`; linear ones may be fused with the
product that makes the gradient: `framework/engine/affine.py`. What it keeps from step to step is
laid out by `framework/engine/parameter_store.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, TypeAlias

import numpy as np

from framework.components.base import REQUIRED, Array, Component, Shape, hyperparameter
from framework.components.formula import Formula, Parameters, move, parameters_of
from framework.components.layer import Parameter, Role
from framework.components.renamed import take_old_name, warn_of
from framework.components.schedule import Schedule, value

Scope: TypeAlias = Literal["element", "parameter", "network"]


@dataclass(frozen=True)
class Slot:
    """An array that a rule keeps from step to step, and the core saves.

    Attributes
    ----------
    like : its shape. ``parameter``: the parameter's own, and laid out like it; ``scalar``: ``()``,
        in float64; for a parameter ``[D, M]``, ``rows``: ``[D]`` and ``columns``: ``[M]``, so that
        a vector ``[M]`` is a single row of M columns.
    first : the value of each element before the first step, or the parameters' own.
    """

    like: Literal["parameter", "scalar", "rows", "columns"] = "parameter"
    first: float | Literal["parameter"] = 0.0

    def shape(self, parameter: Shape) -> Shape:
        """Return its shape for a parameter of some shape.

        >>> Slot("columns").shape((784, 100)), Slot("rows").shape((784, 100))
        ((100,), (784,))
        """
        if self.like == "parameter":
            return parameter
        if self.like == "rows":
            return parameter[:-1]
        return (*parameter[:-2], *parameter[-1:]) if self.like == "columns" else ()


class State(list[Array]):
    """A rule's slots, in their order; by name, too: ``state.momentum``.

    Attributes
    ----------
    parameter : what is moved, for a rule of scope ``parameter``; else None.
    """

    parameter: Parameter | None
    _inner: dict[str, State]

    def __init__(self, slots: Mapping[str, Array], parameter: Parameter | None = None) -> None:
        super().__init__(slots.values())
        vars(self).update(slots, parameter=parameter)
        prefixes = dict.fromkeys(name.partition(".")[0] for name in slots if "." in name)
        inner = {prefix: State(_inside(slots, prefix), parameter) for prefix in prefixes}
        vars(self)["_inner"] = inner

    def of(self, field: str) -> State:
        """Return the slots that `UpdateRule.inner_slots` gave the rule in a field."""
        if field not in self._inner:
            self._inner[field] = State({}, self.parameter)
        return self._inner[field]

    def __setattr__(self, name: str, given: Any) -> None:
        if vars(self).get(name) is not given:  # `state.mean += …` gives the same array
            raise AttributeError(f"slots are written into: state.{name}[...] = …")

    def __getattr__(self, name: str) -> Array:
        names = ", ".join(key for key in vars(self) if key not in ("parameter", "_inner"))
        raise AttributeError(f"'{name}' was not declared in slots(); there are {names}")


def _inside(slots: Mapping[str, Array], prefix: str) -> dict[str, Array]:
    start = f"{prefix}."
    return {n.removeprefix(start): array for n, array in slots.items() if n.startswith(start)}


@dataclass(frozen=True)
class UpdateRule(Component):
    """One in-place step over arrays of parameters, their gradients and what the rule keeps."""

    state: ClassVar[tuple[str, ...]] = ()
    """Names of arrays that the rule keeps, like the parameters and 0 at first: plain `slots`."""

    scope: ClassVar[Scope] = "element"
    """What ``step`` is called for. ``element``: stretches of all parameters that share the rule,
    1-D, each element to be treated alone. ``parameter``: each parameter, in its own shape, with
    ``state.parameter`` to say which. ``network``: once a step, all of them, 1-D, with a little
    padding that stays 0."""

    elementwise: ClassVar[bool] = True
    """The older way to say it: False is the scope ``network``."""

    evaluated: ClassVar[str | None] = None
    """The slot that is measured, saved as final and exported in the place of the parameters, which
    go on being trained (an average of them)."""

    looks_ahead: ClassVar[tuple[str, ...]] = ()
    """Names of the fields whose schedule it reads at other steps than the one it takes, too:
    NAdam's momentum at ``step + 1``."""

    formula: ClassVar[Formula | None] = None
    """The step of an element as plain code over numbers (`framework/components/formula.py`), a
    static method, for a rule of scope ``element``. It is what ``step`` does unless that is written
    out as well, and must then come to the same; the core may compile it."""

    def slots(self) -> Mapping[str, Slot]:
        """Return the arrays that the rule keeps, by name."""
        return {name: Slot() for name in self.state}

    def numbers(self, step: int) -> Mapping[str, float]:
        """Return the numbers that `formula` may take: its fields at a step, and ``step``."""
        declared, numbers = self.__dataclass_fields__, {}
        for name, scalar in vars(self).items():
            if isinstance(scalar, int | float | Schedule) and name in declared:
                numbers[name] = value(scalar, step)
        return {**numbers, "step": step}

    def step(self, step: int, p: Array, g: Array, state: State, scratch: Array) -> None:
        """Move ``p`` in place; by `formula`, unless a rule says otherwise.

        Parameters
        ----------
        step : steps already taken; the first is 0.
        p, g : parameters and their gradient; ``g`` is spent afterwards and may be overwritten.
        state : the arrays of `slots`, in that order and by name.
        scratch : an array like ``p`` to work in; its content is lost.
        """
        formula, numbers = type(self).formula, self.numbers(step)
        if formula is None:
            raise NotImplementedError
        parameters = formula_parameters(self)
        arrays = {"p": p, "g": g} | {name: getattr(state, name) for name in parameters.kept}
        move(type(self).__name__, formula, parameters, numbers, arrays)

    def check(self, parameter: Parameter) -> None:
        """Called for each parameter before training.

        Raises
        ------
        ValueError : when the rule cannot move it; the text says what it expects.
        """

    def plain_sgd_rate(self, step: int) -> float | None:
        """Return ``η`` where the step is exactly ``p ← p − η g``, else None.

        The core may then fuse the update with the product that makes the gradient.
        """
        return None

    def decay_share(self, step: int, role: Role) -> float:
        """Return the share of themselves that parameters of a role lose before the step.

        That is decoupled weight decay, ``p ← p − share p``; the core takes it.
        """
        return 0.0

    @property
    def may_decay(self) -> bool:
        """Whether `decay_share` is another than 0 at some step, by default where it is written."""
        return type(self).decay_share is not UpdateRule.decay_share

    def inner_slots(self, field: str) -> dict[str, Slot]:
        """Return the slots of the rule in a field, ``field.name``, to be put among one's own.

        Its step is then given ``state.of(field)``.
        """
        inner: UpdateRule = getattr(self, field)
        return {f"{field}.{name}": slot for name, slot in inner.slots().items()}

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        take_old_name(cls, "rate", "plain_sgd_rate")
        if "formula" in vars(cls) and "step" not in vars(cls):
            setattr(cls, "step", UpdateRule.step)  # noqa: B010  (its parent's step is another's)

    def rate(self, step: int) -> float | None:
        """Return `plain_sgd_rate`; deprecated."""
        warn_of("UpdateRule.rate", "plain_sgd_rate")
        return self.plain_sgd_rate(step)


@dataclass(frozen=True)
class Wrapper(UpdateRule):
    """A rule around another: what is not its own is the inner rule's.

    A subclass gives `own_slots` and `step`, which calls
    ``self.inner.step(step, p, g, state.of("inner"), scratch)``. The inner rule's scope is its
    scope, unless it sets ``own_scope``.
    """

    inner: UpdateRule = hyperparameter(REQUIRED, "the rule inside")

    own_scope: ClassVar[Scope] = "element"

    @property
    def scope(self) -> Scope:  # type: ignore[override]
        """The wider of its own scope and the inner rule's."""
        return self.own_scope if self.own_scope != "element" else scope_of(self.inner)

    @property
    def evaluated(self) -> str | None:  # type: ignore[override]
        """The inner rule's slot, where that has one."""
        return f"inner.{self.inner.evaluated}" if self.inner.evaluated else None

    def own_slots(self) -> Mapping[str, Slot]:
        """Return what it keeps beside the inner rule's slots."""
        return {}

    def slots(self) -> Mapping[str, Slot]:
        return {**self.own_slots(), **self.inner_slots("inner")}

    def check(self, parameter: Parameter) -> None:
        self.inner.check(parameter)

    def decay_share(self, step: int, role: Role) -> float:
        return self.inner.decay_share(step, role)

    @property
    def may_decay(self) -> bool:
        inherited = type(self).decay_share is Wrapper.decay_share
        return self.inner.may_decay if inherited else super().may_decay


def scope_of(rule: UpdateRule) -> Scope:
    """Return what a rule is called for, in whichever way it says so."""
    return "network" if rule.scope == "element" and not rule.elementwise else rule.scope


def stated_formula(rule: UpdateRule) -> Formula | None:
    """Return the formula that a rule moves by; None where it states none, or its step is another.

    A class that only inherits a formula, and has a step of its own, does not move by it.
    """
    steps = next(cls for cls in type(rule).__mro__ if "step" in vars(cls))
    states = next((cls for cls in type(rule).__mro__ if "formula" in vars(cls)), UpdateRule)
    own = states is not UpdateRule and issubclass(states, steps)
    return type(rule).formula if own and scope_of(rule) == "element" else None


def formula_parameters(rule: UpdateRule) -> Parameters:
    """Return what the parameters of a rule's formula are.

    Raises
    ------
    PluginError : when it does not take what it must.
    """
    formula = type(rule).formula
    assert formula is not None
    names = frozenset(rule.numbers(0))
    return parameters_of(type(rule).__name__, formula, tuple(rule.slots()), names)


def decay_weights(
    rule: UpdateRule, step: int, p: Array, parameter: Parameter, scratch: Array
) -> None:
    """Take a rule's share of decay from a parameter, ``p ← p − share p``, as the core does."""
    share = rule.decay_share(step, parameter.role)
    if share:
        np.multiply(p, share, out=scratch)  # float32 may have no number between 1 − share and 1
        p -= scratch
