"""The reference network with a component in its place, as each peer trains it.

A peer is a function from a row and its data to a function that takes an epoch's steps in a fresh
order. One that does not have the component raises `LookupError`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from benchmarks.component_rows import Row
from benchmarks.peers.own import Silent

UNITS, BATCH = (100, 200), 32
Epoch = Callable[[], Any]
Peer = Callable[[Row, Any, dict[str, Any]], Epoch]


def framework(row: Row, x: Any, targets: dict[str, Any]) -> Epoch:
    """Ours, composed and built as in a run, on bytes."""
    from framework.registry.registry import Registry
    from framework.runs.builder import build
    from framework.settings.settings import read_settings

    registry = Registry()
    registry.load_installed()
    rule = row.ours.get("rule", {"name": "sgd", "learning_rate": 0.001})
    behind = row.ours.get("behind", ["relu"])
    dense = [{"name": "dense", "units": units} for units in UNITS]
    values = row.targets not in ("labels", "two")
    settings = read_settings(
        {
            "seed": 0,
            "dtype": "float32",
            "layer": {
                **{"name": "dense", "initializer": "xavier_normal", "regularizer": "none"},
                "update_rule": rule,
            },
            "model": {"layers": [dense[0], *behind, dense[1], *behind, "dense"]},
            "loss": row.ours.get("loss", "softmax_cross_entropy"),
            "data": {"name": "arrays", "scale": 1 / 255}
            | ({"targets": "sets" if row.targets == "sets" else "values"} if values else {}),
            "metrics": {"loss": "loss"},
            "trainer": {"batch_size": BATCH, "epochs": 1_000_000},
        },
        registry,
    )
    arrays = {"inputs": (255 * x).round().astype(np.uint8), "targets": targets[row.targets]}
    if not values:
        arrays["targets"] = arrays["targets"].astype(np.int64)
    held = {f"{s}_{n}": a[:64] for s in ("validation", "test") for n, a in arrays.items()}
    epochs = iter(build(replace(settings, given=arrays | held), registry).trainer.epochs(Silent()))
    return lambda: next(epochs).batch_loss


def pytorch(row: Row, x: Any, targets: dict[str, Any]) -> Epoch:
    """PyTorch, eager, as its tutorial has it."""
    import torch
    from torch import nn
    from torch.nn import functional as F

    torch.manual_seed(0)
    layers: list[Any] = []
    width = x.shape[1]
    for units in UNITS:
        layers.append(nn.Linear(width, units))
        if row.kind in ("activation", "norm") and row.torch is not None:
            layers.append(row.torch(*([units] if row.kind == "norm" else [])))
        if row.kind != "activation":
            layers.append(nn.ReLU())
        width = nn.Sequential(*layers)(torch.zeros(2, x.shape[1])).shape[1]
    layers.append(nn.Linear(width, row.outputs))
    model, loss = nn.Sequential(*layers), F.cross_entropy
    if row.kind == "loss" and row.torch is not None:
        loss = row.torch()
    name, options = row.options.get("torch", ("SGD", {"lr": 0.001}))
    if not hasattr(torch.optim, name or "-"):
        raise LookupError("PyTorch has no such rule")
    parameters = list(model.parameters())
    matrices = [p for p in parameters if p.ndim == 2]
    given = matrices if name == "Muon" else parameters
    optimizers = [getattr(torch.optim, name)(given, **options)]
    if name == "Muon":
        optimizers.append(torch.optim.AdamW([p for p in parameters if p.ndim == 1]))
    inputs, compared = torch.from_numpy(x), torch.from_numpy(targets[row.targets])

    def epoch() -> float:
        order = torch.randperm(len(inputs))
        for start in range(0, len(inputs), BATCH):
            rows = order[start : start + BATCH]
            for optimizer in optimizers:
                optimizer.zero_grad()
            value: Any = loss(model(inputs[rows]), compared[rows])
            value.backward()
            for optimizer in optimizers:
                optimizer.step()
        return float(value.detach())

    return epoch


def jax_scan(row: Row, x: Any, targets: dict[str, Any]) -> Epoch:
    """JAX and optax, all steps in one compiled scan."""
    import jax
    import jax.numpy as jnp
    import optax

    name, options = row.options.get("optax", ("sgd", {"learning_rate": 0.001}))
    if not name or (row.kind == "activation" and row.jax is None):
        raise LookupError("JAX or optax has none")
    rule: Any = optax
    for part in name.split("."):
        rule = getattr(rule, part)
    transform = rule(**({"learning_rate": 1e-3} | options))
    rng = np.random.default_rng(0)
    params: list[Any] = []
    in_place = row.jax if row.kind in ("activation", "norm") else None
    halves = row.name in ("glu", "swiglu", "maxout")
    widths = [x.shape[1], *(units // 2 if halves else units for units in UNITS)]
    for d, m in zip(widths, (*UNITS, row.outputs), strict=True):
        w = jnp.asarray(rng.standard_normal((d, m)) / d**0.5, np.float32)
        params.append((w, jnp.zeros(m), jnp.ones(m), jnp.zeros(m)))
    inputs, compared = jnp.asarray(x), jnp.asarray(targets[row.targets])

    def loss_of(params: Any, a: Any, t: Any) -> Any:
        for w, b, scale, shift in params[:-1]:
            a = a @ w + b
            if row.kind == "norm" and in_place is not None:
                a = in_place(a, scale, shift)
            a = in_place(a) if row.kind == "activation" and in_place else jax.nn.relu(a)
        z = a @ params[-1][0] + params[-1][1]
        if row.kind == "loss" and row.jax is not None:
            return row.jax(z, t)
        return -jnp.take_along_axis(jax.nn.log_softmax(z), t[:, None], axis=1).mean()

    if row.kind != "norm":  # which alone has a scale and a shift
        params = [(w, b, None, None) for w, b, _, _ in params]

    def step(carry: Any, rows: Any) -> Any:
        params, state = carry
        value, gradients = jax.value_and_grad(loss_of)(params, inputs[rows], compared[rows])
        updates, state = transform.update(gradients, state, params)
        return (optax.apply_updates(params, updates), state), value

    @jax.jit
    def run(carry: Any, key: Any) -> Any:
        order = jax.random.permutation(key, len(inputs))
        return jax.lax.scan(step, carry, order.reshape(-1, BATCH))

    kept: dict[str, Any] = {"carry": (params, transform.init(params)), "key": jax.random.key(0)}

    def epoch() -> float:
        kept["key"], key = jax.random.split(kept["key"])
        kept["carry"], values = run(kept["carry"], key)
        return float(values[-1])

    return epoch


def keras_fit(row: Row, x: Any, targets: dict[str, Any]) -> Epoch:
    """Keras on JAX, `fit`."""
    import keras

    name, options = row.options.get("keras", ("SGD", {"learning_rate": 0.001}))
    if not hasattr(keras.optimizers, name or "-") or (row.kind != "update rule" and not row.keras):
        raise LookupError("Keras has none")
    layers: list[Any] = [keras.Input((x.shape[1],))]
    for units in UNITS:
        layers.append(keras.layers.Dense(units))
        if row.kind in ("activation", "norm") and row.keras:
            layers.append(row.keras())
        if row.kind != "activation":
            layers.append(keras.layers.Activation("relu"))
    model = keras.Sequential([*layers, keras.layers.Dense(row.outputs)])
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    if row.kind == "loss" and row.keras:
        loss = row.keras()
    model.compile(getattr(keras.optimizers, name)(**options), loss)

    def epoch() -> float:
        history = model.fit(x, targets[row.targets], batch_size=BATCH, epochs=1, verbose=0)
        return float(history.history["loss"][-1])

    return epoch


PEERS: dict[str, tuple[Peer, str]] = {
    "framework": (framework, "numpy"),
    "PyTorch": (pytorch, "torch"),
    "JAX": (jax_scan, "optax"),
    "Keras": (keras_fit, "keras"),
}
"""Name → the peer and the module that it needs."""
