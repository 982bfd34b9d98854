"""What `benchmarks.layouts` times: calls for each way that arrays can lie, bound as in a step."""

from __future__ import annotations

import ctypes
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any, TypeVar
from unittest.mock import patch

import numpy as np

from benchmarks.layout_rows import WAYS, Shape, Way
from framework import Parameter, Split, State, UpdateRule
from framework.components import formula
from framework.engine import affine, blas, kernels
from framework.engine.layouts import DEFAULT
from framework.engine.parameter_store import ParameterRequest, ParameterViews, allocate
from framework.registry.registry import Registry
from framework.training import minibatches
from framework.training.minibatches import Minibatches
from framework.training.settings import TrainerSettings

Call = Callable[[], object]
Key = TypeVar("Key")


def in_turns(calls: Mapping[Key, Call], seconds: float, runs: int = 60) -> dict[Key, float]:
    """Return the microseconds of processor time that each call takes, the best of runs in turns.

    Parameters
    ----------
    seconds : how long all of them may take, about.
    """
    least = dict.fromkeys(calls, float("inf"))
    times = {}
    for key, call in calls.items():
        call()
        began = time.process_time()
        call()
        times[key] = max(1, int(5e-4 / max(time.process_time() - began, 1e-7)))
    began = time.process_time()
    for _ in range(runs):
        for key, call in calls.items():
            start = time.process_time()
            for _ in range(times[key]):
                call()
            least[key] = min(least[key], (time.process_time() - start) / times[key])
        if time.process_time() - began > seconds:
            break
    return {key: 1e6 * taken for key, taken in least.items()}


def products(shape: Shape) -> dict[tuple[Way, str], Call]:
    """Return the three products of a layer's step, lying each way."""
    rng, calls = np.random.default_rng(0), {}
    for way in WAYS:
        x = _activations(shape.batch, shape.inputs, by_unit=way.x_by_unit)
        y = _activations(shape.batch, shape.outputs, by_unit=way.y_by_unit)
        views = _layer(shape, None, by_output=way.by_output)
        assert views.matrix is not None
        views.matrix[...] = 0.1 * rng.standard_normal(views.matrix.shape)
        gx = np.zeros((shape.batch, shape.inputs), "f4", "F" if way.x_by_unit else "C")
        update = blas.bind_gemm(x.x1.T, y.x, views.matrix, scale=-1e-9, keep=1.0)
        if update is None:
            raise SystemExit("numpy's BLAS cannot be called here: there are no layouts to choose")
        calls[way, "forward"] = blas.bind_matmul(x.x1, views.matrix, y.x)
        calls[way, "update"] = update.call
        calls[way, "back"] = blas.bind_matmul(y.x, views.parameters.weights.T, gx)
    return calls


def decays(shape: Shape) -> dict[str, Call]:
    """Return the fused update of weights that decay, each way, and of such as do not."""
    registry = Registry()
    registry.load_installed()
    rule = registry.entry("update_rule", "sgd").component(learning_rate=0.1)  # type: ignore[call-arg]
    views = _layer(shape, rule, by_output=DEFAULT.lies_by_output(shape.outputs, first=False))
    x = _activations(shape.batch, shape.inputs, by_unit=True)
    g = np.zeros((shape.batch, shape.outputs), "f4", "F")
    calls: dict[str, Call] = {}
    rows = {
        "none": DEFAULT,
        "factor": replace(DEFAULT, decay="factor"),
        "pass": replace(DEFAULT, decay="pass"),
    }
    for way, row in rows.items():
        strength = 0.0 if way == "none" else 0.01
        regularizer: Any = registry.entry("regularizer", "l2").component(strength=strength)  # type: ignore[call-arg]
        with patch.object(affine, "layouts", lambda row=row: row):
            update = affine.fused_update(x, g, views, regularizer)
        assert update is not None
        update.set_rate(0.1)
        calls[way] = partial(_all, update.calls())
    return calls


def rank_one(inputs: int, outputs: int) -> dict[str, Call]:
    """Return the update of a layer by one row: as a product, and as BLAS's sum of an outer one."""
    shape = Shape(inputs, outputs, 1)
    x, views = _activations(1, inputs, by_unit=True), _layer(shape, None, by_output=True)
    g = np.ones((1, outputs), "f4", "F")
    symbol = kernels.cblas("sger")
    assert symbol is not None
    assert views.matrix is not None
    product = blas.bind_gemm(x.x1.T, g, views.matrix, scale=-1e-9, keep=1.0)
    assert product is not None
    function, integer = symbol
    by = views.matrix.strides[1] // 4
    sizes = integer(outputs), integer(inputs + 1), ctypes.c_float(-1e-9)
    ends = (
        *(ctypes.c_void_p(g.ctypes.data), integer(g.strides[1] // 4)),
        *(ctypes.c_void_p(x.x1.ctypes.data), integer(x.x1.strides[1] // 4)),
    )
    into = ctypes.c_void_p(views.matrix.ctypes.data), integer(by)
    outer = partial(function, ctypes.c_int(101), *sizes, *ends, *into)
    outer.__dict__["arrays"] = (x, g, views)
    return {"product": product.call, "outer": outer}


def gathering(batch: int, parts: tuple[int, ...]) -> dict[int, Call]:
    """Return the gathering of a batch of pictures, so many rows at once."""
    rng = np.random.default_rng(0)
    rows = Split(rng.integers(0, 256, (8192, 784), np.uint8), np.zeros(8192, np.int64))
    chosen = rng.permutation(8192)[:batch]
    calls: dict[int, Call] = {}
    for part in parts:
        with patch.object(minibatches, "_GATHERED", part):
            batches = Minibatches(rows, TrainerSettings(batch_size=batch), None, "float32")
        into = _activations(batch, 784, by_unit=False).x
        calls[part] = partial(_with_rows, part, partial(batches.gather, chosen, into, None))
    return calls


def formulas(size: int, parts: tuple[int, ...]) -> dict[int, Call]:
    """Return a step of Adam by its formula with numpy, so many numbers at once."""
    registry = Registry()
    registry.load_installed()
    rule: Any = registry.entry("update_rule", "adam").component()
    p, g, *kept = (np.ones(size, "f4") for _ in range(2 + len(rule.slots())))
    state = State(dict(zip(rule.slots(), kept, strict=True)))
    step = partial(UpdateRule.step, rule, 1, p, g, state, p)
    return {part: partial(_with_numbers, part, step) for part in parts}


def _all(calls: list[Call]) -> None:
    for call in calls:
        call()


def _with_rows(part: int, call: Call) -> None:
    minibatches._GATHERED = part  # type: ignore[misc]
    call()


def _with_numbers(part: int, call: Call) -> None:
    formula.AT_ONCE = part  # type: ignore[misc]
    call()


def _activations(batch: int, units: int, *, by_unit: bool) -> affine.Buffer:
    made = affine.buffer(batch, (units,), "float32", column_major=by_unit)
    made.x[...] = np.random.default_rng(0).standard_normal((batch, units))
    return made


def _layer(shape: Shape, rule: Any, *, by_output: bool) -> ParameterViews:
    parameters = (
        Parameter("weights", (shape.inputs, shape.outputs)),
        Parameter("bias", (shape.outputs,), role="bias"),
    )
    return allocate([ParameterRequest(parameters, rule, True, by_output)], "float32")[1][0]
