"""The hooks are documented with their exact arguments, and what is generated is current."""

from __future__ import annotations

import inspect
import subprocess
import sys
from pathlib import Path

import pytest

from framework.hooks import Events, Registration

ROOT = Path(__file__).parents[2]
DOCS = (ROOT / "docs" / "HOOKS.md").read_text()
HOOKS = [
    (name, function)
    for owner in (Registration, Events)
    for name, function in vars(owner).items()
    if name.startswith("framework_")
]


@pytest.mark.parametrize(("name", "function"), HOOKS, ids=[name for name, _ in HOOKS])
def test_is_documented_with_its_arguments(name, function):
    arguments = [a for a in inspect.signature(function).parameters if a != "self"]
    assert f"`{name}({', '.join(arguments)})`" in DOCS
    assert inspect.getdoc(function)


def test_generated_documentation_is_current():
    done = subprocess.run(
        [sys.executable, ROOT / "docs" / "generate.py", "--check"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
