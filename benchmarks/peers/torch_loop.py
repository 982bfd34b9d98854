"""PyTorch: the tutorial's loop, batches indexed out of tensors in memory."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

from benchmarks.peers.rules import DECAYS
from benchmarks.workloads import Workload


def torch_eager(work: Workload, x: Any, y: Any) -> Callable[[], Any]:
    """Return what trains an epoch step by step, eager."""
    return _torch(work, x, y, compiled=False)


def torch_compiled(work: Workload, x: Any, y: Any) -> Callable[[], Any]:
    """Return the same with the step in `torch.compile`."""
    return _torch(work, x, y, compiled=True)


def _torch(work: Workload, x: Any, y: Any, *, compiled: bool) -> Callable[[], Any]:
    import torch
    from torch import nn

    torch.manual_seed(0)
    activations: dict[str, Callable[[], Any]] = {
        "relu": nn.ReLU,
        "sigmoid": nn.Sigmoid,
        "tanh": nn.Tanh,
        "gelu": lambda: nn.GELU("tanh"),
    }
    layers: list[Any] = []
    for i, (d, m) in enumerate(pairwise(work.units)):
        layers.append(nn.Linear(d, m))
        if i < len(work.units) - 2:
            layers.append(activations[work.activation]())
    model, loss = nn.Sequential(*layers), nn.CrossEntropyLoss()
    optimizer = _optimizer(work, dict(model.named_parameters()))
    inputs, labels = torch.from_numpy(x), torch.from_numpy(y)

    def step(a: Any, b: Any) -> Any:
        optimizer.zero_grad()
        value = loss(model(a), b)
        value.backward()
        optimizer.step()
        return value

    if compiled:
        torch.compiler.reset()  # a process that compiled several workloads would give up
        step = torch.compile(step)

    def epoch() -> float:
        order = torch.randperm(len(inputs))
        for s in range(work.steps):
            rows = order[s * work.batch : (s + 1) * work.batch]
            value = step(inputs[rows], labels[rows])
        return float(value)

    return epoch


def _optimizer(work: Workload, parameters: dict[str, Any]) -> Any:
    """Return the workload's rule; `LookupError` where PyTorch has none."""
    import torch

    name, options = {
        "sgd": ("SGD", {}),
        "momentum": ("SGD", {"momentum": 0.9}),
        "rmsprop": ("RMSprop", {"alpha": 0.85}),
        "adagrad": ("Adagrad", {}),
        "adam": ("Adam", {}),
        "adamw": ("AdamW", {}),
        "nadam": ("NAdam", {}),
    }.get(work.rule, ("", {}))
    if not name:
        raise LookupError(f"PyTorch has no {work.rule}")
    decay = DECAYS.get(work.rule, 2 * work.l2)
    parts = [
        {
            "params": [p for n, p in parameters.items() if n.endswith(part)],
            "weight_decay": decay if part == "weight" else 0.0,
        }
        for part in ("weight", "bias")
    ]
    return getattr(torch.optim, name)(parts, lr=work.rate, **options)
