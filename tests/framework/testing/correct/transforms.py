"""Correct transforms, as third parties write them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from framework import Transform, fraction


@dataclass(frozen=True)
class Whitened(Transform):
    """Principal components, each with deviation 1: another matrix, features in another order."""

    def output_shape(self, inputs):
        if len(inputs) != 1:
            raise ValueError(f"takes flat samples, got {inputs}")
        return inputs

    def state(self, inputs):
        (n,) = inputs
        return {"mean": np.zeros(n), "directions": np.eye(n)}

    def fit(self, samples):
        count = sum(len(block) for block in samples)
        mean = sum(block.sum(axis=0) for block in samples) / count
        covariance = sum((block - mean).T @ (block - mean) for block in samples) / count
        values, directions = np.linalg.eigh(covariance)
        signs = np.sign(directions[np.argmax(np.abs(directions), axis=0), range(len(values))])
        return {"mean": mean, "directions": directions * signs / np.sqrt(values + 1e-6)}

    def forward(self, x, out, arrays):
        return np.einsum("bi,io->bo", x - arrays.mean, arrays.directions)


@dataclass(frozen=True)
class Mirrored(Transform):
    """Turns a share of the samples around, in training."""

    share: float = fraction(0.5, "share of the samples")

    def forward(self, x, out, arrays):
        np.copyto(out, x)
        if arrays.rng is not None:
            chosen = arrays.rng.random(len(x)) < self.share
            out[chosen] = x[chosen][..., ::-1]
        return out


@dataclass(frozen=True)
class Squares(Transform):
    """Adds the squares of all features to them."""

    def output_shape(self, inputs):
        if len(inputs) != 1:
            raise ValueError(f"takes flat samples, got {inputs}")
        return (2 * inputs[0],)

    def forward(self, x, out, arrays):
        return np.concatenate([x, x**2], axis=1)
