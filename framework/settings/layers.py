"""Turning the groups `model` and `layer` into the plan of a network, layer by layer.

`model.hidden` becomes dense layers with an activation between, `model.layers` every layer as it
says; the group `layer` is what each of them starts from. `runs/builder.py` gives the output layer
its units, `engine/graph.py` the weights.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from typing import Any

from framework.components.base import REQUIRED, hyperparameter
from framework.components.constraint import Constraint
from framework.components.initializer import Initializer
from framework.components.layer import Layer
from framework.components.regularizer import Regularizer
from framework.components.update_rule import UpdateRule
from framework.engine.plan import LayerPlan, Training
from framework.settings.reader import Reader
from framework.text import nearest

TRAINING = ("initializer", "regularizer", "constraint", "update_rule")


@dataclass(frozen=True)
class MlpSettings:
    """The group `model`, when it gives `hidden`: dense layers with an activation between."""

    activation: Layer = hyperparameter(REQUIRED, "the layer after each hidden layer")
    hidden: tuple[int, ...] = hyperparameter((100, 200), "units of each hidden layer", at_least=1)
    variants: Any = hyperparameter({}, "what single layers (hidden_1, …, output) have of their own")


@dataclass(frozen=True)
class SequentialSettings:
    """The group `model`, when it gives `layers`: every layer, one by one."""

    layers: Any = hyperparameter([], "layers in order: a name, or a mapping of name and fields")


def read_layers(
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
            said_by = path if label in own and "units" in _of(own, label) else "layer"
            reader.report(f"{said_by}.units", "the sizes of hidden layers are model.hidden")
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
    constraint, rule = None, None
    if node.get("constraint") is not None:
        constraint = reader.component(Constraint, node["constraint"], f"{path}.constraint")
    if node.get("update_rule") is not None:
        rule = reader.component(UpdateRule, node["update_rule"], f"{path}.update_rule")
    if layer is None or initializer is None or regularizer is None:
        return None
    if sized_by_data and not _has_units(layer):
        reader.report(
            path, f"an output layer needs a field 'units'; {type(layer).__name__} has none"
        )
    training = Training(initializer, regularizer, rule, constraint)
    return LayerPlan(label, layer, training, sized_by_data)


def _has_units(layer: Layer) -> bool:
    return is_dataclass(layer) and any(f.name == "units" for f in fields(layer))
