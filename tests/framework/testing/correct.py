"""Correct components as third parties write them: the kit must find nothing against any."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np

from framework import (
    REQUIRED,
    Callback,
    Data,
    Dataset,
    Initializer,
    Layer,
    Loss,
    Metric,
    Parameter,
    Regularizer,
    Scalar,
    Schedule,
    Split,
    UpdateRule,
    fans,
    fraction,
    hookimpl,
    non_negative,
    positive,
    replacing,
    setting,
    value,
)


@dataclass(frozen=True)
class Swish(Layer):
    """Y = X σ(X), in the plain style."""

    def forward(self, x, out, own):
        return x / (1 + np.exp(-x))

    def input_gradient(self, x, y, g, out, own):
        s = 1 / (1 + np.exp(-x))
        return g * (s + y * (1 - s))


@dataclass(frozen=True)
class Softplus(Layer):
    """Y = log(1 + exp(X))."""

    def forward(self, x, out, own):
        return np.logaddexp(0, x)

    def input_gradient(self, x, y, g, out, own):
        return g / (1 + np.exp(-x))


@dataclass(frozen=True)
class LeakyReLU(Layer):
    """Y = X where X > 0, else s X; in the fast style."""

    slope: float = fraction(0.01, "slope below 0")

    def forward(self, x, out, own):
        np.multiply(x, self.slope, out=out)
        np.maximum(x, out, out=out)

    def input_gradient(self, x, y, g, out, own):
        np.multiply(g, self.slope, out=out)
        np.copyto(out, g, where=x > 0)


@dataclass(frozen=True)
class Dropout(Layer):
    """Y = X M / (1 − p), M a mask of Bernoulli draws."""

    rate: float = fraction(0.5, "share of the inputs that is dropped")

    def scratch(self, x, out):
        return {"mask": np.empty_like(x)}

    def forward(self, x, out, own):
        if own.rng is None:
            return x
        own.mask[...] = own.rng.random(x.shape) >= self.rate
        own.mask /= 1 - self.rate
        return np.multiply(x, own.mask, out=out)

    def input_gradient(self, x, y, g, out, own):
        return np.multiply(g, own.mask, out=out)


@dataclass(frozen=True)
class Noise(Layer):
    """Y = X + s ε in training."""

    deviation: float = positive(0.1, "deviation of the noise")

    def forward(self, x, out, own):
        if own.rng is None:
            return x
        return x + (self.deviation * own.rng.standard_normal(x.shape)).astype(x.dtype)

    def input_gradient(self, x, y, g, out, own):
        return g


@dataclass(frozen=True)
class BatchNorm(Layer):
    """Y = γ (X − μ) / √(σ² + ε) + β, over the batch; running statistics in inference."""

    momentum: float = fraction(0.9, "share of the old statistics that is kept")
    epsilon: float = positive(1e-5, "added to the variance")

    def parameters(self, inputs):
        return (
            Parameter("scale", inputs, weight=False, initial=1.0),
            Parameter("shift", inputs, weight=False),
        )

    def state(self, inputs):
        return {"mean": np.zeros(inputs), "variance": np.ones(inputs)}

    def scratch(self, x, out):
        return {"normal": np.empty_like(x), "root": np.empty_like(x[0])}

    def forward(self, x, out, own):
        mean, variance = own.mean, own.variance
        if own.rng is not None:
            mean, variance = x.mean(axis=0), x.var(axis=0)
            own.mean += (1 - self.momentum) * (mean - own.mean)
            own.variance += (1 - self.momentum) * (variance - own.variance)
        own.root[...] = np.sqrt(variance + self.epsilon)
        own.normal[...] = (x - mean) / own.root
        return own.scale * own.normal + own.shift

    def input_gradient(self, x, y, g, out, own):
        gn = g * own.scale
        n = own.normal
        return (gn - gn.mean(axis=0) - n * (gn * n).mean(axis=0)) / own.root

    def parameter_gradients(self, x, y, g, gradients, own):
        np.sum(g * own.normal, axis=0, out=gradients.scale)
        np.sum(g, axis=0, out=gradients.shift)


@dataclass(frozen=True)
class LayerNorm(Layer):
    """Y = γ (X − μ) / √(σ² + ε) + β, over each sample."""

    epsilon: float = positive(1e-5, "added to the variance")

    def output_shape(self, inputs):
        if len(inputs) != 1:
            raise ValueError(f"takes flat samples (features,), got {inputs}")
        return inputs

    def parameters(self, inputs):
        return (Parameter("scale", inputs, weight=False, initial=1.0),)

    def _normal(self, x):
        root = np.sqrt(x.var(axis=1, keepdims=True) + self.epsilon)
        return (x - x.mean(axis=1, keepdims=True)) / root, root

    def forward(self, x, out, own):
        return self._normal(x)[0] * own.scale

    def input_gradient(self, x, y, g, out, own):
        n, root = self._normal(x)
        gn = g * own.scale
        mean = gn.mean(axis=1, keepdims=True)
        return (gn - mean - n * (gn * n).mean(axis=1, keepdims=True)) / root

    def parameter_gradients(self, x, y, g, gradients, own):
        np.sum(g * self._normal(x)[0], axis=0, out=gradients.scale)


@dataclass(frozen=True)
class PlainDense(Layer):
    """Y = X W + b, without the promise to be affine, in the plain style."""

    units: int = setting(REQUIRED, "outputs", at_least=1)

    def output_shape(self, inputs):
        (_,) = inputs
        return (self.units,)

    def parameters(self, inputs):
        return (
            Parameter("weights", (inputs[0], self.units)),
            Parameter("bias", (self.units,), weight=False),
        )

    def forward(self, x, out, own):
        return x @ own.weights + own.bias

    def input_gradient(self, x, y, g, out, own):
        return g @ own.weights.T

    def parameter_gradients(self, x, y, g, gradients, own):
        gradients.weights[...] = x.T @ g
        gradients.bias[...] = g.sum(axis=0)


@dataclass(frozen=True)
class Residual(Layer):
    """Y = X + f(X), f any layer that keeps the shape."""

    inner: Layer = setting(REQUIRED, "the layer f")

    def output_shape(self, inputs):
        if self.inner.output_shape(inputs) != inputs:
            raise ValueError(f"the inner layer changes the shape {inputs}")
        return inputs

    def parameters(self, inputs):
        return self.inner.parameters(inputs)

    def state(self, inputs):
        return self.inner.state(inputs)

    def scratch(self, x, out):
        return {"inside": np.empty_like(out), "way": np.empty_like(x)} | dict(
            self.inner.scratch(x, out)
        )

    def forward(self, x, out, own):
        found = self.inner.forward(x, own.inside, own)
        if found is not None and found is not own.inside:
            own.inside[...] = found
        return np.add(x, own.inside, out=out)

    def input_gradient(self, x, y, g, out, own):
        found = self.inner.input_gradient(x, own.inside, g, own.way, own)
        return np.add(g, own.way if found is None else found, out=out)

    def parameter_gradients(self, x, y, g, gradients, own):
        self.inner.parameter_gradients(x, own.inside, g, gradients, own)


@dataclass(frozen=True)
class Block(Layer):
    """Y = X + W₂ relu(X W₁ + b₁) + b₂: a residual block of its own."""

    units: int = setting(7, "units inside", at_least=1)

    def output_shape(self, inputs):
        if len(inputs) != 1:
            raise ValueError("takes flat samples")
        return inputs

    def parameters(self, inputs):
        (d,) = inputs
        return (
            Parameter("first", (d, self.units)),
            Parameter("first_bias", (self.units,), weight=False),
            Parameter("second", (self.units, d)),
            Parameter("second_bias", (d,), weight=False),
        )

    def _hidden(self, x, own):
        return np.maximum(x @ own.first + own.first_bias, 0)

    def forward(self, x, out, own):
        return x + self._hidden(x, own) @ own.second + own.second_bias

    def _inside(self, x, g, own):
        return (g @ own.second.T) * (self._hidden(x, own) > 0)

    def input_gradient(self, x, y, g, out, own):
        return g + self._inside(x, g, own) @ own.first.T

    def parameter_gradients(self, x, y, g, gradients, own):
        inside = self._inside(x, g, own)
        gradients.first[...] = x.T @ inside
        gradients.first_bias[...] = inside.sum(axis=0)
        gradients.second[...] = self._hidden(x, own).T @ g
        gradients.second_bias[...] = g.sum(axis=0)


@dataclass(frozen=True)
class PReLU(Layer):
    """Y = X where X > 0, else a X, with a trainable for each feature."""

    def parameters(self, inputs):
        return (Parameter("slope", inputs, weight=False, initial=0.25),)

    def forward(self, x, out, own):
        return np.where(x > 0, x, own.slope * x)

    def input_gradient(self, x, y, g, out, own):
        return np.where(x > 0, g, own.slope * g)

    def parameter_gradients(self, x, y, g, gradients, own):
        gradients.slope[...] = np.sum(g * np.minimum(x, 0), axis=0)


@dataclass(frozen=True)
class Flatten(Layer):
    """Y = X, each sample in a line."""

    def output_shape(self, inputs):
        return (int(np.prod(inputs)),)

    def forward(self, x, out, own):
        return x.reshape(out.shape)

    def input_gradient(self, x, y, g, out, own):
        return g.reshape(x.shape)


@dataclass(frozen=True)
class GatedUnits(Layer):
    """Y = A σ(B), A and B the halves of X."""

    def output_shape(self, inputs):
        if len(inputs) != 1 or inputs[0] % 2:
            raise ValueError(f"takes flat samples of an even size, got {inputs}")
        return (inputs[0] // 2,)

    def forward(self, x, out, own):
        a, b = np.split(x, 2, axis=1)
        return a / (1 + np.exp(-b))

    def input_gradient(self, x, y, g, out, own):
        a, b = np.split(x, 2, axis=1)
        s = 1 / (1 + np.exp(-b))
        return np.concatenate([g * s, g * a * s * (1 - s)], axis=1)


@dataclass(frozen=True)
class Softmax(Layer):
    """Y = exp(X) / Σ exp(X) over a flat sample."""

    def output_shape(self, inputs):
        if len(inputs) != 1:
            raise ValueError("takes flat samples")
        return inputs

    def forward(self, x, out, own):
        e = np.exp(x - x.max(axis=1, keepdims=True))
        return e / e.sum(axis=1, keepdims=True)

    def input_gradient(self, x, y, g, out, own):
        return y * (g - np.sum(g * y, axis=1, keepdims=True))


@dataclass(frozen=True)
class Maxout(Layer):
    """Y = max over k affine pieces."""

    units: int = setting(REQUIRED, "outputs", at_least=1)
    pieces: int = setting(3, "pieces", at_least=2)

    def output_shape(self, inputs):
        if len(inputs) != 1:
            raise ValueError("takes flat samples")
        return (self.units,)

    def parameters(self, inputs):
        return (Parameter("weights", (self.pieces, inputs[0], self.units)),)

    def _pieces(self, x, own):
        return np.einsum("bd,kdm->kbm", x, own.weights)

    def forward(self, x, out, own):
        return self._pieces(x, own).max(axis=0)

    def _chosen(self, x, g, own):
        z = self._pieces(x, own)
        return (np.arange(self.pieces)[:, None, None] == z.argmax(axis=0)) * g

    def input_gradient(self, x, y, g, out, own):
        return np.einsum("kbm,kdm->bd", self._chosen(x, g, own), own.weights)

    def parameter_gradients(self, x, y, g, gradients, own):
        np.einsum("kbm,bd->kdm", self._chosen(x, g, own), x, out=gradients.weights)


@dataclass(frozen=True)
class Convolution(Layer):
    """Y = X ∗ K, 3 × 3, over pictures [height, width, channels]."""

    filters: int = setting(2, "channels of the output", at_least=1)

    def output_shape(self, inputs):
        if len(inputs) != 3 or min(inputs[:2]) < 3:
            raise ValueError(f"takes pictures (height, width, channels), got {inputs}")
        return (inputs[0] - 2, inputs[1] - 2, self.filters)

    def parameters(self, inputs):
        return (Parameter("kernel", (3, 3, inputs[2], self.filters)),)

    def forward(self, x, out, own):
        out[...] = 0
        h, w = out.shape[1:3]
        for i in range(3):
            for j in range(3):
                out += x[:, i : i + h, j : j + w] @ own.kernel[i, j]

    def input_gradient(self, x, y, g, out, own):
        out[...] = 0
        h, w = g.shape[1:3]
        for i in range(3):
            for j in range(3):
                out[:, i : i + h, j : j + w] += g @ own.kernel[i, j].T

    def parameter_gradients(self, x, y, g, gradients, own):
        h, w = g.shape[1:3]
        for i in range(3):
            for j in range(3):
                gradients.kernel[i, j] = np.einsum("bhwc,bhwf->cf", x[:, i : i + h, j : j + w], g)


@dataclass(frozen=True)
class Momentum(UpdateRule):
    """v ← m v + g; p ← p − η v, or with Nesterov's look ahead."""

    learning_rate: Scalar = positive(0.05, "step size")
    momentum: Scalar = fraction(0.9, "share of the old velocity that is kept")
    nesterov: bool = setting(False, "look one step ahead")
    state: ClassVar[tuple[str, ...]] = ("velocity",)

    def step(self, step, p, g, state, scratch):
        (v,) = state
        m, rate = value(self.momentum, step), value(self.learning_rate, step)
        v *= m
        v += g
        p -= rate * (g + m * v) if self.nesterov else rate * v


@dataclass(frozen=True)
class Adam(UpdateRule):
    """Kingma and Ba, 2015, with decoupled decay."""

    learning_rate: Scalar = positive(1e-3, "step size")
    first: float = fraction(0.9, "share of the old mean that is kept")
    second: float = fraction(0.999, "share of the old mean square that is kept")
    epsilon: float = positive(1e-8, "added to the root")
    decay: float = non_negative(0.0, "decay of the parameters")
    state: ClassVar[tuple[str, ...]] = ("mean", "mean_square")

    def step(self, step, p, g, state, scratch):
        m, v = state
        m += (1 - self.first) * (g - m)
        v += (1 - self.second) * (g * g - v)
        np.sqrt(v / (1 - self.second ** (step + 1)), out=scratch)
        scratch += self.epsilon
        rate = value(self.learning_rate, step)
        p -= rate * self.decay * p
        p -= rate * (m / (1 - self.first ** (step + 1))) / scratch


@dataclass(frozen=True)
class Lion(UpdateRule):
    """Chen et al., 2023."""

    learning_rate: Scalar = positive(1e-3, "step size")
    state: ClassVar[tuple[str, ...]] = ("mean",)

    def step(self, step, p, g, state, scratch):
        (m,) = state
        p -= value(self.learning_rate, step) * np.sign(0.9 * m + 0.1 * g)
        m *= 0.99
        m += 0.01 * g


@dataclass(frozen=True)
class AdaDelta(UpdateRule):
    """Zeiler, 2012: two states, no learning rate."""

    decay: float = fraction(0.95, "share of the old averages that is kept")
    epsilon: float = positive(1e-6, "added to the roots")
    state: ClassVar[tuple[str, ...]] = ("mean_square", "mean_square_step")

    def step(self, step, p, g, state, scratch):
        v, u = state
        v *= self.decay
        v += (1 - self.decay) * g * g
        delta = np.sqrt((u + self.epsilon) / (v + self.epsilon)) * g
        u *= self.decay
        u += (1 - self.decay) * delta * delta
        p -= delta


@dataclass(frozen=True)
class Clipped(UpdateRule):
    """p ← p − η g min(1, c / ‖g‖), over all parameters at once."""

    learning_rate: Scalar = positive(0.1, "step size")
    largest: float = positive(1.0, "largest norm c")
    elementwise: ClassVar[bool] = False

    def step(self, step, p, g, state, scratch):
        norm = float(np.linalg.norm(g))
        p -= value(self.learning_rate, step) * min(1.0, self.largest / (norm + 1e-30)) * g


@dataclass(frozen=True)
class CurvatureScaled(UpdateRule):
    """A diagonal quasi-Newton rule: steps over the running mean change of the gradient."""

    learning_rate: Scalar = positive(0.05, "step size")
    state: ClassVar[tuple[str, ...]] = ("last", "curvature")

    def step(self, step, p, g, state, scratch):
        last, curvature = state
        curvature *= 0.9
        curvature += 0.1 * np.abs(g - last)
        last[...] = g
        p -= value(self.learning_rate, step) * g / np.maximum(curvature, 1.0)


@dataclass(frozen=True)
class Orthogonal(Initializer):
    """Saxe et al., 2014."""

    gain: float = positive(1.0, "size")

    def draw(self, rng, shape):
        fan_in, fan_out = fans(shape)
        a = rng.standard_normal((max(fan_in, fan_out), min(fan_in, fan_out)))
        q, r = np.linalg.qr(a)
        q *= np.sign(np.diag(r))
        return self.gain * (q if fan_in >= fan_out else q.T).reshape(shape)


@dataclass(frozen=True)
class IdentityMatrix(Initializer):
    """W = I."""

    def draw(self, rng, shape):
        return np.eye(*fans(shape)).reshape(shape)


@dataclass(frozen=True)
class Sparse(Initializer):
    """Martens, 2010: all but a few weights of a unit are 0."""

    def draw(self, rng, shape):
        return rng.standard_normal(shape) * (rng.random(shape) < 0.1)


@dataclass(frozen=True)
class Truncated(Initializer):
    """W ~ N(0, σ²), drawn again beyond 2 σ."""

    deviation: float = positive(0.05, "deviation")

    def draw(self, rng, shape):
        w = rng.standard_normal(shape)
        while (far := np.abs(w) > 2).any():
            w[far] = rng.standard_normal(int(far.sum()))
        return (self.deviation * w).astype(np.float32)


@dataclass(frozen=True)
class ElasticNet(Regularizer):
    """penalty = a Σ |W| + b Σ W²."""

    absolute: float = non_negative(0.1, "a")
    square: float = non_negative(0.0, "b")

    def penalty(self, w, scratch):
        return float(self.absolute * np.abs(w).sum() + self.square * (w * w).sum())

    def add_gradient(self, w, g, scratch):
        g += self.absolute * np.sign(w) + 2 * self.square * w


@dataclass(frozen=True)
class Orthogonality(Regularizer):
    """penalty = a ‖WᵀW − I‖²."""

    strength: float = non_negative(0.0, "a")

    def _off(self, w):
        flat = w.reshape(-1, w.shape[-1])
        return flat, flat.T @ flat - np.eye(w.shape[-1], dtype=w.dtype)

    def penalty(self, w, scratch):
        return float(self.strength * np.sum(self._off(w)[1] ** 2))

    def add_gradient(self, w, g, scratch):
        flat, off = self._off(w)
        g += (4 * self.strength * flat @ off).reshape(w.shape)


@dataclass(frozen=True)
class Hinge(Loss):
    """loss = Σ max(0, 1 + z_k − z_label)."""

    def evaluate(self, z, targets, values, gradient, own):
        rows = np.arange(len(z))
        margins = np.maximum(0, 1 + z - z[rows, targets][:, None])
        margins[rows, targets] = 0
        values[...] = margins.sum(axis=1)
        if gradient is not None:
            gradient[...] = margins > 0
            gradient[rows, targets] = -gradient.sum(axis=1)
            gradient /= len(z)


@dataclass(frozen=True)
class Smoothed(Loss):
    """Cross-entropy with smoothed labels; Szegedy et al., 2016."""

    smoothing: float = fraction(0.1, "share given to all classes alike")

    def evaluate(self, z, targets, values, gradient, own):
        goal = np.full_like(z, self.smoothing / z.shape[1])
        goal[np.arange(len(z)), targets] += 1 - self.smoothing
        shifted = z - z.max(axis=1, keepdims=True)
        logs = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
        values[...] = -(goal * logs).sum(axis=1)
        if gradient is not None:
            gradient[...] = (np.exp(logs) - goal) / len(z)


@dataclass(frozen=True)
class Huber(Loss):
    """Square near 0, straight beyond."""

    targets: ClassVar[Literal["labels", "values"]] = "values"
    edge: float = positive(1.0, "where it becomes straight")

    def evaluate(self, z, targets, values, gradient, own):
        d = z - targets
        c = np.clip(d, -self.edge, self.edge)
        values[...] = (c * (d - c / 2)).sum(axis=1)
        if gradient is not None:
            gradient[...] = c / len(z)


@dataclass(frozen=True)
class BinaryCrossEntropy(Loss):
    """loss = Σ log(1 + exp(z)) − t z."""

    targets: ClassVar[Literal["labels", "values"]] = "values"

    def evaluate(self, z, targets, values, gradient, own):
        np.sum(np.logaddexp(0, z) - targets * z, axis=1, out=values)
        if gradient is not None:
            gradient[...] = (1 / (1 + np.exp(-z)) - targets) / len(z)


@dataclass(frozen=True)
class Staircase(Schedule):
    """s(t) = first · factor^⌊t / T⌋."""

    first: float = positive(0.1, "value at first")
    factor: float = fraction(0.5, "what is left after each stair")
    steps: int = setting(10, "steps on a stair, T", at_least=1)

    def at(self, step):
        return self.first * self.factor ** (step // self.steps)


@dataclass(frozen=True)
class WarmUp(Schedule):
    """From 0 up to a peak, then with the root of the step number down."""

    peak: float = positive(3.0, "largest value")
    steps: int = setting(100, "steps of the warm-up", at_least=1)

    def at(self, step):
        t = step + 1
        return self.peak * min(t / self.steps, (self.steps / t) ** 0.5)


@dataclass(frozen=True)
class TopK(Metric):
    """The share of samples whose label is among the k largest outputs."""

    k: int = setting(2, "how many outputs count", at_least=1)

    def start(self, outputs):
        return np.zeros(2)

    def add(self, state, z, targets, values):
        best = np.argsort(z, axis=1)[:, -self.k :]
        state += (best == targets[:, None]).any(axis=1).sum(), len(z)

    def result(self, state):
        return float(state[0] / state[1])


@dataclass(frozen=True)
class MacroF1(Metric):
    """The mean over classes of F1."""

    def start(self, outputs):
        return np.zeros((outputs, outputs), np.int64)

    def add(self, state, z, targets, values):
        np.add.at(state, (targets, z.argmax(axis=1)), 1)

    def result(self, state):
        return float(np.mean(2 * np.diag(state) / (state.sum(axis=0) + state.sum(axis=1))))


@dataclass(frozen=True)
class MeanAbsoluteError(Metric):
    """The mean distance of outputs from values."""

    higher_is_better: ClassVar[bool] = False

    def start(self, outputs):
        return np.zeros(2)

    def add(self, state, z, targets, values):
        state += np.abs(z - targets).sum(dtype=np.float64), z.size

    def result(self, state):
        return float(state[0] / state[1])


@dataclass(frozen=True)
class RSquared(Metric):
    """The share of the values' variance that is explained."""

    def start(self, outputs):
        return np.zeros((4, outputs))

    def add(self, state, z, targets, values):
        targets = targets.astype(np.float64)
        state[0] += ((z - targets) ** 2).sum(axis=0)
        state[1] += targets.sum(axis=0)
        state[2] += (targets**2).sum(axis=0)
        state[3] += len(z)

    def result(self, state):
        off, total, squares, count = state
        return float(1 - np.mean(off / (squares - total**2 / count)))


@dataclass(frozen=True)
class Xor(Dataset):
    """Four corners, two classes."""

    copies: int = setting(10, "rows of each corner", at_least=1)

    def load(self, rng):
        corners = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], np.uint8)
        labels = corners[:, 0] ^ corners[:, 1]
        order = rng.permutation(4 * self.copies)
        train = Split(
            np.tile(corners, (self.copies, 1))[order], np.tile(labels, self.copies)[order]
        )
        return Data(train, Split(corners, labels), Split(corners, labels), classes=2, scale=1.0)


@dataclass(frozen=True)
class Sines(Dataset):
    """y = sin(x)."""

    path: str | None = setting(None, "a file of more points; none by default")

    def load(self, rng):
        splits = []
        for rows in (40, 10, 10):
            x = rng.uniform(-3, 3, (rows, 1)).astype(np.float32)
            splits.append(Split(x, np.sin(x)))
        train, validation, test = splits
        return Data(train, validation, test)

    @classmethod
    def examples(cls) -> Sequence[Sines]:
        return (cls(),)


@dataclass(frozen=True)
class GradientNorms(Callback):
    """Keeps the norm of each parameter's gradient, a row an epoch, in gradient_norms.csv."""

    needs_gradients: ClassVar[bool] = True

    def listener(self, run):
        return _Norms()


class _Norms:
    def __init__(self) -> None:
        self.rows: list[list[Any]] = []

    @hookimpl
    def framework_epoch_ended(self, run, record):
        gradients = run.network.gradients()
        self.rows.append([record.number, *(float(np.linalg.norm(g)) for g in gradients.values())])
        with (
            replacing(run.directory / "gradient_norms.csv") as path,
            path.open("w", newline="") as file,
        ):
            csv.writer(file).writerows([["epoch", *gradients], *self.rows])


@dataclass(frozen=True)
class Averaged(Callback):
    """Ends with the mean of the weights after each epoch."""

    changes_training: ClassVar[bool] = True

    def listener(self, run):
        return _Average()


class _Average:
    def __init__(self) -> None:
        self.sums: dict[str, Any] = {}
        self.count = 0

    @hookimpl
    def framework_epoch_ended(self, run, record):
        self.count += 1
        for name, p in run.network.parameters().items():
            self.sums[name] = self.sums.get(name, 0) + p

    @hookimpl
    def framework_run_ended(self, run):
        for name, p in run.network.parameters().items():
            p[...] = self.sums[name] / self.count


COMPONENTS = [
    cls
    for cls in list(vars().values())
    if isinstance(cls, type) and cls.__module__ == __name__ and not cls.__name__.startswith("_")
]
