"""What layers declare, looked at where it is taken over: a slip is a line that names the layer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from framework.components.base import Array, Shape
from framework.components.layer import Parameter
from framework.errors import PluginError


def as_shape(label: str, given: Any) -> Shape:
    """Return what `output_shape` gave, as a shape."""
    sizes = tuple(given) if isinstance(given, tuple | list) else None
    if sizes is None or not all(isinstance(size, int | np.integer) and size > 0 for size in sizes):
        raise PluginError(
            f"layer '{label}': output_shape gave {given!r}; expected a tuple of integers above 0"
        )
    return tuple(int(size) for size in sizes)


def as_parameters(label: str, given: Any) -> tuple[Parameter, ...]:
    """Return what `parameters` gave, as parameters."""
    listed = tuple(given) if isinstance(given, Iterable) else None
    if listed is None or not all(isinstance(parameter, Parameter) for parameter in listed):
        raise PluginError(f"layer '{label}': parameters gave {given!r}; expected Parameters")
    return listed


def as_arrays(label: str, method: str, given: Any) -> Mapping[str, Any]:
    """Return what `state` or `scratch` gave, as arrays by name."""
    if not isinstance(given, Mapping) or not all(isinstance(name, str) for name in given):
        raise PluginError(f"layer '{label}': {method} gave {given!r}; expected arrays by name")
    return given


def as_result(label: str, method: str, given: Any, out: Array) -> Array:
    """Return what a formula gave, as an array to be copied into `out`."""
    if not isinstance(given, np.ndarray):
        raise PluginError(
            f"layer '{label}': {method} gave {type(given).__name__}; expected an array of shape"
            f" {out.shape}"
        )
    if given.shape != out.shape:
        raise PluginError(
            f"layer '{label}': {method} gave shape {given.shape}, expected {out.shape}"
        )
    return given
