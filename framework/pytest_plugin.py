"""The conformance kit for pytest: the option ``--framework-plugin``.

Nothing of the kit is imported before it is used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from framework.testing.cases import Case


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option."""
    parser.getgroup("framework").addoption(
        "--framework-plugin",
        action="append",
        default=[],
        metavar="MODULE",
        help="put every component of this plugin through what its kind promises",
    )


def pytest_collection_modifyitems(session: pytest.Session, items: list[pytest.Item]) -> None:
    """Add a test for each promise of each component of the plugins named."""
    for name in session.config.getoption("--framework-plugin"):
        from framework.errors import FrameworkError
        from framework.testing.as_tests import test_id
        from framework.testing.cases import cases_of

        try:
            cases = cases_of(name)
        except FrameworkError as error:
            raise pytest.UsageError(f"--framework-plugin={name}: {error}") from error
        items += [ConformanceItem.from_parent(session, name=test_id(c), case=c) for c in cases]


class ConformanceItem(pytest.Item):
    """One check of one component, as a test."""

    def __init__(self, *, case: Case, **keywords: Any) -> None:
        super().__init__(**keywords)
        self.case = case

    def runtest(self) -> None:
        """Make the check."""
        from framework.testing.as_tests import judge

        judge(self.case)

    def reportinfo(self) -> tuple[Any, int | None, str]:
        """Return what it is called in reports."""
        return self.path, None, self.name
