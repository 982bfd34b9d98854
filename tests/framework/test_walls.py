"""The walls: rooms import what is above them, the core knows no component, nothing runs code."""

from __future__ import annotations

import ast
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from framework.components.operations import OPERATIONS
from tests.framework.imports import cycles, graph, imported, modules

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "framework"
KIT = sorted((PACKAGE / "testing").rglob("*.py"))
CORE = [path for path in sorted(PACKAGE.rglob("*.py")) if path not in KIT]
PLUGINS = sorted((ROOT / "plugins").rglob("*.py"))

# From the ground up; a room imports only rooms above it in this list.
ROOMS = (
    *("version", "_install_check", "text", "errors", "files", "process", "drawing"),
    *("components", "engine", "training", "hooks", "registry", "settings", "configuration"),
    *(
        "runs",
        "sweeps",
        "from_python",
        "api",
        "sklearn",
        "testing",
        "pytest_plugin",
        "",
        "app",
        "__main__",
    ),
)
HANDED_WHAT_STANDS_ABOVE = {  # the contract says their types, and calls nothing of them
    ("framework.hooks", "framework.runs.run"),
    ("framework.components.callback", "framework.runs.run"),
    ("framework.components.job", "framework.registry.registry"),
}
# What each room may import from outside; of all others the standard library alone.
OUTSIDE = {
    "files": {"filelock"},
    "process": {"numpy"},
    "drawing": {"numpy", "matplotlib"},
    "components": {"numpy"},
    "engine": {"numpy", "threadpoolctl"},
    "engine.elements": {"numba"},
    "engine.formula_loop": {"numba", "llvmlite"},
    "engine.formula_rows": {"numba"},
    "engine.joined_calls": {"llvmlite"},
    "engine.real_code": {"llvmlite"},
    "engine.row_type": {"numba"},
    "engine.machine_code": {"llvmlite", "platformdirs"},
    "training": {"numpy", "threadpoolctl"},
    "hooks": {"pluggy"},
    "registry": {"pluggy", "packaging"},
    "configuration": {"hydra", "omegaconf", "yaml"},
    "runs": {"numpy", "pluggy", "safetensors"},
    "runs.saved_config": {"omegaconf", "yaml"},
    "sweeps": {"numpy", "filelock", "matplotlib", "optuna", "hydra", "omegaconf"},
    "sklearn": {"numpy", "sklearn"},
    "app": {"tqdm"},
    "testing": {"numpy", "pytest"},
    "testing.checks.yaml_choice": {"hydra", "omegaconf"},
    "pytest_plugin": {"pytest"},
}


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


def room(module: str) -> str:
    return f"{module}.".split(".")[1]


def upward(edges: dict[str, set[str]]) -> list[str]:
    """Name the imports of a room that does not stand above."""
    order = {name: level for level, name in enumerate(ROOMS)}
    return [
        f"{name} imports {other}"
        for name, others in edges.items()
        for other in sorted(others)
        if room(name) != room(other)
        and order[room(other)] >= order[room(name)]
        and (name, other) not in HANDED_WHAT_STANDS_ABOVE
    ]


def foreign(package: Path) -> list[str]:
    """Name the imports from outside that a room may not have."""
    own = sys.stdlib_module_names | {"framework", "__future__"}
    return [
        f"{name} imports {module}"
        for name, path in modules(package).items()
        for module in sorted({module.split(".")[0] for module, _ in imported(path)} - own)
        if module not in OUTSIDE.get(room(name), set()) | OUTSIDE.get(name.partition(".")[2], set())
    ]


def of_each_folder(paths: list[Path]) -> pytest.MarkDecorator:
    """Have a test for the files of each folder."""
    folders: dict[Path, list[Path]] = {}
    for path in paths:
        folders.setdefault(path.parent, []).append(path)
    names = [folder.relative_to(ROOT).as_posix() for folder in folders]
    return pytest.mark.parametrize("paths", folders.values(), ids=names)


def circles(edges: dict[str, set[str]]) -> list[list[str]]:
    return cycles(
        {
            name: {other for other in others if (name, other) not in HANDED_WHAT_STANDS_ABOVE}
            for name, others in edges.items()
        }
    )


def test_each_room_imports_only_rooms_above_it():
    assert not upward(graph(PACKAGE))


def test_no_imports_go_in_a_circle():
    assert not circles(graph(PACKAGE))


def test_a_room_imports_from_outside_only_what_it_may():
    assert not foreign(PACKAGE)


def test_every_tree_is_looked_through():
    """A folder that was moved away would be in nobody's way."""
    assert min(len(CORE), len(KIT), len(PLUGINS)) > 30
    assert (ROOT / "conf" / "config.yaml").is_file()


def test_every_room_is_in_the_list():
    assert {room(name) for name in modules(PACKAGE)} == set(ROOMS)


PLANTS: dict[str, tuple[str, str, Any]] = {
    "upward": ("engine/blas.py", "from framework.training import trainer", upward),
    "upward, lazy": (
        "engine/blas.py",
        "def f() -> None:\n    from framework.runs.run import Run",
        upward,
    ),
    "upward, for types": (
        "components/layer.py",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import framework.engine.graph",
        upward,
    ),
    "circle in a room": ("engine/blas.py", "import framework.engine.affine", circles),
    "hydra in runs": ("runs/run.py", "from hydra.types import RunMode", foreign),
    "omegaconf in settings": ("settings/reader.py", "import omegaconf", foreign),
    "tqdm in training": ("training/trainer.py", "def f() -> None:\n    import tqdm", foreign),
}


@pytest.mark.parametrize("plant", PLANTS)
def test_a_planted_violation_is_noticed(tmp_path, plant):
    place, line, finds = PLANTS[plant]
    copy = tmp_path / "framework"
    for path in PACKAGE.rglob("*.py"):
        target = copy / path.relative_to(PACKAGE)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(path.read_text())
    with (copy / place).open("a") as file:
        file.write(f"\n{line}\n")
    assert finds(copy if finds is foreign else graph(copy))


@of_each_folder(CORE + KIT)
def test_the_core_imports_no_plugin(paths):
    for path in paths:
        names = {name for name, _ in imported(path)}
        assert not {m for m in names if m.startswith(("plugins", "framework.plugins"))}, path


@of_each_folder(CORE)
def test_the_core_names_no_component(registry, paths):
    """No text in the core's code is a component's name; comments and docstrings may teach."""
    for path in paths:
        tree = parsed(path)
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
        own = {"train", "resume", "loss", "metrics", "none", "log", "weights", "plugins", "arrays"}
        own |= {"sum", "dropout"}  # keys of what is recorded of data, and of a model
        own |= {"non_negative"}  # a function with which fields are declared
        own |= {"schedule", "step", "evaluate"}  # a kind; the number of steps; a loss's method
        if path.stem in ("expression", "operations"):  # mathematics, which components are called by
            own |= set(OPERATIONS)
        names = {name for _, name in registry.entries} - own
        assert not texts & names, path


@of_each_folder(PLUGINS)
def test_built_ins_use_only_public_names(paths):
    for path in paths:
        own = {m for m, _ in imported(path) if m.split(".")[0] in ("framework", "plugins")}
        assert own <= {"framework", "framework.testing"}, path


RUNS_CODE = {"eval", "exec", "compile", "__import__", "instantiate"}
UNPICKLES = {"pickle", "cPickle", "dill", "cloudpickle", "joblib", "shelve", "marshal", "code"}


@of_each_folder(CORE + KIT + PLUGINS)
def test_nothing_runs_a_strangers_code(paths):
    """Seen in the syntax tree, so that neither spacing nor another way to import hides it."""
    for node in (node for path in paths for node in ast.walk(parsed(path))):
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
        assert len(path.read_text().splitlines()) <= 300, path.relative_to(ROOT)


@of_each_folder(CORE + KIT + PLUGINS)
def test_a_variable_is_called_what_it_is(paths):
    unclear = {"found", "one", "each", "rest"}
    for path in paths:
        for node in ast.walk(parsed(path)):
            if isinstance(node, ast.arg):
                assert node.arg not in unclear, f"{path}:{node.lineno}"
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                assert node.id not in unclear, f"{path}:{node.lineno}"
