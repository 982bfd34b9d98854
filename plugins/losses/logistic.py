"""Logits of yes or no: their probability, and the cross-entropy with what was the case."""

from __future__ import annotations

import numpy as np

from framework import Array, Arrays


def probability(z: Array) -> Array:
    """Return σ(z) = 1 / (1 + exp(−z)), with no exp that overflows.

    >>> probability(np.array([0.0, 1000.0, -1000.0]))
    array([0.5, 1. , 0. ])
    """
    e = np.exp(-np.abs(z))
    return np.asarray(np.where(z >= 0, 1, e) / (1 + e), z.dtype)


def scratch_for(z: Array) -> dict[str, Array]:
    """Return the arrays that `cross_entropy` works in."""
    return {"exp": np.empty_like(z), "terms": np.empty_like(z), "products": np.empty_like(z)}


def cross_entropy(
    z: Array, targets: Array, losses: Array, gradient: Array | None, arrays: Arrays
) -> None:
    """Fill in the mean over each row's logits of max(z, 0) − z t + log(1 + exp(−|z|)).

    Parameters
    ----------
    z, targets : logits, and 0 or 1 for each, ``[B, K]``.
    losses : ``[B]``.
    gradient : of the mean over the batch, (σ(z) − t) / (B K), or None.
    """
    batch, width = z.shape
    exp, terms, products = arrays.exp, arrays.terms, arrays.products
    np.abs(z, out=exp)
    np.negative(exp, out=exp)
    np.exp(exp, out=exp)  # exp(−|z|)
    np.log1p(exp, out=terms)
    np.maximum(z, 0, out=products)
    np.add(terms, products, out=terms)
    np.multiply(z, targets, out=products)
    np.subtract(terms, products, out=terms)
    np.add.reduce(terms, axis=1, out=losses)
    losses /= width
    if gradient is not None:
        # σ(z) is 1 / (1 + exp(−z)), which for z < 0 is exp(−|z|) / (1 + exp(−|z|)).
        np.add(exp, 1, out=products)
        np.greater_equal(z, 0, out=terms, casting="unsafe")
        np.maximum(exp, terms, out=exp)
        np.divide(exp, products, out=exp)
        np.subtract(exp, targets, out=exp)
        np.multiply(exp, 1 / (batch * width), out=gradient)
