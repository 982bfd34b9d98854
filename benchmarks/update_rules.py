"""What a step of each update rule costs, beside PyTorch's and optax's.

`python -m benchmarks.update_rules [--short]`: 100,710 float32 parameters (784-100-200-10), laid out
and moved as in a run, on one core, in processor time, the best of interleaved runs: by numpy, and
compiled, where Numba is installed. The gradients are there already; only the update is timed. Of
SGD without momentum that is all but what a run does: its update is part of a product there.
PyTorch's optimizers are as they come, eager; optax's are compiled, with donated arrays.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import time
from collections.abc import Callable
from importlib.util import find_spec
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_name] = "1"
os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"

import numpy as np  # noqa: E402  (after the number of threads is settled)

from benchmarks.cores import bind, called  # noqa: E402
from benchmarks.machine import machine  # noqa: E402
from framework import Parameter  # noqa: E402
from framework.engine.compiled_rules import compiled_rule, rules_with_formulas  # noqa: E402
from framework.engine.initialization import start_slots  # noqa: E402
from framework.engine.parameter_store import ParameterRequest, allocate  # noqa: E402
from framework.engine.updates import bind_updates  # noqa: E402
from framework.registry.registry import Registry  # noqa: E402
from framework.text import table  # noqa: E402

UNITS = (784, 100, 200, 10)
Take = Callable[[int], float]
"""Take so many steps; return the seconds of their updates."""

RULES: dict[str, tuple[str, dict[str, Any], str, dict[str, Any], str, dict[str, Any]]] = {
    # what it is called: ours and its fields, PyTorch's and its options, optax's and its options
    "SGD": ("sgd", {}, "SGD", {"lr": 0.1}, "sgd", {}),
    "momentum": ("sgd", {"momentum": 0.9}, "SGD", {"momentum": 0.9}, "sgd", {"momentum": 0.9}),
    "Nesterov": (
        "sgd",
        {"momentum": 0.9, "nesterov": True},
        "SGD",
        {"momentum": 0.9, "nesterov": True},
        "sgd",
        {"momentum": 0.9, "nesterov": True},
    ),
    "RMSProp": ("rmsprop", {}, "RMSprop", {}, "rmsprop", {}),
    "centred RMSProp": (
        "rmsprop",
        {"centred": True, "momentum": 0.9},
        "RMSprop",
        {"centered": True, "momentum": 0.9},
        "rmsprop",
        {"centered": True, "momentum": 0.9},
    ),
    "Rprop": ("rprop", {}, "Rprop", {}, "rprop", {}),
    "Adagrad": ("adagrad", {}, "Adagrad", {}, "adagrad", {}),
    "Adadelta": ("adadelta", {}, "Adadelta", {}, "adadelta", {}),
    "Adam": ("adam", {}, "Adam", {}, "adam", {}),
    "AMSGrad": ("adam", {"amsgrad": True}, "Adam", {"amsgrad": True}, "amsgrad", {}),
    "AdamW": ("adamw", {}, "AdamW", {}, "adamw", {}),
    "Adamax": ("adamax", {}, "Adamax", {}, "adamax", {}),
    "NAdam": ("nadam", {}, "NAdam", {}, "nadam", {}),
    "RAdam": ("radam", {}, "RAdam", {}, "radam", {}),
    "Adafactor": ("adafactor", {}, "Adafactor", {}, "adafactor", {}),
    "Lion": ("lion", {}, "", {}, "lion", {}),
    "LARS": ("lars", {}, "", {}, "lars", {}),
    "LAMB": ("lamb", {}, "", {}, "lamb", {}),
    "Muon": ("muon", {}, "Muon", {}, "", {}),
    "schedule-free": ("schedule_free", {}, "", {}, "contrib.schedule_free_sgd", {}),
    "EMA of SGD": ("ema", {}, "", {}, "", {}),
    "SWA of SGD": ("swa", {}, "", {}, "", {}),
}


def shapes() -> list[tuple[int, ...]]:
    """Return the shapes of weights and biases."""
    return [shape for d, m in pairwise(UNITS) for shape in ((d, m), (m,))]


def gradients() -> list[Any]:
    rng = np.random.default_rng(1)
    return [1e-3 * rng.standard_normal(shape).astype(np.float32) for shape in shapes()]


def rule_of(name: str, fields: dict[str, Any]) -> Any:
    registry = Registry()
    registry.load_installed()
    return registry.entry("update_rule", name).component(**fields)


def ours(rule: Any, twin: Any) -> Take:
    """Lay out the parameters as the engine does, and bind the rule to them, or its twin."""
    requests = [
        ParameterRequest(
            (Parameter("weights", (d, m)), Parameter("bias", (m,), role="bias")),
            rule,
            affine=True,
            column_major=True,
        )
        for d, m in pairwise(UNITS)
    ]
    blocks, views = allocate(requests, "float32")
    layers: Any = [
        SimpleNamespace(views=view, parameters=request.parameters, frozen_until=0)
        for view, request in zip(views, requests, strict=True)
    ]
    rng = np.random.default_rng(0)
    given = iter(gradients())
    for view in views:
        for part in ("weights", "bias"):
            array = getattr(view.parameters, part)
            array[...] = 0.05 * rng.standard_normal(array.shape)
            getattr(view.gradients, part)[...] = next(given)
    start_slots(blocks)
    kept = [block.gradients.copy() for block in blocks]
    updates, taken = bind_updates(blocks, layers, twins={rule: twin}), 0

    def take(steps: int) -> float:
        nonlocal taken
        seconds = 0.0
        for _ in range(steps):
            for block, gradient in zip(blocks, kept, strict=True):
                np.copyto(block.gradients, gradient)
            began = time.process_time()
            for update in updates:
                update(taken)
            seconds += time.process_time() - began
            taken += 1
        return seconds

    return take


def pytorchs(name: str, options: dict[str, Any]) -> Take:
    """Make an optimizer as a user does, all of its options left alone."""
    import torch

    torch.set_num_threads(1)
    rng = np.random.default_rng(0)
    parameters = []
    for gradient in gradients():
        p = 0.05 * rng.standard_normal(gradient.T.shape).astype(np.float32)
        parameter = torch.nn.Parameter(torch.tensor(p))
        parameter.grad = torch.tensor(gradient.T.copy())
        parameters.append(parameter)
    matrices = [p for p in parameters if p.ndim == 2]
    optimizers = [getattr(torch.optim, name)(matrices if name == "Muon" else parameters, **options)]
    if name == "Muon":  # which takes matrices alone
        optimizers.append(torch.optim.AdamW([p for p in parameters if p.ndim == 1]))

    def take(steps: int) -> float:
        began = time.process_time()
        for _ in range(steps):
            for optimizer in optimizers:
                optimizer.step()
        return time.process_time() - began

    return take


def optaxs(name: str, options: dict[str, Any]) -> Take:
    """Compile a transformation and its update into one function."""
    import jax
    import optax

    transform: Any = optax
    for part in name.split("."):
        transform = getattr(transform, part)
    rate = {"learning_rate": 1e-3} | options
    transform = transform(**rate)
    rng = np.random.default_rng(0)
    given = [jax.numpy.asarray(g) for g in gradients()]
    params = [jax.numpy.asarray(0.05 * rng.standard_normal(g.shape), np.float32) for g in given]

    def moved(gradient: Any, state: Any, params: Any) -> Any:
        update, state = transform.update(gradient, state, params)
        return state, optax.apply_updates(params, update)

    compiled, state = jax.jit(moved, donate_argnums=(1, 2)), transform.init(params)

    def take(steps: int) -> float:
        nonlocal state, params
        began = time.process_time()
        for _ in range(steps):
            state, params = compiled(given, state, params)
        jax.block_until_ready(params)
        return time.process_time() - began

    return take


def measure(takes: dict[str, Take], steps: int, repeats: int) -> dict[str, float]:
    """Time everyone in turns; return the best processor time of a step, in microseconds."""
    for take in takes.values():
        take(max(2, steps // 4))
    seconds: dict[str, list[float]] = {who: [] for who in takes}
    for _ in range(repeats):
        for who, take in takes.items():
            seconds[who].append(take(steps))
    return {who: 1e6 * min(times) / steps for who, times in seconds.items()}


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--short", action="store_true", help="see that it works; no figures")
    parser.add_argument("--rules", default=",".join(RULES), help="names, after commas")
    chosen = parser.parse_args()
    cores = called(1, bound=bind(1))
    steps, repeats = (2, 1) if chosen.short else (100, 9)
    rows: list[list[str]] = []
    for what in chosen.rules.split(","):
        name, fields, torchs, options, optax_name, optax_options = RULES[what]
        rule = rule_of(name, fields)
        takes: dict[str, Take] = {"framework": ours(rule, rule)}
        if find_spec("numba") and any(rules_with_formulas(rule)):
            takes["compiled"] = ours(rule, compiled_rule(rule, "float32"))
        for who, module, peer, build, how in (
            ("PyTorch", "torch", torchs, pytorchs, options),
            ("optax", "optax", optax_name, optaxs, optax_options),
        ):
            if peer and find_spec(module):
                with contextlib.suppress(AttributeError):  # an older version has no such rule
                    takes[who] = build(peer, how)
        figures = measure(takes, steps, repeats)
        mine = figures["framework"]
        cells = [f"{mine:.0f}"]
        for who in ("compiled", "PyTorch", "optax"):
            there = figures.get(who)
            cells += ["", ""] if there is None else [f"{there:.0f}", f"{there / mine:.2f}"]
        rows.append([what, *cells])
    columns = ["", "numpy", "compiled", "× numpy", "PyTorch", "× numpy", "optax", "× numpy"]
    print(f"{machine()}; cores: {cores}\n\nmicroseconds of a step\n\n{table(columns, rows)}")


if __name__ == "__main__":
    main()
