"""Formulas as machine code: what numpy makes of them, kept safely, and said when it cannot be."""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
import pytest

from framework import PluginError, Scalar, State, UpdateRule, Wrapper, elementwise, positive, value
from framework.engine import machine_code
from framework.engine.compiled_rules import compiled_rule, rules_with_formulas
from framework.engine.delayed_rules import delayed
from framework.testing.rule_steps import RuleSteps
from framework.testing.stand_ins import Ramp
from tests.framework.testing.correct.update_rules import Stated

pytest.importorskip("numba")


@dataclass(frozen=True)
class Everything(UpdateRule):
    """A rule with all that a formula may do."""

    learning_rate: Scalar = positive(0.05, "step size")
    bounded: bool = True
    state: ClassVar[tuple[str, ...]] = ("size", "mean")

    @staticmethod
    def formula(p, g, size, mean, velocity, learning_rate, bounded, step):
        assert_none = velocity is None  # it is no slot of this rule
        size = np.where(g * size > 0, size * 1.2, np.maximum(abs(size) * 0.5, 1e-6))
        mean = 0.9 * mean + (1 - 0.9) * np.sign(g) * np.minimum(np.abs(g) ** 2, 1)
        if bounded and assert_none:
            mean = np.clip(mean, -0.1, 2)
        change = -mean / (np.sqrt(np.square(size) + 1e-3) + 1) * (1 - 0.5 ** (step + 1))
        return p + learning_rate * change, size, mean, None


@dataclass(frozen=True)
class Doubled(Wrapper):
    own_scope: ClassVar = "parameter"

    def step(self, step, p, g, state, scratch):
        g *= 2
        self.inner.step(step, p, g, state.of("inner"), scratch)


@elementwise("p", "v")
def lengthened(p, v, g, *, rate):
    v = 0.9 * v + rate * g
    return p - v, v


@dataclass(frozen=True)
class Long(UpdateRule):
    """Momentum of gradients as long as their parameter is."""

    learning_rate: Scalar = positive(0.05, "step size")
    state: ClassVar[tuple[str, ...]] = ("velocity",)
    scope: ClassVar = "parameter"
    move = lengthened

    def step(self, step, p, g, state, scratch):
        rate = value(self.learning_rate, step) * float(np.linalg.norm(p) / np.linalg.norm(g))
        self.move(p, state.velocity, g, rate=rate, scratch=scratch)


@pytest.fixture(autouse=True)
def cache(tmp_path_factory, monkeypatch):
    """A folder that this file's tests share."""
    folder = tmp_path_factory.getbasetemp() / "cache"
    monkeypatch.setenv("XDG_CACHE_HOME", str(folder))
    return folder / "mlp-framework" / "formulas"


def steps(rule, dtype="float32", size=1001):
    return RuleSteps(rule, size=size, dtype=dtype).take(9).arrays()


@pytest.mark.slow
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_machine_code_gives_numpys_bytes(dtype):
    rule = Everything(learning_rate=Ramp(first=0.1))
    plain, compiled = steps(rule, dtype), steps(compiled_rule(rule, dtype), dtype)
    for name, array in plain.items():
        assert compiled[name].dtype == dtype
        np.testing.assert_array_equal(compiled[name], array)


@pytest.mark.parametrize("inside", [False, True], ids=["alone", "inside another"])
def test_a_layer_that_thaws_keeps_its_machine_code_and_the_schedules_of_the_run(
    monkeypatch, inside
):
    def rule(rate):
        own = Everything(learning_rate=rate)
        return Doubled(inner=own) if inside else own

    ramp, began = Ramp(first=0.1), 5
    plain = RuleSteps(rule(ramp))
    for step in range(9):  # as if training began there, with the numbers of the run's steps
        plain.rule = rule(ramp.at(began + step))
        plain.take(1)
    late = delayed(compiled_rule(rule(ramp), "float64"), began)
    monkeypatch.setattr(Everything, "step", None)  # numpy's
    for name, array in RuleSteps(late).take(9).arrays().items():
        np.testing.assert_array_equal(array, plain.arrays()[name])


def test_a_rule_inside_another_moves_matrices_in_larger_ones():
    rule = Doubled(inner=Stated())
    compiled = compiled_rule(rule, "float32")
    room = {name: np.full((2, 5, 9), 7, np.float32) for name in ("own", "compiled")}
    for name, form in (("own", rule), ("compiled", compiled)):
        p, v = (part[:, :6].T for part in room[name])
        p[...], v[...] = np.arange(30).reshape(6, 5), 0
        state = State({"inner.velocity": v}, RuleSteps(rule).parameter)
        for step in range(3):
            g = np.asfortranarray(np.ones((9, 5), np.float32))[:6]
            form.step(step, p, g, state, np.empty_like(p))
    assert isinstance(vars(compiled)["inner"], Stated)
    assert (room["compiled"][:, :, 6:] == 7).all()
    np.testing.assert_allclose(room["compiled"], room["own"], rtol=1e-6)


def test_what_is_done_between_norms_is_machine_code(monkeypatch):
    rule = Long()
    compiled = compiled_rule(rule, "float32")
    assert list(rules_with_formulas(Doubled(inner=rule))) == [rule]
    own = steps(rule, size=1000)
    monkeypatch.setattr(lengthened, "formula", None)  # numpy's
    for name, array in steps(compiled, size=1000).items():
        np.testing.assert_allclose(array, own[name], rtol=1e-5, atol=1e-6)


def test_arrays_that_overlap_are_left_to_numpy(monkeypatch):
    compiled = compiled_rule(Long(), "float32")
    monkeypatch.setattr(lengthened, "formula", lambda p, v, g, rate: (7 * g, v))
    held = np.ones(12, np.float32)
    vars(compiled)["move"](held[:4], held[3:7], held[8:], rate=1.0, scratch=np.empty(4))
    np.testing.assert_array_equal(held[:3], [7, 7, 7])


@pytest.mark.parametrize(
    ("written", "formula"),
    [
        ((), lambda p, *, rate: p - rate),
        (("q",), lambda p, *, rate: p - rate),
        (("rate",), lambda p, *, rate: p - rate),
        (("p",), lambda p, *others: p),
    ],
)
def test_what_an_elementwise_writes_is_among_its_arrays(written, formula):
    with pytest.raises(PluginError, match="expected the names of the arrays that it returns"):
        elementwise(*written)(formula)


def test_numpy_says_what_an_elementwise_should_give():
    short = elementwise("p", "v")(lambda p, v, *, rate: p - rate)
    with pytest.raises(PluginError, match="gave 1 value; expected p, v"):
        short(np.ones(2), np.ones(2), rate=1.0, scratch=np.empty(2))


def test_what_is_kept_is_used_without_numba(monkeypatch, cache):
    steps(compiled_rule(Stated(), "float32"))
    monkeypatch.setitem(sys.modules, "framework.engine.formula_loop", None)
    rule = replace(Stated(), momentum=0.5)  # numbers are no part of the code
    np.testing.assert_allclose(
        steps(compiled_rule(rule, "float32"))["velocity"], steps(rule)["velocity"], rtol=1e-5
    )
    assert cache.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in cache.iterdir()} == {0o600}


@pytest.mark.parametrize("harm", ["cut short", "others may write", "a link", "folder of all"])
def test_what_could_be_anothers_is_not_loaded(monkeypatch, cache, harm):
    compiled_rule(Stated(), "float32")
    monkeypatch.setitem(sys.modules, "framework.engine.formula_loop", None)
    kept = {path: path.read_bytes() for path in cache.iterdir()}
    for path in kept:
        if harm == "cut short":
            path.write_bytes(kept[path][:-100])
        elif harm == "others may write":
            path.chmod(0o666)
        elif harm == "a link":
            path.rename(cache.parent / path.name)
            path.symlink_to(cache.parent / path.name)
        else:
            cache.chmod(0o777)
    try:
        with pytest.raises(ImportError):
            compiled_rule(Stated(), "float32")
    finally:
        cache.chmod(0o700)
        for path, content in kept.items():
            path.unlink()
            path.write_bytes(content)
            path.chmod(0o600)


def test_a_cache_that_cannot_be_made_is_none(monkeypatch, tmp_path):
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert machine_code._cache_folder() is None


class WritesItsStep(Stated):
    def step(self, step, p, g, state, scratch):
        p -= g


@dataclass(frozen=True)
class Bare(UpdateRule):
    """What the rules below are made of."""

    learning_rate: Scalar = positive(0.05, "step size")
    state: ClassVar[tuple[str, ...]] = ("velocity",)


class HasAHelper(Bare):
    @staticmethod
    def formula(p, g, velocity, learning_rate):
        return steps(p), velocity


class TakesNoVelocity(Bare):
    @staticmethod
    def formula(p, g, velocty, learning_rate):
        return p - learning_rate * g, velocty


class GivesTooLittle(Bare):
    @staticmethod
    def formula(p, g, velocity, learning_rate):
        return p - learning_rate * g


class Sorts(Bare):
    @staticmethod
    def formula(p, g, velocity, learning_rate):
        return np.sort(p), velocity


def test_a_formula_is_not_taken_for_a_step_that_was_changed():
    assert list(rules_with_formulas(WritesItsStep())) == []
    assert [type(rule) for rule in rules_with_formulas(Doubled(inner=Stated()))] == [Stated]


@pytest.mark.parametrize(
    ("rule", "says"),
    [
        (HasAHelper(), "the formula of HasAHelper: it uses 'steps', which is neither a module"),
        (TakesNoVelocity(), "TakesNoVelocity.formula(p, g, velocty, learning_rate) does not take"),
        pytest.param(GivesTooLittle(), "it does not give p, velocity", marks=pytest.mark.slow),
        pytest.param(
            Sorts(), "the formula of Sorts: Numba cannot compile it", marks=pytest.mark.slow
        ),
    ],
)
def test_what_cannot_be_compiled_is_said_in_a_line(rule, says):
    with pytest.raises(PluginError) as caught:
        compiled_rule(rule, "float32")
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


def test_numpy_says_what_a_formula_should_give():
    with pytest.raises(PluginError, match=r"GivesTooLittle\.formula gave 1 value; .* p, velocity"):
        steps(GivesTooLittle())
