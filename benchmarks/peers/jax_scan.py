"""JAX: a whole epoch in one compiled scan."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

from benchmarks.peers.rules import rule_of
from benchmarks.workloads import Workload


def jax_scan(work: Workload, x: Any, y: Any) -> Callable[[], Any]:
    """Compile the scan; return what trains an epoch."""
    import jax
    import jax.numpy as jnp

    activations: dict[str, Callable[[Any], Any]] = {
        "relu": jax.nn.relu,
        "sigmoid": jax.nn.sigmoid,
        "tanh": jnp.tanh,
        "gelu": jax.nn.gelu,  # in its tanh form, by default
    }
    activate, rule = activations[work.activation], rule_of(work, jnp)
    key = jax.random.key(0)
    params = []
    for d, m in pairwise(work.units):
        key, sub = jax.random.split(key)
        params += [jax.random.normal(sub, (d, m)) * 0.05, jnp.zeros(m)]
    kept = [tuple(jnp.zeros_like(p) for _ in range(rule.slots)) for p in params]
    inputs, labels = jnp.asarray(x), jnp.asarray(y)

    def loss_of(params: Any, a: Any, b: Any) -> Any:
        weights, biases = params[::2], params[1::2]
        for i, (w, c) in enumerate(zip(weights, biases, strict=True)):
            a = a @ w + c
            if i < len(weights) - 1:
                a = activate(a)
        nll = -jnp.take_along_axis(jax.nn.log_softmax(a), b[:, None], axis=1).mean()
        return nll + work.l2 * sum((w**2).sum() for w in weights) if work.l2 else nll

    def step(carry: Any, rows: Any) -> Any:
        params, kept, t = carry
        value, gradients = jax.value_and_grad(loss_of)(params, inputs[rows], labels[rows])
        t += 1
        moved = [rule.move(*args, t) for args in zip(params, gradients, kept, strict=True)]
        return ([p for p, _ in moved], [slots for _, slots in moved], t), value

    @jax.jit
    def run(carry: Any, key: Any) -> Any:
        order = jax.random.permutation(key, len(inputs))[: work.steps * work.batch]
        return jax.lax.scan(step, carry, order.reshape(work.steps, work.batch))

    state = {"carry": (params, kept, jnp.zeros((), jnp.int32)), "key": key}

    def epoch() -> float:
        state["key"], sub = jax.random.split(state["key"])
        state["carry"], losses = run(state["carry"], sub)
        return float(losses[-1])

    return epoch
