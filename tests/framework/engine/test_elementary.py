"""Elementary functions of compiled formulas: near the truth, and in the processor's vectors."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

import numpy as np
import pytest

from framework import Scalar, State, UpdateRule, positive
from framework.testing.rule_steps import RuleSteps

pytest.importorskip("numba")

from framework.engine import elementary, formula_loop
from framework.engine.compiled_rules import compiled_rule

NAMES = ("exp", "expm1", "log", "log1p", "tanh")
ROOM = {np.float32: 2.0, np.float64: 2.3}  # units in the last place
SPECIAL = (
    *(0.0, 1.0, 0.5, 2.0, 17.0, 88.72, 88.73, 103.9, 104.0, 709.78, 709.79, 745.1, 746.0),
    *(math.inf, math.nan),
)


@dataclass(frozen=True)
class Elementary(UpdateRule):
    """A rule that keeps each function of the gradient."""

    learning_rate: Scalar = positive(0.05, "step size")
    state: ClassVar[tuple[str, ...]] = NAMES

    @staticmethod
    def formula(p, g, exp, expm1, log, log1p, tanh):
        return p, np.exp(g), np.expm1(g), np.log(g), np.log1p(g), np.tanh(g)


@pytest.fixture(scope="module", autouse=True)
def cache(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        yield


def values(x):
    """Return each function of some numbers, by machine code."""
    rule = compiled_rule(Elementary(), x.dtype.name)
    made = {name: np.empty_like(x) for name in NAMES}
    state = State(made, RuleSteps(Elementary()).parameter)
    rule.step(0, np.zeros_like(x), x, state, np.empty_like(x))
    return made


def numbers(dtype, count):
    """Return numbers of all sizes and many of those that are met, and the special ones."""
    rng = np.random.default_rng(7)
    bits = rng.integers(0, 2 ** (8 * np.dtype(dtype).itemsize), count, f"u{dtype(0).itemsize}")
    about = np.finfo(dtype)
    edges = [about.smallest_subnormal, about.tiny, about.max, about.eps / 4, about.eps]
    special = np.array([*SPECIAL, *edges, *np.nextafter(dtype([1, 1]), dtype([0, 2]))], dtype)
    met = [rng.normal(size=count) * size for size in (0.05, 3, 60)]
    met.append(1 + rng.normal(size=count) / 4)
    return np.concatenate([bits.view(dtype), special, -special, *np.array(met, dtype)])


WIDER = pytest.mark.skipif(
    np.finfo(np.longdouble).eps == np.finfo(np.float64).eps, reason="there is no wider float here"
)


@pytest.mark.parametrize(
    "dtype", [np.float32, pytest.param(np.float64, marks=[pytest.mark.slow, WIDER])]
)
def test_functions_are_right_to_the_last_places(dtype):
    x = numbers(dtype, 100_000)
    for name, made in values(x).items():
        with np.errstate(all="ignore"):
            wide = x.astype(np.float64 if dtype == np.float32 else np.longdouble)
            truth, own = getattr(np, name)(wide), getattr(np, name)(x)
            nearest = truth.astype(dtype)
            apart = np.abs(made - truth) / np.spacing(np.abs(nearest))
        finite = np.isfinite(nearest)
        assert apart[finite].max() <= ROOM[dtype], name
        np.testing.assert_array_equal(made[~finite], nearest[~finite], name)
        at = ~np.isnan(nearest)
        np.testing.assert_array_equal(np.signbit(made[at]), np.signbit(own[at]), name)


def test_an_element_is_the_same_wherever_it_stands():
    x = np.random.default_rng(3).normal(size=37).astype(np.float32)
    whole = values(x)
    for start in (1, 8, 30, 36):
        for name, made in values(x[start:].copy()).items():
            np.testing.assert_array_equal(made, whole[name][start:])


def polynomial(coefficients, x):
    return sum(Fraction(c) * x**k for k, c in enumerate(coefficients))


@pytest.mark.parametrize(("bits", "exp", "log"), [(32, 2.3e-10, 2.8e-9), (64, 2.0e-17, 4.7e-18)])
def test_polynomials_are_as_near_as_they_say(bits, exp, log):
    """In exact fractions: the series of eʳ and of artanh, each over its interval."""
    end = Fraction(math.log(2)) / 2
    for r in (end * k / 60 for k in range(-60, 61)):
        series = sum(r**k / math.factorial(k + 2) for k in range(24))
        error = abs(polynomial(elementary.EXP[bits], r) - series) * r**2
        assert float(error) <= exp * math.exp(r)
    end = Fraction((math.sqrt(2) - 1) / (math.sqrt(2) + 1)) ** 2
    for z in (end * k / 60 for k in range(61)):
        series = sum(2 * z**k / (2 * k + 3) for k in range(14))
        error = abs(polynomial(elementary.LOG[bits], z) - series) * z / 2
        assert float(error) <= log


@dataclass(frozen=True)
class Sigmoid(UpdateRule):
    """A formula with one of the functions in it, and powers."""

    learning_rate: Scalar = positive(0.07, "step size")

    @staticmethod
    def formula(p, g, learning_rate):
        return p - learning_rate / (1 + np.exp(-g)) + g**2 + g**3 + g**4 + abs(g) ** 0.5


def test_a_loop_with_such_a_function_is_one_over_vectors(monkeypatch):
    texts = []
    make = formula_loop.loop_in_llvm

    def kept(*given):
        texts.append(make(*given))
        return texts[-1]

    monkeypatch.setattr(formula_loop, "loop_in_llvm", kept)
    compiled = RuleSteps(compiled_rule(Sigmoid(), "float32"), dtype="float32").take(3).p
    own = RuleSteps(Sigmoid(), dtype="float32").take(3).p
    np.testing.assert_allclose(compiled, own, rtol=1e-5)
    ((text, _),) = texts
    assert "@llvm.pow" not in text
    assert re.search(r"fdiv <\d+ x float>", text)
    assert re.search(r"call <\d+ x float> @llvm\.fmuladd\.v\d+f32", text)
