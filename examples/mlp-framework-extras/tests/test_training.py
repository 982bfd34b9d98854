"""Networks train with the extras."""

import csv

import numpy as np
from mlp_framework_extras import Signum, Snake, UniformNoise

import framework
from framework import Arrays


def test_a_network_with_noise_learns_the_spirals(tmp_path):
    run = framework.train(
        "experiment=extras/noise", "trainer.epochs=20", "callbacks=none", directory=tmp_path / "a"
    )
    assert run.metrics[-1].figures["validation_accuracy"] > 0.9


def test_gradient_norms_are_kept(tmp_path):
    framework.train(
        "data=spirals", "callbacks=gradient_norms", "trainer.epochs=2", directory=tmp_path / "a"
    )
    with (tmp_path / "a" / "gradient_norms.csv").open() as file:
        rows = list(csv.reader(file))
    assert [row[0] for row in rows] == ["epoch", "1", "2"]
    assert all(float(norm) > 0 for norm in rows[-1][1:])


def test_noise_is_uniform_around_1():
    layer, x = UniformNoise(width=0.25), np.ones((100, 100))
    arrays = Arrays(**layer.scratch(x, x), rng=np.random.default_rng(0))
    noise = layer.forward(x, np.empty_like(x), arrays)
    assert noise.min() >= 0.75
    assert noise.max() <= 1.25
    assert abs(noise.mean() - 1) < 0.01


def test_snake_is_a_line_at_whole_turns():
    x = np.array([[0.0, np.pi, np.pi / 2]])
    y = Snake().forward(x, np.empty_like(x), Arrays())
    np.testing.assert_allclose(y, [[0, np.pi, np.pi / 2 + 1]], atol=1e-12)


def test_signums_first_step_is_the_sign_of_the_gradient():
    p, m = np.zeros(3), np.zeros(3)
    Signum(learning_rate=0.5).step(0, p, np.array([2.0, -3.0, 0.0]), [m], np.empty(3))
    assert p.tolist() == [-0.5, 0.5, 0.0]
    np.testing.assert_allclose(m, [0.2, -0.3, 0.0])
