"""The plan of one layer: its own keys laid over those of the group `layer`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any

from framework.components.constraint import Constraint
from framework.components.initializer import Initializer
from framework.components.layer import Layer
from framework.components.regularizer import Regularizer
from framework.components.update_rule import UpdateRule
from framework.engine.plan import Frozen, LayerPlan, Training
from framework.settings.reader import Reader

TRAINING = ("initializer", "regularizer", "constraint", "update_rule", "frozen")


def laid_over(base: Mapping[str, Any], own: Any) -> Mapping[str, Any]:
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
        merged = isinstance(below, Mapping) and key != "frozen"
        kept[key] = laid_over(base[key], given) if merged else given
    return kept


def read_plan(
    reader: Reader, label: str, node: Mapping[str, Any], path: str, *, sized_by_data: bool = False
) -> LayerPlan | None:
    """Read a layer and its training; what is wrong is reported."""
    layer = reader.component(Layer, {k: v for k, v in node.items() if k not in TRAINING}, path)
    training = read_training(reader, node, path)
    if layer is None or training is None:
        return None
    if sized_by_data and not has_units(type(layer)):
        reader.report(
            path, f"an output layer needs a field 'units'; {type(layer).__name__} has none"
        )
    return LayerPlan(label, layer, training, sized_by_data)


def read_training(reader: Reader, node: Mapping[str, Any], path: str) -> Training | None:
    """Read how a layer's parameters start and move."""
    initializer = reader.component(Initializer, node.get("initializer"), f"{path}.initializer")
    regularizer = reader.component(Regularizer, node.get("regularizer"), f"{path}.regularizer")
    constraint, rule = None, None
    if node.get("constraint") is not None:
        constraint = reader.component(Constraint, node["constraint"], f"{path}.constraint")
    if node.get("update_rule") is not None:
        rule = reader.component(UpdateRule, node["update_rule"], f"{path}.update_rule")
    frozen = _read_frozen(reader, node.get("frozen"), f"{path}.frozen")
    if initializer is None or regularizer is None:
        return None
    never = frozen == Frozen()  # then there is nothing for a rule to keep
    return Training(initializer, regularizer, None if never else rule, constraint, frozen)


def _read_frozen(reader: Reader, node: object, path: str) -> Frozen | None:
    """Read for how long a layer stays as it is: true is the whole run."""
    if node is None or node is False:
        return None
    if node is True:
        return Frozen()
    if not isinstance(node, Mapping):
        ways = "true, false, or one of {epochs: 2}, {steps: 500} and {share: 0.5}"
        reader.report(path, f"expected {ways}, got {node!r}")
        return None
    if not node:
        reader.report(path, "expected one of steps, epochs and share, got an empty mapping")
    return reader.fields(Frozen, node, path, "frozen")


def has_units(layer: type[Layer]) -> bool:
    """Return whether a layer can be given the number of its outputs."""
    return is_dataclass(layer) and any(field.name == "units" for field in fields(layer))
