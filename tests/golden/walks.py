"""What PyTorch's, optax's and Keras's optimizers make of some gradients."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

WEIGHTS, BIAS = (6, 4), (5,)

Walk = Callable[[Any, Any], Iterator[Any]]
"""From first parameters and gradients, flat, to the parameters after each step."""


def by_torch(name: str, decays: tuple[str, ...] = ("weight",), **options: Any) -> Walk:
    """Return the walk of an optimizer of `torch.optim`; the bias decays where that is asked."""
    return lambda p, g: _torch_walk(p, g, lambda w, b: [_torch_rule(name, decays, options, w, b)])


def _torch_rule(name: str, decays: Any, options: Any, w: Any, b: Any) -> Any:
    import torch

    groups: list[dict[str, Any]] = [{"params": [w]}, {"params": [b]}]
    if "bias" not in decays and "weight_decay" in options:
        groups[1]["weight_decay"] = 0.0
    plain = {} if name in ("Adafactor", "Muon") else {"foreach": False}
    return getattr(torch.optim, name)(groups, **plain, **options)


def _torch_walk(p: Any, gradients: Any, build: Any, average: Any = None) -> Iterator[Any]:
    import torch

    w, b = (torch.nn.Parameter(torch.tensor(a.T.copy())) for a in parted(p))
    optimizers = build(w, b)
    averaged = average(w, b) if average else None
    for g in gradients:
        for tensor, a in zip((w, b), parted(g), strict=True):
            tensor.grad = torch.tensor(a.T.copy())
        for optimizer in optimizers:
            optimizer.step()
        moved = joined(w, b)
        yield np.stack([moved, averaged()]) if averaged else moved


def joined(w: Any, b: Any) -> Any:
    return np.concatenate([w.detach().numpy().T.ravel(), b.detach().numpy()])


def by_torch_scheduled(name: str, rates: Callable[[int], float], **options: Any) -> Walk:
    """Return the walk of an optimizer whose rate is set before each step."""

    class Scheduled:
        def __init__(self, w: Any, b: Any) -> None:
            self.inner, self.taken = _torch_rule(name, (), options, w, b), 0

        def step(self) -> None:
            for group in self.inner.param_groups:
                group["lr"] = rates(self.taken)
            self.inner.step()
            self.taken += 1

    return lambda p, g: _torch_walk(p, g, lambda w, b: [Scheduled(w, b)])


def muon_by_torch(other: dict[str, Any], **options: Any) -> Walk:
    """Return the walk of PyTorch's Muon without its cast to bfloat16, AdamW for the bias."""

    def build(w: Any, b: Any) -> Any:
        import torch

        torch.Tensor.bfloat16 = lambda self: self.clone()
        adamw = torch.optim.AdamW([b], foreach=False, weight_decay=0.0, **other)
        return [torch.optim.Muon([w], **options), adamw]

    return lambda p, g: _torch_walk(p, g, build)


def swa_by_torch(start: int, every: int, **options: Any) -> Walk:
    """Return the walk of PyTorch's SGD and of its `AveragedModel`, below."""

    def average(w: Any, b: Any) -> Any:
        from torch.optim.swa_utils import AveragedModel

        averaged, taken = AveragedModel(_module(w, b)), itertools.count(1)

        def read() -> Any:
            step = next(taken) - start
            if step > 0 and step % every == 0:
                averaged.update_parameters(_module(w, b))
            begun = int(averaged.n_averaged) > 0
            return joined(averaged.module.w, averaged.module.b) if begun else joined(w, b)

        return read

    def build(w: Any, b: Any) -> Any:
        return [_torch_rule("SGD", (), options, w, b)]

    return lambda p, g: _torch_walk(p, g, build, average)


def _module(w: Any, b: Any) -> Any:
    import torch

    module = torch.nn.Module()
    module.register_parameter("w", w)
    module.register_parameter("b", b)
    return module


def by_optax(build: Callable[[Any], Any], evaluated: Any = None) -> Walk:
    """Return the walk of an optax transformation; ``build`` is given the mask of what decays."""

    def walk(p: Any, gradients: Any) -> Iterator[Any]:
        import jax

        jax.config.update("jax_enable_x64", True)
        import optax

        params: Any = dict(zip(("w", "b"), map(jax.numpy.asarray, parted(p)), strict=True))
        transform = build({"w": True, "b": False})
        state = transform.init(params)
        for g in gradients:
            update = dict(zip(("w", "b"), map(jax.numpy.asarray, parted(g)), strict=True))
            update, state = transform.update(update, state, params)
            params = optax.apply_updates(params, update)
            moved = _flat(params)
            yield np.stack([moved, _flat(evaluated(state, params))]) if evaluated else moved

    return walk


def by_keras(name: str, rate: float, **options: Any) -> Walk:
    """Return the walk of an optimizer of Keras."""

    def walk(p: Any, gradients: Any) -> Iterator[Any]:
        import jax

        jax.config.update("jax_enable_x64", True)
        os.environ["KERAS_BACKEND"] = "jax"
        import keras

        w, b = (keras.Variable(a.copy(), dtype="float64") for a in parted(p))
        keras.config.set_floatx("float64")
        optimizer = getattr(keras.optimizers, name)(rate, **options)
        optimizer.build([w, b])
        for g in gradients:
            optimizer.apply([jax.numpy.asarray(a) for a in parted(g)])
            yield _flat({"w": w.value, "b": b.value})

    return walk


def _flat(params: Any) -> Any:
    return np.concatenate([np.asarray(params["w"]).ravel(), np.asarray(params["b"])])


def parted(flat: Any) -> tuple[Any, Any]:
    """Return weights and bias of a flat array."""
    size = WEIGHTS[0] * WEIGHTS[1]
    return flat[:size].reshape(WEIGHTS), flat[size:]
