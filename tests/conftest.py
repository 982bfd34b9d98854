"""What all tests share: the registry, through which components are reached by name."""

from __future__ import annotations

import signal
from collections.abc import Callable
from typing import Any

import pytest

from framework.registry.registry import Registry

# A shell ignores SIGINT for what it starts in the background, nohup SIGHUP; commands inherit that,
# and tests that interrupt them would wait for ever.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
if hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


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
