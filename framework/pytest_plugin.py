"""The conformance kit for pytest: a parametrised test, and the option ``--framework-plugin``.

Nothing of the kit is imported before one of them is used.
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
        from framework.testing.cases import cases_of

        try:
            cases = cases_of(name)
        except FrameworkError as error:
            raise pytest.UsageError(f"--framework-plugin={name}: {error}") from error
        items += [ConformanceItem.from_parent(session, name=_id(c), case=c) for c in cases]


class ConformanceItem(pytest.Item):
    """One check of one component, as a test."""

    def __init__(self, *, case: Case, **rest: Any) -> None:
        super().__init__(**rest)
        self.case = case

    def runtest(self) -> None:
        """Make the check."""
        judge(self.case)

    def reportinfo(self) -> tuple[Any, int | None, str]:
        """Say what it is called in reports."""
        return self.path, None, self.name


def judge(case: Case) -> None:
    """Make a check, and tell pytest what came out."""
    result = case.run()
    if not result.passed:
        pytest.fail(str(result), pytrace=False)
    if result.unanswered is not None:
        pytest.skip(str(result))


def parametrised(cases: list[Case]) -> Any:
    """Give a test function that makes each check as a test of its own."""

    @pytest.mark.parametrize("case", cases, ids=_id)
    def test_conformance(case: Case) -> None:
        judge(case)

    return test_conformance


def _id(case: Case) -> str:
    return f"{case.kind}-{case.component}-{case.check.name}"
