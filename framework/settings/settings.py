"""The composed configuration as checked, typed values: what a training run is made from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from typing import Any, Literal

from framework.components.base import REQUIRED, Setting, positive, setting
from framework.components.callback import Callback
from framework.components.dataset import Dataset
from framework.components.initializer import Initializer
from framework.components.layer import Layer
from framework.components.loss import Loss
from framework.components.metric import Metric
from framework.components.regularizer import Regularizer
from framework.components.update_rule import UpdateRule
from framework.registry.registry import Registry
from framework.settings.reader import Reader
from framework.settings.targets import NO_METRIC, read_metrics
from framework.text import nearest


@dataclass(frozen=True)
class Training:
    """How a layer's parameters start and move; without an update rule they are frozen."""

    initializer: Initializer
    regularizer: Regularizer
    update_rule: UpdateRule | None


@dataclass(frozen=True)
class LayerPlan:
    """One layer to be: its label in this network, its component, its training.

    ``sized_by_data`` marks the output layer, whose units are the data's classes or targets.
    """

    label: str
    layer: Layer
    training: Training
    sized_by_data: bool = False


@dataclass(frozen=True)
class TrainerSettings:
    """The group `trainer`."""

    epochs: int = setting(25, "times that training walks through all rows", at_least=1)
    batch_size: int = setting(32, "rows in a minibatch", at_least=1)
    shuffle: bool = setting(True, "draw a fresh order of the rows for each epoch")
    drop_last: bool = setting(True, "leave out an incomplete last minibatch")
    evaluation_rows: int = setting(1000, "rows evaluated at once", at_least=1)
    threads: int | Literal["auto"] = setting(
        "auto", "BLAS threads, which decide last digits; auto: one", at_least=1
    )
    resume: Literal["never", "auto", "changed"] = setting(
        "never", "go on with the run its directory holds; changed: even under other settings"
    )


@dataclass(frozen=True)
class CheckpointSettings:
    """The group `checkpoint`: when a run's whole state is written down, beside signals."""

    epochs: int | None = setting(1, "epochs between two checkpoints; null: any number", at_least=1)
    steps: int | None = setting(None, "steps between two checkpoints", at_least=1)
    seconds: float | None = positive(None, "seconds between two checkpoints")
    keep: int = setting(2, "newest checkpoints kept, beside that of the best epoch", at_least=2)


@dataclass(frozen=True)
class MlpSettings:
    """The group `model`, when it gives `hidden`: dense layers with an activation between."""

    activation: Layer = setting(REQUIRED, "the layer after each hidden layer")
    hidden: tuple[int, ...] = setting((100, 200), "units of each hidden layer", at_least=1)
    variants: Any = setting({}, "what single layers (hidden_1, …, output) have of their own")


@dataclass(frozen=True)
class SequentialSettings:
    """The group `model`, when it gives `layers`: every layer, one by one."""

    layers: Any = setting([], "layers in order: a name, or a mapping of name and fields")


@dataclass(frozen=True, eq=False)
class Settings:
    """A whole training run, checked; no field of it can be wrong by itself.

    ``configuration`` is what it was read from.
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


TRAINING = ("initializer", "regularizer", "update_rule")
TOP = (
    *("seed", "dtype", "layer", "model", "loss", "data"),
    *("metrics", "trainer", "checkpoint", "callbacks"),
)
OTHER = ("job", "plugins", "blocked", "published")


def read_settings(configuration: Mapping[str, Any], registry: Registry) -> Settings:
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
    seed = reader.value(int, node["seed"], "seed", Setting("", at_least=0))
    dtype = reader.value(Literal["float32", "float64"], node["dtype"], "dtype")
    layers = _layers(reader, _mapping(reader, node, "model"), _mapping(reader, node, "layer"))
    loss = reader.component(Loss, node["loss"], "loss")
    data = reader.component(Dataset, node["data"], "data")
    metrics = dict(read_metrics(reader, _mapping(reader, node, "metrics"), loss))
    if not metrics:
        reader.report("", NO_METRIC)
    trainer = reader.fields(TrainerSettings, _mapping(reader, node, "trainer"), "trainer")
    kept = reader.fields(CheckpointSettings, _mapping(reader, node, "checkpoint"), "checkpoint")
    callbacks = {
        name: reader.component(Callback, one, f"callbacks.{name}")
        for name, one in _mapping(reader, node, "callbacks").items()
    }
    published = {
        str(name): reader.value(float, one, f"published.{name}")
        for name, one in _mapping(reader, configuration, "published").items()
    }
    reader.finish()
    assert loss is not None
    assert data is not None
    assert trainer is not None
    assert kept is not None
    return Settings(
        seed,
        dtype,
        layers,
        loss,
        data,
        {name: one for name, one in metrics.items() if one is not None},
        trainer,
        kept,
        {name: one for name, one in callbacks.items() if one is not None},
        published,
        configuration,
    )


def _mapping(reader: Reader, node: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    found = node.get(key)
    if found is None:
        return {}
    if not isinstance(found, Mapping):
        reader.report(key, f"expected a mapping, got {found!r}")
        return {}
    return found


def _layers(
    reader: Reader, model: Mapping[str, Any], variant: Mapping[str, Any]
) -> tuple[LayerPlan, ...]:
    if "layers" in model:
        explicit = reader.fields(SequentialSettings, model, "model", "a model with 'layers'")
        return _sequential(reader, explicit.layers, variant) if explicit else ()
    mlp = reader.fields(MlpSettings, model, "model", "a model with 'hidden'")
    return _mlp(reader, mlp, variant) if mlp else ()


def _mlp(reader: Reader, model: MlpSettings, variant: Mapping[str, Any]) -> tuple[LayerPlan, ...]:
    units = {f"hidden_{i}": u for i, u in enumerate(model.hidden, start=1)} | {"output": None}
    own = model.variants if isinstance(model.variants, Mapping) else {}
    for label in own:
        if label not in units:
            reader.report(
                f"model.variants.{label}", f"there is no such layer; {nearest(label, units)}"
            )
    plans: list[LayerPlan] = []
    for label, count in units.items():
        path = f"model.variants.{label}" if label in own else "layer"
        node = _merge(variant, own.get(label, {}))
        if count is not None and "units" in node:
            told = path if label in own and "units" in _of(own, label) else "layer"
            reader.report(f"{told}.units", "the sizes of hidden layers are model.hidden")
        width = {} if count is None and "units" in node else {"units": count or 1}
        plan = _plan(reader, label, {**node, **width}, path, sized_by_data=count is None)
        if plan is None:
            return ()
        plans.append(plan)
        if count is not None:
            activation = f"{label}.{reader.registry.name_of(model.activation)}"
            plans.append(LayerPlan(activation, model.activation, plan.training))
    return tuple(plans)


def _of(own: Mapping[str, Any], label: str) -> Mapping[str, Any]:
    return own[label] if isinstance(own[label], Mapping) else {}


def _sequential(reader: Reader, nodes: Any, variant: Mapping[str, Any]) -> tuple[LayerPlan, ...]:
    if not isinstance(nodes, list) or not nodes:
        reader.report("model.layers", f"expected a list of at least one layer, got {nodes!r}")
        return ()
    plans: list[LayerPlan | None] = []
    for i, given in enumerate(nodes):
        node = {"name": given} if isinstance(given, str) else given
        path = f"model.layers[{i}]"
        if not isinstance(node, Mapping) or "name" not in node:
            reader.report(path, f"expected a layer's name or a mapping with 'name', got {given!r}")
            continue
        merged = _merge(variant, node)
        plans.append(_plan(reader, f"{node['name']}_{i + 1}", merged, path))
    return tuple(plan for plan in plans if plan is not None)


def _merge(base: Mapping[str, Any], own: Any) -> Mapping[str, Any]:
    """Lay a layer's own keys over those of the variant; another `name` replaces its fields."""
    if isinstance(own, str):
        own = {"name": own}
    if not isinstance(own, Mapping) or not isinstance(base, Mapping):
        return own  # type: ignore[no-any-return]
    kept = dict(base)
    if own.get("name", base.get("name")) != base.get("name"):
        kept = {key: base[key] for key in TRAINING if key in base}
    for key, given in own.items():
        below = base.get(key)
        kept[key] = _merge(below, given) if isinstance(below, Mapping) else given
    return kept


def _plan(
    reader: Reader, label: str, node: Mapping[str, Any], path: str, *, sized_by_data: bool = False
) -> LayerPlan | None:
    layer = reader.component(Layer, {k: v for k, v in node.items() if k not in TRAINING}, path)
    initializer = reader.component(Initializer, node.get("initializer"), f"{path}.initializer")
    regularizer = reader.component(Regularizer, node.get("regularizer"), f"{path}.regularizer")
    rule = None
    if node.get("update_rule") is not None:
        rule = reader.component(UpdateRule, node["update_rule"], f"{path}.update_rule")
    if layer is None or initializer is None or regularizer is None:
        return None
    if sized_by_data and not _has_units(layer):
        reader.report(
            path, f"an output layer needs a field 'units'; {type(layer).__name__} has none"
        )
    return LayerPlan(label, layer, Training(initializer, regularizer, rule), sized_by_data)


def _has_units(layer: Layer) -> bool:
    return is_dataclass(layer) and any(f.name == "units" for f in fields(layer))
