"""Fitting transforms: their state is taken from the training split, before the first step."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from framework.components.base import Array
from framework.components.columns import Columns
from framework.components.dataset import Data
from framework.components.layer import Arrays, Layer
from framework.components.split import Split
from framework.components.transform import Transform
from framework.engine.graph import BoundLayer, sources_of
from framework.engine.network import Network
from framework.engine.plan import LayerPlan
from framework.errors import ConfigurationError, DataError, PluginError


@dataclass(frozen=True, eq=False)
class TransformedBlocks:
    """The inputs of a split, block by block, as some transforms leave them in inference."""

    split: Split
    scale: float | None
    transforms: Sequence[BoundLayer]

    def __iter__(self) -> Iterator[Array]:
        for _, inputs, _ in self.split.blocks():
            x = np.array(inputs, np.float64)
            if self.scale is not None:
                x *= self.scale
            for bound in self.transforms:
                x = _applied(bound, x)
            x.flags.writeable = False
            yield x


def over_columns(plans: Sequence[LayerPlan], columns: Columns) -> tuple[LayerPlan, ...]:
    """Tell each transform the columns that it is given, and the layers behind the last one.

    Raises
    ------
    ConfigurationError : when there is no column that one names.
    """
    told = []
    transforms = sum(isinstance(plan.layer, Transform) for plan in plans)
    for i, plan in enumerate(plans):
        if isinstance(plan.layer, Transform):
            try:
                plan = replace(plan, layer=plan.layer.over(columns))
            except ValueError as error:
                raise ConfigurationError(f"data.transforms[{i}]: {plan.label}: {error}") from error
            assert isinstance(plan.layer, Transform)
            columns = plan.layer.columns_after(columns)
        elif isinstance(plan.layer, Layer) and sources_of(i, plan) == (transforms,):
            try:
                plan = replace(plan, layer=plan.layer.over(columns))
            except ValueError as error:
                raise ConfigurationError(f"model: layer '{plan.label}': {error}") from error
        told.append(plan)
    return tuple(told)


def left_categories(plans: Sequence[LayerPlan], columns: Columns) -> list[str]:
    """Return the columns whose categories no transform makes numbers of: layers are given codes."""
    for plan in plans:
        if isinstance(plan.layer, Transform):
            columns = plan.layer.columns_after(columns)
        elif isinstance(plan.layer, Layer) and type(plan.layer).over is not Layer.over:
            return []  # it knows them
    return [columns.names[i] for i in columns.of_categories()]


def take_missing(plans: Sequence[LayerPlan]) -> bool:
    """Return whether inputs may be missing: a transform takes them."""
    return any(isinstance(plan.layer, Transform) and plan.layer.takes_missing for plan in plans)


def fit_transforms(network: Network, data: Data) -> None:
    """Fit a network's transforms, one after the other, each on what those before it leave.

    Raises
    ------
    DataError : when values are missing, and a transform or the first layer is given them.
    PluginError : when one gives other arrays than its state declares.
    """
    fitted: list[BoundLayer] = []
    split, columns = data.train, data.columns
    missing = any(getattr(bound.layer, "takes_missing", False) for bound in network.layers)
    for bound in network.layers:
        if not isinstance(bound.layer, Transform):
            break
        blocks = TransformedBlocks(split, network.scale, tuple(fitted))
        if missing and not bound.layer.takes_missing:
            taker = f"transform '{bound.label}' takes"
            _expect_numbers(blocks, columns, f"{data.source}: train", taker)
        values = bound.layer.fit(blocks)
        columns = bound.layer.columns_after(columns)
        state = vars(bound.state)
        if values.keys() != state.keys():
            names, given = ", ".join(state) or "none", ", ".join(values) or "none"
            raise PluginError(f"transform '{bound.label}': fit gave {given}; its state is {names}")
        for name, array in state.items():
            value = np.asarray(values[name])
            if value.shape != array.shape:
                raise PluginError(
                    f"transform '{bound.label}': fit gave '{name}' of shape {value.shape}; its"
                    f" state declares {array.shape}"
                )
            array[...] = value
            if not np.isfinite(array).all():
                raise PluginError(
                    f"transform '{bound.label}': fit gave '{name}' with numbers that are not"
                    f" finite in {array.dtype}"
                )
        fitted.append(bound)
    for name, part in data.splits().items() if missing else ():
        blocks = TransformedBlocks(part, network.scale, tuple(fitted))
        _expect_numbers(blocks, columns, f"{data.source}: {name}", "layers take")


def _expect_numbers(blocks: TransformedBlocks, columns: Columns, where: str, taker: str) -> None:
    row = 0
    for block in blocks:
        missing = np.isnan(block).reshape(len(block), -1)
        if missing.any():
            row += int(np.argmax(missing.any(axis=1)))
            first = missing[int(np.argmax(missing.any(axis=1)))]
            at = columns.shown(int(np.argmax(first)))
            given = blocks.split.rows
            row = row if given is None else int(given[row])
            raise DataError(
                f"{where} inputs in row {row} are missing in column {at}, and {taker} no missing"
                " values; expected a transform ahead that fills them (data.transforms)"
            )
        row += len(block)


def _applied(bound: BoundLayer, x: Array) -> Array:
    assert isinstance(bound.layer, Transform)
    out = np.empty((len(x), *bound.outputs), x.dtype)
    arrays = Arrays(**vars(bound.state), **bound.layer.scratch(x, out), rng=None)
    result = bound.layer.forward(x, out, arrays)
    return out if result is None else result
