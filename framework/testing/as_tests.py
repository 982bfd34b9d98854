"""The kit's checks as tests of pytest, one each."""

from __future__ import annotations

from typing import Any

import pytest

from framework.testing.cases import Case


def judge(case: Case) -> None:
    """Make a check, and tell pytest what came out."""
    result = case.run()
    if not result.passed:
        pytest.fail(str(result), pytrace=False)
    if result.unanswered is not None:
        pytest.skip(str(result))


def parametrised(cases: list[Case]) -> Any:
    """Return a test function that makes each check as a test of its own."""

    @pytest.mark.parametrize("case", cases, ids=test_id)
    def test_conformance(case: Case) -> None:
        judge(case)

    return test_conformance


def test_id(case: Case) -> str:
    """Return what a check's test is called."""
    return f"{case.kind}-{case.component}-{case.check.name}"
