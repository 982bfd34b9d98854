"""Overrides that Python gives: checked before Hydra meets them."""

from __future__ import annotations

from collections.abc import Sequence

from framework.configuration.quoting import assigned
from framework.errors import ConfigurationError


class OverrideTypeError(ConfigurationError, TypeError):
    """What is no string cannot be an override."""


def checked(overrides: Sequence[object], function: str) -> list[str]:
    """Return overrides as strings.

    Raises
    ------
    ConfigurationError : naming what is none, and how what seems to be meant is written.
    """
    for given in overrides:
        if not isinstance(given, str):
            inside = list(given) if isinstance(given, list | tuple | set) else []
            meant = ""
            if isinstance(given, dict):
                meant = "; write " + ", ".join(f'"{assigned(str(k), v)}"' for k, v in given.items())
            elif inside and all(isinstance(word, str) and "=" in word for word in inside):
                meant = f"; write framework.{function}(*[…])"
            elif len(inside) == 2 and isinstance(inside[0], str):
                meant = f'; write "{assigned(inside[0], inside[1])}"'
            raise OverrideTypeError(
                f'framework.{function}: expected overrides such as "trainer.epochs=3",'
                f" got {type(given).__name__} {given!r}{meant}"
            )
        if given.startswith("-"):
            raise ConfigurationError(
                f"framework.{function}: takes overrides and no flags, got {given!r}"
            )
    return [str(given) for given in overrides]


def share_of(given: object) -> bool:
    """Whether what is given for a split is the share of the rows to hold out, not a pair."""
    return isinstance(given, int | float) and not isinstance(given, bool)
