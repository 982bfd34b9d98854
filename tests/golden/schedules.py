"""Writes `schedules.npz`: learning rates of PyTorch's schedulers over 1,000 steps, in float64.

    python -m tests.golden.schedules        # needs torch; the suite does not

A case is a schedule of ours, its fields, and the scheduler that it is. The file has the rate, or
the momentum, of every step; of a plateau the rate after each of as many figures.
`tests/plugins/test_golden_schedules.py` reads it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

FILE = Path(__file__).with_suffix(".npz")
STEPS = 1000
RATE = 0.3
Case = tuple[str, dict[str, Any], Callable[[Any], Any], str]


def cases() -> Iterator[Case]:
    """Give each case: the name of a schedule, its fields, PyTorch's, and what that changes."""
    from torch.optim import lr_scheduler as torchs

    first = {"first": RATE}
    for size, gamma in ((30, 0.7), (1, 0.99), (400, 0.1)):
        fields = {**first, "steps": size, "factor": gamma}
        yield "step", fields, partial(torchs.StepLR, step_size=size, gamma=gamma), "lr"
    yield (
        "multi_step",
        {**first, "milestones": [80, 200, 200, 800], "unit": "steps", "factor": 0.2},
        partial(torchs.MultiStepLR, milestones=[80, 200, 200, 800], gamma=0.2),
        "lr",
    )
    fields = {**first, "steps": 1, "factor": 0.99}
    yield "exponential", fields, partial(torchs.ExponentialLR, gamma=0.99), "lr"
    for total, power in ((700, 0.9), (5, 1.0), (STEPS, 2.0)):
        fields = {**first, "steps": total, "power": power}
        theirs = partial(torchs.PolynomialLR, total_iters=total, power=power)
        yield "polynomial", fields, theirs, "lr"
    fields = {**first, "last": 0.01, "steps": STEPS}
    yield "cosine", fields, partial(torchs.CosineAnnealingLR, T_max=STEPS, eta_min=0.01), "lr"
    for growth in (1, 2, 3):
        yield (
            "cosine_restarts",
            {**first, "last": 0.01, "steps": 13, "growth": growth},
            partial(torchs.CosineAnnealingWarmRestarts, T_0=13, T_mult=growth, eta_min=0.01),
            "lr",
        )
    for mode in ("triangular", "triangular2", "exp_range"):
        for down in (64, 32, 128):
            yield (
                "cyclic",
                {"low": 0.01, "high": RATE, "steps": 64, "fall": down / 64, "mode": mode}
                | {"decay": 0.999},
                partial(
                    torchs.CyclicLR,
                    base_lr=0.01,
                    max_lr=RATE,
                    step_size_up=64,
                    step_size_down=down,
                    mode=mode,
                    gamma=0.999,
                    cycle_momentum=False,
                ),
                "lr",
            )
    for shape, anneal in (("cosine", "cos"), ("linear", "linear")):
        for rise in (0.3, 0.25):
            theirs = partial(
                torchs.OneCycleLR,
                max_lr=RATE,
                total_steps=STEPS,
                pct_start=rise,
                anneal_strategy=anneal,
            )
            own = {"rise": rise, "shape": shape, "steps": STEPS}
            yield "one_cycle", {**own, "peak": RATE}, theirs, "lr"
            momentum = {"first": 0.95, "peak": 0.85, "last": 0.95}
            yield "one_cycle", {**own, **momentum}, theirs, "momentum"
    straight = partial(torchs.LinearLR, start_factor=0.25, total_iters=200)
    yield "linear", {"first": RATE / 4, "last": RATE, "steps": 200}, straight, "lr"
    third = partial(torchs.LinearLR, start_factor=1 / 3, total_iters=5)
    yield "warmup", {"then": RATE, "start": 1 / 3, "steps": 5}, third, "lr"

    def behind(optimizer: Any) -> Any:
        up = torchs.LinearLR(optimizer, start_factor=0.1, total_iters=20)
        then = torchs.StepLR(optimizer, step_size=30, gamma=0.7)
        return torchs.SequentialLR(optimizer, [up, then], milestones=[20])

    staircase = {"name": "step", **first, "steps": 30, "factor": 0.7}
    yield "warmup", {"then": staircase, "start": 0.1, "steps": 20}, behind, "lr"


def plateaus() -> Iterator[dict[str, Any]]:
    """Give the fields of each plateau, which have PyTorch's names."""
    for mode in ("min", "max"):
        for threshold_mode in ("rel", "abs"):
            for patience, cooldown in ((10, 0), (3, 4), (0, 0)):
                yield {
                    **{"mode": mode, "threshold_mode": threshold_mode, "factor": 0.7},
                    **{"patience": patience, "cooldown": cooldown, "threshold": 1e-4},
                }


def figures(mode: str) -> list[float]:
    """Return figures that improve less and less, with relapses."""
    number = np.arange(1, STEPS + 1)
    noise = 0.001 * np.random.default_rng(0).standard_normal(STEPS)
    course = 1 / number + 0.3 * (number // 200) + noise
    return [float(figure) for figure in (1 if mode == "min" else -1) * course]


def write() -> None:
    """Write the file."""
    import torch

    def optimizer() -> Any:
        return torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=RATE, momentum=0.9)

    arrays: dict[str, Any] = {}
    told: list[tuple[str, dict[str, Any]]] = []
    for name, fields, make, what in cases():
        sgd = optimizer()
        scheduler = make(sgd)
        values = []
        for step in range(STEPS):
            values.append(float(sgd.param_groups[0][what]))
            sgd.step()
            if step < STEPS - 1:
                scheduler.step()
        arrays[f"{len(told):03}"] = np.array(values)
        told.append((name, fields))
    for fields in plateaus():
        sgd = optimizer()
        plateau = torch.optim.lr_scheduler.ReduceLROnPlateau(sgd, min_lr=1e-3, **fields)
        values = []
        for figure in figures(fields["mode"]):
            plateau.step(figure)
            values.append(float(sgd.param_groups[0]["lr"]))
        arrays[f"{len(told):03}"] = np.array(values)
        told.append(("reduce_on_plateau", {"first": RATE, "last": 1e-3, **fields}))
    np.savez_compressed(FILE, cases=np.array([json.dumps(case) for case in told]), **arrays)


if __name__ == "__main__":
    write()
