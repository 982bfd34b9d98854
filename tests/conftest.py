"""What all tests share: the registry, through which components are reached by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from framework.registry import Registry


@pytest.fixture(scope="session")
def registry() -> Registry:
    found = Registry()
    found.load_installed()
    return found


@pytest.fixture(scope="session")
def make(registry: Registry) -> Callable[..., Any]:
    """Make a component from its kind, its name and its fields."""

    def build(kind: str, name: str, **fields: Any) -> Any:
        return registry.entry(kind, name).component(**fields)

    return build
