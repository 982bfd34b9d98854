"""The framework's trainer, as a run drives it, per-step losses included; pictures as bytes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks.workloads import PIXELS, Workload

_RULES: dict[str, dict[str, Any]] = {
    "momentum": {"name": "sgd", "momentum": 0.9},
    "rmsprop": {"name": "rmsprop", "decay": 0.85},
    "adamw": {"name": "adamw", "weight_decay": 0.01},
    "lion": {"name": "lion", "weight_decay": 0.001},
}
_ACTIVATIONS: dict[str, Any] = {"gelu": {"name": "gelu", "approximate": "tanh"}}


class Silent:
    """Who listens to a trainer, and hears nothing."""

    every_step = False
    gradients_ready = None

    def epoch_started(self, epoch: int) -> None:
        """Hear nothing."""

    def steps_ended(self, step: int, losses: Any) -> None:
        """Hear nothing."""


def ours(work: Workload, x: Any, y: Any) -> Callable[[], Any]:
    """Return what trains an epoch, by the engine that a long run chooses."""
    epochs = iter(trainer_of(work, _inputs(work, x), y).epochs(Silent()))
    return lambda: next(epochs).batch_loss


def ours_in_numpy(work: Workload, x: Any, y: Any) -> Callable[[], Any]:
    """Return the same by numpy alone."""
    epochs = iter(trainer_of(work, _inputs(work, x), y, engine="numpy").epochs(Silent()))
    return lambda: next(epochs).batch_loss


def _inputs(work: Workload, x: Any) -> Any:
    """Return pictures as bytes, which is how they are kept; anything else as it is."""
    if work.features != PIXELS or x.dtype == np.uint8:
        return x
    return (x * 255).round().astype(np.uint8)


def ours_shared(work: Workload, x: Any, y: Any, networks: int) -> Callable[[], Any]:
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
    rule = {"learning_rate": work.rate} | _RULES.get(work.rule, {"name": work.rule})
    regularizer = {"name": "l2", "strength": work.l2} if work.l2 else "none"
    activation = _ACTIVATIONS.get(work.activation, work.activation)
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
            "model": {"hidden": list(work.hidden), "activation": activation},
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
        engine=engine_for(network, settings.trainer, steps, settings.loss),
    )
