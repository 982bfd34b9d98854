"""What PyTorch's, optax's and Keras's optimizers make of some gradients.

Parameters are a list of arrays: matrices ``[in, out]``, which are weights, and vectors, which are
not, and do not decay unless that is asked. Gradients may be made while they are walked along, out
of what the last step has yielded.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np

Arrays = list[Any]
Walk = Callable[[Arrays, Iterable[Arrays]], Iterator[tuple[Arrays, Arrays | None]]]
"""From first parameters and gradients to the parameters after each step, and their average where
that is what is evaluated."""


def by_torch(name: str, decays: tuple[str, ...] = ("weight",), **options: Any) -> Walk:
    """Return the walk of an optimizer of `torch.optim`; vectors decay where ``bias`` does."""
    return lambda p, g: _torch_walk(p, g, lambda all_: [_torch_rule(name, decays, options, all_)])


def _torch_rule(name: str, decays: Any, options: Any, parameters: Arrays) -> Any:
    import torch

    matrices, vectors = _matrices(parameters), _vectors(parameters)
    groups: list[dict[str, Any]] = [{"params": matrices}, {"params": vectors}]
    if "bias" not in decays and "weight_decay" in options:
        groups[1]["weight_decay"] = 0.0
    plain = {} if name in ("Adafactor", "Muon") else {"foreach": False}
    return getattr(torch.optim, name)(groups, **plain, **options)


def _matrices(parameters: Arrays) -> Arrays:
    return [p for p in parameters if p.ndim == 2]


def _vectors(parameters: Arrays) -> Arrays:
    return [p for p in parameters if p.ndim == 1]


def _torch_walk(
    p: Arrays, gradients: Iterable[Arrays], build: Any, average: Any = None
) -> Iterator[tuple[Arrays, Arrays | None]]:
    import torch

    parameters = [torch.nn.Parameter(torch.tensor(a.T.copy())) for a in p]
    optimizers = build(parameters)
    averaged = average(parameters) if average else None
    for g in gradients:
        for tensor, a in zip(parameters, g, strict=True):
            tensor.grad = torch.tensor(a.T.copy())
        for optimizer in optimizers:
            optimizer.step()
        yield _numbers(parameters), averaged() if averaged else None


def _numbers(parameters: Any) -> Arrays:
    return [p.detach().numpy().T.copy() for p in parameters]


def by_torch_scheduled(name: str, rates: Callable[[int], float], **options: Any) -> Walk:
    """Return the walk of an optimizer whose rate is set before each step."""

    class Scheduled:
        def __init__(self, parameters: Arrays) -> None:
            self.inner, self.taken = _torch_rule(name, (), options, parameters), 0

        def step(self) -> None:
            for group in self.inner.param_groups:
                group["lr"] = rates(self.taken)
            self.inner.step()
            self.taken += 1

    return lambda p, g: _torch_walk(p, g, lambda all_: [Scheduled(all_)])


def clipped_by_torch(
    name: str, norm: float | None = None, value: float | None = None, **options: Any
) -> Walk:
    """Return the walk of an optimizer whose gradients are clipped, all together, before a step."""

    class Clipped:
        def __init__(self, parameters: Arrays) -> None:
            self.inner, self.parameters = _torch_rule(name, (), options, parameters), parameters

        def step(self) -> None:
            from torch.nn.utils import clip_grad_norm_, clip_grad_value_

            if value is not None:
                clip_grad_value_(self.parameters, value)
            if norm is not None:
                clip_grad_norm_(self.parameters, norm)
            self.inner.step()

    return lambda p, g: _torch_walk(p, g, lambda all_: [Clipped(all_)])


def muon_by_torch(other: dict[str, Any], **options: Any) -> Walk:
    """Return the walk of PyTorch's Muon without its cast to bfloat16, AdamW for the vectors."""

    def build(parameters: Arrays) -> Any:
        import torch

        torch.Tensor.bfloat16 = lambda self: self.clone()
        adamw = torch.optim.AdamW(_vectors(parameters), foreach=False, weight_decay=0.0, **other)
        return [torch.optim.Muon(_matrices(parameters), **options), adamw]

    return lambda p, g: _torch_walk(p, g, build)


def swa_by_torch(start: int, every: int, **options: Any) -> Walk:
    """Return the walk of PyTorch's SGD, and of its `AveragedModel` beside it."""

    def average(parameters: Arrays) -> Any:
        from torch.optim.swa_utils import AveragedModel

        model = _module(parameters)
        averaged, taken = AveragedModel(model), itertools.count(1)

        def read() -> Any:
            step = next(taken) - start
            if step > 0 and step % every == 0:
                averaged.update_parameters(model)
            begun = int(averaged.n_averaged) > 0
            return _numbers(averaged.module.parameters() if begun else parameters)

        return read

    def build(parameters: Arrays) -> Any:
        return [_torch_rule("SGD", (), options, parameters)]

    return lambda p, g: _torch_walk(p, g, build, average)


def ema_by_torch(decay: float, **options: Any) -> Walk:
    """Return the walk of PyTorch's SGD, and of an `AveragedModel` that starts at the first."""

    def average(parameters: Arrays) -> Any:
        from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

        model = _module(parameters)
        averaged = AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(decay))
        averaged.update_parameters(model)

        def read() -> Any:
            averaged.update_parameters(model)
            return _numbers(averaged.module.parameters())

        return read

    def build(parameters: Arrays) -> Any:
        return [_torch_rule("SGD", (), options, parameters)]

    return lambda p, g: _torch_walk(p, g, build, average)


def _module(parameters: Arrays) -> Any:
    import torch

    module = torch.nn.Module()
    for i, parameter in enumerate(parameters):
        module.register_parameter(f"p{i}", parameter)
    return module


def by_optax(build: Callable[[Any], Any], evaluated: Any = None) -> Walk:
    """Return the walk of an optax transformation; ``build`` is given the mask of what decays."""

    def walk(p: Arrays, gradients: Iterable[Arrays]) -> Iterator[tuple[Arrays, Arrays | None]]:
        import jax

        jax.config.update("jax_enable_x64", True)
        import optax

        params: Any = [jax.numpy.asarray(a) for a in p]
        transform = build([a.ndim == 2 for a in p])
        state, compiled = transform.init(params), jax.jit(transform.update)
        for g in gradients:
            update, state = compiled([jax.numpy.asarray(a) for a in g], state, params)
            params = optax.apply_updates(params, update)
            measured = evaluated(state, params) if evaluated else None
            yield _arrays(params), None if measured is None else _arrays(measured)

    return walk


def by_keras(name: str, rate: float, **options: Any) -> Walk:
    """Return the walk of an optimizer of Keras."""

    def walk(p: Arrays, gradients: Iterable[Arrays]) -> Iterator[tuple[Arrays, Arrays | None]]:
        import jax

        jax.config.update("jax_enable_x64", True)
        os.environ["KERAS_BACKEND"] = "jax"
        import keras

        variables = [keras.Variable(a.copy(), dtype="float64") for a in p]
        keras.config.set_floatx("float64")
        optimizer = getattr(keras.optimizers, name)(rate, **options)
        optimizer.build(variables)
        for g in gradients:
            optimizer.apply([jax.numpy.asarray(a) for a in g])
            yield _arrays([variable.value for variable in variables]), None

    return walk


def _arrays(parameters: Any) -> Arrays:
    return [np.asarray(a) for a in parameters]


def flat(arrays: Arrays) -> Any:
    """Return all numbers of some arrays in a row."""
    return np.concatenate([np.asarray(a).ravel() for a in arrays])
