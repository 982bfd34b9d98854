"""Writes `update_rules.npz`: what PyTorch, optax and Keras make of 100 gradients, in float64.

    python -m tests.golden.update_rules        # needs torch, optax and keras; the suite none

A case is a rule of ours, its fields, and the optimizer that must agree with it. Both move a tall
and a wide matrix of weights and a bias. Gradients span seven orders of magnitude, and some of them
are 0; a few numbers have gradients that are always 0, long the same, of turning sign, tiny or huge.
The file has, for each case, the parameters after some of the steps, and below them the
average that is evaluated instead, where there is one. `tests/plugins/test_golden_update_rules.py`
reads it.
"""

from __future__ import annotations

import itertools
import json
import math
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from tests.golden.walks import (
    Walk,
    by_keras,
    by_optax,
    by_torch,
    by_torch_scheduled,
    ema_by_torch,
    flat,
    muon_by_torch,
    swa_by_torch,
)

FILE = Path(__file__).with_suffix(".npz")
SHAPES = ((6, 4), (5,), (3, 5))
STEPS = (1, 2, 3, 5, 8, 13, 30, 50, 75, 100)
ALL = ["weight", "bias"]


def cases() -> Iterator[tuple[str, dict[str, Any], Walk]]:
    """Give each case: the name of a rule, its fields, and the walk it must agree with."""
    import optax

    fields: dict[str, Any]
    options: dict[str, Any]
    linear = {"name": "linear", "first": 0.1, "last": 0.02, "steps": 40}

    def rates(step: int) -> float:
        return 0.1 + (0.02 - 0.1) * min(step / 40, 1.0)

    for mu, d, n in [(0.0, 0.0, 0), (0.9, 0.0, 0), (0.9, 0.3, 0), (0.9, 0.0, 1), (0.5, 0.0, 1)]:
        fields = {"learning_rate": 0.02, "momentum": mu, "dampening": d, "nesterov": bool(n)}
        options = {"lr": 0.02, "momentum": mu, "dampening": d, "nesterov": bool(n)}
        yield "sgd", fields, by_torch("SGD", **options)
        scheduled = {k: v for k, v in options.items() if k != "lr"}
        yield (
            "sgd",
            fields | {"learning_rate": linear},
            by_torch_scheduled("SGD", rates, lr=0.1, **scheduled),
        )
    for nesterov in (False, True):
        yield (
            "sgd",
            {
                "learning_rate": 0.02,
                "momentum": 0.9,
                "nesterov": nesterov,
                "rate_in_velocity": True,
            },
            by_optax(partial(lambda n, _: optax.sgd(0.02, 0.9, n), nesterov)),
        )
    for amsgrad, betas, eps in itertools.product((False, True), ((0.9, 0.999), (0.8, 0.9)), (1e-8, 1e-3)):  # fmt: skip  # noqa: E501
        fields = {"learning_rate": 0.01, "beta1": betas[0], "beta2": betas[1], "epsilon": eps}
        fields |= {"amsgrad": amsgrad}
        options = {"lr": 0.01, "betas": betas, "eps": eps, "amsgrad": amsgrad}
        yield "adam", fields, by_torch("Adam", **options)
        yield (
            "adamw",
            fields | {"weight_decay": 0.3},
            by_torch("AdamW", **options, weight_decay=0.3),
        )
        for psi, decay in ((4e-3, 0.0), (1.0, 0.2)):
            if not amsgrad:
                both = {k: v for k, v in fields.items() if k != "amsgrad"}
                rest = {k: v for k, v in options.items() if k != "amsgrad"}
                yield (
                    "nadam",
                    {**both, "momentum_decay": psi, "weight_decay": decay},
                    by_torch(
                        "NAdam",
                        **rest,
                        momentum_decay=psi,
                        weight_decay=decay,
                        decoupled_weight_decay=True,
                    ),
                )
                yield (
                    "radam",
                    {**both, "weight_decay": decay},
                    by_torch("RAdam", **rest, weight_decay=decay, decoupled_weight_decay=True),
                )
    yield (
        "adam",
        {"learning_rate": linear, "beta1": 0.9},
        by_torch_scheduled("Adam", rates, lr=0.1),
    )
    yield (
        "adamw",
        {"learning_rate": 0.01, "weight_decay": 0.2, "decays": ALL},
        by_torch("AdamW", ("weight", "bias"), lr=0.01, weight_decay=0.2),
    )
    for decay in (0.0, 0.2):
        fields = {"learning_rate": 0.02, "beta1": 0.0, "beta2": 0.6, "weight_decay": decay}
        options = {"lr": 0.02, "betas": (0.0, 0.6), "weight_decay": decay}
        decoupled = {**options, "decoupled_weight_decay": True}
        yield "radam", {**fields, "epsilon": 1e-5}, by_torch("RAdam", **decoupled, eps=1e-5)
        yield "nadam", {**fields, "decays": ALL}, by_torch("NAdam", ("bias",), **decoupled)
    for betas, eps in (((0.9, 0.999), 1e-8), ((0.7, 0.9), 1e-2), ((0.0, 0.5), 1e-8)):
        fields = {"learning_rate": 0.01, "beta1": betas[0], "beta2": betas[1], "epsilon": eps}
        yield "adamax", fields, by_torch("Adamax", lr=0.01, betas=betas, eps=eps)
    for first, decay, eps in itertools.product((0.0, 0.1), (0.0, 0.05), (1e-10, 1e-3)):
        fields = {"learning_rate": 0.05, "first_sum": first, "rate_decay": decay, "epsilon": eps}
        yield (
            "adagrad",
            fields,
            by_torch("Adagrad", lr=0.05, initial_accumulator_value=first, lr_decay=decay, eps=eps),
        )
    yield (
        "adagrad",
        {"learning_rate": 0.05, "first_sum": 0.1, "epsilon": 1e-7, "epsilon_inside": True},
        by_optax(lambda _: optax.adagrad(0.05)),
    )
    for rate, rho, eps in ((1.0, 0.9, 1e-6), (0.3, 0.95, 1e-3)):
        yield (
            "adadelta",
            {"learning_rate": rate, "decay": rho, "epsilon": eps},
            by_torch("Adadelta", lr=rate, rho=rho, eps=eps),
        )
    for centred, mu, alpha in itertools.product((False, True), (0.0, 0.8), (0.85, 0.99)):
        fields = {"learning_rate": 0.01, "decay": alpha, "centred": centred, "momentum": mu}
        yield (
            "rmsprop",
            fields | {"epsilon": 1e-4},
            by_torch("RMSprop", lr=0.01, alpha=alpha, eps=1e-4, centered=centred, momentum=mu),
        )
        yield (
            "rmsprop",
            fields | {"epsilon": 1e-6, "epsilon_inside": True},
            by_optax(
                partial(
                    lambda c, m, a, _: optax.chain(
                        (optax.scale_by_stddev if c else optax.scale_by_rms)(a, 1e-6),
                        *([optax.trace(m)] if m else []),
                        optax.scale(-0.01),
                    ),
                    centred,
                    mu,
                    alpha,
                )
            ),
        )
    for inside in (False, True):  # and ε that matters
        fields = {"learning_rate": 0.01, "decay": 0.9, "centred": True, "momentum": 0.5}
        yield (
            "rmsprop",
            fields | {"epsilon": 1.0, "epsilon_inside": inside},
            by_optax(
                lambda _: optax.chain(
                    optax.scale_by_stddev(0.9, 1.0), optax.trace(0.5), optax.scale(-0.01)
                )
            )
            if inside
            else by_torch("RMSprop", lr=0.01, alpha=0.9, eps=1.0, centered=True, momentum=0.5),
        )
    yield "rprop", {"first_size": 0.02}, by_torch("Rprop", lr=0.02)
    yield (
        "rprop",
        {"first_size": 0.1, "smaller": 0.3, "larger": 1.5, "smallest": 0.01, "largest": 0.4},
        by_torch("Rprop", lr=0.1, etas=(0.3, 1.5), step_sizes=(0.01, 0.4)),
    )
    for start, last in ((0.95, 0.98), (0.0, 0.5)):
        both = {"b1": start, "b2": last}
        yield (
            "lion",
            {"learning_rate": 0.01, "beta1": start, "beta2": last, "weight_decay": 0.1},
            by_optax(partial(lambda b, m: optax.lion(0.01, **b, weight_decay=0.1, mask=m), both)),
        )
        yield (
            "lamb",
            {
                **{"learning_rate": 0.02, "beta1": start, "beta2": last, "epsilon": 1e-3},
                **{"weight_decay": 0.1, "decays": ALL},
            },
            by_optax(partial(lambda b, _: optax.lamb(0.02, **b, eps=1e-3, weight_decay=0.1), both)),
        )
        for nesterov in (False, True):
            yield (
                "lars",
                {
                    **{"learning_rate": 0.5, "momentum": last, "weight_decay": 0.1},
                    **{"decays": ALL, "nesterov": nesterov},
                },
                by_optax(
                    partial(
                        lambda b, n, _: optax.lars(0.5, 0.1, momentum=b, nesterov=n), last, nesterov
                    )
                ),
            )
    for decay in (0.0, 0.3):
        yield (
            "lion",
            {"learning_rate": 0.01, "weight_decay": decay},
            by_optax(partial(lambda d, m: optax.lion(0.01, weight_decay=d, mask=m), decay)),
        )
        yield (
            "lamb",
            {"learning_rate": 0.01, "weight_decay": decay},
            by_optax(partial(lambda d, m: optax.lamb(0.01, weight_decay=d, mask=m), decay)),
        )
        for nesterov in (False, True):
            yield (
                "lars",
                {
                    "learning_rate": 2.0,
                    "trust": 0.01,
                    "epsilon": 1e-3,
                    "weight_decay": decay,
                    "nesterov": nesterov,
                },
                by_optax(
                    partial(
                        lambda d, n, m: optax.lars(2.0, d, m, 0.01, 1e-3, nesterov=n),
                        decay,
                        nesterov,
                    )
                ),
            )
        for largest, eps1 in ((1.0, None), (1.5, 1e-2)):
            yield (
                "adafactor",
                {
                    "learning_rate": 0.05,
                    "weight_decay": decay,
                    "largest_rms": largest,
                    "epsilon1": eps1,
                },
                by_torch("Adafactor", lr=0.05, d=largest, weight_decay=decay, eps=(eps1, 1e-3)),
            )
    yield (
        "adafactor",
        {"beta2_decay": -0.5, "epsilon2": 2.0},
        by_torch("Adafactor", beta2_decay=-0.5, eps=(None, 2.0)),
    )
    for nesterov, scale in itertools.product((True, False), ("original", "match_rms_adamw")):
        yield (
            "muon",
            {
                "learning_rate": 0.02,
                "nesterov": nesterov,
                "scale": scale,
                "other": {"name": "adamw", "learning_rate": 0.01},
            },
            muon_by_torch({"lr": 0.01}, lr=0.02, nesterov=nesterov, adjust_lr_fn=scale),
        )
    for mu, decay, rate in ((0.0, 0.0, 0.02), (0.8, 0.5, 0.05)):
        options = {"lr": rate, "momentum": mu, "weight_decay": decay}
        yield (
            "muon",
            {
                **{"learning_rate": rate, "momentum": mu, "weight_decay": decay},
                "other": {"name": "adamw", "learning_rate": 0.01},
            },
            muon_by_torch({"lr": 0.01}, **options),
        )
    for kept in (0.9, 0.999):
        inner = {"name": "sgd", "learning_rate": 0.02}
        yield "ema", {"inner": inner, "decay": kept}, ema_by_torch(kept, lr=0.02)
    for start, every in ((0, 1), (20, 3)):
        yield (
            "swa",
            {"inner": {"name": "sgd", "learning_rate": 0.02}, "start": start, "every": every},
            swa_by_torch(start, every, lr=0.02),
        )
    yield (
        "schedule_free",
        {"inner": {"name": "sgd", "learning_rate": 0.02}},
        by_optax(
            lambda _: optax.contrib.schedule_free_sgd(0.02),
            optax.contrib.schedule_free_eval_params,
        ),
    )
    yield (
        "schedule_free",
        {
            "inner": {
                "name": "adamw",
                "learning_rate": 0.01,
                "beta1": 0.0,
                "weight_decay": 0.2,
                "decays": ALL,
            },
            "beta": 0.8,
        },
        by_optax(
            lambda _: optax.contrib.schedule_free_adamw(0.01, b1=0.8, weight_decay=0.2),
            optax.contrib.schedule_free_eval_params,
        ),
    )


def cases_of_keras() -> Iterator[tuple[str, dict[str, Any], Walk]]:
    """Give the cases in which Keras's form is another than PyTorch's."""
    for nesterov in (False, True):
        fields = {"momentum": 0.9, "nesterov": nesterov}
        yield "sgd", {**fields, "rate_in_velocity": True}, by_keras("SGD", 0.1, **fields)
    for epsilon in (1e-7, 1e-3):
        e = {"epsilon": epsilon}
        hat, decay = {"uncorrected_epsilon": True}, {"weight_decay": 0.1}
        yield "adam", {**e, **hat}, by_keras("Adam", 1e-3, **e)
        amsgrad = {"amsgrad": True}
        yield "adam", {**e, **hat, **amsgrad}, by_keras("Adam", 1e-3, **e, **amsgrad)
        both = {**e, **hat, **decay, "decays": ALL}
        yield "adamw", both, by_keras("AdamW", 1e-3, **e, **decay)
        yield "adamax", {**e, "epsilon_when_dividing": True}, by_keras("Adamax", 2e-3, **e)
        yield "nadam", {**e, "momentum_decay": 1.0}, by_keras("Nadam", 2e-3, **e)
        yield "adadelta", {**e, "learning_rate": 0.5, "decay": 0.95}, by_keras("Adadelta", 0.5, **e)
        fields = {"learning_rate": 0.01, "first_sum": 0.1, "epsilon_inside": True, **e}
        yield "adagrad", fields, by_keras("Adagrad", 0.01, **e)
        fields = {"learning_rate": 0.01, "decay": 0.9, "epsilon_inside": True, "momentum": 0.8, **e}
        options = {"momentum": 0.8, "centered": True, **e}
        yield "rmsprop", {**fields, "centred": True}, by_keras("RMSprop", 0.01, **options)
    yield "lion", {"weight_decay": 0.0}, by_keras("Lion", 1e-4)


def parted(numbers: Any) -> list[Any]:
    """Return the parameters that lie in a row of numbers, in their shapes."""
    parts, start = [], 0
    for shape in SHAPES:
        end = start + math.prod(shape)
        parts.append(numbers[start:end].reshape(shape))
        start = end
    return parts


def drawn_gradients(rng: np.random.Generator, size: int) -> Any:
    """Draw the gradients of all steps, ``[100, size]``."""
    gradients = rng.standard_normal((100, size)) * 10.0 ** rng.uniform(-5, 2, (100, size))
    gradients[rng.random((100, size)) < 0.02] = 0
    gradients[:, -1] = 0
    gradients[:, -2] = np.repeat((0.3, -2.0, 0.05, 0.7), 25)
    gradients[:, -3] = (-1.0) ** np.arange(100)
    gradients[:, -4] *= 1e-25
    gradients[:, -5] *= 1e5
    return gradients


def main() -> None:
    """Write the file."""
    import torch

    torch.set_default_dtype(torch.float64)
    rng = np.random.default_rng(2026)
    size = sum(map(math.prod, SHAPES))
    first = rng.standard_normal(size)
    gradients = drawn_gradients(rng, size)
    names: list[str] = []
    arrays: dict[str, Any] = {}
    for number, (name, fields, walk) in enumerate([*cases(), *cases_of_keras()]):
        names.append(json.dumps([name, fields]))
        walked = []
        for moved, measured in walk(parted(first), map(parted, gradients)):
            parts = [flat(moved)] if measured is None else [flat(moved), flat(measured)]
            walked.append(np.squeeze(np.stack(parts)))
        arrays[f"{number:03}"] = np.stack([walked[step - 1] for step in STEPS])
    np.savez_compressed(
        FILE, cases=np.array(names), first=first, gradients=gradients, steps=STEPS, **arrays
    )


if __name__ == "__main__":
    main()
