"""Which components are timed, and what each peer has in their place.

`Row.ours` says what a configuration has beside the reference network; the other fields make the
peer's part, and are None where it has none. Losses take outputs and targets and give their mean.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from benchmarks import component_losses
from benchmarks.update_rules import RULES

KERAS_RULES = {
    "SGD": ("SGD", {}),
    "momentum": ("SGD", {"momentum": 0.9}),
    "Nesterov": ("SGD", {"momentum": 0.9, "nesterov": True}),
    "RMSProp": ("RMSprop", {}),
    "centred RMSProp": ("RMSprop", {"centered": True, "momentum": 0.9}),
    "AMSGrad": ("Adam", {"amsgrad": True}),
    "NAdam": ("Nadam", {}),
    "LAMB": ("Lamb", {}),
} | {name: (name, {}) for name in ("Adagrad", "Adadelta", "Adam", "AdamW", "Adamax", "Adafactor")}
KERAS_RULES |= {name: (name, {}) for name in ("Lion", "Muon")}


@dataclass(frozen=True)
class Row:
    """A component, and its peers' parts: builders, called once the library is imported."""

    kind: str
    name: str
    ours: dict[str, Any]
    torch: Callable[..., Any] | None = None
    jax: Callable[..., Any] | None = None
    keras: Callable[[], Any] | None = None
    targets: str = "labels"
    outputs: int = 10
    options: dict[str, Any] = field(default_factory=dict)


def activations() -> Iterator[Row]:
    """Give the activations: of PyTorch a module, of JAX a function, of Keras a layer."""
    for name, module, function, layer in (
        ("relu", "ReLU", "relu", "relu"),
        ("relu6", "ReLU6", "relu6", "relu6"),
        ("leaky_relu", "LeakyReLU", "leaky_relu", "leaky_relu"),
        ("elu", "ELU", "elu", "elu"),
        ("selu", "SELU", "selu", "selu"),
        ("celu", "CELU", "celu", "celu"),
        ("silu", "SiLU", "silu", "silu"),
        ("mish", "Mish", "mish", "mish"),
        ("sigmoid", "Sigmoid", "sigmoid", "sigmoid"),
        ("tanh", "Tanh", "tanh", "tanh"),
        ("softplus", "Softplus", "softplus", "softplus"),
        ("softsign", "Softsign", "soft_sign", "softsign"),
        ("hard_sigmoid", "Hardsigmoid", "hard_sigmoid", "hard_sigmoid"),
        ("hard_swish", "Hardswish", "hard_swish", "hard_swish"),
        ("hard_tanh", "Hardtanh", "hard_tanh", "hard_tanh"),
        ("softmax", "Softmax", "softmax", "softmax"),
        ("log_softmax", "LogSoftmax", "log_softmax", "log_softmax"),
        ("glu", "GLU", "glu", "glu"),
    ):
        dim = (-1,) if name in ("softmax", "log_softmax") else ()
        yield Row(
            *("activation", name, {"behind": [name]}),
            partial(_torch_nn, module, *dim),
            partial(_jax_nn, function),
            partial(_keras_layer, "Activation", layer),
        )
    for approximate in ("none", "tanh"):
        yield Row(
            *("activation", f"gelu, {approximate}"),
            {"behind": [{"name": "gelu", "approximate": approximate}]},
            partial(_torch_nn, "GELU", approximate=approximate),
            partial(_jax_nn, "gelu", approximate=approximate == "tanh"),
            partial(_keras_layer, "Activation", "gelu") if approximate == "none" else None,
        )
    yield Row(
        *("activation", "prelu", {"behind": ["prelu"]}, partial(_torch_nn, "PReLU")),
        keras=partial(_keras_layer, "PReLU", shared_axes=[1]),
    )
    yield Row(
        *("activation", "swiglu", {"behind": ["swiglu"]}),
        partial(_torch_function, _torch_swiglu),
        _jax_swiglu,
    )
    yield Row(
        *("activation", "maxout", {"behind": ["maxout"]}),
        partial(_torch_function, lambda x: x.unflatten(1, (-1, 2)).amax(dim=2)),
        lambda x: x.reshape(len(x), -1, 2).max(axis=2),
    )


def norms() -> Iterator[Row]:
    """Give the norms, each ahead of a ReLU; of JAX a function of input, scale and shift."""
    for name, module, layer in (
        ("batch_norm", "BatchNorm1d", "BatchNormalization"),
        ("layer_norm", "LayerNorm", "LayerNormalization"),
        ("rms_norm", "RMSNorm", "RMSNormalization"),
    ):
        yield Row(
            *("norm", name, {"behind": [name, "relu"]}),
            partial(_torch_nn, module),
            _JAX_NORMS[name],
            partial(_keras_layer, layer),
        )


def rules() -> Iterator[Row]:
    """Give the update rules, of JAX those of optax."""
    for name, (ours, fields, torchs, options, optaxs, optax_options) in RULES.items():
        keras, keras_options = KERAS_RULES.get(name, ("", {}))
        yield Row(
            *("update rule", name, {"rule": {"name": ours, **fields}}),
            options={
                "torch": (torchs, options),
                "optax": (optaxs, optax_options),
                "keras": (keras, keras_options),
            },
        )


def losses() -> Iterator[Row]:
    """Give the losses."""
    yield Row(
        *("loss", "softmax_cross_entropy", {}),
        keras=partial(_keras_loss, "SparseCategoricalCrossentropy", from_logits=True),
    )
    for name, torchs, keras, targets, outputs in (
        ("hinge", "hinge", "", "labels", 10),
        ("focal", "focal", "", "labels", 10),
        ("binary_cross_entropy", "binary", "BinaryCrossentropy", "two", 1),
        ("binary_focal", "binary_focal", "BinaryFocalCrossentropy", "two", 1),
        ("multi_label_cross_entropy", "multi_label", "BinaryCrossentropy", "sets", 10),
        ("kl_divergence", "kl", "", "distributions", 10),
        ("mean_squared_error", "mse", "MeanSquaredError", "values", 10),
        ("mean_absolute_error", "mae", "MeanAbsoluteError", "values", 10),
        ("huber", "huber", "Huber", "values", 10),
        ("log_cosh", "log_cosh", "LogCosh", "values", 10),
        ("poisson", "poisson", "", "values", 10),
        ("pinball", "pinball", "", "values", 30),
        ("gaussian_nll", "gaussian", "", "values", 20),
    ):
        from_logits = {"from_logits": True} if keras.startswith("Binary") else {}
        yield Row(
            *("loss", name, {"loss": {"name": name}}),
            partial(_torch_loss, torchs),
            partial(_jax_loss, torchs),
            partial(_keras_loss, keras, **from_logits) if keras else None,
            targets=targets,
            outputs=outputs,
        )


def rows() -> Iterator[Row]:
    """Give all."""
    yield from activations()
    yield from norms()
    yield from rules()
    yield from losses()


def _torch_nn(name: str, *args: Any, **options: Any) -> Any:
    from torch import nn

    return getattr(nn, name)(*args, **options)


def _torch_function(function: Callable[[Any], Any]) -> Any:
    from torch import nn

    return type("Function", (nn.Module,), {"forward": lambda self, x: function(x)})()


def _jax_nn(name: str, x: Any, **options: Any) -> Any:
    import jax

    return getattr(jax.nn, name)(x, **options)


def _keras_layer(name: str, *args: Any, **options: Any) -> Any:
    import keras

    return getattr(keras.layers, name)(*args, **options)


def _keras_loss(name: str, **options: Any) -> Any:
    import keras

    return getattr(keras.losses, name)(**options)


def _torch_swiglu(x: Any) -> Any:
    from torch.nn import functional as F

    a, b = x.chunk(2, dim=-1)
    return F.silu(a) * b


def _jax_swiglu(x: Any) -> Any:
    import jax

    a, b = jax.numpy.split(x, 2, axis=-1)
    return jax.nn.silu(a) * b


def _batch_norm(x: Any, scale: Any, shift: Any) -> Any:
    mean, variance = x.mean(axis=0), x.var(axis=0)
    return scale * (x - mean) / (variance + 1e-5) ** 0.5 + shift


def _layer_norm(x: Any, scale: Any, shift: Any) -> Any:
    mean, variance = x.mean(axis=1, keepdims=True), x.var(axis=1, keepdims=True)
    return scale * (x - mean) / (variance + 1e-5) ** 0.5 + shift


def _rms_norm(x: Any, scale: Any, shift: Any) -> Any:
    return scale * x / ((x * x).mean(axis=1, keepdims=True) + 1e-7) ** 0.5


_JAX_NORMS = {"batch_norm": _batch_norm, "layer_norm": _layer_norm, "rms_norm": _rms_norm}


def _torch_loss(name: str) -> Any:
    return component_losses.of_torch()[name]


def _jax_loss(name: str, z: Any, t: Any) -> Any:
    return component_losses.of_jax()[name](z, t)
