"""An override, `key=value`, read by Hydra's own parser; and values written so that it reads them.

Nothing else in the framework cuts an override's text to pieces.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from hydra.core.override_parser.overrides_parser import OverridesParser, create_functions
from hydra.core.override_parser.types import (
    ChoiceSweep,
    Glob,
    IntervalSweep,
    OverrideType,
    Quote,
    QuotedString,
    RangeSweep,
    Sweep,
)
from hydra.core.override_parser.types import Override as HydraOverride
from hydra.errors import HydraException

from framework.errors import ConfigurationError, nearest
from framework.job_count import MOST_JOBS, count_of

_PREFIXES = {
    OverrideType.CHANGE: "",
    OverrideType.ADD: "+",
    OverrideType.FORCE_ADD: "++",
    OverrideType.DEL: "~",
}

_PLAIN = r"(?:[\w./$%*@?|+-]|\$\{[\w.:%/-]+\})+"  # reads well unquoted


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
        given = self._given
        if isinstance(given, IntervalSweep):
            raise ConfigurationError(
                f"{self.text}: an interval has no list of values; hydra/sweeper=search draws"
                " from it"
            )
        if isinstance(given, Glob):
            return self._matches(given, choices)
        values = list(self._hydra().sweep_iterator()) if self.swept else [given]
        if not values:
            raise ConfigurationError(f"{self.text}: there is no value in it")
        return [self._choice(value, choices) for value in values] if choices else values

    def assigned(self, value: object) -> str:
        """Write the override with one value."""
        return f"{self.element}={written(value)}"

    def texts(self, choices: Collection[str] = ()) -> list[str]:
        """Write an override for each of its values; `values` says of which and what it raises."""
        if self.prefix == "~" or not (self.swept or choices):
            return [self.text]
        return [self.assigned(value) for value in self.values(choices)]

    def _matches(self, glob: Glob, choices: Collection[str]) -> list[str]:
        depths = {pattern.count("/") for pattern in glob.include}
        names: list[str] = glob.filter(sorted(c for c in choices if c.count("/") in depths))
        if not names:
            raise ConfigurationError(f"{self.text}: matches nothing; {nearest('', choices)}")
        return names

    def _choice(self, value: Any, choices: Collection[str]) -> Any:
        """Give a choice's name: a number or truth value is meant as it was typed."""
        if isinstance(value, list):
            return [self._choice(inner, choices) for inner in value]
        if not isinstance(value, bool | int | float):
            return value
        if not self.swept and not isinstance(self._given, list):
            return self.text.partition("=")[2].strip()  # Hydra's parser keeps no text of a number
        same = [name for name in choices if _read(name) == value]
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
    found = []
    for text in texts:
        try:
            found.append(Override.parse(text))
        except ConfigurationError as error:
            if before and "=" not in text:
                whole = shlex.quote(f"{before} {text}")
                raise ConfigurationError(
                    f"{error}; a value with a blank is quoted: {whole}"
                ) from error
            raise
        before = text
    return found


def readable(texts: Iterable[str]) -> Iterator[Override]:
    """Read those overrides that can be read; of the others Hydra or `parse` will speak."""
    for text in texts:
        try:
            yield Override.parse(text)
        except ConfigurationError:
            continue


def written(value: object) -> str:
    """Write a value so that Hydra's parser reads the same: texts plain where that will do.

    An interpolation in a text stays one; `literal` is for texts that may have none.
    """
    if value is None:
        return "null"
    if isinstance(value, QuotedString):
        return value.with_quotes()
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Mapping):
        return "{" + ",".join(f"{_key(k)}:{written(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ",".join(map(written, value)) + "]"
    if not isinstance(value, str):
        return str(value)
    if re.fullmatch(_PLAIN, value, re.ASCII) and _read(value) == value:
        return value
    return QuotedString(value, Quote.double if "'" in value else Quote.single).with_quotes()


def literal(text: str) -> str:
    r"""Write a text as a value: Hydra and OmegaConf give back these very characters.

    >>> print(literal("it's ${here}"))
    "it's \${here}"

    Raises
    ------
    ConfigurationError : for `???`, by which OmegaConf means that a value is missing.
    """
    if text == "???":
        raise ConfigurationError("???: is no text that a configuration can hold")
    escaped = re.sub(r"(\\*)\$\{", r"\1\1\\${", text)
    return written(escaped)


def assignment(key: str, text: str) -> str:
    """Write the override that gives a key this very text."""
    return f"{key}={literal(text)}"


def pasted(*words: str) -> str:
    """Write words of a command line so that a shell reads them as they are."""
    return shlex.join(words)


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
    said = f"expected key=value ({why})" if why else "expected key=value"
    if equals and value:
        cured = f"{key}={written(value)}"
        try:
            _parser().parse_override(cured)
        except HydraException:
            return said
        return f"{said}; if a text is meant, quote it: {pasted(cured)}"
    return said


def _printable(text: str) -> str:
    return text.replace("\n", "\\n")


def _read(text: str) -> object:
    """Read a value's text; None as well when it is none."""
    try:
        return _parser().parse_override(f"x={text}").value()
    except HydraException:
        return None


def _key(key: object) -> str:
    """Write a mapping's key, which cannot be quoted."""
    if not isinstance(key, str):
        return written(key)
    return re.sub(r"([\\()\[\]{}:=, \t])", r"\\\1", key)
