"""The losses as a user of PyTorch and of JAX writes them: means over the batch."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

Losses = dict[str, Callable[[Any, Any], Any]]


def of_torch() -> Losses:
    """Return PyTorch's, and what it has none of in a few of its functions."""
    import torch
    from torch.nn import functional as F

    softplus = F.softplus

    def focal(z: Any, t: Any) -> Any:
        entropy = F.cross_entropy(z, t, reduction="none")
        return (0.25 * (1 - torch.exp(-entropy)) ** 2 * entropy).mean()

    def binary_focal(z: Any, t: Any) -> Any:
        entropy = F.binary_cross_entropy_with_logits(z[:, 0], t, reduction="none")
        weight = 0.25 * t + 0.75 * (1 - t)
        return (weight * (1 - torch.exp(-entropy)) ** 2 * entropy).mean()

    def log_cosh(z: Any, t: Any) -> Any:
        d = z - t
        return (d + softplus(-2 * d) - math.log(2)).mean()

    q = torch.tensor([0.1, 0.5, 0.9])

    def pinball(z: Any, t: Any) -> Any:
        d = t[:, :, None] - z.unflatten(1, (-1, 3))
        return torch.maximum(q * d, (q - 1) * d).mean()

    def gaussian(z: Any, t: Any) -> Any:
        mean, s = z.chunk(2, dim=1)
        return F.gaussian_nll_loss(mean, t, softplus(s))

    return {
        "hinge": F.multi_margin_loss,
        "focal": focal,
        "binary": lambda z, t: F.binary_cross_entropy_with_logits(z[:, 0], t),
        "binary_focal": binary_focal,
        "multi_label": F.binary_cross_entropy_with_logits,
        "kl": lambda z, t: F.kl_div(F.log_softmax(z, dim=1), t, reduction="batchmean"),
        "mse": F.mse_loss,
        "mae": F.l1_loss,
        "huber": F.huber_loss,
        "log_cosh": log_cosh,
        "poisson": F.poisson_nll_loss,
        "pinball": pinball,
        "gaussian": gaussian,
    }


def of_jax() -> Losses:
    """Return them in `jax.numpy`, to be compiled."""
    import jax
    import jax.numpy as jnp

    def at_label(values: Any, t: Any) -> Any:
        return jnp.take_along_axis(values, t[:, None], axis=1)

    def hinge(z: Any, t: Any) -> Any:
        over = jnp.maximum(0, 1 - at_label(z, t) + z)
        return ((over.sum(axis=1) - 1) / z.shape[1]).mean()

    def focal(z: Any, t: Any) -> Any:
        log_p = at_label(jax.nn.log_softmax(z), t)
        return (-0.25 * (1 - jnp.exp(log_p)) ** 2 * log_p).mean()

    def logistic(z: Any, t: Any) -> Any:
        return jax.nn.softplus(z) - z * t

    def binary_focal(z: Any, t: Any) -> Any:
        entropy = logistic(z[:, 0], t)
        weight = 0.25 * t + 0.75 * (1 - t)
        return (weight * (1 - jnp.exp(-entropy)) ** 2 * entropy).mean()

    def kl(z: Any, t: Any) -> Any:
        return (t * (jnp.log(jnp.maximum(t, 1e-30)) - jax.nn.log_softmax(z))).sum(axis=1).mean()

    def huber(z: Any, t: Any) -> Any:
        d = jnp.abs(z - t)
        return jnp.where(d < 1, 0.5 * d * d, d - 0.5).mean()

    def pinball(z: Any, t: Any) -> Any:
        d, q = t[:, :, None] - z.reshape(len(z), -1, 3), jnp.array([0.1, 0.5, 0.9])
        return jnp.maximum(q * d, (q - 1) * d).mean()

    def gaussian(z: Any, t: Any) -> Any:
        mean, s = jnp.split(z, 2, axis=1)
        v = jnp.maximum(jax.nn.softplus(s), 1e-6)
        return (0.5 * (jnp.log(v) + (mean - t) ** 2 / v)).mean()

    return {
        "hinge": hinge,
        "focal": focal,
        "binary": lambda z, t: logistic(z[:, 0], t).mean(),
        "binary_focal": binary_focal,
        "multi_label": lambda z, t: logistic(z, t).mean(),
        "kl": kl,
        "mse": lambda z, t: ((z - t) ** 2).mean(),
        "mae": lambda z, t: jnp.abs(z - t).mean(),
        "huber": huber,
        "log_cosh": lambda z, t: (z - t + jax.nn.softplus(-2 * (z - t)) - math.log(2)).mean(),
        "poisson": lambda z, t: (jnp.exp(z) - t * z).mean(),
        "pinball": pinball,
        "gaussian": gaussian,
    }
