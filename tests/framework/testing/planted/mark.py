"""How a planted bug is marked with the check that must find it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

PLANTED: list[tuple[str, type[Any], str]] = []
"""The check, the class, and a word of the message that says what is wrong."""


def caught_by(check: str, saying: str = "") -> Callable[[type[Any]], type[Any]]:
    """Note which check must find the bug of a class, and what it must say."""

    def noted(cls: type[Any]) -> type[Any]:
        PLANTED.append((check, cls, saying))
        return cls

    return noted
