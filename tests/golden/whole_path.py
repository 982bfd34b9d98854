"""Writes `whole_path.npz`: 100 steps of small networks, trained by PyTorch in float64.

    python -m tests.golden.whole_path        # needs torch and optax; the suite neither

A case is what a configuration of ours says beside `BASE`, and the same network as PyTorch has it:
functions behind its dense layers, a loss, and an optimizer (optax's where PyTorch has none). Both
start from the same weights and see the same batches, four times each. The file has, for each case,
the weights before, the loss of every step, and weights and state after the last one; and the
batches. `tests/plugins/test_golden_whole_path.py` reads it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from tests.golden import layers, losses, update_rules
from tests.golden.walks import Walk, by_torch, by_torch_scheduled, clipped_by_torch, flat

FILE = Path(__file__).with_suffix(".npz")
STEPS, BATCH, INPUTS, CLASSES = 100, layers.ROWS, 7, 5
ROWS = 25 * BATCH
BASE: dict[str, Any] = {
    "seed": 0,
    "dtype": "float64",
    "layer": {
        "name": "dense",
        "initializer": "xavier_normal",
        "regularizer": "none",
        "update_rule": {"name": "sgd", "learning_rate": 0.05},
    },
    "loss": "softmax_cross_entropy",
    "data": "arrays",
    "metrics": {"loss": "loss"},
    "trainer": {"batch_size": BATCH, "epochs": 4, "shuffle": False},
}

WITH_L2: tuple[tuple[str, str, dict[str, Any], dict[str, Any]], ...] = (
    ("sgd", "SGD", {"lr": 0.05}, {}),
    ("sgd", "SGD", {"lr": 0.05, "momentum": 0.9}, {"momentum": 0.9}),
    (
        *("sgd", "SGD", {"lr": 0.05, "momentum": 0.9, "nesterov": True}),
        {"momentum": 0.9, "nesterov": True},
    ),
    ("adam", "Adam", {"lr": 0.01}, {}),
    ("adam", "Adam", {"lr": 0.01, "amsgrad": True}, {"amsgrad": True}),
    ("nadam", "NAdam", {"lr": 0.01}, {}),
    ("radam", "RAdam", {"lr": 0.01}, {}),
    ("adamax", "Adamax", {"lr": 0.01}, {}),
    ("adagrad", "Adagrad", {"lr": 0.05}, {}),
    ("adadelta", "Adadelta", {"lr": 1.0}, {}),
    ("rmsprop", "RMSprop", {"lr": 0.01, "alpha": 0.85}, {}),
    (
        *("rmsprop", "RMSprop", {"lr": 0.01, "alpha": 0.9, "centered": True, "momentum": 0.5}),
        {"decay": 0.9, "centred": True, "momentum": 0.5},
    ),
)


@dataclass(frozen=True)
class Case:
    """What is trained: by us (`changes`, by dotted keys; `behind`) and by PyTorch (all others)."""

    changes: dict[str, Any]
    behind: tuple[str | dict[str, Any], ...] = ("tanh",)  # each of the two hidden layers
    functions: tuple[tuple[str, Callable[..., Any]], ...] = (("", lambda x: x.tanh()),)
    targets: str = "labels"
    loss: Callable[[Any, Any], Any] | None = None
    walk: Walk = field(default_factory=lambda: by_torch("SGD", lr=0.05))
    penalty: float = 0.0  # of the weights' squares
    class_weight: tuple[float, ...] | None = None


def cases() -> Iterator[Case]:
    """Give all cases: each rule, each norm and activation, each loss, and what comes between."""
    momentum = {"name": "sgd", "learning_rate": 0.05, "momentum": 0.9}
    rule = "layer.update_rule"
    for name, fields, walk in update_rules.cases():
        yield Case({rule: {"name": name, **fields}}, walk=walk)
    with_momentum = Case({rule: momentum}, walk=by_torch("SGD", lr=0.05, momentum=0.9))
    for name, fields, function in layers.activations():
        if name not in ("flatten", "reshape"):
            yield Case({}, behind=({"name": name, **fields},), functions=(("", function),))
    # A bias below a batch norm has the gradient 0 but for rounding, which a small ε would make of
    # the size of any other.
    adam = {rule: {"name": "adam", "learning_rate": 0.01, "epsilon": 1e-3}}
    for name, fields, training, function in layers.with_parameters():
        if name != "embedding" and training:
            own = {"name": name, **fields}
            both = replace(
                with_momentum,
                behind=(own, "tanh"),
                functions=((name, function), ("", lambda x: x.tanh())),
            )
            yield both
            yield replace(both, changes=adam, walk=by_torch("Adam", lr=0.01, eps=1e-3))
    for name, fields, kind, loss in losses.cases():
        changes = {"loss": {"name": name, **fields}, rule: momentum}
        yield replace(with_momentum, changes=changes, targets=kind, loss=loss)
    yield from between()


def between() -> Iterator[Case]:
    """Give the cases of L2 (PyTorch's ``weight_decay``), clipping, parts and weights of classes."""
    rule, l2 = "layer.update_rule", {"name": "l2", "strength": 0.05}
    for name, torchs, options, fields in WITH_L2:
        own = {"name": name, "learning_rate": options["lr"], **fields}
        yield Case(
            {rule: own, "layer.regularizer": l2},
            walk=by_torch(torchs, weight_decay=0.1, **options),
            penalty=0.05,
        )
    for norm, value in ((0.3, None), (None, 0.05), (0.3, 0.2)):
        yield Case(
            {"trainer.clip_norm": norm, "trainer.clip_value": value},
            walk=clipped_by_torch("SGD", norm, value, lr=0.05),
        )
    yield Case({"trainer.accumulate": 2})
    weights = (0.5, 2.0, 1.0, 3.0, 0.0)
    yield Case({"trainer.class_weight": list(weights)}, class_weight=weights)
    cosine = {"name": "cosine", "first": 0.1, "last": 0.0, "steps": STEPS}
    one_cycle = {"name": "one_cycle", "peak": 0.3}

    def course(step: int) -> float:
        return 0.05 * (1 + float(np.cos(np.pi * step / STEPS)))

    yield Case(
        {rule: {"name": "sgd", "learning_rate": cosine}},
        walk=by_torch_scheduled("SGD", course, lr=0.1),
    )
    yield Case(
        {rule: {"name": "adam", "learning_rate": one_cycle}},
        walk=by_torch_scheduled("Adam", one_cycle_rates().__getitem__, lr=0.1),
    )


def one_cycle_rates() -> list[float]:
    """Return the rates of PyTorch's one-cycle schedule."""
    import torch

    sgd = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.1, momentum=0.9)
    schedule = torch.optim.lr_scheduler.OneCycleLR(sgd, 0.3, total_steps=STEPS)
    rates = []
    for step in range(STEPS):
        rates.append(float(sgd.param_groups[0]["lr"]))
        sgd.step()
        if step < STEPS - 1:
            schedule.step()
    return rates


def drawn_batches(rng: np.random.Generator) -> dict[str, Any]:
    """Draw inputs, and targets of each kind, which are not all chance."""
    x = rng.standard_normal((ROWS, INPUTS))
    values = np.sin(x[:, :5]) + 0.3 * rng.standard_normal((ROWS, 5))
    shares = np.exp(values) * (rng.random((ROWS, 5)) > 0.1)
    return {
        "x": x,
        "labels": np.digitize(values[:, 0], (-0.8, -0.2, 0.2, 0.8)),
        "two": (values[:, 1] > 0).astype(int),
        "sets": (values > 0.2).astype(float),
        "distributions": shares / shares.sum(axis=1, keepdims=True),
        "counts": rng.poisson(np.exp(values)).astype(float),
        "values": values,
        "half": values,
        "quantiles": values,
    }


class Trained:
    """A network of PyTorch's: its parameters, and the losses and gradients that it makes."""

    def __init__(self, case: Case, rng: np.random.Generator) -> None:
        import torch

        self.case = case
        self.arrays: list[Any] = []  # in the order that ours has them
        self.state: list[Any] = []
        self.losses: list[float] = []
        width, x = INPUTS, None
        for last in (False, False, True):
            units = losses.WIDTHS.get(case.targets, CLASSES) if last else layers.FEATURES
            self.arrays += [
                0.5 * rng.standard_normal((width, units)),
                0.1 * rng.standard_normal(units),
            ]
            x = torch.zeros((BATCH, units))
            for (name, function), behind in (
                () if last else zip(case.functions, case.behind, strict=True)
            ):
                own = []
                for key in layers.ARRAYS.get(name, ()):
                    shared = isinstance(behind, dict) and behind.get("shared")
                    shape = (1,) if shared else (units,)
                    if key.startswith("running"):
                        state = np.zeros(shape) if key == "running_mean" else np.ones(shape)
                        self.state.append(torch.tensor(state))
                        own.append(self.state[-1].clone())
                    else:
                        self.arrays.append(rng.uniform(0.5, 1.5, shape))
                        own.append(torch.tensor(self.arrays[-1]))
                x = function(x, *own)
            width = x.shape[1]

    def gradients(self, batches: dict[str, Any]) -> Iterator[list[Any]]:
        """Give the gradients for the parameters of the moment, batch after batch."""
        import torch
        from torch.nn import functional as F

        loss = self.case.loss or (lambda z, t: F.cross_entropy(z, t, reduction="none"))
        for step in range(STEPS):
            rows = slice(step * BATCH % ROWS, step * BATCH % ROWS + BATCH)
            t = torch.tensor(batches[self.case.targets][rows])
            tensors = [torch.tensor(a, requires_grad=True) for a in self.arrays]
            of_rows = loss(self.outputs(torch.tensor(batches["x"][rows]), tensors), t)
            if self.case.class_weight is not None:
                every = torch.tensor(self.case.class_weight)
                of_rows = of_rows * (every[t] / every[torch.tensor(batches["labels"])].mean())
            of_rows.mean().backward()
            penalty = self.case.penalty * sum(
                float((a**2).sum()) for a in self.arrays if a.ndim == 2
            )
            self.losses.append(float(of_rows.detach().mean()) + penalty)
            yield [tensor.grad.numpy() for tensor in tensors]

    def outputs(self, x: Any, tensors: list[Any]) -> Any:
        own, state = iter(tensors), iter(self.state)
        for last in (False, False, True):
            x = x @ next(own) + next(own)
            for name, function in () if last else self.case.functions:
                keys = layers.ARRAYS.get(name, ())
                x = function(x, *(next(state if k.startswith("running") else own) for k in keys))
        return x


def main() -> None:
    """Write the file."""
    import torch

    torch.set_default_dtype(torch.float64)
    torch.set_num_threads(1)
    rng = np.random.default_rng(2026)
    batches = drawn_batches(rng)
    told: list[str] = []
    arrays: dict[str, Any] = {f"batches.{name}": array for name, array in batches.items()}
    for number, case in enumerate(cases()):
        trained = Trained(case, rng)
        first, last = flat(trained.arrays), trained.arrays
        for moved, measured in case.walk(trained.arrays, trained.gradients(batches)):
            trained.arrays, last = moved, measured or moved
        told.append(json.dumps([case.changes, case.behind, case.targets]))
        parts = {
            "first": first,
            "losses": np.array(trained.losses),
            "last": flat([*last, *trained.state]),
        }
        arrays |= {f"{number:03}{part}": array for part, array in parts.items()}
    np.savez_compressed(FILE, cases=np.array(told), **arrays)


if __name__ == "__main__":
    main()
