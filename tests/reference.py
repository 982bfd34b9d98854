"""The reference's formulas, written straight down, with nothing of the framework.

Arrays are made anew for every result; nothing is fused, shared or reused.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def softmax_cross_entropy(z: Floats, labels: NDArray[np.int64]) -> tuple[float, Floats]:
    shifted = z - z.max(axis=1, keepdims=True)
    exponentials = np.exp(shifted)
    softmax = exponentials / exponentials.sum(axis=1, keepdims=True)
    rows = np.arange(len(z))
    losses = np.log(exponentials.sum(axis=1)) - shifted[rows, labels]
    onehot = np.zeros_like(z)
    onehot[rows, labels] = 1
    return float(losses.mean()), (softmax - onehot) / len(z)


def mean_squared_error(z: Floats, t: Floats) -> tuple[float, Floats]:
    return float(((z - t) ** 2).mean()), 2 * (z - t) / z.size


def activate(name: str, x: Floats) -> Floats:
    return {
        "relu": lambda: np.where(x > 0, x, 0.0),
        "sigmoid": lambda: np.where(
            x >= 0, 1 / (1 + np.exp(-np.abs(x))), np.exp(-np.abs(x)) / (1 + np.exp(-np.abs(x)))
        ),
        "tanh": lambda: np.tanh(x),
        "identity": lambda: x,
    }[name]()


def slope(name: str, x: Floats) -> Floats:
    y = activate(name, x)
    return {
        "relu": lambda: (x > 0).astype(float),
        "sigmoid": lambda: y * (1 - y),
        "tanh": lambda: 1 - y**2,
        "identity": lambda: np.ones_like(x),
    }[name]()


@dataclass
class Reference:
    """A multilayer perceptron: weights, biases, an activation between, one update rule for all."""

    weights: list[Floats]
    biases: list[Floats]
    activation: str = "relu"
    loss: str = "softmax_cross_entropy"
    l2: float = 0.0
    l1: float = 0.0
    rule: str = "sgd"
    learning_rate: float = 0.1
    decay: float = 0.85
    epsilon: float = 1e-8
    means: list[tuple[Floats, Floats]] = field(default_factory=list)

    def __post_init__(self) -> None:
        pairs = zip(self.weights, self.biases, strict=True)
        self.means = [(np.zeros_like(w), np.zeros_like(b)) for w, b in pairs]

    def step(self, x: Floats, targets: NDArray[np.int64] | Floats) -> float:
        """Take one step; give the loss before it, penalties included."""
        inputs, sums = [x], []
        for i, (w, b) in enumerate(zip(self.weights, self.biases, strict=True)):
            sums.append(inputs[-1] @ w + b)
            last = i == len(self.weights) - 1
            inputs.append(sums[-1] if last else activate(self.activation, sums[-1]))
        if self.loss == "softmax_cross_entropy":
            loss, g = softmax_cross_entropy(inputs[-1], np.asarray(targets, np.int64))
        else:
            loss, g = mean_squared_error(inputs[-1], np.asarray(targets, np.float64))
        loss += sum(self.l2 * (w**2).sum() + self.l1 * np.abs(w).sum() for w in self.weights)
        gradients: list[tuple[Floats, Floats]] = []
        for i in reversed(range(len(self.weights))):
            if i < len(self.weights) - 1:
                g = g * slope(self.activation, sums[i])
            w = self.weights[i]
            penalty = 2 * self.l2 * w + self.l1 * np.sign(w)
            gradients.insert(0, (inputs[i].T @ g + penalty, g.sum(axis=0)))
            g = g @ w.T
        for i, (dw, db) in enumerate(gradients):
            self._move(i, (dw, db))
        return float(loss)

    def _move(self, i: int, gradients: Sequence[Floats]) -> None:
        moved, means = [], []
        for p, g, v in zip(
            (self.weights[i], self.biases[i]), gradients, self.means[i], strict=True
        ):
            if self.rule == "sgd":
                moved.append(p - self.learning_rate * g)
                means.append(v)
            else:
                v = self.decay * v + (1 - self.decay) * g**2
                moved.append(p - self.learning_rate * g / (np.sqrt(v) + self.epsilon))
                means.append(v)
        self.weights[i], self.biases[i] = moved
        self.means[i] = (means[0], means[1])
