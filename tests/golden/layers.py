"""Writes `layers.npz`: what PyTorch makes of inputs in float64, and gradients of Σ g · output.

    python -m tests.golden.layers        # needs torch; the suite does not

A case is a layer of ours, its fields, whether it trains, and PyTorch's function of the input, the
layer's parameters and its state, which may change the state. Among the inputs are the places where
functions have corners. `tests/plugins/test_golden_layers.py` reads the file.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

FILE = Path(__file__).with_suffix(".npz")
ROWS, FEATURES = 5, 6
CORNERS = (0.0, -3.0, 3.0, 6.0, -1.0, 1.0, 20.0, -40.0)
Function = Callable[..., Any]


def activations() -> Iterator[tuple[str, dict[str, Any], Function]]:
    """Give each activation's name, fields and function by PyTorch."""
    from torch.nn import functional as F

    for name in ("relu", "relu6", "softplus", "selu", "silu", "mish", "softsign", "tanh"):
        yield name, {}, getattr(F, name)
    yield "sigmoid", {}, lambda x: x.sigmoid()
    # F.hardsigmoid, F.hardswish and F.celu hold a sixth and α in single precision
    yield "hard_sigmoid", {}, lambda x: F.relu6(x + 3) / 6
    yield "hard_swish", {}, lambda x: x * F.relu6(x + 3) / 6
    for approximate in ("none", "tanh"):
        yield (
            "gelu",
            {"approximate": approximate},
            lambda x, how=approximate: F.gelu(x, approximate=how),
        )
    for slope in (0.01, 0.3):
        yield "leaky_relu", {"slope": slope}, lambda x, slope=slope: F.leaky_relu(x, slope)
    for alpha in (1.0, 0.5, 2.5):
        yield "elu", {"alpha": alpha}, lambda x, alpha=alpha: F.elu(x, alpha)
        yield "celu", {"alpha": alpha}, lambda x, alpha=alpha: F.celu(x, alpha)
    for low, high in ((-1.0, 1.0), (-0.5, 3.0)):
        yield (
            "hard_tanh",
            {"low": low, "high": high},
            lambda x, low=low, high=high: F.hardtanh(x, low, high),
        )
    yield "softmax", {}, lambda x: F.softmax(x, -1)
    yield "log_softmax", {}, lambda x: F.log_softmax(x, -1)
    yield "glu", {}, F.glu
    yield "swiglu", {}, lambda x: F.silu(x[:, :3]) * x[:, 3:]
    yield "maxout", {"pieces": 3}, lambda x: x.reshape(ROWS, 2, 3).max(dim=2).values
    yield "flatten", {}, lambda x: x.flatten(1)
    yield "reshape", {"shape": (2, 3)}, lambda x: x.unflatten(1, (2, 3))


def with_parameters() -> Iterator[tuple[str, dict[str, Any], bool, Function]]:
    """Give name, fields, whether it trains, and the function of input, parameters and state."""
    from torch.nn import functional as F

    for shared in (True, False):
        yield "prelu", {"shared": shared}, True, lambda x, slope: F.prelu(x, slope)
    for epsilon in (1e-5, 0.3):
        yield (
            "layer_norm",
            {"epsilon": epsilon},
            True,
            lambda x, scale, shift, e=epsilon: F.layer_norm(x, (FEATURES,), scale, shift, e),
        )
        for share in (0.1, 0.6):
            for training in (True, False):

                def batch_norm(
                    x: Any, scale: Any, shift: Any, running_mean: Any, running_variance: Any,
                    training: bool = training, share: float = share, epsilon: float = epsilon,
                ) -> Any:  # fmt: skip
                    return F.batch_norm(
                        *(x, running_mean, running_variance, scale, shift),
                        *(training, share, epsilon),
                    )

                yield "batch_norm", {"share": share, "epsilon": epsilon}, training, batch_norm
    for root in (None, 0.3):
        yield (
            "rms_norm",
            {"epsilon": root},
            True,
            lambda x, scale, e=root: F.rms_norm(x, (FEATURES,), scale, e),
        )
    yield (
        "embedding",
        {"rows": 4, "width": 3},
        True,
        lambda x, table: F.embedding(x.detach().long(), table),
    )


SHAPES: dict[
    str, dict[str, tuple[int, ...]]
] = {  # of parameters and state, where it is not that of a sample
    "prelu": {"slope": (FEATURES,)},
    "embedding": {"table": (4, 3)},
}
ARRAYS = {
    "prelu": ("slope",),
    "layer_norm": ("scale", "shift"),
    "batch_norm": ("scale", "shift", "running_mean", "running_variance"),
    "rms_norm": ("scale",),
    "embedding": ("table",),
}


def main() -> None:
    """Write the file."""
    import torch

    torch.set_default_dtype(torch.float64)
    rng = np.random.default_rng(2026)
    cases = [(name, fields, True, function) for name, fields, function in activations()]
    names: list[str] = []
    arrays: dict[str, Any] = {}
    for number, (name, fields, training, function) in enumerate([*cases, *with_parameters()]):
        x = rng.standard_normal((ROWS, FEATURES)) * 10.0 ** rng.uniform(-3, 1, (ROWS, FEATURES))
        x.flat[: len(CORNERS)] = CORNERS
        if name == "embedding":
            x = rng.integers(0, 4, (ROWS, FEATURES)).astype(float)
        own: dict[str, Any] = {}
        for key in ARRAYS.get(name, ()):
            shape = (1,) if fields.get("shared") else SHAPES.get(name, {}).get(key, (FEATURES,))
            own[key] = torch.tensor(rng.uniform(0.2, 1.5, shape))
            own[key].requires_grad_(not key.startswith("running"))
        parts = {f"before.{key}": tensor.detach().numpy().copy() for key, tensor in own.items()}
        tensor = torch.tensor(x, requires_grad=True)
        y = function(tensor, **own)
        g = rng.standard_normal(tuple(y.shape))
        (torch.tensor(g) * y).sum().backward()
        gx = np.zeros_like(x) if tensor.grad is None else tensor.grad.numpy()
        parts |= {"x": x, "g": g, "y": y.detach().numpy(), "gx": gx}
        for key, tensor in own.items():
            kind, value = ("after", tensor) if tensor.grad is None else ("gradient", tensor.grad)
            parts[f"{kind}.{key}"] = value.detach().numpy()
        names.append(json.dumps([name, fields, training]))
        arrays |= {f"{number:03}{part}": array for part, array in parts.items()}
    np.savez_compressed(FILE, cases=np.array(names), **arrays)


if __name__ == "__main__":
    main()
