"""Every example in a docstring gives what it says."""

from __future__ import annotations

import doctest
import importlib
import pkgutil

import numpy as np
import pytest

MODULES = [
    name
    for package in ("framework", "framework.plugins")
    for _, name, _ in pkgutil.walk_packages(
        importlib.import_module(package).__path__, f"{package}."
    )
    if not name.endswith("__main__")
]


EXTRAS = {  # what modules import that not every installation has
    "framework.sklearn": "sklearn",
    "framework.engine.elements": "numba",
    "framework.engine.formula_loop": "numba",
    "framework.engine.formula_rows": "numba",
    "framework.engine.row_type": "numba",
    "framework.engine.elementary": "llvmlite",
    "framework.engine.real_code": "llvmlite",
    "framework.plugins.serving.web": "tornado",
    "framework.plugins.serving.listening": "tornado",
    "framework.plugins.serving.stream": "tornado",
}


@pytest.mark.parametrize("name", MODULES)
def test_examples_hold(name):
    for prefix, needs in EXTRAS.items():
        if f"{name}.".startswith(f"{prefix}."):
            pytest.importorskip(needs)
    module = importlib.import_module(name)
    found = doctest.testmod(module, extraglobs={"np": np}, exclude_empty=True)
    assert found.failed == 0


def test_every_built_in_with_a_formula_has_an_example(registry):
    for (kind, name), entry in registry.entries.items():
        if kind in ("layer", "regularizer", "constraint", "update_rule", "loss", "schedule"):
            doc = entry.component.__doc__ or ""
            assert ">>>" in doc or name in ("identity", "none"), name
