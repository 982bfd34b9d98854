"""What all tests share: the registry, through which components are reached by name."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
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


_ALL_SLOW = re.compile(r"^pytestmark = \[?pytest\.mark\.slow\b", re.MULTILINE)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Do not import files whose tests are all slow where no slow ones are asked for."""
    if config.option.markexpr != "not slow" or collection_path.suffix != ".py":
        return None
    return True if _ALL_SLOW.search(collection_path.read_text()) else None


@pytest.hookimpl(tryfirst=True)  # before `-m "not slow"` is looked at
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put long tests first; mark as slow all but some cases, evenly spread, of `sampled` tests."""
    cases: dict[tuple[str, int], list[pytest.Item]] = {}
    for item in items:
        for mark in item.iter_markers("sampled"):
            cases.setdefault((item.nodeid.partition("[")[0], *mark.args), []).append(item)
    items.sort(key=lambda item: item.get_closest_marker("long") is None)
    for (_, count), of_one_test in cases.items():
        quick = {i * len(of_one_test) // count for i in range(count)}
        for i, item in enumerate(of_one_test):
            if i not in quick:
                item.add_marker(pytest.mark.slow)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Let command lines be forks of one process, but those of tests about the process itself."""
    command.may_fork = item.get_closest_marker("own_process") is None


@pytest.fixture(scope="session", autouse=True)
def _disk_is_not_waited_for() -> Iterator[None]:
    """Skip `fsync` here: no test can see whether bytes have reached the disk, only wait for it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda fd: None)
        yield


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
