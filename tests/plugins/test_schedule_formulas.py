"""The built-in schedules against PyTorch's, written out: 1,000 steps, to 1e-12."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import numpy as np
import pytest

from framework import Epoch, Memory, Schedule, Span

STEPS = 1000
RUN = Span(STEPS, 40)


def compare(schedule: Schedule, wanted: Iterator[float] | Callable[[int], float]) -> None:
    told = schedule.over(RUN)
    given = [told.at(step) for step in range(STEPS)]
    numbers = (wanted(step) if callable(wanted) else next(wanted) for step in range(STEPS))
    np.testing.assert_allclose(given, list(numbers), rtol=1e-12, atol=1e-15)


def step_lr(base: float, size: int, gamma: float) -> Iterator[float]:
    lr = base
    for t in range(STEPS):
        if t and t % size == 0:
            lr *= gamma
        yield lr


def multi_step_lr(base: float, milestones: list[int], gamma: float) -> Iterator[float]:
    lr = base
    for t in range(STEPS):
        lr *= gamma ** milestones.count(t)
        yield lr


def polynomial_lr(base: float, total: int, power: float) -> Iterator[float]:
    lr = base
    for t in range(STEPS):
        if t and t <= total:
            lr *= ((1.0 - t / total) / (1.0 - (t - 1) / total)) ** power
        yield lr


def warm_restarts(base: float, eta_min: float, t_0: int, t_mult: int) -> Iterator[float]:
    t_cur, t_i = 0, t_0
    for _ in range(STEPS):
        yield eta_min + (base - eta_min) * (1 + math.cos(math.pi * t_cur / t_i)) / 2
        t_cur += 1
        if t_cur >= t_i:
            t_cur, t_i = t_cur - t_i, t_i * t_mult


def cyclic_lr(
    t: int, base: float, top: float, up: int, down: int, mode: str, gamma: float
) -> float:
    total = up + down
    ratio = up / total
    cycle = math.floor(1 + t / total)
    x = 1.0 + t / total - cycle
    scale = x / ratio if x <= ratio else (x - 1) / (ratio - 1)
    height = (top - base) * scale
    shrunk = {
        "triangular": 1.0,
        "triangular2": 1 / (2.0 ** (cycle - 1)),
        "exp_range": gamma**t,
    }
    return base + height * shrunk[mode]


def one_cycle_lr(
    t: int, first: float, peak: float, last: float, total: int, pct: float, anneal: str
) -> float:
    t = min(t, total - 1)
    ends = [float(pct * total) - 1, total - 1]
    start, a, b, end = (
        (0.0, first, peak, ends[0]) if t <= ends[0] else (ends[0], peak, last, ends[1])
    )
    share = (t - start) / (end - start)
    if anneal == "linear":
        return (b - a) * share + a
    return b + (a - b) / 2.0 * (math.cos(math.pi * share) + 1)


def linear_lr(base: float, start: float, total: int) -> Iterator[float]:
    lr = base * start
    for t in range(STEPS):
        if 0 < t <= total:
            lr *= 1.0 + (1.0 - start) / (total * start + (t - 1) * (1.0 - start))
        yield lr


def test_step(make):
    compare(make("schedule", "step", first=0.3, factor=0.7, steps=30), step_lr(0.3, 30, 0.7))
    compare(make("schedule", "step", first=0.3), step_lr(0.3, 400, 0.1))


def test_multi_step(make):
    milestones = make("schedule", "multi_step", first=0.3, factor=0.2, milestones=(2, 5, 5, 20))
    by_epochs = type(milestones)(0.3, 0.2, (2.0, 5.0, 5.0, 20.0), "epochs")
    compare(by_epochs, multi_step_lr(0.3, [80, 200, 200, 800], 0.2))
    compare(make("schedule", "multi_step"), multi_step_lr(0.1, [500, 750], 0.1))


@pytest.mark.parametrize("power", [0.9, 1.0, 2.0])
@pytest.mark.parametrize("total", [5, 700])
def test_polynomial(make, power, total):
    schedule = make("schedule", "polynomial", first=0.3, power=power, steps=total)
    compare(schedule, polynomial_lr(0.3, total, power))
    lifted = make("schedule", "polynomial", first=0.4, last=0.1, power=power, steps=total)
    compare(lifted, (0.1 + lr for lr in polynomial_lr(0.3, total, power)))


def test_exponential_and_inverse_time(make):
    compare(make("schedule", "exponential", first=0.3, steps=1, factor=0.99), step_lr(0.3, 1, 0.99))
    inverse = {"first": 0.3, "rate": 0.5, "steps": 7}
    compare(make("schedule", "inverse_time", **inverse), lambda t: 0.3 / (1 + 0.5 * (t / 7)))
    stairs = make("schedule", "inverse_time", staircase=True, **inverse)
    compare(stairs, lambda t: 0.3 / (1 + 0.5 * math.floor(t / 7)))


@pytest.mark.parametrize("growth", [1, 2, 3])
def test_cosine_restarts(make, growth):
    schedule = make("schedule", "cosine_restarts", first=0.3, last=0.01, steps=13, growth=growth)
    compare(schedule, warm_restarts(0.3, 0.01, 13, growth))


@pytest.mark.parametrize("mode", ["triangular", "triangular2", "exp_range"])
@pytest.mark.parametrize("fall", [1.0, 0.5, 2.0])
def test_cyclic(make, mode, fall):
    options = {"low": 0.01, "high": 0.3, "steps": 64, "fall": fall, "decay": 0.999}
    schedule = make("schedule", "cyclic", mode=mode, **options)
    compare(schedule, lambda t: cyclic_lr(t, 0.01, 0.3, 64, round(64 * fall), mode, 0.999))


@pytest.mark.parametrize("anneal", ["cosine", "linear"])
@pytest.mark.parametrize("total", [STEPS, 300])
def test_one_cycle_and_its_momentum(make, anneal, total):
    rate = make("schedule", "one_cycle", peak=0.4, rise=0.25, shape=anneal, steps=total)
    compare(
        rate,
        lambda t: one_cycle_lr(t, 0.4 / 25, 0.4, 0.4 / 25 / 1e4, total, 0.25, anneal),
    )
    momentum = make(
        "schedule", "one_cycle", peak=0.85, first=0.95, last=0.95, shape=anneal, steps=total
    )
    compare(momentum, lambda t: one_cycle_lr(t, 0.95, 0.85, 0.95, total, 0.3, anneal))


@pytest.mark.parametrize("steps", [1, 2, 3, 10])
def test_one_cycle_of_a_short_run_ends_where_it_should(make, steps):
    cycle = make("schedule", "one_cycle", peak=1.0, first=0.25, last=0.125).over(Span(steps, 1))
    values = [cycle.at(t) for t in range(steps + 2)]
    assert values[steps - 1 :] == pytest.approx([0.125] * 3)
    assert max(values) <= 1.0


def test_warmup_as_torchs(make):
    """LinearLR from a third in 5 steps, with SequentialLR what comes behind it."""
    warm = make("schedule", "warmup", then=0.3, start=1 / 3, steps=5)
    compare(warm, linear_lr(0.3, 1 / 3, 5))
    behind = make("schedule", "step", first=0.3, factor=0.7, steps=30)
    both = make("schedule", "warmup", then=behind, start=0.1, steps=20)
    up, down = list(linear_lr(0.3, 0.1, 20)), list(step_lr(0.3, 30, 0.7))
    compare(both, lambda t: up[t] if t < 20 else down[t - 20])


def test_warmup_says_what_step_0_is(make):
    warm = make("schedule", "warmup", then=0.5, steps=5)
    assert [warm.at(t) for t in range(6)] == pytest.approx([0.1, 0.2, 0.3, 0.4, 0.5, 0.5])
    from_0 = make("schedule", "warmup", then=0.5, start=0.0, steps=5)
    assert [from_0.at(t) for t in range(6)] == pytest.approx([0.0, 0.1, 0.2, 0.3, 0.4, 0.5])


def test_what_comes_behind_a_warmup_has_the_rest_of_the_run(make):
    warm = make("schedule", "warmup", then=make("schedule", "cosine", first=0.3), share=0.2)
    compare(
        warm,
        lambda t: (
            0.3 * (t + 1) / 200
            if t < 200
            else 0.15 * (1 + math.cos(math.pi * (t - 200) / (STEPS - 200)))
        ),
    )


def test_a_plateau_behind_a_warmup(make):
    plateau = make("schedule", "reduce_on_plateau", first=0.3, patience=0, factor=0.5)
    memory = Memory(plateau.slots())
    warm = make("schedule", "warmup", then=plateau.remembering(memory), steps=10)
    for number in (1, 2):
        plateau.epoch_ended(Epoch(number, 0, 0.0, 0.0, {"validation_loss": 1.0}), memory)
    assert [warm.at(t) for t in (0, 4, 10, 99)] == pytest.approx([0.015, 0.075, 0.15, 0.15])


def test_piecewise(make):
    parts = make("schedule", "piecewise", values=(0.3, 0.2, 0.1), borders=(2.0, 5.0))
    compare(parts, lambda t: 0.3 if t < 80 else 0.2 if t < 200 else 0.1)
    inner = (0.3, make("schedule", "linear", first=0.2, last=0.1), make("schedule", "constant"))
    nested = make("schedule", "piecewise", values=inner, borders=(2.0, 5.0))
    compare(nested, lambda t: 0.3 if t < 80 else 0.2 - 0.1 * (t - 80) / 120 if t < 200 else 0.1)
    with pytest.raises(ValueError, match="one more than there are borders, got 2 values and 2"):
        make("schedule", "piecewise", values=(0.1, 0.2), borders=(1.0, 2.0))
