"""A formula as data: what a layer does in inference, written once, for every program there is.

A layer or loss makes an expression of expressions, with Python's operators and these methods; an
export writes it down as numpy, ONNX, PyTorch or something else. Numbers and their shapes are
numpy's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, TypeAlias

import numpy as np

from framework.components.base import Array
from framework.components.operations import OPERATIONS

Operand: TypeAlias = "Expression | float | Array"
_NO_OPTIONS: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, eq=False)
class Expression:
    """An operation and what it is applied to.

    >>> x = Expression.named("x")
    >>> y = (x * 2 + 1).maximum(0)
    >>> y.operation, y.value({x: np.array([-3.0, 4.0])})
    ('maximum', array([0., 9.]))

    Attributes
    ----------
    operation : its name, a key of `OPERATIONS`, or ``named``, ``literal`` or ``epsilon``.
    inputs : the expressions it is applied to.
    options : what else it needs: an axis, a shape, a name, a number.
    """

    operation: str
    inputs: tuple[Expression, ...] = ()
    options: Mapping[str, Any] = field(default_factory=lambda: _NO_OPTIONS)

    __array_ufunc__ = None  # an array times an expression is the expression's business

    @staticmethod
    def named(name: str) -> Expression:
        """Return what stands for an array of that name."""
        return Expression("named", (), {"name": name})

    @staticmethod
    def epsilon(dtype: str) -> Expression:
        """Return the distance from 1 to the next number of the network's dtype."""
        return Expression("epsilon", (), {"value": float(np.finfo(dtype).eps)})

    @staticmethod
    def of(operand: Operand) -> Expression:
        """Return an operand as an expression."""
        if isinstance(operand, Expression):
            return operand
        return Expression("literal", (), {"value": operand})

    @staticmethod
    def concatenate(parts: Sequence[Expression], axis: int = -1) -> Expression:
        """Put arrays side by side."""
        return Expression("concatenate", tuple(parts), {"axis": axis})

    def _with(self, operation: str, other: Operand) -> Expression:
        return Expression(operation, (self, Expression.of(other)))

    def _after(self, operation: str, other: Operand) -> Expression:
        return Expression(operation, (Expression.of(other), self))

    def __add__(self, other: Operand) -> Expression:
        return self._with("add", other)

    def __radd__(self, other: Operand) -> Expression:
        return self._after("add", other)

    def __sub__(self, other: Operand) -> Expression:
        return self._with("subtract", other)

    def __rsub__(self, other: Operand) -> Expression:
        return self._after("subtract", other)

    def __mul__(self, other: Operand) -> Expression:
        return self._with("multiply", other)

    def __rmul__(self, other: Operand) -> Expression:
        return self._after("multiply", other)

    def __truediv__(self, other: Operand) -> Expression:
        return self._with("divide", other)

    def __rtruediv__(self, other: Operand) -> Expression:
        return self._after("divide", other)

    def __pow__(self, other: Operand) -> Expression:
        return self._with("power", other)

    def __matmul__(self, other: Operand) -> Expression:
        return self._with("matmul", other)

    def __gt__(self, other: float) -> Expression:
        return self._with("greater", other)

    def __lt__(self, other: float) -> Expression:
        return self._after("greater", other)

    def __neg__(self) -> Expression:
        return Expression("negative", (self,))

    def maximum(self, other: Operand) -> Expression:
        """Return the larger of two; where they are equal, the gradient is the other's."""
        return self._with("maximum", other)

    def minimum(self, other: Operand) -> Expression:
        """Return the smaller of two; where they are equal, the gradient is the other's."""
        return self._with("minimum", other)

    def where(self, yes: Operand, no: Operand) -> Expression:
        """Return one operand where this is true, else the other."""
        return Expression("where", (self, Expression.of(yes), Expression.of(no)))

    def number(self) -> Expression:
        """Return 1 where this is true, else 0, in the network's dtype."""
        return Expression("number", (self,))

    def isnan(self) -> Expression:
        """Return whether it is no number, where it stands for what is missing."""
        return Expression("isnan", (self,))

    def exp(self) -> Expression:
        """Return e to the power of it."""
        return Expression("exp", (self,))

    def expm1(self) -> Expression:
        """Return e to the power of it, less 1; exact near 0 where a program can do that."""
        return Expression("expm1", (self,))

    def log(self) -> Expression:
        """Return its natural logarithm."""
        return Expression("log", (self,))

    def sqrt(self) -> Expression:
        """Return its square root."""
        return Expression("sqrt", (self,))

    def abs(self) -> Expression:
        """Return it without its sign."""
        return Expression("abs", (self,))

    def tanh(self) -> Expression:
        """Return its hyperbolic tangent."""
        return Expression("tanh", (self,))

    def sigmoid(self) -> Expression:
        """Return 1 / (1 + exp(-x)), with no exp that overflows."""
        return Expression("sigmoid", (self,))

    def softplus(self) -> Expression:
        """Return log(1 + exp(x)), with no exp that overflows."""
        return Expression("softplus", (self,))

    def erf(self) -> Expression:
        """Return the error function of it."""
        return Expression("erf", (self,))

    def sum(self, axis: int = -1, *, keepdims: bool = False) -> Expression:
        """Return the sum over an axis."""
        return Expression("sum", (self,), {"axis": axis, "keepdims": keepdims})

    def mean(self, axis: int = -1, *, keepdims: bool = False) -> Expression:
        """Return the mean over an axis."""
        return Expression("mean", (self,), {"axis": axis, "keepdims": keepdims})

    def max(self, axis: int = -1, *, keepdims: bool = False) -> Expression:
        """Return the largest over an axis."""
        return Expression("max", (self,), {"axis": axis, "keepdims": keepdims})

    def argmax(self, axis: int = -1) -> Expression:
        """Return the place of the first largest over an axis, an integer."""
        return Expression("argmax", (self,), {"axis": axis})

    def softmax(self) -> Expression:
        """Return exp(x) over its sum, along the last axis."""
        return Expression("softmax", (self,))

    def log_softmax(self) -> Expression:
        """Return x less the logarithm of the sum of exp(x), along the last axis."""
        return Expression("log_softmax", (self,))

    def columns(self, start: int, stop: int | None = None, step: int = 1) -> Expression:
        """Return a part of the last axis, ``x[..., start:stop:step]``, counted from 0."""
        stop = 2**31 - 1 if stop is None else stop
        return Expression("columns", (self,), {"start": start, "stop": stop, "step": step})

    def part(self, number: int, count: int) -> Expression:
        """Return one of `count` equal parts of the last axis, counted from 0."""
        return Expression("part", (self,), {"number": number, "count": count})

    def reshape(self, *sample: int) -> Expression:
        """Return it with samples of another shape, ``x.reshape(len(x), *sample)``."""
        return Expression("reshape", (self,), {"sample": sample})

    def rows(self, numbers: Expression) -> Expression:
        """Return the rows of a table that numbers say: ``table[numbers]``."""
        return Expression("rows", (self, numbers))

    def pick(self, labels: Expression) -> Expression:
        """Return of each row the number at its label, ``[B]``."""
        return Expression("pick", (self, labels))

    def is_label(self, labels: Expression) -> Expression:
        """Return for each number of a row, ``[B, C]``, whether it is at the row's label."""
        return Expression("is_label", (self, labels))

    def value(self, arrays: Mapping[Expression, Array]) -> Array:
        """Return what it is where some expressions are these arrays, worked out in numpy."""
        known: dict[Expression, Array] = dict(arrays)
        for node in self.in_order():
            if node in known:
                continue
            if node.operation in ("literal", "epsilon"):
                known[node] = np.asarray(node.options["value"])
            else:
                given = [known[part] for part in node.inputs]
                known[node] = np.asarray(OPERATIONS[node.operation](*given, **node.options))
        return known[self]

    def in_order(self) -> list[Expression]:
        """Return every expression in it, parts before what is made of them, itself last."""
        order: dict[Expression, None] = {}
        stack = [(self, False)]
        while stack:
            node, ready = stack.pop()
            if node in order:
                continue
            if ready:
                order[node] = None
            else:
                stack.append((node, True))
                stack += [(part, False) for part in reversed(node.inputs)]
        return list(order)


class Expressions:
    """The arrays of a layer, as expressions by name: its parameters and state.

    Attributes
    ----------
    dtype : the network's.
    """

    def __init__(self, dtype: str, **values: Expression) -> None:
        self.dtype = dtype
        self._values = values

    def __getattr__(self, name: str) -> Expression:
        if name not in self.__dict__.get("_values", {}):
            raise AttributeError(f"'{name}' was not declared; there are {', '.join(self._values)}")
        return self._values[name]
