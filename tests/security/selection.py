"""Which hostile cases are made: a few of each sort in the quick suite, all others in the slow one.

Those of a module are made together, in one process that imports the framework once, and each is
judged by a test of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

import pytest

T = TypeVar("T")


def judged(names: Iterable[str], *, quick: Iterable[str]) -> Any:
    """Return the mark that gives each case a test; all but the quick ones are slow."""
    names, quick = list(names), set(quick)
    assert quick <= set(names), quick - set(names)
    return pytest.mark.parametrize(
        "name",
        [n if n in quick else pytest.param(n, marks=pytest.mark.slow) for n in names],
    )


def asked_for(request: pytest.FixtureRequest, cases: Mapping[str, T]) -> dict[str, T]:
    """Return the cases that the selected tests of the requesting module judge."""
    names = {
        item.callspec.params.get("name")
        for item in request.session.items
        if item.path == request.path
        and isinstance(item, pytest.Function)
        and hasattr(item, "callspec")
    }
    return {name: case for name, case in cases.items() if name in names}
