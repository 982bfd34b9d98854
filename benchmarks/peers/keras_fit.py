"""Keras 3 on JAX: `fit`."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from benchmarks.peers.rules import DECAYS
from benchmarks.workloads import Workload


def keras_jax(work: Workload, x: Any, y: Any) -> Callable[[], Any]:
    """Compile a model; return what fits it for an epoch."""
    os.environ["KERAS_BACKEND"] = "jax"
    import keras

    activation: Any = work.activation
    if activation == "gelu":
        activation = _gelu
    decay = keras.regularizers.L2(work.l2) if work.l2 else None
    layers: list[Any] = [keras.Input((work.features,))]
    layers += [keras.layers.Dense(u, activation, kernel_regularizer=decay) for u in work.hidden]
    layers.append(keras.layers.Dense(work.classes, kernel_regularizer=decay))
    model = keras.Sequential(layers)
    name, options = {
        "sgd": ("SGD", {}),
        "momentum": ("SGD", {"momentum": 0.9}),
        "rmsprop": ("RMSprop", {"rho": 0.85}),
        "adagrad": ("Adagrad", {}),
        "adam": ("Adam", {}),
        "adamw": ("AdamW", {"weight_decay": DECAYS["adamw"]}),
        "nadam": ("Nadam", {}),
        "lion": ("Lion", {"weight_decay": DECAYS["lion"]}),
    }[work.rule]
    optimizer = getattr(keras.optimizers, name)(work.rate, **options)
    if work.rule in DECAYS:
        optimizer.exclude_from_weight_decay(var_names=["bias"])
    model.compile(optimizer, keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    rows = work.steps * work.batch

    def epoch() -> float:
        history = model.fit(x[:rows], y[:rows], batch_size=work.batch, epochs=1, verbose=0)
        return float(history.history["loss"][-1])

    return epoch


def _gelu(x: Any) -> Any:
    import keras

    return keras.ops.gelu(x, approximate=True)
