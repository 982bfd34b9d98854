"""`data.transforms`: what is done to inputs ahead of the first layer, in order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from framework.components.transform import Transform
from framework.engine.plan import LayerPlan, Training
from framework.settings.reader import Reader

TRANSFORMS = "transforms"
"""The key beside a dataset's own fields."""


def read_transforms(
    reader: Reader, data: object, layers: tuple[LayerPlan, ...]
) -> tuple[LayerPlan, ...]:
    """Return the plans of a run's transforms, to stand ahead of those of its layers."""
    nodes = data.get(TRANSFORMS) if isinstance(data, Mapping) else None
    if nodes is None or not layers:
        return ()
    if not isinstance(nodes, list | tuple):
        reader.report(f"data.{TRANSFORMS}", f"expected a list, as [{nodes}], got {nodes!r}")
        return ()
    plans, times = [], Counter[str]()
    first = layers[0].training
    for i, node in enumerate(nodes):
        transform = reader.component(Transform, node, f"data.{TRANSFORMS}[{i}]")
        if transform is None:
            continue
        name = reader.registry.name_of(transform)
        times[name] += 1
        label = f"data.{name}" + (f"_{times[name]}" if times[name] > 1 else "")
        training = Training(first.initializer, first.regularizer, None)
        plans.append(LayerPlan(label, transform, training))
    return tuple(plans)


def without_transforms(data: object) -> Any:
    """Return a dataset's own node."""
    if not isinstance(data, Mapping):
        return data
    return {key: value for key, value in data.items() if key != TRANSFORMS}
