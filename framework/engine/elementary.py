r"""Elementary functions in plain arithmetic, for the loops of compiled formulas.

A processor has vectors for sums and products, and none for ``exp``: libm's is called for an element
after the other. Here each function is brought to a short interval, where a polynomial is as good as
the number's digits, and back by a power of two. Nothing branches, so that LLVM makes a loop over
vectors of it. Cody and Waite, "Software manual for the elementary functions", 1980; Muller,
"Elementary functions", 3rd edition, 2016; ``log`` as in Tang, "Table-driven implementation of the
logarithm function", 1990, without the table.

All are right to 2 units in the last place in float32, 2.3 in float64, and keep what numpy gives for
±0, ±inf, nan and denormal numbers. The polynomials interpolate at Chebyshev's nodes, which is
within a factor of two of the best.
"""

from __future__ import annotations

import math

from framework.engine.real_code import Real, polynomial

# ln 2 as the sum of a number whose product with every exponent is exact, and the remainder.
_LN_2 = {
    32: (0.693359375, -0.00021219444005469057),
    64: (0.6931471804855391, 7.440617110012397e-11),
}
# Of (eʳ − 1 − r) / r², for |r| ≤ ln 2 / 2; the error of eʳ is below 2.3e-10 and 2e-17.
EXP = {
    32: (
        *(0.5000000013457727, 0.16666666681614256, 0.04166646500604005, 0.008333310934448869),
        *(0.0013933641031986701, 0.00019890980869750327),
    ),
    64: (
        *(0.5000000000000001, 0.16666666666666669, 0.041666666666624164, 0.008333333333330065),
        *(0.0013888888917196719, 0.00019841269863040545, 2.4801521322368692e-05),
        *(2.7557268480310024e-06, 2.7620075879983367e-07, 2.5100375832561234e-08),
    ),
}
# Of (2 artanh(s) / s − 2) / s² over z = s², 0 ≤ z ≤ ((√2 − 1) / (√2 + 1))²; the error of a
# logarithm is below 2.8e-9 and 4.7e-18 of itself.
LOG = {
    32: (0.6666668503957586, 0.3998878056602198, 0.2957994939197279),
    64: (
        *(0.666666666666667, 0.39999999999899505, 0.28571428625975487, 0.2222221113479508),
        *(0.18182889125261723, 0.15331721600556042, 0.14616449685043406),
    ),
}
# Beyond these e^x is 0, or infinite; e^x − 1 is −1; tanh x is 1.
_LOWEST, _HIGHEST = {32: -104.5, 64: -746.0}, {32: 89.0, 64: 710.0}
_MINUS_ONE, _ONE = {32: -20.0, 64: -40.0}, {32: 10.0, 64: 20.0}


def exp(x: Real) -> Real:
    """Return e^x = 2ⁿ eʳ."""
    n, less_one = _reduced(x.between(_LOWEST[x.bits], _HIGHEST[x.bits]))
    return (less_one + 1).times_power_of_two(n)


def expm1(x: Real) -> Real:
    """Return e^x − 1 = 2 (2ⁿ⁻¹ (eʳ − 1) + (2ⁿ⁻¹ − ½))."""
    n, less_one = _reduced(x.between(_MINUS_ONE[x.bits], _HIGHEST[x.bits]))
    half_power = (n - 1).power_of_two()
    value = less_one.times_plus(half_power, half_power - 0.5) * 2
    return x.if_else(x.magnitude() < x.epsilon, value)


def tanh(x: Real) -> Real:
    """Return the hyperbolic tangent, ±(1 − E) / (1 + E) of E = exp(−2 |x|) = 2ⁿ eʳ."""
    n, less_one = _reduced(x.magnitude().between(0, _ONE[x.bits]) * -2)
    power = n.power_of_two()
    above = less_one.times_plus(power * -1, 1 - power)
    below = less_one.times_plus(power, power + 1)
    return (above / below).with_sign_of(x)


def log(x: Real) -> Real:
    """Return the natural logarithm, k ln 2 + ln m of x = m 2ᵏ."""
    denormal = x < x.smallest
    shift = x.fraction + 1
    m, k = (x * 2.0**shift).if_else(denormal, x).split()
    value = _logarithm(m - 1, (k - shift).if_else(denormal, k), x.like(0))
    return _on_domain(value, x, x)


def log1p(x: Real) -> Real:
    """Return ln(1 + x); what 1 + x loses, divided by it, is added to its logarithm.

    Goldberg, "What every computer scientist should know about floating-point arithmetic", 1991.
    """
    sum_ = x + 1
    m, k = sum_.split()
    near = k.equals(0)
    lost = (x - (sum_ - 1)) / sum_
    value = _logarithm(x.if_else(near, m - 1), k, x.like(0).if_else(near, lost))
    return _on_domain(x.if_else(x.magnitude() < x.epsilon, value), x, sum_)


def _reduced(x: Real) -> tuple[Real, Real]:
    """Return the integer n, and eʳ − 1, of x = n ln 2 + r where |r| ≤ ln 2 / 2."""
    high, low = _LN_2[x.bits]
    n = x.nearest(1 / math.log(2))
    r = n.times_plus(-low, n.times_plus(-high, x))
    return n, (r * r).times_plus(polynomial(r, EXP[x.bits]), r)


def _logarithm(f: Real, k: Real, small: Real) -> Real:
    """Return k ln 2 + ln(1 + f) + small, where ln(1 + f) = 2 artanh(s), s = f / (2 + f).

    f − f² / 2 + s (f² / 2 + R) is the same; f, which is exact, is the most of it.
    """
    high, low = _LN_2[f.bits]
    s, half_square = f / (f + 2), f * f * 0.5
    z = s * s
    remainder = z * polynomial(z, LOG[f.bits])
    tail = s.times_plus(half_square + remainder, k.times_plus(low, small))
    return k.times_plus(high, f - (half_square - tail))


def _on_domain(value: Real, x: Real, argument: Real) -> Real:
    """Return a logarithm where its argument has one; its limit at 0 and inf; nan elsewhere."""
    outside = value.like(-math.inf).if_else(argument.equals(0), math.nan)
    return value.if_else(x < math.inf, x).if_else(argument > 0, outside)
