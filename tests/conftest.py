"""What all tests share: the registry, through which components are reached by name."""

from __future__ import annotations

import signal
from collections.abc import Callable
from typing import Any

import pytest

from framework.registry.registry import Registry
from tests.end_to_end import command

# A shell ignores SIGINT for what it starts in the background, nohup SIGHUP; commands inherit that,
# and tests that interrupt them would wait for ever.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
if hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Let the quick tests' command lines be forks of one process."""
    command.may_fork = item.get_closest_marker("slow") is None


@pytest.fixture(scope="session")
def registry() -> Registry:
    registry = Registry()
    registry.load_installed()
    return registry


@pytest.fixture(scope="session")
def make(registry: Registry) -> Callable[..., Any]:
    """Make a component from its kind, its name and its fields."""

    def build(kind: str, name: str, **fields: Any) -> Any:
        return registry.entry(kind, name).component(**fields)

    return build
