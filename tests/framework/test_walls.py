"""The walls: the core knows no component, and nothing that could run a stranger's code."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CORE = sorted((ROOT / "framework").glob("*.py"))
KIT = sorted((ROOT / "framework" / "testing").glob("*.py"))
PLUGINS = sorted((ROOT / "plugins").rglob("*.py"))


def imported(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            found.add(node.module or "")
    return found


@pytest.mark.parametrize("path", CORE + KIT, ids=lambda p: p.name)
def test_the_core_imports_no_plugin(path):
    assert not {m for m in imported(path) if m.startswith(("plugins", "framework.plugins"))}


@pytest.mark.parametrize("path", CORE, ids=lambda p: p.name)
def test_the_core_names_no_component(registry, path):
    """No text in the core's code is a component's name; comments and docstrings may teach."""
    tree = ast.parse(path.read_text())
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    texts = {
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and id(node) not in docstrings
    }
    # words that are also keys, hook arguments or splits of the framework itself
    own = {"train", "loss", "metrics", "none", "log", "weights"}
    names = {name for _, name in registry.entries} - own
    assert not texts & names


@pytest.mark.parametrize("path", PLUGINS, ids=lambda p: p.as_posix())
def test_built_ins_use_only_public_names(path):
    own = {m for m in imported(path) if m.split(".")[0] in ("framework", "plugins")}
    assert own <= {"framework", "framework.testing"}


@pytest.mark.parametrize("path", [*CORE, *KIT, *PLUGINS], ids=lambda p: p.name)
def test_nothing_runs_a_strangers_code(path):
    text = path.read_text()
    assert not re.search(r"_target_|\beval\(|\bexec\(|allow_pickle=True|import pickle", text)


def test_the_core_stays_small():
    for path in CORE + KIT:
        assert len(path.read_text().splitlines()) <= 320, path.name
