"""A check: one promise, and the function that finds out whether a component keeps it."""

from __future__ import annotations

import traceback
import warnings
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

_KIT = Path(__file__).parent
_SHOWN = 200  # characters of a value in a message


class PromiseError(AssertionError):
    """A promise that was not kept; the text says what was found instead."""


class UnansweredError(Exception):
    """A check that could not be made; the text says what it lacks."""


@dataclass(frozen=True)
class Check:
    """One promise of a kind of component.

    Attributes
    ----------
    name : the word it is called by in reports.
    promise : what a component must do, in one line.
    run : called with a value of the component; raises `PromiseError` when the promise is not kept.
    of_class : True calls it with the class instead, once.
    once : True leaves it at that: it is not made again with every number changed.
    """

    name: str
    promise: str
    run: Callable[[Any], None]
    of_class: bool = False
    once: bool = False


def promise(
    text: str, *, of_class: bool = False, once: bool = False
) -> Callable[[Callable[[Any], None]], Check]:
    """Make a check of a function; it is called by the function's name."""

    def made(run: Callable[[Any], None]) -> Check:
        return Check(run.__name__, text, run, of_class, once)

    return made


@dataclass(frozen=True)
class Result:
    """What became of one check of one component.

    Attributes
    ----------
    kind, component : what was checked, ``"layer"``, ``"swish"``.
    check, promise : which promise it was about.
    broken : what was found instead of the promise, or None.
    unanswered : why the check could not be made, or None.
    """

    kind: str
    component: str
    check: str
    promise: str
    broken: str | None = None
    unanswered: str | None = None

    @property
    def passed(self) -> bool:
        """Whether nothing was found against the component."""
        return self.broken is None

    def __str__(self) -> str:
        return f"{self.kind} '{self.component}', {self.check}: {self.outcome()}"

    def outcome(self) -> str:
        """Return in one line what came out."""
        if self.broken is not None:
            return f"{self.promise} But {self.broken}"
        return f"not checked: {self.unanswered}" if self.unanswered is not None else "passed"


def expect(kept: object, problem: str) -> None:
    """Raise `PromiseError` with the problem, unless the promise is kept."""
    if not kept:
        raise PromiseError(problem)


def outcome(
    check: Check, values: Sequence[Any], variations: Sequence[Any] = ()
) -> tuple[str | None, str | None]:
    """Make a check for each value; give what is broken and what is unanswered, if anything.

    What cannot be checked of a variation, a value that the kit made up, is passed over.
    """
    unanswered = None
    tried = (*values, *variations)
    for number, value in enumerate(tried):
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                check.run(value)
            except UnansweredError as lacking:
                unanswered = unanswered or (str(lacking) if number < len(values) else None)
            except Exception as error:
                return _one_line(f"{_told(error)}{_which(value, tried)}"), None
    return None, unanswered


def _told(error: Exception) -> str:
    if isinstance(error, PromiseError):
        return str(error)
    return f"it raised {type(error).__name__}{f': {error}' if str(error) else ''}{_place(error)}"


def _place(error: Exception) -> str:
    """Name the innermost line that is neither the kit's nor a library's."""
    frames = traceback.extract_tb(error.__traceback__)
    outside: Iterable[traceback.FrameSummary] = (
        f for f in reversed(frames) if _KIT not in Path(f.filename).parents
    )
    frame = next((f for f in outside if "site-packages" not in f.filename), None)
    return f" ({Path(frame.filename).name}, line {frame.lineno})" if frame else ""


def _which(value: object, values: Sequence[object]) -> str:
    shown = repr(value)
    shown = shown if len(shown) <= _SHOWN else f"{shown[:_SHOWN]}…"
    return f" [{shown}]" if len(values) > 1 or "(" in shown[:-2] else ""


def _one_line(text: str) -> str:
    return " ".join(text.split())
