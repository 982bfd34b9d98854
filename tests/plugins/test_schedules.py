from __future__ import annotations

import math

import numpy as np
import pytest

from framework import Epoch, Memory


def test_linear_goes_straight_and_stays(make):
    linear = make("schedule", "linear", first=0.2, last=1.0, steps=8)
    assert linear.at(0) == 0.2
    assert linear.at(4) == pytest.approx(0.6)
    assert linear.at(8) == linear.at(99) == pytest.approx(1.0)


def test_cosine_halves_in_the_middle_and_stays(make):
    cosine = make("schedule", "cosine", first=1.0, last=0.1, steps=10)
    assert cosine.at(0) == 1.0
    assert cosine.at(5) == pytest.approx(0.55)
    assert cosine.at(10) == cosine.at(50) == pytest.approx(0.1)
    assert cosine.at(2) == pytest.approx(0.1 + 0.45 * (1 + math.cos(math.pi / 5)))


def test_exponential_falls_by_the_factor(make):
    decay = make("schedule", "exponential", first=2.0, factor=0.5, steps=10)
    assert [decay.at(t) for t in (0, 10, 20)] == [2.0, 1.0, 0.5]
    assert decay.at(5) == pytest.approx(math.sqrt(2))


class TorchPlateau:
    """torch.optim.lr_scheduler.ReduceLROnPlateau, written out."""

    def __init__(self, lr, mode, factor, patience, threshold, threshold_mode, cooldown, min_lr):
        self.lr, self.mode, self.factor, self.patience = lr, mode, factor, patience
        self.threshold, self.threshold_mode = threshold, threshold_mode
        self.cooldown, self.min_lr = cooldown, min_lr
        self.best = math.inf if mode == "min" else -math.inf
        self.num_bad = self.counter = 0

    def step(self, metric):
        if self.mode == "min" and self.threshold_mode == "rel":
            better = metric < self.best * (1.0 - self.threshold)
        elif self.mode == "min":
            better = metric < self.best - self.threshold
        elif self.threshold_mode == "rel":
            better = metric > self.best * (self.threshold + 1.0)
        else:
            better = metric > self.best + self.threshold
        if better:
            self.best, self.num_bad = metric, 0
        else:
            self.num_bad += 1
        if self.counter > 0:
            self.counter -= 1
            self.num_bad = 0
        if self.num_bad > self.patience:
            new = max(self.lr * self.factor, self.min_lr)
            if self.lr - new > 1e-8:
                self.lr = new
            self.counter, self.num_bad = self.cooldown, 0
        return self.lr


@pytest.mark.parametrize("mode", ["min", "max"])
@pytest.mark.parametrize("threshold_mode", ["rel", "abs"])
@pytest.mark.parametrize(("patience", "cooldown"), [(10, 0), (3, 4), (0, 0)])
def test_plateau_is_torchs(make, mode, threshold_mode, patience, cooldown):
    options = {
        "mode": mode, "threshold_mode": threshold_mode, "patience": patience,
        "cooldown": cooldown, "threshold": 1e-4, "factor": 0.7,
    }  # fmt: skip
    plateau = make("schedule", "reduce_on_plateau", first=0.3, last=1e-3, **options)
    torch = TorchPlateau(0.3, min_lr=1e-3, **options)
    memory = Memory(plateau.slots())
    rng = np.random.default_rng(0)
    sign = 1 if mode == "min" else -1
    for number in range(1, 1001):
        figure = sign * (1 / number + 0.3 * (number // 200) + 0.001 * rng.standard_normal())
        plateau.epoch_ended(Epoch(number, 0, 0.0, 0.0, {"validation_loss": figure}), memory)
        assert plateau.value(0, memory) == pytest.approx(torch.step(figure), rel=1e-12)
    assert plateau.value(0, memory) < 0.3
