"""Turning the groups `model` and `layer` into the plan of a network, layer by layer.

`model.hidden` becomes dense layers with an activation between, `model.layers` every layer as it
says, blocks expanded (`blocks.py`); the group `layer` is what each of them starts from.
`runs/builder.py` gives the output layer its units, `engine/graph.py` the weights.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from framework.components.base import REQUIRED, hyperparameter
from framework.components.layer import Layer
from framework.engine.plan import LayerPlan
from framework.settings.blocks import read_rows
from framework.settings.reader import Reader
from framework.settings.single_layer import laid_over, read_plan
from framework.text import nearest


@dataclass(frozen=True)
class MlpSettings:
    """The group `model`, when it gives `hidden`: dense layers with an activation between.

    Behind each hidden layer stand its `norm`, its `activation` and its `dropout`, where they are
    given: one for all, or a list with one for each.
    """

    activation: Any = hyperparameter(
        REQUIRED, "the layer after each hidden layer; or a list, one for each"
    )
    hidden: tuple[int, ...] = hyperparameter((100, 200), "units of each hidden layer", at_least=1)
    norm: Any = hyperparameter(
        None, "the layer between each hidden layer and its activation; or a list"
    )
    dropout: Any = hyperparameter(
        None, "the layer after each activation, or its rate alone; or a list"
    )
    variants: Any = hyperparameter({}, "what single layers (hidden_1, …, output) have of their own")


@dataclass(frozen=True)
class SequentialSettings:
    """The group `model`, when it gives `layers`: every layer, one by one."""

    layers: Any = hyperparameter(
        [], "layers in order: a name, a mapping of name and fields, or a block of layers"
    )


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
    behind = {
        key: _for_each(reader, f"model.{key}", given, len(model.hidden))
        for key, given in (
            ("norm", model.norm),
            ("activation", model.activation),
            ("dropout", _with_name(model.dropout)),
        )
    }
    plans: list[LayerPlan] = []
    for place, (label, count) in enumerate(units.items()):
        path = f"model.variants.{label}" if label in own else "layer"
        node = laid_over(variant, own.get(label, {}))
        if count is not None and "units" in node:
            said_by = path if label in own and "units" in _of(own, label) else "layer"
            reader.report(f"{said_by}.units", "the sizes of hidden layers are model.hidden")
        width = {} if count is None and "units" in node else {"units": count or 1}
        plan = read_plan(reader, label, {**node, **width}, path, sized_by_data=count is None)
        if plan is None:
            return ()
        plans.append(plan)
        if count is not None:
            layers = [layers[place] for layers in behind.values()]
            plans += _behind(reader, plan, [layer for layer in layers if layer is not None])
    return tuple(plans)


def _for_each(reader: Reader, path: str, given: Any, hidden: int) -> list[Layer | None]:
    """Read what stands behind each hidden layer: one for all, or a list with one for each."""
    if not isinstance(given, list | tuple):
        layer = None if given is None else reader.component(Layer, given, path)
        return [layer] * hidden
    if len(given) != hidden:
        reader.report(path, f"has {len(given)} for {hidden} hidden layers (model.hidden)")
        return [None] * hidden
    return [
        None if node is None else reader.component(Layer, node, f"{path}[{i}]")
        for i, node in enumerate(given)
    ]


def _behind(reader: Reader, plan: LayerPlan, layers: Sequence[Layer]) -> list[LayerPlan]:
    """Return the plans of the layers behind a hidden one, with its training."""
    names = [reader.registry.name_of(layer) for layer in layers]
    plans = []
    for i, (name, layer) in enumerate(zip(names, layers, strict=True)):
        times = names[: i + 1].count(name)
        label = f"{plan.label}.{name}" + (f"_{times}" if times > 1 else "")
        plans.append(LayerPlan(label, layer, plan.training))
    return plans


def _with_name(given: Any) -> Any:
    """Return nodes of dropout: a number is its rate."""
    if isinstance(given, list | tuple):
        return [_with_name(node) for node in given]
    if isinstance(given, int | float) and not isinstance(given, bool):
        return {"name": "dropout", "rate": float(given)}
    return given


def _of(own: Mapping[str, Any], label: str) -> Mapping[str, Any]:
    return own[label] if isinstance(own[label], Mapping) else {}


def _sequential(reader: Reader, nodes: Any, variant: Mapping[str, Any]) -> tuple[LayerPlan, ...]:
    if not isinstance(nodes, list) or not nodes:
        reader.report("model.layers", f"expected a list of at least one layer, got {nodes!r}")
        return ()
    return tuple(read_rows(reader, nodes, variant, "model.layers", last=True))
