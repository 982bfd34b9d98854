"""Each framework doing the same work, written as its own documentation recommends.

A peer is a function from a workload, inputs (float32, 0 to 1) and labels to a function that trains
one epoch in a fresh order, and returns the last loss or nothing. What is made once is made outside.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import count, pairwise
from typing import Any

import numpy as np

from benchmarks.workloads import Workload

Epoch = Callable[[], Any]
Peer = Callable[[Workload, Any, Any], Epoch]


def floor(work: Workload, x: Any, y: Any) -> Epoch:
    """The matrix products of the steps alone, through `np.dot`: no biases, loss or update."""
    rng = np.random.default_rng(0)
    units, batch = work.units, work.batch
    weights = [rng.standard_normal(s).astype(np.float32) for s in pairwise(units)]
    inputs = [rng.standard_normal((batch, u)).astype(np.float32) for u in units]
    into_w, into_x = [np.empty_like(w) for w in weights], [np.empty_like(a) for a in inputs]
    calls = [(inputs[i], w, into_x[i + 1]) for i, w in enumerate(weights)]
    for i in reversed(range(len(weights))):
        calls.append((inputs[i].T, inputs[i + 1], into_w[i]))
        if i:
            calls.append((inputs[i + 1], weights[i].T, into_x[i]))
    dot = np.dot

    def epoch() -> None:
        for _ in range(work.steps):
            for a, b, out in calls:
                dot(a, b, out=out)

    return epoch


def numpy_loop(work: Workload, x: Any, y: Any) -> Epoch:
    """A plain numpy loop as one writes it by hand: a new array for every result."""
    rng = np.random.default_rng(0)
    ws = [(rng.standard_normal(s) * 0.05).astype(np.float32) for s in pairwise(work.units)]
    bs = [np.zeros(u, np.float32) for u in work.units[1:]]
    vs = [np.zeros_like(p) for p in ws + bs]
    ms, steps = [np.zeros_like(p) for p in ws + bs], count(1)

    def activate(z: Any) -> Any:
        return np.maximum(z, 0) if work.activation == "relu" else 1 / (1 + np.exp(-z))

    def epoch() -> None:
        order = rng.permutation(len(x))
        for s in range(work.steps):
            rows = order[s * work.batch : (s + 1) * work.batch]
            a = [x[rows]]
            for i, (w, b) in enumerate(zip(ws, bs, strict=True)):
                z = a[-1] @ w + b
                a.append(activate(z) if i < len(ws) - 1 else z)
            e = np.exp(a[-1] - a[-1].max(axis=1, keepdims=True))
            g = e / e.sum(axis=1, keepdims=True)
            g[np.arange(len(rows)), y[rows]] -= 1
            g /= len(rows)
            gws: list[Any] = []
            gbs: list[Any] = []
            for i in reversed(range(len(ws))):
                gws.insert(0, a[i].T @ g + 2 * work.l2 * ws[i])
                gbs.insert(0, g.sum(axis=0))
                if i:
                    up = a[i] > 0 if work.activation == "relu" else a[i] * (1 - a[i])
                    g = (g @ ws[i].T) * up
            t = next(steps)
            for p, d, v, m in zip(ws + bs, gws + gbs, vs, ms, strict=True):
                if work.rule == "sgd":
                    p -= work.rate * d
                elif work.rule == "adam":
                    m[...] = 0.9 * m + 0.1 * d
                    v[...] = 0.999 * v + 0.001 * d * d
                    root = np.sqrt(v / (1 - 0.999**t)) + 1e-8
                    p -= work.rate * m / (1 - 0.9**t) / root
                else:
                    v[...] = 0.85 * v + 0.15 * d * d
                    p -= work.rate * d / (np.sqrt(v) + 1e-8)

    return epoch


class Silent:
    """Who listens to a trainer, and hears nothing."""

    every_step = False
    gradients_ready = None

    def epoch_started(self, epoch: int) -> None:
        """Hear nothing."""

    def steps_ended(self, step: int, losses: Any) -> None:
        """Hear nothing."""


def ours(work: Workload, x: Any, y: Any) -> Epoch:
    """The framework's trainer, as a run drives it, per-step losses included; bytes in memory."""
    pixels = x if x.dtype == np.uint8 else (x * 255).round().astype(np.uint8)
    epochs = iter(trainer_of(work, pixels, y).epochs(Silent()))
    return lambda: next(epochs).batch_loss


def ours_in_numpy(work: Workload, x: Any, y: Any) -> Epoch:
    """The same, its update rules run by numpy alone."""
    pixels = x if x.dtype == np.uint8 else (x * 255).round().astype(np.uint8)
    epochs = iter(trainer_of(work, pixels, y, engine="numpy").epochs(Silent()))
    return lambda: next(epochs).batch_loss


def ours_shared(work: Workload, x: Any, y: Any, networks: int) -> Epoch:
    """Several of the framework's networks on the same batches, each gathered once for all."""
    trainers = [trainer_of(work, x, y) for _ in range(networks)]
    batches, rng = trainers[0].minibatches, np.random.default_rng(0)
    steps = [trainer._step[work.batch] for trainer in trainers]
    losses = np.empty(work.batch, np.float32)

    def epoch() -> None:
        for i, (rows, targets) in enumerate(batches.batches(batches.order(rng))):
            batches.gather(rows, steps[0].inputs, steps[0].scale)
            for step in steps:
                if step is not steps[0]:
                    np.copyto(step.inputs, steps[0].inputs)
                step.run_step(i, targets, losses)

    return epoch


def trainer_of(
    work: Workload,
    x: Any,
    y: Any,
    *,
    dtype: str = "float32",
    keep_gradients: bool = False,
    engine: str = "auto",
) -> Any:
    """Build the framework's trainer for a workload, on inputs of bytes or of scaled floats."""
    from framework import Data, Split
    from framework.registry.registry import Registry
    from framework.settings.settings import read_settings
    from framework.training.engine import engine_for
    from framework.training.trainer import Trainer

    registry = Registry()
    registry.load_installed()
    rule: dict[str, Any] = {"name": work.rule, "learning_rate": work.rate}
    regularizer = {"name": "l2", "strength": work.l2} if work.l2 else "none"
    settings = read_settings(
        {
            "seed": 0,
            "dtype": dtype,
            "layer": {
                "name": "dense",
                "initializer": "small_normal",
                "regularizer": regularizer,
                "update_rule": rule,
            },
            "model": {"hidden": list(work.hidden), "activation": work.activation},
            "loss": "softmax_cross_entropy",
            "data": "mnist",
            "metrics": {"loss": "loss"},
            "trainer": {"batch_size": work.batch, "epochs": 1_000_000, "engine": engine},
        },
        registry,
    )
    from framework.engine.network import Network
    from framework.runs.builder import sized

    rows = Split(x, y)
    data = Data(
        rows, rows, rows, classes=work.classes, scale=1 / 255 if x.dtype == np.uint8 else None
    )
    network = Network(
        sized(settings.layers, work.classes),
        data.sample_shape,
        dtype,
        np.random.SeedSequence(0),
        data.scale,
    )
    rng = np.random.default_rng(0)
    steps = settings.trainer.span(work.steps).steps
    return Trainer(
        *(network, data, settings.loss, settings.trainer, rng),
        keep_gradients=keep_gradients,
        engine=engine_for(network, settings.trainer, steps),
    )


def torch_eager(work: Workload, x: Any, y: Any) -> Epoch:
    """PyTorch, eager: the tutorial's loop, batches indexed out of tensors in memory."""
    return _torch(work, x, y, compiled=False)


def torch_compiled(work: Workload, x: Any, y: Any) -> Epoch:
    """PyTorch with the step in `torch.compile`."""
    return _torch(work, x, y, compiled=True)


def _torch(work: Workload, x: Any, y: Any, *, compiled: bool) -> Epoch:
    import torch
    from torch import nn

    torch.manual_seed(0)
    layers: list[Any] = []
    for i, (d, m) in enumerate(pairwise(work.units)):
        layers.append(nn.Linear(d, m))
        if i < len(work.units) - 2:
            layers.append(nn.ReLU() if work.activation == "relu" else nn.Sigmoid())
    model, loss = nn.Sequential(*layers), nn.CrossEntropyLoss()
    decayed = [p for n, p in model.named_parameters() if n.endswith("weight")]
    others = [p for n, p in model.named_parameters() if n.endswith("bias")]
    parts: list[dict[str, Any]] = [
        {"params": decayed, "weight_decay": 2 * work.l2},
        {"params": others},
    ]
    if work.rule == "sgd":
        optimizer: Any = torch.optim.SGD(parts, lr=work.rate)
    elif work.rule == "adam":
        optimizer = torch.optim.Adam(parts, lr=work.rate)
    else:
        optimizer = torch.optim.RMSprop(parts, lr=work.rate, alpha=0.85)
    inputs, labels = torch.from_numpy(x), torch.from_numpy(y)

    def step(a: Any, b: Any) -> Any:
        optimizer.zero_grad()
        value = loss(model(a), b)
        value.backward()
        optimizer.step()
        return value

    if compiled:
        step = torch.compile(step)

    def epoch() -> float:
        order = torch.randperm(len(inputs))
        for s in range(work.steps):
            rows = order[s * work.batch : (s + 1) * work.batch]
            value = step(inputs[rows], labels[rows])
        return float(value)

    return epoch


def jax_scan(work: Workload, x: Any, y: Any) -> Epoch:
    """JAX, a whole epoch in one compiled scan."""
    import jax
    import jax.numpy as jnp

    key = jax.random.key(0)
    params = []
    for d, m in pairwise(work.units):
        key, sub = jax.random.split(key)
        params.append((jax.random.normal(sub, (d, m)) * 0.05, jnp.zeros(m)))
    means = jax.tree.map(jnp.zeros_like, params)
    if work.rule == "adam":
        means = (means, jax.tree.map(jnp.zeros_like, params), jnp.zeros((), jnp.int32))
    inputs, labels = jnp.asarray(x), jnp.asarray(y)

    def adam(params: Any, grads: Any, kept: Any) -> Any:
        m, v, t = kept
        t += 1
        m = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, m, grads)
        v = jax.tree.map(lambda v, g: 0.999 * v + 0.001 * g * g, v, grads)
        root, rate = jnp.sqrt(1 - 0.999**t), work.rate / (1 - 0.9**t)
        params = jax.tree.map(
            lambda p, m, v: p - rate * m / (jnp.sqrt(v) / root + 1e-8), params, m, v
        )
        return params, (m, v, t)

    def loss_of(params: Any, a: Any, b: Any) -> Any:
        for i, (w, c) in enumerate(params):
            a = a @ w + c
            if i < len(params) - 1:
                a = jax.nn.relu(a) if work.activation == "relu" else jax.nn.sigmoid(a)
        nll = -jnp.take_along_axis(jax.nn.log_softmax(a), b[:, None], axis=1).mean()
        return nll + work.l2 * sum((w**2).sum() for w, _ in params) if work.l2 else nll

    def step(carry: Any, rows: Any) -> Any:
        params, means = carry
        value, grads = jax.value_and_grad(loss_of)(params, inputs[rows], labels[rows])
        if work.rule == "sgd":
            params = jax.tree.map(lambda p, g: p - work.rate * g, params, grads)
        elif work.rule == "adam":
            params, means = adam(params, grads, means)
        else:
            means = jax.tree.map(lambda v, g: 0.85 * v + 0.15 * g * g, means, grads)
            params = jax.tree.map(
                lambda p, g, v: p - work.rate * g / (jnp.sqrt(v) + 1e-8), params, grads, means
            )
        return (params, means), value

    @jax.jit
    def run(carry: Any, key: Any) -> Any:
        order = jax.random.permutation(key, len(inputs))[: work.steps * work.batch]
        return jax.lax.scan(step, carry, order.reshape(work.steps, work.batch))

    state = {"carry": (params, means), "key": key}

    def epoch() -> float:
        state["key"], sub = jax.random.split(state["key"])
        state["carry"], losses = run(state["carry"], sub)
        return float(losses[-1])

    return epoch


def keras_jax(work: Workload, x: Any, y: Any) -> Epoch:
    """Keras 3 on JAX: `fit`."""
    import os

    os.environ["KERAS_BACKEND"] = "jax"
    import keras

    decay = keras.regularizers.L2(work.l2) if work.l2 else None
    layers: list[Any] = [keras.Input((work.features,))]
    layers += [
        keras.layers.Dense(u, work.activation, kernel_regularizer=decay) for u in work.hidden
    ]
    layers.append(keras.layers.Dense(work.classes, kernel_regularizer=decay))
    model = keras.Sequential(layers)
    optimizers: dict[str, Any] = {
        "sgd": lambda: keras.optimizers.SGD(work.rate),
        "adam": lambda: keras.optimizers.Adam(work.rate),
        "rmsprop": lambda: keras.optimizers.RMSprop(work.rate, rho=0.85),
    }
    optimizer: Any = optimizers[work.rule]()
    model.compile(optimizer, keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    rows = work.steps * work.batch

    def epoch() -> float:
        history = model.fit(x[:rows], y[:rows], batch_size=work.batch, epochs=1, verbose=0)
        return float(history.history["loss"][-1])

    return epoch


def sklearn_mlp(work: Workload, x: Any, y: Any) -> Epoch:
    """scikit-learn's `MLPClassifier`; it has SGD only."""
    from sklearn.neural_network import MLPClassifier

    if work.rule != "sgd":
        raise LookupError("of scikit-learn's rules, SGD is compared")
    model = MLPClassifier(
        work.hidden,
        activation={"relu": "relu", "sigmoid": "logistic"}[work.activation],
        solver="sgd",
        alpha=2 * work.l2 * work.batch,
        batch_size=work.batch,
        learning_rate_init=work.rate,
        momentum=0.0,
        max_iter=1,
    )
    classes = np.arange(work.classes)

    def epoch() -> float:
        model.partial_fit(x, y, classes=classes)
        return float(model.loss_)

    return epoch


def thinc_ops(work: Workload, x: Any, y: Any) -> Epoch:
    """Thinc on its numpy operations."""
    from thinc.api import SGD, CategoricalCrossentropy, Linear, Relu, Sigmoid, chain

    if work.rule != "sgd" or work.l2:
        raise LookupError("of Thinc's rules, SGD without L2 is compared")
    layer = Relu if work.activation == "relu" else Sigmoid
    model = chain(*(layer(u) for u in work.hidden), Linear(work.classes))
    model.initialize(x[:5], np.eye(work.classes, dtype=np.float32)[y[:5]])
    optimizer, loss = SGD(work.rate), CategoricalCrossentropy()
    rng = np.random.default_rng(0)

    def epoch() -> None:
        order = rng.permutation(len(x))
        for s in range(work.steps):
            rows = order[s * work.batch : (s + 1) * work.batch]
            z, backward = model.begin_update(x[rows])
            shifted = np.exp(z - z.max(axis=1, keepdims=True))
            backward(loss.get_grad(shifted / shifted.sum(axis=1, keepdims=True), y[rows]))
            model.finish_update(optimizer)

    return epoch


PEERS: dict[str, tuple[Peer, str | None]] = {
    "floor": (floor, "numpy"),
    "framework": (ours, "mlp-framework"),
    "framework (numpy alone)": (ours_in_numpy, "mlp-framework"),
    "numpy loop": (numpy_loop, "numpy"),
    "JAX scan": (jax_scan, "jax"),
    "Keras on JAX": (keras_jax, "keras"),
    "scikit-learn": (sklearn_mlp, "scikit-learn"),
    "PyTorch eager": (torch_eager, "torch"),
    "PyTorch compiled": (torch_compiled, "torch"),
    "Thinc": (thinc_ops, "thinc"),
}
"""Name → the peer and the distribution it needs."""
