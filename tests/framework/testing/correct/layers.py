"""Correct layers, as third parties write them."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from framework import (
    REQUIRED,
    Arrays,
    Layer,
    Parameter,
    fraction,
    hyperparameter,
    positive,
)


@dataclass(frozen=True)
class Swish(Layer):
    """Y = X σ(X), in the plain style."""

    def forward(self, x, out, arrays):
        return x / (1 + np.exp(-x))

    def input_gradient(self, x, y, g, out, arrays):
        s = 1 / (1 + np.exp(-x))
        return g * (s + y * (1 - s))

    def expression(self, x, arrays, inputs):
        return x * x.sigmoid()


@dataclass(frozen=True)
class Softplus(Layer):
    """Y = log(1 + exp(X))."""

    def forward(self, x, out, arrays):
        return np.logaddexp(0, x)

    def input_gradient(self, x, y, g, out, arrays):
        return g / (1 + np.exp(-x))


@dataclass(frozen=True)
class LeakyReLU(Layer):
    """Y = X where X > 0, else s X; in the fast style."""

    slope: float = fraction(0.01, "slope below 0")

    def forward(self, x, out, arrays):
        np.multiply(x, self.slope, out=out)
        np.maximum(x, out, out=out)

    def input_gradient(self, x, y, g, out, arrays):
        np.multiply(g, self.slope, out=out)
        np.copyto(out, g, where=x > 0)


@dataclass(frozen=True)
class Dropout(Layer):
    """Y = X M / (1 − p), M a mask of Bernoulli draws."""

    rate: float = fraction(0.5, "share of the inputs that is dropped")

    def scratch(self, x, out):
        return {"mask": np.empty_like(x)}

    def forward(self, x, out, arrays):
        if arrays.rng is None:
            arrays.mask[...] = 1
            return x
        arrays.mask[...] = arrays.rng.random(x.shape) >= self.rate
        arrays.mask /= 1 - self.rate
        return np.multiply(x, arrays.mask, out=out)

    def input_gradient(self, x, y, g, out, arrays):
        return np.multiply(g, arrays.mask, out=out)


@dataclass(frozen=True)
class Noise(Layer):
    """Y = X + s ε in training."""

    deviation: float = positive(0.1, "deviation of the noise")

    def forward(self, x, out, arrays):
        if arrays.rng is None:
            return x
        return x + (self.deviation * arrays.rng.standard_normal(x.shape)).astype(x.dtype)

    def input_gradient(self, x, y, g, out, arrays):
        return g


@dataclass(frozen=True)
class BatchNorm(Layer):
    """Y = γ (X − μ) / √(σ² + ε) + β, over the batch; running statistics in inference."""

    momentum: float = fraction(0.9, "share of the old statistics that is kept")
    epsilon: float = positive(1e-5, "added to the variance")

    def parameters(self, inputs):
        return (
            Parameter("scale", inputs, role="scale", initial=1.0),
            Parameter("shift", inputs, role="bias"),
        )

    def state(self, inputs):
        return {"mean": np.zeros(inputs), "variance": np.ones(inputs)}

    def scratch(self, x, out):
        return {"normal": np.empty_like(x), "root": np.empty_like(x[0])}

    def forward(self, x, out, arrays):
        mean, variance = arrays.mean, arrays.variance
        if arrays.rng is not None:
            mean, variance = x.mean(axis=0), x.var(axis=0)
            arrays.mean += (1 - self.momentum) * (mean - arrays.mean)
            arrays.variance += (1 - self.momentum) * (variance - arrays.variance)
        arrays.root[...] = np.sqrt(variance + self.epsilon)
        arrays.normal[...] = (x - mean) / arrays.root
        return arrays.scale * arrays.normal + arrays.shift

    def input_gradient(self, x, y, g, out, arrays):
        gn = g * arrays.scale
        if arrays.rng is None:
            return gn / arrays.root
        n = arrays.normal
        return (gn - gn.mean(axis=0) - n * (gn * n).mean(axis=0)) / arrays.root

    def parameter_gradients(self, x, y, g, gradients, arrays):
        np.sum(g * arrays.normal, axis=0, out=gradients.scale)
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
        return (Parameter("scale", inputs, role="scale", initial=1.0),)

    def _normal(self, x):
        root = np.sqrt(x.var(axis=1, keepdims=True) + self.epsilon)
        return (x - x.mean(axis=1, keepdims=True)) / root, root

    def forward(self, x, out, arrays):
        return self._normal(x)[0] * arrays.scale

    def input_gradient(self, x, y, g, out, arrays):
        n, root = self._normal(x)
        gn = g * arrays.scale
        mean = gn.mean(axis=1, keepdims=True)
        return (gn - mean - n * (gn * n).mean(axis=1, keepdims=True)) / root

    def parameter_gradients(self, x, y, g, gradients, arrays):
        np.sum(g * self._normal(x)[0], axis=0, out=gradients.scale)


@dataclass(frozen=True)
class PlainDense(Layer):
    """Y = X W + b, without the promise to be affine, in the plain style."""

    units: int = hyperparameter(REQUIRED, "outputs", at_least=1)

    def output_shape(self, inputs):
        (_,) = inputs
        return (self.units,)

    def parameters(self, inputs):
        return (
            Parameter("weights", (inputs[0], self.units)),
            Parameter("bias", (self.units,), role="bias"),
        )

    def forward(self, x, out, arrays):
        return x @ arrays.weights + arrays.bias

    def input_gradient(self, x, y, g, out, arrays):
        return g @ arrays.weights.T

    def parameter_gradients(self, x, y, g, gradients, arrays):
        gradients.weights[...] = x.T @ g
        gradients.bias[...] = g.sum(axis=0)


@dataclass(frozen=True)
class Residual(Layer):
    """Y = X + f(X), f any layer that keeps the shape."""

    inner: Layer = hyperparameter(REQUIRED, "the layer f")

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

    def forward(self, x, out, arrays):
        found = self.inner.forward(x, arrays.inside, arrays)
        if found is not None and found is not arrays.inside:
            arrays.inside[...] = found
        return np.add(x, arrays.inside, out=out)

    def input_gradient(self, x, y, g, out, arrays):
        found = self.inner.input_gradient(x, arrays.inside, g, arrays.way, arrays)
        return np.add(g, arrays.way if found is None else found, out=out)

    def parameter_gradients(self, x, y, g, gradients, arrays):
        self.inner.parameter_gradients(x, arrays.inside, g, gradients, arrays)


@dataclass(frozen=True)
class Block(Layer):
    """Y = X + W₂ relu(X W₁ + b₁) + b₂: a residual block of its own."""

    units: int = hyperparameter(7, "units inside", at_least=1)

    def output_shape(self, inputs):
        if len(inputs) != 1:
            raise ValueError("takes flat samples")
        return inputs

    def parameters(self, inputs):
        (d,) = inputs
        return (
            Parameter("first", (d, self.units)),
            Parameter("first_bias", (self.units,), role="bias"),
            Parameter("second", (self.units, d)),
            Parameter("second_bias", (d,), role="bias"),
        )

    def _hidden(self, x, arrays):
        return np.maximum(x @ arrays.first + arrays.first_bias, 0)

    def forward(self, x, out, arrays):
        return x + self._hidden(x, arrays) @ arrays.second + arrays.second_bias

    def _inside(self, x, g, arrays):
        return (g @ arrays.second.T) * (self._hidden(x, arrays) > 0)

    def input_gradient(self, x, y, g, out, arrays):
        return g + self._inside(x, g, arrays) @ arrays.first.T

    def parameter_gradients(self, x, y, g, gradients, arrays):
        inside = self._inside(x, g, arrays)
        gradients.first[...] = x.T @ inside
        gradients.first_bias[...] = inside.sum(axis=0)
        gradients.second[...] = self._hidden(x, arrays).T @ g
        gradients.second_bias[...] = g.sum(axis=0)


@dataclass(frozen=True)
class Chain(Layer):
    """Layers one after the other; what is between them is computed again on the way back."""

    layers: tuple[Layer, ...] = hyperparameter(REQUIRED, "the layers, in order")

    def _shapes(self, inputs):
        shapes = [inputs]
        for layer in self.layers:
            shapes.append(layer.output_shape(shapes[-1]))
        return shapes

    def output_shape(self, inputs):
        return self._shapes(inputs)[-1]

    def parameters(self, inputs):
        return [
            replace(p, name=f"{p.name}_{i}")
            for i, (layer, shape) in enumerate(
                zip(self.layers, self._shapes(inputs)[:-1], strict=True)
            )
            for p in layer.parameters(shape)
        ]

    def _part(self, arrays, i, inputs):
        declared = self.layers[i].parameters(self._shapes(inputs)[i])
        own = {p.name: getattr(arrays, f"{p.name}_{i}") for p in declared}
        return Arrays(**own, step=arrays.step)

    def _walk(self, x, arrays):
        found, inputs = [x], x.shape[1:]
        for i, layer in enumerate(self.layers):
            out = np.empty((len(x), *self._shapes(inputs)[i + 1]), x.dtype)
            y = layer.forward(found[-1], out, self._part(arrays, i, inputs))
            found.append(out if y is None else y)
        return found

    def forward(self, x, out, arrays):
        return self._walk(x, arrays)[-1]

    def _back(self, x, g, arrays, gradients=None):
        found, inputs = self._walk(x, arrays), x.shape[1:]
        for i, layer in reversed(list(enumerate(self.layers))):
            part, (below, above) = self._part(arrays, i, inputs), found[i : i + 2]
            if gradients is not None:
                into = self._part(gradients, i, inputs)
                layer.parameter_gradients(below, above, g, into, part)
            out = np.empty_like(below)
            gx = layer.input_gradient(below, above, g, out, part)
            g = out if gx is None else gx
        return g

    def input_gradient(self, x, y, g, out, arrays):
        return self._back(x, g, arrays)

    def parameter_gradients(self, x, y, g, gradients, arrays):
        self._back(x, g, arrays, gradients)


@dataclass(frozen=True)
class RandomSlope(Layer):
    """Y = X where X > 0, else a X, with a drawn for each number in training."""

    low: float = fraction(0.1, "least slope")
    high: float = fraction(0.3, "largest slope")

    def scratch(self, x, out):
        return {"slope": np.empty_like(x)}

    def forward(self, x, out, arrays):
        middle = (self.low + self.high) / 2
        drawn = arrays.rng.uniform(self.low, self.high, x.shape) if arrays.rng else middle
        arrays.slope[...] = np.where(x > 0, 1, drawn)
        return x * arrays.slope

    def input_gradient(self, x, y, g, out, arrays):
        return g * arrays.slope


@dataclass(frozen=True)
class PReLU(Layer):
    """Y = X where X > 0, else a X, with a trainable for each feature."""

    def parameters(self, inputs):
        return (Parameter("slope", inputs, role="scale", initial=0.25),)

    def forward(self, x, out, arrays):
        return np.where(x > 0, x, arrays.slope * x)

    def input_gradient(self, x, y, g, out, arrays):
        return np.where(x > 0, g, arrays.slope * g)

    def parameter_gradients(self, x, y, g, gradients, arrays):
        gradients.slope[...] = np.sum(g * np.minimum(x, 0), axis=0)


@dataclass(frozen=True)
class Flatten(Layer):
    """Y = X, each sample in a line."""

    def output_shape(self, inputs):
        return (int(np.prod(inputs)),)

    def forward(self, x, out, arrays):
        return x.reshape(out.shape)

    def input_gradient(self, x, y, g, out, arrays):
        return g.reshape(x.shape)


@dataclass(frozen=True)
class GatedUnits(Layer):
    """Y = A σ(B), A and B the halves of X."""

    def output_shape(self, inputs):
        if len(inputs) != 1 or inputs[0] % 2:
            raise ValueError(f"takes flat samples of an even size, got {inputs}")
        return (inputs[0] // 2,)

    def forward(self, x, out, arrays):
        a, b = np.split(x, 2, axis=1)
        return a / (1 + np.exp(-b))

    def input_gradient(self, x, y, g, out, arrays):
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

    def forward(self, x, out, arrays):
        e = np.exp(x - x.max(axis=1, keepdims=True))
        return e / e.sum(axis=1, keepdims=True)

    def input_gradient(self, x, y, g, out, arrays):
        return y * (g - np.sum(g * y, axis=1, keepdims=True))


@dataclass(frozen=True)
class Maxout(Layer):
    """Y = max over k affine pieces."""

    units: int = hyperparameter(REQUIRED, "outputs", at_least=1)
    pieces: int = hyperparameter(3, "pieces", at_least=2)

    def output_shape(self, inputs):
        if len(inputs) != 1:
            raise ValueError("takes flat samples")
        return (self.units,)

    def parameters(self, inputs):
        return (Parameter("weights", (self.pieces, inputs[0], self.units)),)

    def _pieces(self, x, arrays):
        return np.einsum("bd,kdm->kbm", x, arrays.weights)

    def forward(self, x, out, arrays):
        return self._pieces(x, arrays).max(axis=0)

    def _chosen(self, x, g, arrays):
        z = self._pieces(x, arrays)
        return (np.arange(self.pieces)[:, None, None] == z.argmax(axis=0)) * g

    def input_gradient(self, x, y, g, out, arrays):
        return np.einsum("kbm,kdm->bd", self._chosen(x, g, arrays), arrays.weights)

    def parameter_gradients(self, x, y, g, gradients, arrays):
        np.einsum("kbm,bd->kdm", self._chosen(x, g, arrays), x, out=gradients.weights)


@dataclass(frozen=True)
class Convolution(Layer):
    """Y = X ∗ K, 3 × 3, over pictures [height, width, channels]."""

    filters: int = hyperparameter(2, "channels of the output", at_least=1)

    def output_shape(self, inputs):
        if len(inputs) != 3 or min(inputs[:2]) < 3:
            raise ValueError(f"takes pictures (height, width, channels), got {inputs}")
        return (inputs[0] - 2, inputs[1] - 2, self.filters)

    def parameters(self, inputs):
        return (Parameter("kernel", (3, 3, inputs[2], self.filters)),)

    def forward(self, x, out, arrays):
        out[...] = 0
        h, w = out.shape[1:3]
        for i in range(3):
            for j in range(3):
                out += x[:, i : i + h, j : j + w] @ arrays.kernel[i, j]

    def input_gradient(self, x, y, g, out, arrays):
        out[...] = 0
        h, w = g.shape[1:3]
        for i in range(3):
            for j in range(3):
                out[:, i : i + h, j : j + w] += g @ arrays.kernel[i, j].T

    def parameter_gradients(self, x, y, g, gradients, arrays):
        h, w = g.shape[1:3]
        for i in range(3):
            for j in range(3):
                gradients.kernel[i, j] = np.einsum("bhwc,bhwf->cf", x[:, i : i + h, j : j + w], g)


@dataclass(frozen=True)
class Table(Layer):
    """Y = the rows of a table that X names, one after the other: an embedding, strict."""

    count: int = hyperparameter(5, "rows", at_least=2)
    width: int = hyperparameter(3, "numbers of a row", at_least=1)

    def output_shape(self, inputs):
        if len(inputs) != 1:
            raise ValueError(f"takes flat samples of whole numbers, got {inputs}")
        return (inputs[0] * self.width,)

    def parameters(self, inputs):
        return (Parameter("rows", (self.count, self.width), role="table"),)

    def _index(self, x):
        index = x.astype(np.int64)
        if not np.array_equal(index, x) or index.min() < 0 or index.max() >= self.count:
            raise ValueError(f"takes whole numbers from 0 to {self.count - 1}")
        return index

    def forward(self, x, out, arrays):
        return arrays.rows[self._index(x)].reshape(len(x), -1)

    def input_gradient(self, x, y, g, out, arrays):
        return np.zeros_like(x)

    def parameter_gradients(self, x, y, g, gradients, arrays):
        gradients.rows[...] = 0
        np.add.at(gradients.rows, self._index(x), g.reshape(*x.shape, self.width))


@dataclass(frozen=True)
class Stated(Layer):
    """Y = X / (1 + b |X|), or its negative, said as formulas alone."""

    bend: float = positive(1.0, "b")
    mirrored: bool = hyperparameter(False, "whether it is the negative")

    @staticmethod
    def formula(x, bend, mirrored):
        sign = -1 if mirrored else 1
        return sign * x / (1 + bend * np.abs(x))

    @staticmethod
    def gradient_formula(x, g, bend, mirrored):
        sign = -1 if mirrored else 1
        return sign * g / (1 + bend * np.abs(x)) ** 2
