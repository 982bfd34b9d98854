"""A number of machine code that is being written: its arithmetic becomes instructions.

`a * b + 1` of two such numbers writes a multiplication and an addition with LLVM's builder, so that
`elementary.py` reads like the formulas that it is made of. There are no branches and no calls:
whatever is written here may be applied to a whole vector of the processor's at once.

This file imports llvmlite, and is imported where Numba is (`elements.py`).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from llvmlite import ir


@dataclass(frozen=True)
class Real:
    """A float32 or float64 at this place of the code."""

    builder: Any
    value: Any

    @property
    def bits(self) -> int:
        """Return 32 or 64."""
        return 32 if isinstance(self.value.type, ir.FloatType) else 64

    @property
    def fraction(self) -> int:
        """Return how many bits stand behind the point."""
        return 23 if self.bits == 32 else 52

    @property
    def bias(self) -> int:
        """Return what is added to the exponent before it is kept."""
        return 127 if self.bits == 32 else 1023

    @property
    def epsilon(self) -> float:
        """Return half the distance from 1 to the number after it."""
        return 0.5 ** (self.fraction + 1)

    @property
    def smallest(self) -> float:
        """Return the smallest number that has all its digits."""
        return 0.5 ** (self.bias - 1)

    def like(self, number: float) -> Real:
        """Return a number that is known beforehand."""
        return Real(self.builder, ir.Constant(self.value.type, number))

    def _of(self, other: Real | float) -> Any:
        return other.value if isinstance(other, Real) else self.like(other).value

    def __add__(self, other: Real | float) -> Real:
        return Real(self.builder, self.builder.fadd(self.value, self._of(other)))

    def __sub__(self, other: Real | float) -> Real:
        return Real(self.builder, self.builder.fsub(self.value, self._of(other)))

    def __rsub__(self, other: float) -> Real:
        return self.like(other) - self

    def __mul__(self, other: Real | float) -> Real:
        return Real(self.builder, self.builder.fmul(self.value, self._of(other)))

    def __truediv__(self, other: Real | float) -> Real:
        return Real(self.builder, self.builder.fdiv(self.value, self._of(other)))

    def __lt__(self, other: Real | float) -> Any:
        return self.builder.fcmp_ordered("<", self.value, self._of(other))

    def __gt__(self, other: Real | float) -> Any:
        return self.builder.fcmp_ordered(">", self.value, self._of(other))

    def equals(self, other: Real | float) -> Any:
        """Return whether two numbers are the same; not-a-number is not."""
        return self.builder.fcmp_ordered("==", self.value, self._of(other))

    def if_else(self, condition: Any, other: Real | float) -> Real:
        """Return this number where a condition holds, else the other; both have been computed."""
        return Real(self.builder, self.builder.select(condition, self.value, self._of(other)))

    def between(self, low: float, high: float) -> Real:
        """Return the nearest number that is not outside; not-a-number stays."""
        above = self.like(low).if_else(self < low, self)
        return self.like(high).if_else(above > high, above)

    def times_plus(self, factor: Real | float, term: Real | float) -> Real:
        """Return ``self · factor + term``, rounded once where the processor does so."""
        code = self._function("fmuladd", 3)
        given = [self.value, self._of(factor), self._of(term)]
        return Real(self.builder, self.builder.call(code, given))

    def magnitude(self) -> Real:
        """Return the number without its sign."""
        return Real(self.builder, self.builder.call(self._function("fabs", 1), [self.value]))

    def with_sign_of(self, other: Real) -> Real:
        """Return the number with another's sign."""
        code = self._function("copysign", 2)
        return Real(self.builder, self.builder.call(code, [self.value, other.value]))

    def _function(self, name: str, count: int) -> Any:
        kind = self.value.type
        return self.builder.module.declare_intrinsic(
            f"llvm.{name}", [kind], ir.FunctionType(kind, [kind] * count)
        )

    def nearest(self, factor: float) -> Real:
        """Return the integer nearest to ``self · factor``, which is below 2²² (2⁵¹).

        Beside 1.5 · 2²³ there is no room for what stands behind the point.
        """
        large = 1.5 * 2.0**self.fraction
        return self.times_plus(factor, large) - large

    def power_of_two(self) -> Real:
        """Return 2ⁿ, where this number is an integer n such that 2ⁿ has all its digits.

        Beside 2²³ the bits of a number are those of an integer; shifted, they are an exponent.
        """
        integer = self._as_integer(self + (2.0**self.fraction + self.bias))
        shifted = self.builder.shl(integer, self._integer(self.fraction))
        return self._as_real(shifted)

    def times_power_of_two(self, n: Real) -> Real:
        """Return ``self · 2ⁿ`` in two steps, for an integer n of which 2ⁿ may be no number."""
        both = self._as_integer(n + (2.0**self.fraction + 2 * self.bias))
        half = self.builder.lshr(both, self._integer(1))
        value = self
        for integer in (half, self.builder.sub(both, half)):
            value *= self._as_real(self.builder.shl(integer, self._integer(self.fraction)))
        return value

    def split(self) -> tuple[Real, Real]:
        """Return m and k, where self = m 2ᵏ and √½ ≤ m < √2; for positive numbers.

        The bits of a number, as an integer, are its exponent and then its fraction.
        """
        builder = self.builder
        own = self._as_integer(self)
        root = self._as_integer(self.like(math.sqrt(0.5)))
        unit = self._integer(self.bias << self.fraction)
        moved = builder.add(builder.sub(own, root), unit)
        biased = builder.lshr(moved, self._integer(self.fraction))
        power = builder.shl(biased, self._integer(self.fraction))
        m = self._as_real(builder.add(builder.sub(own, power), unit))
        large = 2.0**self.fraction
        number = self._as_real(builder.or_(biased, self._as_integer(self.like(large))))
        return m, number - (large + self.bias)

    def _integer(self, number: int) -> Any:
        return ir.Constant(ir.IntType(self.bits), number)

    def _as_integer(self, number: Real) -> Any:
        return self.builder.bitcast(number.value, ir.IntType(self.bits))

    def _as_real(self, integer: Any) -> Real:
        return Real(self.builder, self.builder.bitcast(integer, self.value.type))


def polynomial(x: Real, coefficients: Sequence[float]) -> Real:
    """Return ``c₀ + c₁ x + x² (c₂ + c₃ x + x² (…))``.

    It is Horner's rule for pairs: as many operations, half of which need not wait for one another.
    """
    pairs = [coefficients[k : k + 2] for k in range(0, len(coefficients), 2)]
    values = [x.like(c) if not more else x.times_plus(more[0], c) for c, *more in pairs]
    square, value = x * x, values.pop()
    while values:
        value = value.times_plus(square, values.pop())
    return value
