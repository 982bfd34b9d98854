"""The fast code of each component equals the plain lines that its docstring shows."""

from __future__ import annotations

import inspect
import re
import textwrap
from dataclasses import asdict
from typing import Any

import numpy as np
import pytest

from framework import (
    Arrays,
    Constraint,
    Layer,
    Loss,
    Parameter,
    Regularizer,
    State,
    UpdateRule,
)
from tests.layers import bound

RNG = np.random.default_rng(0)
BATCH, FEATURES, WIDE = 7, 5, 6
PAIRED = ("glu", "swiglu", "maxout")  # they take an even number of features, or a third


def plain_lines(component: object) -> str:
    """Return the block under `Plainly::` in a component's docstring."""
    block = re.search(r"^Plainly::\n\n((?: {4}.*(?:\n|$))+)", inspect.getdoc(component) or "", re.M)
    assert block, f"{type(component).__name__} shows no plain lines"
    return textwrap.dedent(block[1])


def run_plain_lines(component: object, **names: Any) -> dict[str, Any]:
    """Run the plain lines over some arrays; return what they assign."""
    results = {"np": np, **asdict(component), **names}  # type: ignore[call-overload]
    exec(plain_lines(component), results)
    return results


def assert_equal(fast: Any, plain: Any) -> None:
    np.testing.assert_allclose(fast, plain, rtol=1e-12, atol=1e-15)


LAYERS: dict[str, dict[str, Any]] = {
    "dense": {"units": 3},
    **{name: {} for name in ("identity", "relu", "sigmoid", "tanh")},
    **{name: {} for name in ("batch_norm", "layer_norm", "rms_norm", "act_norm")},
    "scale_shift": {"first_scale": 2.0},
    "dropout": {"rate": 0.3},
    "leaky_relu": {"slope": 0.3},
    "hard_tanh": {"low": -0.5, "high": 0.7},
    "maxout": {"pieces": 3},
    **{name: {"alpha": 0.7} for name in ("elu", "celu")},
    **{name: {} for name in ("prelu", "softplus", "selu", "silu", "mish", "softsign", "gelu")},
    **{name: {} for name in ("hard_sigmoid", "hard_swish", "relu6", "softmax", "log_softmax")},
    **{name: {} for name in ("glu", "swiglu")},
    **{name: {"rate": 0.3} for name in ("alpha_dropout", "gaussian_dropout")},
    "activity": {"l1": 0.2, "l2": 0.3},
}


@pytest.mark.parametrize("name", LAYERS)
def test_a_layer(make, name):
    layer: Layer = make("layer", name, **LAYERS[name])
    x = 3 * RNG.standard_normal((BATCH, WIDE if name in PAIRED else FEATURES))
    arrays, out = bound(layer, x, RNG)
    g = RNG.standard_normal(out.shape)
    arrays.rng = np.random.default_rng(0)
    forward = layer.forward(x, out, arrays)
    plain = run_plain_lines(layer, x=x, g=g, **vars(arrays))
    assert_equal(forward, plain["y"])
    y = plain["y"].copy()
    assert_equal(layer.input_gradient(x, y, g.copy(), np.empty_like(x), arrays), plain["gx"])
    if "losses" in plain:
        losses, gradient = np.empty(BATCH), np.empty_like(x)
        layer.added_loss(y, losses, gradient, arrays)
        assert_equal(losses, plain["losses"])
        assert_equal(gradient, plain["gradient"])
    declared = layer.parameters(x.shape[1:])
    gradients = Arrays(**{p.name: np.empty(p.shape) for p in declared})
    layer.parameter_gradients(x, y, g, gradients, arrays)
    for parameter in declared:
        assert_equal(getattr(gradients, parameter.name), plain[f"g{parameter.name}"])


LOSSES = [  # name, fields, classes or columns, outputs
    ("softmax_cross_entropy", {}, FEATURES, FEATURES),
    ("mean_squared_error", {}, FEATURES, FEATURES),
    ("binary_cross_entropy", {}, 2, 1),
    ("multi_label_cross_entropy", {}, FEATURES, FEATURES),
    ("pinball", {"quantiles": (0.9, 0.2)}, 3, 6),
    ("softmax_cross_entropy", {"smoothing": 0.3}, FEATURES, FEATURES),
    ("focal", {}, FEATURES, FEATURES),
    ("binary_focal", {}, 2, 1),
    ("hinge", {}, FEATURES, FEATURES),
    ("hinge", {"squared": True}, FEATURES, FEATURES),
    ("hinge", {"largest_only": True}, FEATURES, FEATURES),
    ("kl_divergence", {}, FEATURES, FEATURES),
    ("mean_absolute_error", {}, FEATURES, FEATURES),
    ("huber", {"delta": 0.4}, FEATURES, FEATURES),
    ("log_cosh", {}, FEATURES, FEATURES),
    ("poisson", {}, FEATURES, FEATURES),
    ("gaussian_nll", {}, 3, 6),
    ("gaussian_nll", {"variance": "exp", "epsilon": 0.5}, 3, 6),
    ("gaussian_nll", {"variance": "linear"}, 3, 6),
]


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize(("name", "fields", "columns", "outputs"), LOSSES)
def test_a_loss(make, name, fields, columns, outputs, order):
    loss: Loss = make("loss", name, **fields)
    z = np.asarray(RNG.standard_normal((BATCH, outputs)), order=order)
    if fields.get("variance") == "linear":
        z[:, columns:] = np.abs(z[:, columns:])
    labels, values = RNG.integers(0, columns, BATCH), RNG.standard_normal((BATCH, columns))
    if name == "kl_divergence":
        values = np.abs(values)
    targets = {"labels": labels, "values": values, "sets": values > 0}[loss.targets]
    losses, gradient = np.empty(BATCH), np.empty_like(z)
    loss.evaluate(z, targets, losses, gradient, Arrays(**loss.scratch(z)))
    plain = run_plain_lines(loss, z=z, targets=targets)
    assert_equal(losses, plain["losses"])
    assert_equal(gradient, plain["gradient"])


def test_a_row_alone_has_the_loss_that_it_has_among_others(make):
    loss = make("loss", "softmax_cross_entropy")
    z, targets = 30 * RNG.standard_normal((BATCH, FEATURES)), RNG.integers(0, FEATURES, BATCH)
    z[1], z[2] = 1e4, -1e4
    losses, gradient = np.empty(BATCH), np.empty_like(z)
    loss.evaluate(z, targets, losses, gradient, Arrays(**loss.scratch(z)))
    for i in range(BATCH):
        row, own_loss, own = z[i : i + 1], np.empty(1), np.empty((1, FEATURES))
        loss.evaluate(row, targets[i : i + 1], own_loss, own, Arrays(**loss.scratch(row)))
        np.testing.assert_allclose(own_loss[0], losses[i], rtol=1e-12, atol=1e-15)
        np.testing.assert_allclose(own[0], BATCH * gradient[i], rtol=1e-12, atol=1e-14)


RULES = [  # name, fields
    ("sgd", {}),
    ("sgd", {"momentum": 0.7, "dampening": 0.2}),
    ("sgd", {"momentum": 0.7, "nesterov": True}),
    ("rmsprop", {}),
    ("rmsprop", {"centred": True, "momentum": 0.7, "epsilon": 0.1}),
    ("rmsprop", {"epsilon_inside": True, "epsilon": 0.1}),
    ("rprop", {}),
    ("adagrad", {"rate_decay": 0.1}),
    ("adagrad", {"epsilon_inside": True, "epsilon": 0.1}),
    ("adadelta", {}),
    ("adam", {"amsgrad": True, "epsilon": 0.1}),
    ("adam", {"uncorrected_epsilon": True, "epsilon": 0.1}),
    ("adamw", {"epsilon": 0.1}),
    ("adamax", {"epsilon": 0.1}),
    ("adamax", {"epsilon_when_dividing": True, "epsilon": 0.1}),
    ("nadam", {"epsilon": 0.1}),
    ("radam", {"beta2": 0.5, "epsilon": 0.1}),
    ("radam", {}),
    ("adafactor", {"weight_decay": 0.1}),
    ("lion", {}),
    ("lars", {"weight_decay": 0.1, "nesterov": True}),
    ("lamb", {"weight_decay": 0.1}),
    ("muon", {}),
    ("muon", {"nesterov": False, "scale": "match_rms_adamw"}),
]


def moved_plainly(
    rule: UpdateRule, step: int, p: Any, g: Any, slots: dict[str, Any]
) -> dict[str, Any]:
    """Return what a rule's formula, or else the plain lines of its docstring, make of arrays."""
    arrays = {name: array.copy() for name, array in slots.items()}
    if type(rule).formula is None:
        return run_plain_lines(rule, p=p.copy(), g=g.copy(), step=step, **arrays)
    moved = p.copy()
    UpdateRule.step(rule, step, moved, g.copy(), State(arrays), np.empty_like(p))
    return {"p": moved, **arrays}


@pytest.mark.parametrize(("name", "fields"), RULES)
@pytest.mark.parametrize("step", [1, 40])
def test_an_update_rule(make, name, fields, step):
    rule: UpdateRule = make("update_rule", name, **fields)
    p, g = RNG.standard_normal((2, 8, 5))
    slots = {n: np.asarray(0.1 + RNG.random(s.shape(p.shape))) for n, s in rule.slots().items()}
    if "last_sign" in slots:
        slots["last_sign"] = RNG.integers(-1, 2, p.shape).astype(float)
    if "mean" in slots and "mean_square" in slots:
        slots["mean_square"] += slots["mean"] ** 2  # as it is for any gradients
    plain = moved_plainly(rule, step, p, g, slots)
    rule.step(step, p, g, State(slots, Parameter("p", p.shape)), np.empty_like(p))
    assert_equal(p, plain["p"])
    for slot, array in slots.items():
        if "." not in slot:  # a slot of what Muon leaves alone
            assert_equal(array, plain[slot])


REGULARIZERS = [  # name, fields, shape
    ("l1", {"strength": 0.3}, (4, 3)),
    ("l2", {"strength": 0.3}, (4, 3)),
    ("elastic_net", {"l1": 0.3, "l2": 0.2}, (4, 3)),
    ("group_lasso", {"strength": 0.3}, (4, 3)),
    ("group_lasso", {"strength": 0.3, "groups": "units"}, (4, 3)),
    ("orthogonal", {"strength": 0.3}, (4, 3)),
    ("orthogonal", {"strength": 0.3}, (3, 4)),
]


@pytest.mark.parametrize(("name", "fields", "shape"), REGULARIZERS)
def test_a_regularizer(make, name, fields, shape):
    regularizer: Regularizer = make("regularizer", name, **fields)
    w, g = RNG.standard_normal((2, *shape))
    plain = run_plain_lines(regularizer, w=w, g=g.copy())
    assert_equal(regularizer.penalty(w, np.empty_like(w)), plain["penalty"])
    regularizer.add_gradient(w, g, np.empty_like(w))
    assert_equal(g, plain["g"])


@pytest.mark.parametrize("name", ["max_norm", "unit_norm", "non_negative"])
def test_a_constraint(make, name):
    constraint: Constraint = make("constraint", name)
    w = 2 * RNG.standard_normal((4, 3))
    plain = run_plain_lines(constraint, w=w.copy())
    constraint.project(w, np.empty_like(w))
    assert_equal(w, plain["w"])
