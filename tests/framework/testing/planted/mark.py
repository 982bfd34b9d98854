"""How a planted bug is marked with the check that must find it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Plant:
    """A class with one bug, the check that must find it, and what that check must say of it."""

    check: str
    cls: type[Any]
    saying: tuple[str, ...]

    def is_what_was_found(self, message: str | None) -> bool:
        """Whether a check's message names this bug.

        An exception counts only where the mark names it: a slip in the plant itself raises too.
        """
        raised = _exceptions(message or "")
        named = _exceptions(" ".join(self.saying))
        return raised <= named and all(part in (message or "") for part in self.saying)


PLANTED: list[Plant] = []


def caught_by(check: str, saying: str, *further: str) -> Callable[[type[Any]], type[Any]]:
    """Note which check must find the bug of a class, and parts of the message that are its own."""

    def noted(cls: type[Any]) -> type[Any]:
        PLANTED.append(Plant(check, cls, (saying, *further)))
        return cls

    return noted


def _exceptions(text: str) -> set[str]:
    return set(re.findall(r"(?:raised|:) ([A-Z]\w*Error)\b", text))
