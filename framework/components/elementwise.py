"""What a step does to each element between its norms: a formula that a rule of any scope calls.

A rule that knows more than an element (the norm of a parameter, the step of a rule inside it) can
state no `UpdateRule.formula`. What it does to elements on the way, it can::

    @elementwise("average")
    def followed(average, p, *, share):
        return average + share * (p - average)

    class EMA(Wrapper):
        follow = followed

        def step(self, step, p, g, state, scratch):
            self.inner.step(step, p, g, state.of("inner"), scratch)
            self.follow(state.average, p, share=1 - value(self.decay, step), scratch=scratch)

The lines are those of a formula (`framework/components/formula.py`): they run as they are with
numpy, and as one loop of machine code where the core compiles the rule.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from types import FunctionType

import numpy as np

from framework.components.base import Array
from framework.components.formula import AT_ONCE, Formula, Loop
from framework.components.update_rule import UpdateRule
from framework.errors import PluginError

InPlace = Callable[..., object]


class Elementwise:
    """A formula of elements as a call over whole arrays; made by `elementwise`.

    Attributes
    ----------
    formula : the function; `loop` says what its parameters are.
    in_place : what comes to the same, in numpy, without arrays of its own; if any.
    """

    def __init__(
        self, formula: Formula, written: tuple[str, ...], in_place: InPlace | None
    ) -> None:
        parameters = inspect.signature(formula).parameters.values()
        arrays = tuple(p.name for p in parameters if p.kind is p.POSITIONAL_OR_KEYWORD)
        numbers = tuple(p.name for p in parameters if p.kind is p.KEYWORD_ONLY)
        known = written and {*written} <= {*arrays}
        if not known or len(arrays) + len(numbers) != len(parameters):
            raise PluginError(
                f"@elementwise({', '.join(map(repr, written))}) stands above"
                f" {formula.__name__}({', '.join(arrays)}); expected the names of the arrays that"
                " it returns, among its parameters, and its numbers behind a `*`"
            )
        self.formula, self.in_place = formula, in_place
        self.loop = Loop((*arrays, *numbers), arrays, written, numbers)

    def __call__(self, *arrays: Array, scratch: Array, **numbers: float) -> None:
        """Write the formula's results into the arrays that it names, with numpy.

        Parameters
        ----------
        arrays : alike in shape, none of them overlapping another.
        scratch : an array like them; its content is lost.
        numbers : by their names.

        Raises
        ------
        PluginError : when the formula gives another number of values than it names.
        """
        if self.in_place is not None:
            self.in_place(*arrays, scratch=scratch, **numbers)
            return
        for parts in _parts(arrays):
            made = self.formula(*parts, **numbers)
            results = made if isinstance(made, tuple) else (made,)
            if len(results) != len(self.loop.written):
                raise PluginError(
                    f"{self.formula.__name__} gave {len(results)} value{'s' * (len(results) > 1)};"
                    f" expected {', '.join(self.loop.written)}"
                )
            named = dict(zip(self.loop.arrays, parts, strict=True))
            for name, result in zip(self.loop.written, results, strict=True):
                np.copyto(named[name], result, casting="same_kind")

    def plain(self) -> Elementwise:
        """Return it without what is faster in numpy."""
        return Elementwise(self.formula, self.loop.written, None)

    def positional(self) -> Formula:
        """Return the formula with numbers that may be given by their place, as Numba does it."""
        assert isinstance(self.formula, FunctionType)
        formula, code = self.formula, self.formula.__code__
        count = code.co_argcount + code.co_kwonlyargcount
        code = code.replace(co_argcount=count, co_kwonlyargcount=0)
        return FunctionType(code, formula.__globals__, closure=formula.__closure__)


def elementwise(*written: str, in_place: InPlace | None = None) -> Callable[[Formula], Elementwise]:
    """Make a formula of elements what a step may call, as an attribute of its rule's class.

    Its parameters are arrays, and behind a `*` numbers; it returns the new values of the arrays
    that are named here.

    Parameters
    ----------
    written : the names of those arrays, in the order of the results.
    in_place : a function of the same arrays, ``scratch`` and the numbers, that writes into them;
        where it is faster with numpy than the formula. Arrays that are not named are spent then.

    Raises
    ------
    PluginError : when the function does not take what is written.

    >>> @elementwise("y")
    ... def nearer(y, x, *, share):
    ...     return y + share * (x - y)
    >>> y = np.array([1.0, 2.0])
    >>> nearer(y, np.array([2.0, 4.0]), share=0.5, scratch=np.empty(2)); y
    array([1.5, 3. ])
    """

    def made(formula: Formula) -> Elementwise:
        return Elementwise(formula, written, in_place)

    return made


def elementwise_of(rule: UpdateRule) -> Iterator[tuple[str, Elementwise]]:
    """Give what a rule's step may call, by the names of its class's attributes."""
    for name in dir(type(rule)):
        part = getattr(type(rule), name)
        if isinstance(part, Elementwise):
            yield name, part


def _parts(arrays: tuple[Array, ...]) -> Iterator[list[Array]]:
    """Give arrays a part after the other, such that what is made on the way stays in the cache."""
    first = arrays[0]
    together = first.flags.c_contiguous or first.flags.f_contiguous
    if not together or any(a.strides != first.strides for a in arrays):
        yield list(arrays)
        return
    rows = [a.reshape(-1, order="A") for a in arrays]
    for start in range(0, first.size, AT_ONCE):
        yield [row[start : start + AT_ONCE] for row in rows]
