"""The hooks are documented with their exact arguments."""

from __future__ import annotations

import inspect
from pathlib import Path

import pytest

from framework.hooks import Events, Registration

DOCS = (Path(__file__).parents[2] / "docs" / "PLUGINS.md").read_text()
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
