"""The kit finds every planted bug, and nothing in what is right."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import pytest

from framework import Scalar, Scope, UpdateRule, positive, value
from framework.components.kinds import kind_of
from framework.testing import Case, Result, cases_of, check_component
from framework.testing.cases import cases_of_component, checks_of
from framework.testing.checks import component
from framework.testing.example_values import values_of
from tests.framework.testing.correct import COMPONENTS
from tests.framework.testing.planted import PLANTED, Plant

KINDS = (
    "layer", "join", "initializer", "regularizer", "constraint", "update_rule", "loss",
    "schedule", "metric", "dataset", "transform", "callback", "job",
)  # fmt: skip
BUILT_IN = cases_of("framework.plugins")
# their files may have to be fetched; tests/plugins has their tests
EXTRAS = {"sklearn_toy": "sklearn", "parquet": "pyarrow"}
OFFLINE = {("dataset", name) for name in ("mnist", "fashion_mnist", "kmnist")}


def result_of(plant: Plant) -> Result:
    """Make the check that must find a planted bug."""
    (case,) = (c for c in cases_of_component(plant.cls) if c.check.name == plant.check)
    return case.run()


def misspelt(*_):
    return nmupy.tanh(1.0)  # type: ignore[name-defined]  # noqa: F821


@pytest.mark.parametrize("cls", COMPONENTS, ids=lambda cls: cls.__name__)
@pytest.mark.sampled(8)
def test_finds_nothing_in_a_correct_component(cls):
    results = check_component(cls)
    assert len(results) >= 5
    wrong = [str(r) for r in results if not r.passed or r.unanswered]
    assert [line for line in wrong if "Numba is not installed" not in line] == []


@pytest.mark.parametrize("plant", PLANTED, ids=lambda p: f"{p.check}-{p.cls.__name__}")
@pytest.mark.sampled(60)
def test_finds_a_planted_bug(plant):
    if plant.check == "compiled_formula":
        pytest.importorskip("numba")
    result = result_of(plant)
    assert plant.is_what_was_found(result.broken), result.broken
    assert "\n" not in str(result)


def test_a_slip_in_a_plant_is_no_find():
    """Every check reports what raises; a plant that cannot even run would seem to be found."""
    plants = [plant for plant in PLANTED if plant.check == "input_gradient"]
    assert len(plants) > 10
    for plant in plants:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(plant.cls, "input_gradient", misspelt)
            result = result_of(plant)
        assert "raised NameError: name 'nmupy' is not defined" in (result.broken or "")
        assert not plant.is_what_was_found(result.broken)


@pytest.mark.parametrize(
    "case",
    [
        # every run with it starts the process that draws, and waits for it
        pytest.param(c, marks=pytest.mark.slow) if c.component == "pictures" else c
        for c in BUILT_IN
    ],
    ids=lambda c: f"{c.kind}-{c.component}-{c.check.name}".replace("/", "."),
)
@pytest.mark.sampled(120)
def test_finds_nothing_in_a_built_in(case: Case):
    if (case.kind, case.component) in OFFLINE and not case.check.of_class:
        pytest.skip("would fetch its data")
    if case.component in EXTRAS:
        pytest.importorskip(EXTRAS[case.component])
    result = case.run()
    assert result.passed, str(result)


@pytest.mark.parametrize("kind", KINDS)
def test_every_check_finds_a_planted_bug(kind):
    """No check that cannot fail."""
    caught = {(kind_of(plant.cls).name, plant.check) for plant in PLANTED}
    common = {check.name for check in component.CHECKS}
    for check in checks_of(kind):
        kinds = KINDS if check.name in common else (kind,)
        assert any((name, check.name) in caught for name in kinds), check.name


@pytest.mark.parametrize("kind", KINDS)
def test_every_promise_is_one_sentence_in_one_line(kind):
    for check in checks_of(kind):
        assert check.promise.endswith(".")
        assert "\n" not in check.promise


def test_a_text_that_is_not_needed_is_not_made_up(registry):
    """It may be a folder, and something be written there."""
    made = values_of(registry.entry("dataset", "mnist").component)
    assert {dataset.cache for dataset in made} == {None}


@dataclass(frozen=True)
class MatricesOnly(UpdateRule):
    """p ← p − η g, for matrices alone."""

    learning_rate: Scalar = positive(0.05, "step size")
    scope: ClassVar[Scope] = "parameter"

    def check(self, parameter):
        if len(parameter.shape) != 2:
            raise ValueError("moves matrices only")

    def step(self, step, p, g, state, scratch):
        p -= value(self.learning_rate, step) * g


def test_a_rule_that_refuses_biases_is_not_trained_and_has_not_failed():
    results = check_component(MatricesOnly)
    assert [str(r) for r in results if not r.passed] == []
    unanswered = {r.check: r.unanswered for r in results if r.unanswered}
    assert sorted(unanswered) == ["resumes", "trains"]
    assert "cannot move the 'bias' of the layers it is tried with" in unanswered["trains"]
