"""The composed configuration as checked, typed values: what a training run is made from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from framework.components.base import FieldInfo, hyperparameter, positive
from framework.components.callback import Callback
from framework.components.dataset import Dataset
from framework.components.loss import Loss
from framework.components.metric import Metric
from framework.engine.network import Network
from framework.engine.plan import LayerPlan
from framework.registry.registry import Registry
from framework.settings.initial import InitialSettings
from framework.settings.layers import read_layers
from framework.settings.metrics import NO_METRIC, read_metrics
from framework.settings.reader import Reader
from framework.settings.transforms import read_transforms, without_transforms
from framework.text import nearest
from framework.training.settings import TrainerSettings


@dataclass(frozen=True)
class CheckpointSettings:
    """The group `checkpoint`: when a run's whole state is written down, beside signals."""

    epochs: int | None = hyperparameter(
        1, "epochs between two checkpoints; null: any number", at_least=1
    )
    steps: int | None = hyperparameter(None, "steps between two checkpoints", at_least=1)
    seconds: float | None = positive(None, "seconds between two checkpoints")
    keep: int = hyperparameter(
        2, "newest checkpoints kept, beside that of the best epoch", at_least=2
    )


@dataclass(frozen=True, eq=False)
class RunSettings:
    """A whole training run, checked; no field of it can be wrong by itself.

    ``configuration`` is what it was read from; ``given`` are the arrays of a dataset that a program
    hands over, ``initial_network`` the network whose weights it starts from.
    """

    seed: int
    dtype: Literal["float32", "float64"]
    layers: tuple[LayerPlan, ...]
    loss: Loss
    data: Dataset
    metrics: Mapping[str, Metric]
    trainer: TrainerSettings
    checkpoint: CheckpointSettings
    callbacks: Mapping[str, Callback]
    published: Mapping[str, float]
    configuration: Mapping[str, Any]
    initial: InitialSettings = InitialSettings()
    given: Mapping[str, Any] | None = None
    initial_network: Network | None = None


TOP = (
    *("seed", "dtype", "layer", "model", "loss", "data"),
    *("metrics", "trainer", "checkpoint", "callbacks", "initial"),
)
OTHER = ("job", "plugins", "blocked", "published")


def read_settings(configuration: Mapping[str, Any], registry: Registry) -> RunSettings:
    """Check a composed configuration as a whole.

    Raises
    ------
    ConfigurationError : one line for each thing wrong with it.
    """
    reader = Reader(registry)
    for key in configuration:
        if key not in TOP + OTHER:
            reader.report(str(key), f"there is no such key; {nearest(key, TOP + OTHER)}")
    node = {key: configuration.get(key) for key in TOP}
    seed = reader.value(int, node["seed"], "seed", FieldInfo("", at_least=0))
    dtype = reader.value(Literal["float32", "float64"], node["dtype"], "dtype")
    layers = read_layers(reader, _mapping(reader, node, "model"), _mapping(reader, node, "layer"))
    loss = reader.component(Loss, node["loss"], "loss")
    layers = read_transforms(reader, node["data"], layers) + layers
    data = reader.component(Dataset, without_transforms(node["data"]), "data")
    metrics = dict(read_metrics(reader, _mapping(reader, node, "metrics"), loss))
    if not metrics:
        reader.report("", NO_METRIC)
    trainer = reader.fields(TrainerSettings, _mapping(reader, node, "trainer"), "trainer")
    kept = reader.fields(CheckpointSettings, _mapping(reader, node, "checkpoint"), "checkpoint")
    callbacks = {
        name: reader.component(Callback, callback, f"callbacks.{name}")
        for name, callback in _mapping(reader, node, "callbacks").items()
    }
    initial = reader.fields(InitialSettings, _mapping(reader, node, "initial"), "initial")
    published = {
        str(name): reader.value(float, result, f"published.{name}")
        for name, result in _mapping(reader, configuration, "published").items()
    }
    reader.finish()
    assert loss is not None
    assert data is not None
    assert trainer is not None
    assert kept is not None
    assert initial is not None
    return RunSettings(
        seed,
        dtype,
        layers,
        loss,
        data,
        {name: metric for name, metric in metrics.items() if metric is not None},
        trainer,
        kept,
        {name: callback for name, callback in callbacks.items() if callback is not None},
        published,
        configuration,
        initial,
    )


def _mapping(reader: Reader, node: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = node.get(key)
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        reader.report(key, f"expected a mapping, got {value!r}")
        return {}
    return value
