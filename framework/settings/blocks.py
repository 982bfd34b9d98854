"""Layers in a row, and blocks that hold layers: `residual`, `parallel` and `chain`.

A block is expanded here: each layer in it becomes a plan of the network like any other, with its
own initializer, regularizer and update rule, and a join where branches meet::

    residual: [f]            y = x + f(x), or another join of the two
    parallel: [f, [g, h]]    y = f(x) + h(g(x)), or another join of all
    chain: [f, g]            y = g(f(x))
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from framework.components.join import Join
from framework.components.kinds import kind_of
from framework.components.layer import Layer
from framework.engine.plan import LayerPlan
from framework.settings.reader import Reader
from framework.settings.single_layer import TRAINING, has_units, laid_over, read_plan
from framework.text import nearest

BLOCKS = ("residual", "parallel", "chain")
LAYERS = "layers"
_BESIDE = ("join", *TRAINING)


@dataclass(frozen=True)
class Block:
    """A block as it was written.

    Attributes
    ----------
    kind : one of `BLOCKS`.
    nodes, path : what it holds, and under which key.
    node : what stands beside that: its join, and what its layers have for a variant.
    place : the key of the block.
    """

    kind: str
    nodes: Sequence[Any]
    path: str
    node: Mapping[str, Any]
    place: str


def read_rows(
    reader: Reader,
    nodes: Sequence[Any],
    variant: Mapping[str, Any],
    path: str,
    inside: str = "",
    *,
    last: bool = False,
) -> list[LayerPlan]:
    """Return the plans of layers in a row, blocks expanded.

    Parameters
    ----------
    variant : what each starts from, unless it says otherwise.
    path, inside : the key of the list, and what their labels begin with.
    last : whether the network ends with them: the data then size a last layer without `units`.
    """
    plans: list[LayerPlan] = []
    for i, node in enumerate(nodes):
        ends = last and i == len(nodes) - 1
        plans += _read_item(reader, node, variant, f"{path}[{i}]", inside, i + 1, last=ends)
    return plans


def _read_item(
    reader: Reader,
    given: Any,
    variant: Mapping[str, Any],
    place: str,
    inside: str,
    number: int,
    *,
    last: bool = False,
) -> list[LayerPlan]:
    node = {"name": given} if isinstance(given, str) else given
    block = _read_block(reader, node, place)
    if block is not None:
        label = f"{inside}{block.kind}_{number}"
        return _read_layers_of(reader, block, variant, label, last=last)
    if not isinstance(node, Mapping) or "name" not in node:
        if not (isinstance(node, Mapping) and set(node) & set(BLOCKS)):  # said already
            expected = f"a layer's name, a mapping with 'name', or a block ({', '.join(BLOCKS)})"
            reader.report(place, f"expected {expected}; got {given!r}{_near(node)}")
        return []
    merged = laid_over(variant, node)
    sized = last and "units" not in merged and _is_sized(reader, merged)
    merged = {**merged, "units": 1} if sized else merged
    plan = read_plan(reader, f"{inside}{node['name']}_{number}", merged, place, sized_by_data=sized)
    return [] if plan is None else [plan]


def _near(node: object) -> str:
    """Return the key that a key of a layer is nearest to; '' when it is near to none."""
    keys = [str(key) for key in node] if isinstance(node, Mapping) else []
    near = (nearest(key, (*BLOCKS, "name")) for key in keys)
    return next((f"; {text}" for text in near if text.startswith("did you mean")), "")


def _is_sized(reader: Reader, node: Mapping[str, Any]) -> bool:
    entry = reader.registry.entries.get((kind_of(Layer).name, str(node.get("name"))))
    return entry is not None and has_units(entry.component)  # type: ignore[arg-type]


def _read_block(reader: Reader, node: Any, place: str) -> Block | None:
    """Return the block that a node says, in its short form or its long one; None for none."""
    if not isinstance(node, Mapping):
        return None
    named = str(node.get("name"))
    short = [key for key in node if key in BLOCKS and "name" not in node]
    layer = reader.registry.entries.get((kind_of(Layer).name, named))
    if len(short) > 1:
        reader.report(place, f"is {' and '.join(short)} at once; expected one of them")
    elif short:
        return _checked(reader, short[0], node, short[0], place)
    elif named in BLOCKS and layer is None:
        return _checked(reader, named, node, LAYERS, place)
    return None


def _checked(
    reader: Reader, kind: str, node: Mapping[str, Any], key: str, place: str
) -> Block | None:
    nodes, path, known = node.get(key), f"{place}.{key}", ("name", key, *_BESIDE)
    beside = {name: value for name, value in node.items() if name not in ("name", key)}
    before = len(reader.problems)
    for name in beside:
        if name not in known:
            reader.report(f"{place}.{name}", f"{kind} has no such key; {nearest(name, known[1:])}")
    if kind == "chain" and "join" in beside:
        reader.report(f"{place}.join", "the layers of a chain are in a row; nothing is joined")
    fewest = 2 if kind == "parallel" else 1
    if not isinstance(nodes, list | tuple) or len(nodes) < fewest:
        what = "two branches" if kind == "parallel" else "one layer"
        reader.report(path, f"expected a list of at least {what}, got {nodes!r}")
    if len(reader.problems) > before:
        return Block(kind, (), path, {}, place)
    assert nodes is not None
    return Block(kind, nodes, path, beside, place)


def _read_layers_of(
    reader: Reader, block: Block, variant: Mapping[str, Any], label: str, *, last: bool
) -> list[LayerPlan]:
    if not block.nodes:  # said already
        return []
    own = laid_over(variant, {key: block.node[key] for key in TRAINING if key in block.node})
    inside = f"{label}."
    if block.kind == "chain":
        return read_rows(reader, block.nodes, own, block.path, inside, last=last)
    branches: list[list[LayerPlan]] = []
    if block.kind == "residual":
        branches += [[], read_rows(reader, block.nodes, own, block.path, inside)]
    else:
        for i, node in enumerate(block.nodes):
            place = f"{block.path}[{i}]"
            if isinstance(node, list | tuple):
                branches.append(read_rows(reader, node, own, place, f"{inside}chain_{i + 1}."))
            else:
                branches.append(_read_item(reader, node, own, place, inside, i + 1))
    join = _read_join(reader, block)
    if join is None or not any(branches):
        if not reader.problems:
            reader.report(block.path, "expected a layer in one of the branches; all are empty")
        return []
    return _joined(branches, join, f"{label}.{reader.registry.name_of(join)}")


def _read_join(reader: Reader, block: Block) -> Join | None:
    """Read a block's join: by default the one that adds."""
    if "join" in block.node:
        return reader.component(Join, block.node["join"], f"{block.place}.join")
    for entry in reader.registry.entries.values():
        if entry.kind.base is not Join:
            continue
        if issubclass(entry.component, Join) and entry.component.adds:
            return entry.component()
    reader.report(f"{block.place}.join", "must be given: no plugin brings a join that adds")
    return None


def _joined(branches: Sequence[list[LayerPlan]], join: Join, label: str) -> list[LayerPlan]:
    """Return branches one after the other, each reading the block's input, and their join."""
    plans: list[LayerPlan] = []
    ends: list[int] = []  # how many plans there are where a branch ends; 0: it is the input
    for branch in branches:
        plans += _moved(branch, len(plans))
        ends.append(len(plans) if branch else 0)
    sources = tuple(end - len(plans) - 1 for end in ends)
    return [*plans, LayerPlan(label, join, plans[-1].training, sources=sources)]


def _moved(branch: Sequence[LayerPlan], by: int) -> list[LayerPlan]:
    """Return a branch's plans, with so many others between them and their input."""
    return [
        replace(plan, sources=tuple(s if i + s >= 0 else s - by for s in plan.sources))
        for i, plan in enumerate(branch)
    ]
