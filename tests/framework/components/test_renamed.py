"""Old public names work on, and say in a warning what they are called now."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

import framework


@pytest.mark.parametrize(
    ("old", "new"), [("Own", "Arrays"), ("setting", "hyperparameter"), ("blend", "axpby")]
)
def test_a_name_of_the_framework(old, new):
    with pytest.warns(DeprecationWarning, match=f"framework.{old} is called framework.{new} now"):
        renamed = getattr(framework, old)
    assert renamed is getattr(framework, new)


def test_an_update_rule_that_has_its_rate_under_the_old_name_is_fused_all_the_same():
    with pytest.warns(DeprecationWarning, match=r"Old\.rate is called plain_sgd_rate now"):

        @dataclass(frozen=True)
        class Old(framework.UpdateRule):
            def rate(self, step):
                return 0.5

    assert Old().plain_sgd_rate(0) == 0.5


def test_a_regularizer_that_has_its_coefficient_under_the_old_name():
    with pytest.warns(DeprecationWarning, match=r"Old\.decay is called l2_coefficient now"):

        @dataclass(frozen=True)
        class Old(framework.Regularizer):
            def decay(self):
                return 0.25

    assert Old().l2_coefficient() == 0.25


def test_the_old_methods_can_still_be_called(make):
    rule, regularizer = make("update_rule", "sgd"), make("regularizer", "l2", strength=0.5)
    with pytest.warns(DeprecationWarning, match=r"UpdateRule\.rate is called plain_sgd_rate now"):
        assert rule.rate(0) == rule.plain_sgd_rate(0)
    with pytest.warns(DeprecationWarning, match=r"Regularizer\.decay is called l2_coefficient now"):
        assert regularizer.decay() == regularizer.l2_coefficient() == 1.0


def test_a_loss_may_call_the_losses_what_it_likes(make):
    """They are given by position: losses written for `values` work on."""
    from framework.engine.network import Network
    from framework.engine.plan import LayerPlan, Training
    from framework.engine.propagation import Step

    @dataclass(frozen=True)
    class Old(framework.Loss):
        targets = "values"

        def evaluate(self, z, targets, values, gradient, own):
            values[...] = ((z - targets) ** 2).sum(axis=1)
            gradient[...] = 2 * (z - targets) / len(z)

    training = Training(
        make("initializer", "xavier_normal"),
        make("regularizer", "none"),
        make("update_rule", "sgd"),
    )
    plan = LayerPlan("output", make("layer", "dense", units=2), training)
    step = Step(Network([plan], (3,), "float64", np.random.SeedSequence(0)), 4, Old())
    losses = np.full(4, np.nan)
    step.run_step(0, np.ones((4, 2)), losses)
    np.testing.assert_array_equal(losses, 2.0)
