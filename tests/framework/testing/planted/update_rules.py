"""Update rules with one planted bug each, and the check that must find it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from framework import (
    Array,
    Scalar,
    Scope,
    UpdateRule,
    elementwise,
    hyperparameter,
    non_negative,
    positive,
    value,
)
from tests.framework.testing.correct import update_rules
from tests.framework.testing.planted.mark import caught_by


@caught_by("descent", "was 5.91522 at first, 20.9525 after 10 steps")
class GoesUp(update_rules.Momentum):
    def step(self, step, p, g, state, scratch):
        super().step(step, p, -g, state, scratch)


@caught_by("in_place", "five steps with gradients of size 1 left p as it was")
class MovesACopy(update_rules.Momentum):
    def step(self, step, p, g, state, scratch):
        p = p - 0.1 * g


@caught_by(
    "in_place", "it put other arrays into `state` instead of writing into those it was given"
)
class ReplacesItsState(update_rules.Momentum):
    def step(self, step, p, g, state, scratch):
        state[0] = 0.9 * state[0] + g
        p -= value(self.learning_rate, step) * state[0]


@caught_by("state_round_trip", "parameters went on to other numbers from copies of p and state")
class MomentumOnTheClass(UpdateRule):
    """Momentum, kept where no checkpoint finds it."""

    kept: ClassVar[dict[int, Array]] = {}

    def step(self, step, p, g, state, scratch):
        v = self.kept.setdefault(len(p), np.zeros(len(p), p.dtype))
        v *= 0.9
        v += g
        p -= 0.01 * v


@caught_by(
    "no_state_of_its_own", "parameters came out otherwise when two sets of parameters took turns"
)
class CountsItsSteps(UpdateRule):
    """Counts steps by itself."""

    counted: ClassVar[list[int]] = [0]

    def step(self, step, p, g, state, scratch):
        self.counted[0] += 1
        p -= 0.1 / self.counted[0] * g


@caught_by("scratch", "parameters came out otherwise when scratch held other numbers before")
class UsesOldScratch(update_rules.Momentum):
    def step(self, step, p, g, state, scratch):
        scratch += g
        p -= 0.01 * scratch


@caught_by("layout", "parameters came out otherwise when moved in slices (elementwise = True)")
class NormOfASlice(update_rules.Clipped):
    elementwise: ClassVar[bool] = True


@caught_by(
    "layout", "parameters came out otherwise with zeros behind it: the core pads rows with zeros"
)
class MeanOverPadding(UpdateRule):
    """Centres the gradient over the padding too."""

    elementwise: ClassVar[bool] = False

    def step(self, step, p, g, state, scratch):
        p -= 0.01 * (g + g.mean())


@caught_by("trains", "two runs from the same seed ended with different bytes")
@caught_by("determinism", "a step draws from the global generator (np.random.… or random.…)")
class NoisyStep(update_rules.Momentum):
    def step(self, step, p, g, state, scratch):
        p -= 0.01 * g + 1e-6 * np.random.standard_normal(len(p))


@caught_by("schedules", "parameters after step 1 is not what the number 0.046875")
class IgnoresTheSchedule(update_rules.Momentum):
    def step(self, step, p, g, state, scratch):
        p -= value(self.learning_rate, 0) * g


@caught_by("schedules", "parameters after step 0 is not what the number 0.05")
class ReadsTheNextStep(update_rules.Momentum):
    def step(self, step, p, g, state, scratch):
        p -= value(self.learning_rate, step + 1) * g


@caught_by(
    "schedules", "it raised TypeError: unsupported operand type(s) for *: 'Ramp' and 'float'"
)
class MultipliesByASchedule(update_rules.Momentum):
    def step(self, step, p, g, state, scratch):
        p -= self.learning_rate * g


@caught_by("schedules", "learning_rate is no Scalar; declare it `learning_rate: Scalar`")
@dataclass(frozen=True)
class NumberOnly(UpdateRule):
    """No schedule can be given."""

    learning_rate: float = positive(0.1, "step size")

    def step(self, step, p, g, state, scratch):
        p -= self.learning_rate * g


@dataclass(frozen=True)
class Plain(UpdateRule):
    """p ← p − η g."""

    learning_rate: Scalar = positive(0.1, "step size")

    def step(self, step, p, g, state, scratch):
        p -= value(self.learning_rate, step) * g

    def plain_sgd_rate(self, step):
        return value(self.learning_rate, step)


@caught_by("plain_sgd_rate", "the step is off from p − 0.2 g by 5.0e-01 of its size")
class RateIsAnother(Plain):
    def plain_sgd_rate(self, step):
        return 2 * value(self.learning_rate, step)


@caught_by("plain_sgd_rate", "the step is off from p − 0.1 g by 7.3e-02 of its size")
class RateWithADecay(Plain):
    def step(self, step, p, g, state, scratch):
        p -= value(self.learning_rate, step) * (g + 0.1 * p)


@caught_by(
    "extremes", "parameters is not finite after gradients of size 0 from step 0 on, in float32"
)
class DividesByZero(update_rules.Adam):
    def step(self, step, p, g, state, scratch):
        m, v = state
        m += 0.1 * (g - m)
        v += 0.001 * (g * g - v)
        p -= 0.001 * m / np.sqrt(v)


@caught_by(
    "extremes", "parameters is not finite after gradients of size 0 from step 0 on, in float32"
)
class CorrectsTooEarly(update_rules.Adam):
    def step(self, step, p, g, state, scratch):
        m, v = state
        m += 0.1 * (g - m)
        v += 0.001 * (g * g - v)
        p -= 0.001 * (m / (1 - 0.9**step)) / (np.sqrt(v / (1 - 0.999**step)) + 1e-8)


@caught_by("dtypes", "ten steps in float32 end 1.7e-03 away from those in float64")
class LosesFloat32(Plain):
    def step(self, step, p, g, state, scratch):
        super().step(step, p, g, state, scratch)
        if p.dtype == np.float32:
            p[...] = p.astype(np.float16)


@caught_by("no_growth", "calls of step left")
class RuleWithAHistory(Plain):
    seen: ClassVar[list[Array]] = []

    def step(self, step, p, g, state, scratch):
        self.seen.append(p.copy())
        super().step(step, p, g, state, scratch)


@caught_by("at_rest", "their norm went from 3.07485 to 3.09334")
class DecayGrows(update_rules.Adam):
    def step(self, step, p, g, state, scratch):
        p += 2 * value(self.learning_rate, step) * self.decay * p
        super().step(step, p, g, state, scratch)


@caught_by("at_rest", "their norm went from 3.07485 to 5.55351")
@dataclass(frozen=True)
class DecayAsAGradient(UpdateRule):
    """p ← p − η (g − d p): the sign of the decay is wrong."""

    learning_rate: Scalar = positive(0.1, "step size")
    decay: float = non_negative(0.0, "decay d")

    def step(self, step, p, g, state, scratch):
        p -= value(self.learning_rate, step) * (g - self.decay * p)


@caught_by("first_step", "13 of 24 elements went along with it, in float64")
class FollowsItsSize(UpdateRule):
    """Takes the gradient's size for the gradient."""

    def step(self, step, p, g, state, scratch):
        p -= 0.001 * np.abs(g) + 0.01 * g * (np.abs(p) > 0.1)


@caught_by("first_step", "24 of 24 elements went along with it, in float64")
class FirstStepAstray(update_rules.Momentum):
    def step(self, step, p, g, state, scratch):
        super().step(step, p, -g if step == 0 else g, state, scratch)


@caught_by("state_is_written", "['largest'] is after twelve steps as it was at first")
class NeverKeepsTheLargest(update_rules.Adam):
    state: ClassVar[tuple[str, ...]] = ("mean", "mean_square", "largest")

    def step(self, step, p, g, state, scratch):
        super().step(step, p, g, state[:2], scratch)


@caught_by("state_is_written", "['velocity'] is after twelve steps as it was at first")
class ForgetsItsVelocity(update_rules.Momentum):
    def step(self, step, p, g, state, scratch):
        (v,) = state
        p -= value(self.learning_rate, step) * (value(self.momentum, step) * v + g)


@caught_by(
    "extremes",
    "parameters is not finite after gradients of size 1 from step 1000000 on, in float32",
)
class GrowsWithTheStep(UpdateRule):
    """Multiplies by 1.0001 to the step number."""

    def step(self, step, p, g, state, scratch):
        p -= 0.1 * g / np.float64(1.0001) ** -np.float64(step)


@caught_by(
    "extremes", "parameters is not finite after gradients of size 0 from step 0 on, in float32"
)
class CorrectsFromStepZero(update_rules.Adam):
    def step(self, step, p, g, state, scratch):
        m, v = state
        m += (1 - self.first) * (g - m)
        v += (1 - self.second) * (g * g - v)
        with np.errstate(all="ignore"):
            p -= 0.001 * m / np.float64(1 - self.first**step) / (np.sqrt(v) + self.epsilon)


@caught_by("fields_are_read", "nothing reads 'dampening': whatever it says, nothing changes")
@dataclass(frozen=True)
class NeverDampens(update_rules.Momentum):
    """A field that it forgets."""

    dampening: float = non_negative(0.0, "share of the gradient that is left out")


@caught_by("fields_are_read", "nothing reads 'epsilon': whatever it says, nothing changes")
@dataclass(frozen=True)
class EpsilonOfItsOwn(UpdateRule):
    """Adds 1e-8, whatever it is told."""

    learning_rate: Scalar = positive(0.1, "step size")
    epsilon: float = positive(1e-8, "added to the root")
    state: ClassVar[tuple[str, ...]] = ("square",)

    def step(self, step, p, g, state, scratch):
        state[0][...] += g * g
        p -= value(self.learning_rate, step) * g / (np.sqrt(state[0]) + 1e-8)


@caught_by(
    "ranges", "with decay=1, which its range allows, 24 of 24 numbers of the parameters", "are nan"
)
@dataclass(frozen=True)
class DividesByWhatIsLeft(UpdateRule):
    """Corrects a mean by 1 − d^t, which is 0 for d = 1."""

    decay: float = hyperparameter(0.9, "share that is kept, d", at_least=0, at_most=1)
    state: ClassVar[tuple[str, ...]] = ("mean",)

    def step(self, step, p, g, state, scratch):
        state[0][...] = self.decay * state[0] + (1 - self.decay) * g
        p -= 0.1 * state[0] / np.float64(1 - self.decay ** (step + 1))


@caught_by("schedules", "looks_ahead names ['nesterov'], which may be no schedule")
class LooksAheadOfNothing(update_rules.Momentum):
    looks_ahead: ClassVar[tuple[str, ...]] = ("nesterov",)


@caught_by(
    "schedules",
    "with a schedule that is always 0.9 for momentum, parameters is not what the number gives",
)
class LooksAheadWrongly(update_rules.Momentum):
    looks_ahead: ClassVar[tuple[str, ...]] = ("momentum",)

    def step(self, step, p, g, state, scratch):
        (v,) = state
        v *= self.momentum if isinstance(self.momentum, float) else 0.5
        v += g
        p -= value(self.learning_rate, step) * v


@caught_by("in_place", "evaluated is 'average', which is no slot like the parameter")
class EvaluatesWhatIsNotThere(update_rules.Momentum):
    evaluated: ClassVar[str | None] = "average"


@caught_by("in_place", "its slot 'rows' is like 'rows', for which scope must be 'parameter'")
class RowsOfNothing(update_rules.Factored):
    scope: ClassVar[Scope] = "element"


@caught_by("in_place", "it raised AttributeError: slots are written into: state.velocity[...] = …")
class ReplacesASlot(update_rules.Momentum):
    def step(self, step, p, g, state, scratch):
        state.velocity = 0.9 * state.velocity + g
        p -= 0.01 * state.velocity


@caught_by("layout", "came out otherwise for a matrix that lies column by column in memory")
class MovesAFlatCopy(update_rules.Averaged):
    def step(self, step, p, g, state, scratch):
        flat = p.reshape(-1)
        flat -= 0.01 * g.reshape(-1)
        state.count += 1
        state.mean += (p - state.mean) / float(state.count)


@caught_by("resumes", "ends with other numbers when it is killed after step")
class CountsByItself(UpdateRule):
    """Counts its steps in a place that no checkpoint has."""

    counted: ClassVar[list[int]] = [0]

    def step(self, step, p, g, state, scratch):
        self.counted[0] = 0 if step == 0 else self.counted[0] + 1
        p -= 0.1 / (1 + self.counted[0] % 5) * g


@caught_by("formula", "parameters comes out otherwise by its formula than by its step")
class StatesWhatItDoesNot(update_rules.Momentum):
    @staticmethod
    def formula(p, g, velocity, learning_rate, momentum):
        velocity = momentum * velocity + (1 - momentum) * g
        return p - learning_rate * velocity, velocity

    def step(self, step, p, g, state, scratch):
        super().step(step, p, g, state, scratch)


@caught_by("compiled_formula", "parameters comes out otherwise compiled than in numpy")
class AsksForTheTypeOfANumber(update_rules.Stated):
    @staticmethod
    def formula(p, g, velocity, learning_rate, momentum, nesterov):
        velocity = velocity + g if nesterov is False else g
        return p - learning_rate * velocity, velocity


@elementwise("mean", in_place=update_rules.follow_in_place)
def _followed_twice(mean, p, *, share):
    return mean + 2 * share * (p - mean)


@caught_by("formula", "mean comes out otherwise by its formula than by its step")
class StatesWhatItDoesNotBetween(update_rules.Averaged):
    follow = _followed_twice


@elementwise("mean")
def _followed_by_type(mean, p, *, share):
    return mean + (p - mean) / 2 if share is True else p


@caught_by("compiled_formula", "mean comes out otherwise compiled than in numpy")
class AsksForTheTypeBetween(update_rules.Averaged):
    follow = _followed_by_type

    def step(self, step, p, g, state, scratch):
        self.inner.step(step, p, g, state.of("inner"), scratch)
        self.follow(state.mean, p, share=True, scratch=scratch)


@caught_by("may_decay", "decay_share(1000, 'weight') is 0.01, and it may not decay")
class DecaysLater(update_rules.Momentum):
    may_decay: ClassVar[bool] = False

    def decay_share(self, step, role):
        return 0.01 if step > 100 and role == "weight" else 0.0
