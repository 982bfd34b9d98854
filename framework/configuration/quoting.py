"""Values written as overrides that Hydra reads back as they were, and command lines for a shell."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from functools import lru_cache

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Quote, QuotedString
from hydra.errors import HydraException

from framework.errors import ConfigurationError

_PLAIN = r"(?:[\w./$%*@?|+-]|\$\{[\w.:%/-]+\})+"  # reads well unquoted


def written(value: object) -> str:
    """Return a value written so that Hydra's parser reads the same: texts plain where that will do.

    An interpolation in a string stays one; `literal` is for strings that may have none.
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
    if re.fullmatch(_PLAIN, value, re.ASCII) and read(value) == value:
        return value
    return QuotedString(value, Quote.double if "'" in value else Quote.single).with_quotes()


def literal(text: str) -> str:
    r"""Return a string written as a value: Hydra and OmegaConf give back these very characters.

    >>> print(literal("it's ${here}"))
    "it's \${here}"

    Raises
    ------
    ConfigurationError : for `???`, by which OmegaConf means that a value is missing.
    """
    if text == "???":
        raise ConfigurationError("???: is no string that a configuration can hold")
    return written(escaped(text))


def escaped(text: str) -> str:
    """Return a string written so that OmegaConf finds no interpolation in it."""
    return re.sub(r"(\\*)\$\{", r"\1\1\\${", text)


def assigned(key: str, value: object) -> str:
    """Return the override that gives a key a value."""
    return f"{key}={written(value)}"


def assignment(key: str, text: str) -> str:
    """Return the override that gives a key this very text."""
    return f"{key}={literal(text)}"


def pasted(*words: str) -> str:
    """Return words of a command line so that a shell reads them as they are.

    >>> print(pasted("seed=3", "data.path='my file.npz'"))
    seed=3 "data.path='my file.npz'"
    """
    return " ".join(map(_quoted, words))


def _quoted(word: str) -> str:
    plain = "'" in word and not re.search(r'["$`\\!\n]', word)
    return f'"{word}"' if plain else shlex.quote(word)


def read(text: str) -> object:
    """Read a value's text as Hydra does; None as well when it is none."""
    try:
        return _parser().parse_override(f"x={text}").value()
    except HydraException:
        return None


@lru_cache(maxsize=1)
def _parser() -> OverridesParser:
    return OverridesParser.create()


def _key(key: object) -> str:
    """Write a mapping's key, which cannot be quoted."""
    if not isinstance(key, str):
        return written(key)
    return re.sub(r"([\\()\[\]{}:=, \t])", r"\\\1", key)
