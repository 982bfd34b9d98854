"""Classes that a plugin defers are imported when they are used, and said to be wrong then."""

from __future__ import annotations

import subprocess
import sys

import pytest

from framework.errors import PluginError
from framework.registry.registry import Registry

PLUGIN = """
from framework import Deferred, hookimpl

@hookimpl
def framework_losses():
    return Deferred("lazy_parts", {"good": "good:Good", "gone": "gone:Gone", "bad": "good:Bad"})

@hookimpl
def framework_config_dirs():
    return [FOLDER]
"""
GOOD = """
from dataclasses import dataclass
from framework.plugins.losses.mean_squared_error import MeanSquaredError

@dataclass(frozen=True)
class Good(MeanSquaredError):
    "Good."

class Bad:
    "No loss."
"""


@pytest.fixture
def registry(tmp_path, monkeypatch):
    (tmp_path / "lazy_parts").mkdir()
    (tmp_path / "lazy_parts" / "__init__.py").touch()
    (tmp_path / "lazy_parts" / "good.py").write_text(GOOD)
    (tmp_path / "lazy_plugin.py").write_text(f"FOLDER = {str(tmp_path / 'yaml')!r}\n{PLUGIN}")
    (tmp_path / "yaml" / "loss").mkdir(parents=True)
    for name in ("good", "gone", "bad"):
        (tmp_path / "yaml" / "loss" / f"{name}.yaml").write_text(f"name: {name}\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    yield Registry()
    for name in [name for name in sys.modules if name.startswith("lazy_")]:
        del sys.modules[name]


def test_a_deferred_class_is_imported_when_it_is_used(registry):
    registry.load_modules(["lazy_plugin"])
    entry = registry.entry("loss", "good")
    assert registry.names("loss") == ["bad", "gone", "good"]
    assert "lazy_parts" not in sys.modules
    component = entry.component
    assert registry.entry_of(component()) is entry
    assert entry.component is component is sys.modules["lazy_parts.good"].Good


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("gone", "ModuleNotFoundError: No module named 'lazy_parts.gone'"),
        ("bad", "<class 'lazy_parts.good.Bad'> is not a Loss"),
    ],
)
def test_what_is_wrong_with_one_is_said_by_its_name(registry, name, why):
    registry.load_modules(["lazy_plugin"])
    with pytest.raises(PluginError) as raised:
        _ = registry.entry("loss", name).component
    assert str(raised.value) == f"loss '{name}' (lazy_plugin): {why}"


def test_without_yaml_it_is_imported_at_once(registry, tmp_path):
    (tmp_path / "yaml" / "loss" / "bad.yaml").unlink()
    with pytest.raises(PluginError, match=r"lazy_plugin: bad: .* is not a Loss"):
        registry.load_modules(["lazy_plugin"])
    assert not registry.names("loss")


def test_a_plugin_that_has_its_choices_imports_nothing_for_them(registry, tmp_path):
    (tmp_path / "yaml" / "loss" / "bad.yaml").unlink()
    plugin = (tmp_path / "lazy_plugin.py").read_text()
    (tmp_path / "lazy_plugin.py").write_text(plugin.replace('"})', '"}, has_choices=True)'))
    registry.load_modules(["lazy_plugin"])
    assert registry.names("loss") == ["bad", "gone", "good"]
    assert "lazy_parts" not in sys.modules


def test_the_built_in_plugin_imports_no_component():
    code = (
        "import sys; from framework.configuration import compose; compose.prepare([]);"
        " print(*(name for name in sys.modules if name.startswith('framework.plugins.')))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert {name.split(".")[2] for name in done.stdout.split()} == {"joins"}, done.stdout


def test_the_built_in_layers_that_have_units_have_yaml():
    registry = Registry()
    registry.load_installed()
    layers = [entry for (kind, _), entry in registry.entries.items() if kind == "layer"]
    with_units = [e.name for e in layers if any(field.name == "units" for field in e.fields)]
    assert "dense" in with_units
    for name in with_units:
        assert registry.who_brings(f"layer/{name}.yaml") is not None


def test_the_built_in_classes_are_attributes_of_their_plugin():
    script = (
        "from framework.plugins import Dense, SoftmaxCrossEntropy as S; import sys;"
        "assert Dense(units=3).units == 3 and S().smoothing == 0;"
        "assert 'framework.plugins.losses.hinge' not in sys.modules;"
        "import framework.plugins as p; assert not hasattr(p, 'Dens')"
    )
    subprocess.run([sys.executable, "-c", script], check=True)
