"""However arrays lie, a network learns the same; what is saved of it does not depend on that."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from benchmarks.layout_rows import PRODUCTS, WAYS, Shape, best_row, text_of
from framework import UpdateRule
from framework.engine import affine, graph, kernels, layouts, propagation
from framework.engine.layouts import DEFAULT, TABLE, Layouts
from framework.engine.network import Network
from framework.engine.plan import LayerPlan, Training
from framework.engine.propagation import Step
from framework.engine.steady_rate import steady_rate
from framework.runs.state import network_arrays

BATCH, FEATURES, OUTPUTS = 5, 9, 3
EVERY_OTHER_WAY = Layouts((0, 70), (71, 100), by_unit_below=71, decay="pass")
ROWS = {**TABLE, "every other way": EVERY_OTHER_WAY}


def by_row(row: Layouts, monkeypatch: Any) -> None:
    for module in (affine, graph, propagation):
        monkeypatch.setattr(module, "layouts", lambda: row)


def network_of(make: Any, rule: Any) -> Network:
    training = Training(
        make("initializer", "xavier_normal"), make("regularizer", "l2", strength=0.02), rule
    )
    layers = [
        *(("dense", {"units": 70}), ("relu", {}), ("dense", {"units": 71}), ("tanh", {})),
        *(("layer_norm", {}), ("dense", {"units": OUTPUTS})),
    ]
    plans = [LayerPlan(f"{i}", make("layer", n, **f), training) for i, (n, f) in enumerate(layers)]
    return Network(plans, (FEATURES,), "float64", np.random.SeedSequence(1))


def train(make: Any, network: Network, steps: range) -> None:
    rng = np.random.default_rng(2)
    inputs = rng.standard_normal((10, BATCH, FEATURES))
    labels, losses = rng.integers(0, OUTPUTS, (10, BATCH)), np.empty(BATCH)
    step = Step(network, BATCH, make("loss", "softmax_cross_entropy"))
    for i in steps:
        step.inputs[...] = inputs[i]
        step.run_step(i, labels[i], losses)


@pytest.mark.parametrize("name", ROWS)
@pytest.mark.parametrize("momentum", [0.0, 0.9])
def test_a_network_goes_on_where_another_layout_left_it(make, monkeypatch, name, momentum):
    rule = make("update_rule", "sgd", learning_rate=0.1, momentum=momentum)
    by_row(DEFAULT, monkeypatch)
    whole, half = network_of(make, rule), network_of(make, rule)
    train(make, whole, range(10))
    train(make, half, range(5))
    by_row(ROWS[name], monkeypatch)
    other = network_of(make, rule)
    for array, saved in zip(
        network_arrays(other).values(), network_arrays(half).values(), strict=True
    ):
        np.copyto(array, saved)
    train(make, other, range(5, 10))
    expected = network_arrays(whole)
    for key, array in network_arrays(other).items():
        np.testing.assert_allclose(array, expected[key], rtol=1e-9, atol=1e-12, err_msg=key)


@pytest.mark.parametrize("name", ROWS)
def test_a_schedule_that_stays_moves_weights_as_a_number_does(make, monkeypatch, name):
    by_row(ROWS[name], monkeypatch)
    networks = []
    for rate in (0.1, make("schedule", "constant", number=0.1)):
        network = network_of(make, make("update_rule", "sgd", learning_rate=rate))
        train(make, network, range(5))
        networks.append(network_arrays(network))
    for key, array in networks[0].items():
        np.testing.assert_array_equal(array, networks[1][key], err_msg=key)


@pytest.mark.parametrize(
    "rate",
    [
        lambda step: 0.1 if step != 1000 else 1e-6,
        lambda step: 0.1 if step < 1000 else 1e-6,
        lambda step: 0.1 / (1 + step),
        lambda step: [0.1, 0.1, 1e-6][step],
        lambda step: {1000: 1e-6}.get(step, 0.1),
        lambda step: 0.1 if step else 1e-6,
        lambda step: 0.1 - 1e-6 * int(step),
    ],
)
def test_a_rate_that_changes_without_a_schedule_is_not_steady(make, rate):
    """Whether its decay would be rounded away has to be looked at again in each step."""

    class Changing(UpdateRule):
        def plain_sgd_rate(self, step):
            return rate(step)

    assert steady_rate(Changing()) is None
    assert steady_rate(make("update_rule", "sgd", learning_rate=0.1)) == 0.1


def test_a_family_that_was_not_measured_takes_the_default(monkeypatch):
    monkeypatch.setattr(layouts, "family", lambda: "Neoverse of tomorrow")
    assert layouts.row() == "default"
    assert layouts.layouts.__wrapped__() == DEFAULT
    monkeypatch.setattr(layouts, "family", lambda: "Haswell")
    assert layouts.row() == "Haswell"
    assert layouts.layouts.__wrapped__() == TABLE["Haswell"]


def test_without_openblas_there_is_no_family(monkeypatch):
    monkeypatch.setattr(kernels, "openblas", lambda: None)
    assert kernels.family() == "none"


def test_the_benchmark_finds_the_row_that_the_times_were_made_for():
    row = Layouts((64, 1000), (0, 1000), by_unit_below=1000)
    times = {}
    for outputs in (10, 32, 64, 200, 1000, 2000, 5000):
        for inputs in (100, 2000):
            times[Shape(inputs, outputs, 32)] = {
                (way, product): 10.0
                + (way.by_output != (64 <= outputs < 1000)) * (product == "back")
                + (way.by_output != (outputs < 1000)) * (not way.x_by_unit)
                + (way.y_by_unit != (outputs < 1000))
                for way in WAYS
                for product in PRODUCTS
            }
    made = best_row(times)
    assert made.by_unit_below == row.by_unit_below
    assert made.first_by_output == row.first_by_output
    assert text_of(row) == (
        "Layouts(by_output=(64, 1000), first_by_output=(0, 1000), by_unit_below=1000)"
    )
    alike = {shape: dict.fromkeys(of_shape, 10.0) for shape, of_shape in times.items()}
    assert best_row(alike) == DEFAULT
