"""Writes `losses.npz`: what PyTorch makes of outputs and targets, in float64, with gradients.

    python -m tests.golden.losses        # needs torch; the suite does not

A case is a loss of ours, its fields, and the function of PyTorch that gives each sample's value.
The file has those, and the gradient of their mean. `tests/plugins/test_golden_losses.py` reads it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

FILE = Path(__file__).with_suffix(".npz")
ROWS = 24
WIDTHS = {"two": 1, "half": 10, "quantiles": 15}  # of outputs, by kind of targets; else 5


def cases() -> Iterator[tuple[str, dict[str, Any], str, Callable[[Any, Any], Any]]]:
    """Give each case: the name of a loss, its fields, its targets, and its values by PyTorch."""
    import torch
    from torch.nn import functional as F

    def mean(values: Any) -> Any:
        return values.mean(dim=1)

    for smoothing in (0.0, 0.1, 0.7):
        yield (
            "softmax_cross_entropy",
            {"smoothing": smoothing},
            "labels",
            partial(F.cross_entropy, reduction="none", label_smoothing=smoothing),
        )
    for power, margin in ((1, 1.0), (2, 1.0), (1, 3.0), (2, 0.5)):
        yield (
            "hinge",
            {"margin": margin, "squared": power == 2},
            "labels",
            partial(F.multi_margin_loss, p=power, margin=margin, reduction="none"),
        )
    for gamma, alpha in ((2.0, 0.25), (0.5, 1.0), (0.0, 0.25), (3.5, 2.0)):

        def focal(z: Any, t: Any, gamma: float = gamma, alpha: float = alpha) -> Any:
            entropy = F.cross_entropy(z, t, reduction="none")
            return alpha * (-torch.expm1(-entropy)) ** gamma * entropy

        yield "focal", {"gamma": gamma, "alpha": alpha}, "labels", focal
    for gamma, alpha in ((2.0, 0.25), (0.5, 0.75), (0.0, 0.25)):

        def binary(z: Any, t: Any, gamma: float = gamma, alpha: float = alpha) -> Any:
            entropy = F.binary_cross_entropy_with_logits(z[:, 0], t.double(), reduction="none")
            weight = torch.where(t == 1, alpha, 1 - alpha)
            return weight * (-torch.expm1(-entropy)) ** gamma * entropy

        yield "binary_focal", {"gamma": gamma, "alpha": alpha}, "two", binary
    yield (
        "binary_cross_entropy",
        {},
        "two",
        lambda z, t: F.binary_cross_entropy_with_logits(z[:, 0], t.double(), reduction="none"),
    )
    yield (
        "multi_label_cross_entropy",
        {},
        "sets",
        lambda z, t: mean(F.binary_cross_entropy_with_logits(z, t, reduction="none")),
    )
    yield (
        "kl_divergence",
        {},
        "distributions",
        lambda z, t: F.kl_div(z.log_softmax(1), t, reduction="none").sum(dim=1),
    )
    yield (
        "mean_squared_error",
        {},
        "values",
        lambda z, t: mean(F.mse_loss(z, t, reduction="none")),
    )
    yield "mean_absolute_error", {}, "values", lambda z, t: mean(F.l1_loss(z, t, reduction="none"))
    for delta in (1.0, 0.3, 5.0):
        yield (
            "huber",
            {"delta": delta},
            "values",
            partial(lambda d, z, t: mean(F.huber_loss(z, t, delta=d, reduction="none")), delta),
        )
    yield "log_cosh", {}, "values", lambda z, t: mean(torch.log(torch.cosh(z - t)))
    yield (
        "poisson",
        {},
        "counts",
        lambda z, t: mean(F.poisson_nll_loss(z, t, log_input=True, reduction="none")),
    )
    yield (
        "gaussian_nll",
        {"variance": "exp"},
        "half",
        lambda z, t: mean(
            F.gaussian_nll_loss(z[:, :5], t, z[:, 5:].exp(), eps=1e-6, reduction="none")
        ),
    )

    for variance, make in (("softplus", F.softplus), ("linear", lambda s: s)):
        yield (
            "gaussian_nll",
            {"variance": variance, "epsilon": 0.01},
            "half",
            partial(
                lambda make, z, t: mean(
                    0.5 * (make(z[:, 5:]).clamp(min=0.01).log())
                    + 0.5 * (z[:, :5] - t) ** 2 / make(z[:, 5:]).clamp(min=0.01)
                ),
                make,
            ),
        )
    for power, margin in ((1, 1.0), (2, 0.5)):

        def largest_only(z: Any, t: Any, power: int = power, margin: float = margin) -> Any:
            is_label = F.one_hot(t, 5).bool()
            others = z.masked_fill(is_label, -torch.inf).max(dim=1).values
            return (margin - z[is_label] + others).clamp(min=0) ** power

        fields = {"margin": margin, "squared": power == 2, "largest_only": True}
        yield "hinge", fields, "labels", largest_only

    def pinball(z: Any, t: Any) -> Any:
        q, d = torch.tensor([0.1, 0.5, 0.9]), t[:, :, None] - z.unflatten(1, (5, 3))
        return torch.maximum(q * d, (q - 1) * d).flatten(1).mean(dim=1)

    yield "pinball", {"quantiles": [0.1, 0.5, 0.9]}, "quantiles", pinball


def main() -> None:
    """Write the file."""
    import torch

    torch.set_default_dtype(torch.float64)
    rng = np.random.default_rng(2026)
    names: list[str] = []
    arrays: dict[str, Any] = {}
    for number, (name, fields, kind, function) in enumerate(cases()):
        width = WIDTHS.get(kind, 5)
        z = rng.standard_normal((ROWS, width)) * 10.0 ** rng.uniform(-3, 1, (ROWS, width))
        z[0] *= 300 if name not in ("poisson", "gaussian_nll") else 1  # nothing may overflow
        z[1] = 0.25  # ties
        t = {
            "labels": rng.integers(0, 5, ROWS),
            "two": rng.integers(0, 2, ROWS),
            "sets": rng.integers(0, 2, (ROWS, 5)).astype(float),
            "distributions": rng.dirichlet(np.full(5, 0.3), ROWS) * (rng.random((ROWS, 5)) > 0.1),
            "counts": rng.poisson(2.0, (ROWS, 5)).astype(float),
        }.get(kind, rng.standard_normal((ROWS, 5)))
        tensor = torch.tensor(z, requires_grad=True)
        values = function(tensor, torch.tensor(t))
        values.mean().backward()
        assert tensor.grad is not None
        names.append(json.dumps([name, fields]))
        parts = {"z": z, "t": t, "losses": values.detach().numpy(), "g": tensor.grad.numpy()}
        arrays |= {f"{number:03}{part}": array for part, array in parts.items()}
    np.savez_compressed(FILE, cases=np.array(names), **arrays)


if __name__ == "__main__":
    main()
