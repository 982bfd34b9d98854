"""The documentation for authors: its examples keep their promises."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

import pytest

from framework import Component
from framework.testing import check_component
from tests.end_to_end.command import framework

ROOT = Path(__file__).parents[2]
PAGES = sorted((ROOT / "docs" / "plugins").glob("*.md"))
HEAD = """
import math
from dataclasses import dataclass
from typing import ClassVar
import numpy as np
from framework import *
"""


def blocks(text: str) -> list[str]:
    return re.findall(r"```python\n(.*?)```", text, flags=re.DOTALL)


EXAMPLES = [
    (page.stem, block)
    for page in [*PAGES, ROOT / "docs" / "PLUGINS.md"]
    for block in blocks(page.read_text())
    if "@dataclass" in block
]


@pytest.mark.sampled(4)
@pytest.mark.parametrize(("page", "block"), EXAMPLES, ids=[page for page, _ in EXAMPLES])
def test_an_example_keeps_its_promises(page, block, tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(tmp_path))
    name = f"example_of_{page}_{EXAMPLES.index((page, block))}"
    (tmp_path / f"{name}.py").write_text(HEAD + block)
    module = importlib.import_module(name)
    (cls,) = (
        c
        for c in vars(module).values()
        if isinstance(c, type) and issubclass(c, Component) and c.__module__ == name
    )
    broken = [str(r) for r in check_component(cls) if not r.passed]
    assert broken == []


def test_every_kind_has_an_example():
    kinds = {"layer", "initializer", "regularizer", "loss", "schedule", "metric", "dataset"}
    assert kinds | {"callback", "job", "PLUGINS"} <= {page for page, _ in EXAMPLES}


CHOSEN = [
    (page.stem, override)
    for page in PAGES
    for override in re.findall(r"(?:Choose|Use) it with\s+`([^`]+)`", page.read_text())
]


@pytest.mark.parametrize(("page", "override"), CHOSEN, ids=[page for page, _ in CHOSEN])
def test_an_example_is_chosen_as_its_page_says(page, override, tmp_path, monkeypatch):
    block = next(block for name, block in EXAMPLES if name == page)
    (name,) = re.findall(r"class (\w+)\(", block)
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()
    kind = {"metric": "metrics", "callback": "callbacks"}.get(page, f"{page}s")
    hook = f"\n\n@hookimpl\ndef framework_{kind}():\n    return {{'{words}': {name}}}\n"
    module = f"chosen_{page}"
    (tmp_path / f"{module}.py").write_text(HEAD + block + hook)
    done = framework(f"plugins=[{module}]", override, "data=spirals", "--cfg", "job", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert f"name: {words}" in done.stdout
