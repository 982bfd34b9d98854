"""The standard normal distribution, without an error function."""

from __future__ import annotations

import numpy as np

from framework import Array

ABOVE = (
    *(3.52624965998911e-02, 0.700383064443688, 6.37396220353165, 33.912866078383),
    *(112.079291497871, 221.213596169931, 220.206867912376),
)
BELOW = (
    *(8.83883476483184e-02, 1.75566716318264, 16.064177579207, 86.7807322029461),
    *(296.564248779674, 637.333633378831, 793.826512519948, 440.413735824752),
)


def normal_probability(x: Array, below: Array, density: Array, scratch: Array) -> None:
    """Fill in Φ(x) and φ(x), to 1e-15 in float64.

    Φ(−|x|) = exp(−x² / 2) P(|x|) / Q(|x|), with polynomials P and Q: Hart, "Computer
    approximations", 1968, as West gives it in "Better approximations to cumulative normal
    functions", 2005.

    >>> x = np.array([0.0, 1.0, -1e3])
    >>> below, density, scratch = np.empty((3, 3))
    >>> normal_probability(x, below, density, scratch)
    >>> below.round(4), density.round(4)
    (array([0.5   , 0.8413, 0.    ]), array([0.3989, 0.242 , 0.    ]))
    """
    np.abs(x, out=scratch)
    np.minimum(scratch, 40, out=scratch)  # beyond, Φ is 0 or 1 to the last bit
    _polynomial(ABOVE, scratch, below)
    _polynomial(BELOW, scratch, density)
    np.divide(below, density, out=below)
    np.multiply(scratch, scratch, out=scratch)
    np.multiply(scratch, -0.5, out=scratch)
    np.exp(scratch, out=scratch)
    np.multiply(scratch, 1 / np.sqrt(2 * np.pi), out=density)
    np.multiply(below, scratch, out=below)  # Φ(−|x|)
    np.subtract(below, 0.5, out=below)
    np.negative(below, out=below)
    np.copysign(below, x, out=below)
    np.add(below, 0.5, out=below)


def _polynomial(coefficients: tuple[float, ...], x: Array, out: Array) -> None:
    """Fill in a polynomial's values, by Horner's rule."""
    np.multiply(x, coefficients[0], out=out)
    for coefficient in coefficients[1:-1]:
        np.add(out, coefficient, out=out)
        np.multiply(out, x, out=out)
    np.add(out, coefficients[-1], out=out)
