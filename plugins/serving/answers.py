"""What a page is told: the form of a network, and what it says of a sample, as JSON takes them."""

from __future__ import annotations

import base64
import math
from collections.abc import Mapping
from itertools import accumulate
from typing import Any

import numpy as np

from framework import Array, Network, Transform

from ..transforms.one_hot import OneHot
from ..transforms.standardize import Standardize
from ..using.output_names import output_names
from .questions import PictureForm, Question, column_name

_MOST_UNITS = 4096  # of a layer, that are drawn
_MOST_OUTPUTS = 1000


def describe(network: Network, form: PictureForm | None) -> dict[str, Any]:
    """Return what the page needs to know of a network before it asks it."""
    about: dict[str, Any] = {
        "kind": "table" if form is None else "picture",
        "targets": network.targets,
        "outputs": len(output_names(network)),
        "parameters": sum(bound.count() for bound in network.layers),
    }
    if form is None:
        about["columns"] = _columns(network)
        about["missing"] = network.takes_missing
    else:
        about["picture"] = {
            "height": form.height,
            "width": form.width,
            "preparations": form.preparations,
        }
    return about


def _columns(network: Network) -> list[dict[str, Any]]:
    known = network.trained_on.categories if network.trained_on else ()
    usual = usual_row(network)
    columns: list[dict[str, Any]] = []
    for i in range(math.prod(network.inputs)):
        categories = known[i] if i < len(known) else ()
        mean = usual[i]
        start = None if mean is None or categories else float(f"{mean:.3g}")
        columns.append({"name": column_name(network, i), "categories": categories, "usual": start})
    return columns


def usual_row(network: Network) -> list[float | None]:
    """Return the mean of each column in training, where a transform of the network kept it."""
    columns = math.prod(network.inputs)
    at: list[int | None] = list(range(columns))  # where each is among those of the layer
    for bound in network.layers:
        layer = bound.layer
        if isinstance(layer, Standardize):
            means = np.asarray(bound.state.mean, np.float64).ravel() / (network.scale or 1)
            return [None if i is None else float(means[i]) for i in at]
        if isinstance(layer, OneHot) and bound.inputs == network.inputs:
            widths = [1] * columns
            for i, size in zip(layer.columns, layer.sizes, strict=True):
                widths[int(i)] = size
            starts, replaced = [0, *accumulate(widths)], set(layer.columns)
            at = [None if i in replaced else starts[i] for i in range(columns)]
        elif bound.inputs != bound.outputs or not isinstance(layer, Transform):
            break
    return [None] * columns


def answer(network: Network, question: Question) -> dict[str, Any]:
    """Return what a network says of a sample: outputs by name, and what its layers made.

    Raises
    ------
    DataError : when the sample does not fit the network, or its outputs are not finite.
    """
    one_row = question.sample[None]
    z = network.logits(one_row)
    decided, probabilities = np.asarray(network.loss.decide(z))[0], network.loss.probabilities(z)
    names = output_names(network)
    said: dict[str, Any] = {"targets": network.targets}
    outputs: list[dict[str, Any]] = []
    if network.targets == "labels":
        said["decision"] = names[int(decided)]
    if network.targets == "values":
        if names != network.class_names:
            names = ("value",) if len(names) == 1 else tuple(f"value {name}" for name in names)
        outputs = [{"name": n, "value": _finite(v)} for n, v in zip(names, decided, strict=True)]
    elif probabilities is not None:
        chosen = np.arange(len(names)) == decided if network.targets == "labels" else decided > 0
        outputs = [
            {"name": n, "probability": _finite(p), "chosen": bool(c)}
            for n, p, c in zip(names, probabilities[0], chosen, strict=True)
        ]
    if len(outputs) > _MOST_OUTPUTS and network.targets != "values":
        outputs.sort(key=_probability, reverse=True)
    said["outputs"], said["left_out"] = outputs[:_MOST_OUTPUTS], max(len(names) - _MOST_OUTPUTS, 0)
    if question.seen is not None:
        said["seen"] = _picture(question.seen)
    said["layers"] = _layers(network, one_row, question.seen)
    return said


def _probability(output: Mapping[str, Any]) -> float:
    return output["probability"] or 0.0


def _picture(pixels: Array) -> dict[str, Any]:
    height, width = pixels.shape[:2]
    return {
        "height": height,
        "width": width,
        "colours": 1 if pixels.ndim == 2 else 3,
        "bytes": base64.b64encode(np.ascontiguousarray(pixels, np.uint8).tobytes()).decode(),
    }


def _layers(network: Network, one_row: Array, seen: Array | None) -> list[dict[str, Any]]:
    layers = []
    activations = network.activations(one_row)
    for bound in network.layers:
        values = activations[bound.label][0]
        flat = values.ravel()
        layers.append(
            {
                "label": bound.label,
                "type": type(bound.layer).__name__,
                "units": flat.size,
                "columns": _row_length(values, seen),
                "lowest": _finite(flat.min()),
                "largest": _finite(flat.max()),
                "active": int((flat > 0).sum()),
                "values": [_finite(v) for v in flat[:_MOST_UNITS]],
            }
        )
    return layers


def _row_length(values: Array, seen: Array | None) -> int | None:
    """Return how long the rows of a layer's units are; None where they lie in no rows."""
    if seen is not None and seen.ndim == 2 and values.size == seen.size:
        return int(seen.shape[1])
    return int(values.shape[-1]) if values.ndim > 1 else None


def _finite(number: Any) -> float | None:
    """Return a number for JSON, which has no others than finite ones."""
    return float(number) if number is not None and math.isfinite(number) else None
