"""An override, `key=value`, read by Hydra's own parser.

Nothing else in the framework cuts an override's text to pieces.
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from hydra.core.override_parser.overrides_parser import OverridesParser, create_functions
from hydra.core.override_parser.types import (
    ChoiceSweep,
    Glob,
    IntervalSweep,
    OverrideType,
    QuotedString,
    RangeSweep,
    Sweep,
)
from hydra.core.override_parser.types import Override as HydraOverride
from hydra.errors import HydraException

from framework.configuration.quoting import assigned, pasted, read, written
from framework.errors import ConfigurationError
from framework.text import nearest

_PREFIXES = {
    OverrideType.CHANGE: "",
    OverrideType.ADD: "+",
    OverrideType.FORCE_ADD: "++",
    OverrideType.DEL: "~",
}


MOST_JOBS = 100_000
"""Jobs of one command line: each takes some kilobytes, and a hundredth of a second to compose."""


class ZipSweep(ChoiceSweep):
    """The values of `zip(…)`: the i-th goes with the i-th of every other `zip(…)`."""


@dataclass(frozen=True)
class Override:
    """One override of a command line.

    Attributes
    ----------
    text : as it was given.
    prefix : `""`, `"+"`, `"++"` or `"~"`.
    key : a key with dots or a group with slashes, without its package.
    package : what stands behind the group's `@`, or None.
    value : a plain value; of a sweep, Hydra's description of it; None for `~key`.
    """

    text: str
    prefix: str
    key: str
    package: str | None
    value: Any
    _given: Any  # the value with its quoted strings

    @staticmethod
    def parse(text: str) -> Override:
        """Read an override.

        Raises
        ------
        ConfigurationError : when it is none, with the word to quote if that is the cure.
        """
        return _parse(text)

    @property
    def element(self) -> str:
        """The key as it was given: prefix, key and package."""
        return f"{self.prefix}{self.key}{'' if self.package is None else f'@{self.package}'}"

    @property
    def path(self) -> list[str]:
        """The parts of the key: of `layer/update_rule.decay` three."""
        return [part for part in re.split(r"[./]", self.key) if part]

    @property
    def raw(self) -> str:
        """What stands behind the equals sign."""
        return self.text.partition("=")[2].strip()

    @property
    def of_hydra(self) -> bool:
        """Whether it is for Hydra's own part of the configuration."""
        return self.path[:1] == ["hydra"]

    @property
    def swept(self) -> bool:
        """Whether it has several values, for a sweep to go through."""
        return isinstance(self._given, Sweep | Glob)

    @property
    def zipped(self) -> bool:
        """Whether its values are those of `zip(…)`."""
        return isinstance(self._given, ZipSweep)

    def values(self, choices: Collection[str] = ()) -> list[Any]:
        """List the values of a sweep, or the one value; strings may be quoted ones.

        Parameters
        ----------
        choices : those of the group, when the key is a group; a glob and numbers choose from them.

        Raises
        ------
        ConfigurationError : when it cannot be listed, or there is nothing in it.
        """
        if isinstance(self._given, IntervalSweep):
            raise ConfigurationError(
                f"{self.text}: an interval has no list of values; hydra/sweeper=search draws"
                " from it"
            )
        if isinstance(self._given, Glob):
            return self._matches(self._given, choices)
        values = self.listed()
        if not values:
            raise ConfigurationError(f"{self.text}: there is no value in it")
        return [self._choice(value, choices) for value in values] if choices else values

    def listed(self) -> list[Any]:
        """List the values that stand in the text; of a glob or an interval none do."""
        if isinstance(self._given, IntervalSweep | Glob):
            return []
        return list(self._hydra().sweep_iterator()) if self.swept else [self._given]

    def names_no_choice(self) -> bool:
        """Whether a value is null, which no group has for a choice."""
        values = self._given.list if isinstance(self._given, ChoiceSweep) else [self.value]
        return self.prefix != "~" and None in values

    def names(self) -> list[str]:
        """Return the choices that it names, in a list or a sweep too; a glob names none."""
        values = self.listed() if self.swept else [self.value]
        flat = [v for value in values for v in (value if isinstance(value, list) else [value])]
        return [v.text if isinstance(v, QuotedString) else str(v) for v in flat]

    def assigned(self, value: object) -> str:
        """Return the override with one value."""
        return assigned(self.element, value)

    def texts(self, choices: Collection[str] = ()) -> list[str]:
        """Write an override for each of its values; `values` says of which and what it raises."""
        if self.prefix == "~" or not (self.swept or choices):
            return [self.text]
        return [self.assigned(value) for value in self.values(choices)]

    def forced(self) -> Override:
        """Return the same with the prefix `++`: the key need not be there before."""
        return _parse(f"++{self.text.lstrip('+')}")

    def _matches(self, glob: Glob, choices: Collection[str]) -> list[str]:
        depths = {pattern.count("/") for pattern in glob.include}
        names: list[str] = glob.filter(sorted(c for c in choices if c.count("/") in depths))
        if not names:
            raise ConfigurationError(f"{self.text}: matches nothing; {nearest('', choices)}")
        return names

    def _choice(self, value: Any, choices: Collection[str]) -> Any:
        """Return a choice's name: a number or truth value is meant as it was typed."""
        if isinstance(value, list):
            return [self._choice(inner, choices) for inner in value]
        if not isinstance(value, bool | int | float):
            return value
        if not self.swept and not isinstance(self._given, list):
            return self.raw  # Hydra's parser keeps no text of a number
        same = [name for name in choices if read(name) == value]
        return same[0] if len(same) == 1 else written(value)

    def _hydra(self) -> HydraOverride:
        return _parser().parse_override(self.text)


def parse(texts: Iterable[str]) -> list[Override]:
    """Read overrides.

    Raises
    ------
    ConfigurationError : naming the first that is none.
    """
    before = ""
    overrides = []
    for text in texts:
        try:
            overrides.append(Override.parse(text))
        except ConfigurationError as error:
            if before and "=" not in text:
                whole = pasted(f"{before} {text}")
                raise ConfigurationError(
                    f"{error}; a value with a blank is quoted: {whole}"
                ) from error
            raise
        before = text
    return overrides


def readable(texts: Iterable[str]) -> Iterator[Override]:
    """Read those overrides that can be read; of the others Hydra or `parse` will speak."""
    for text in texts:
        try:
            yield Override.parse(text)
        except ConfigurationError:
            continue


def zip_of(values: Iterable[Any]) -> ZipSweep:
    """Make what `zip(a,b)`, `zip(range(1,3))` or `zip([a,b])` stands for."""
    flat: list[Any] = []
    for value in values:
        if isinstance(value, IntervalSweep | Glob):
            raise ValueError("it takes single values, a range or choices")
        if isinstance(value, ChoiceSweep):
            flat += value.list
        elif isinstance(value, RangeSweep):
            if count_of(value) > MOST_JOBS:
                raise ValueError(f"at most {MOST_JOBS:,} values are taken")
            flat += list(value.range())
        else:
            flat.append(value)
    return ZipSweep(list=flat)


@lru_cache(maxsize=1)
def _parser() -> OverridesParser:
    functions = create_functions()
    functions.register("zip", lambda *values: zip_of(values))
    return OverridesParser(functions)


@lru_cache(maxsize=4096)
def _parse(text: str) -> Override:
    if not __debug__ and re.search(r"(?<!\$)\{|\w\s*\(", text):
        raise ConfigurationError(
            f"{text}: cannot be read under python -O (PYTHONOPTIMIZE), which Hydra's parser of"
            " functions and mappings does not bear; unset it"
        )
    try:
        parsed = _parser().parse_override(text)
    except HydraException as error:
        raise ConfigurationError(
            f"{_printable(text)}: is not an override; {_cure(text, error)}"
        ) from None
    given = parsed._value  # the public value() has lost which strings were quoted
    prefix = _PREFIXES[parsed.type]
    return Override(text, prefix, parsed.key_or_group, parsed.package, parsed.value(), given)


def _cure(text: str, error: HydraException) -> str:
    """Say what was expected, and which word to quote if that makes it one."""
    key, equals, value = text.partition("=")
    why = next((line for line in str(error).splitlines() if line.strip()), "")
    expected = f"expected key=value ({why})" if why else "expected key=value"
    if equals and value:
        cured = assigned(key, value)
        try:
            _parser().parse_override(cured)
        except HydraException:
            return expected
        return f"{expected}; if a string is meant, quote it: {pasted(cured)}"
    return expected


def _printable(text: str) -> str:
    return text.replace("\n", "\\n")


def count_of(value: object) -> int:
    """Count the values of an override without listing them; what is no range or choice is one."""
    if isinstance(value, ChoiceSweep):
        return len(value.list)
    if not isinstance(value, RangeSweep) or value.start is None or value.stop is None:
        return 1
    span = (value.stop - value.start) / value.step if value.step else math.inf
    return max(0, math.ceil(span)) if math.isfinite(span) else 10**15
