"""The walls: the core knows no component, and nothing that could run a stranger's code."""

from __future__ import annotations

import ast
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
    own = {"train", "resume", "loss", "metrics", "none", "log", "weights", "plugins"}
    names = {name for _, name in registry.entries} - own
    assert not texts & names


@pytest.mark.parametrize("path", PLUGINS, ids=lambda p: p.as_posix())
def test_built_ins_use_only_public_names(path):
    own = {m for m in imported(path) if m.split(".")[0] in ("framework", "plugins")}
    assert own <= {"framework", "framework.testing"}


RUNS_CODE = {"eval", "exec", "compile", "__import__", "instantiate"}
UNPICKLES = {"pickle", "cPickle", "dill", "cloudpickle", "joblib", "shelve", "marshal", "code"}


@pytest.mark.parametrize("path", [*CORE, *KIT, *PLUGINS], ids=lambda p: p.name)
def test_nothing_runs_a_strangers_code(path):
    """Seen in the syntax tree, so that neither spacing nor another way to import hides it."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id not in RUNS_CODE, ast.unparse(node)
        if isinstance(node, ast.Call):
            loose = {k.arg: k.value for k in node.keywords}.get("allow_pickle", ast.Constant(False))
            assert isinstance(loose, ast.Constant), ast.unparse(node)
            assert not loose.value, ast.unparse(node)
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = {alias.name.split(".")[0] for alias in node.names}
            names.add((getattr(node, "module", "") or "").split(".")[0])
            assert not names & UNPICKLES, ast.unparse(node)
            assert not names & {"instantiate"}, ast.unparse(node)
        if isinstance(node, ast.Attribute):
            unsafe = {"unsafe_load", "full_load", "UnsafeLoader", "FullLoader", "instantiate"}
            assert node.attr not in unsafe, ast.unparse(node)


def test_no_configuration_of_ours_names_a_python_object():
    for path in (ROOT / "conf").rglob("*.yaml"):
        assert "_target_" not in path.read_text(), path


def test_the_core_stays_small():
    for path in CORE + KIT:
        assert len(path.read_text().splitlines()) <= 320, path.name
