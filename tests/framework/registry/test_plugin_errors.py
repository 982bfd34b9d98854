"""An error is told of the component that raised it, whatever it is and wherever it was raised."""

from __future__ import annotations

import sys
from typing import Any

import pytest

import framework as fw
from framework.registry.plugin_errors import plugin_error
from framework.registry.registry import Registry

QUICK = (
    *("data=spirals", "data.points=120", "trainer.batch_size=24", "trainer.epochs=1"),
    *("model.hidden=[4]", "callbacks=none", "checkpoint=none"),
)
FAULTY = """
import asyncio, sys
from dataclasses import dataclass
from pathlib import Path
import numpy as np
import yaml
from framework import Dataset, Layer, Loss, hookimpl, hyperparameter

class Own(BaseException):
    pass

def endless(n):
    return endless(n + 1)

@dataclass(frozen=True)
class Faulty(Layer):
    "Fails in its formula."
    how: str = hyperparameter("", "how")
    def __post_init__(self):
        if self.how == "made":
            raise TypeError("no such layer")
    def forward(self, x, out, arrays):
        {
            "recursion": lambda: endless(0),
            "exit": lambda: sys.exit(5),
            "own": self.raise_own,
            "cancelled": self.cancel,
            "memory": lambda: np.empty(1 << 50),
            "text": lambda: b"\\xe9".decode(),
            "yaml": lambda: yaml.safe_load("a: [")
        }[self.how]()
    def raise_own(self):
        raise Own
    def cancel(self):
        raise asyncio.CancelledError

@dataclass(frozen=True)
class Bare(Layer):
    "Lacks its formulas."

@dataclass(frozen=True)
class Latin(Dataset):
    "Reads a text that is not UTF-8."
    def load(self, rng):
        Path("theirs.txt").read_text(encoding="utf-8")

@hookimpl
def framework_layers():
    return {"faulty": Faulty, "bare": Bare}

@hookimpl
def framework_datasets():
    return {"latin": Latin}
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    (tmp_path / "faulty.py").write_text(FAULTY)
    (tmp_path / "theirs.txt").write_bytes(b"caf\xe9")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    sys.modules.pop("faulty", None)
    return tmp_path


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ("recursion", "RecursionError: maximum recursion depth exceeded (faulty.py:13)"),
        ("exit", "calls sys.exit (faulty.py:"),
        ("own", "Own (faulty.py:"),
        ("cancelled", "CancelledError (faulty.py:"),
        ("memory", "Unable to allocate"),
        ("text", "UnicodeDecodeError: 'utf-8' codec can't decode byte 0xe9"),
        ("yaml", "ParserError: while parsing a flow node"),
        ("made", "TypeError: no such layer (faulty.py:"),
    ],
)
def test_whatever_a_formula_raises_is_its_layers(folder, how, said):
    arrays = ("plugins=[faulty]", "model.activation={name: faulty}", f"+model.activation.how={how}")
    with pytest.raises(fw.PluginError) as caught:
        fw.train(*QUICK, *arrays, directory="run")
    line = str(caught.value)
    assert line.startswith("layer 'faulty' (faulty): ")
    assert said in line
    assert "\n" not in line


def test_a_method_that_is_missing_is_named(folder):
    with pytest.raises(fw.PluginError, match=r"layer 'bare' \(faulty\): lacks the method forward"):
        fw.train(*QUICK, "plugins=[faulty]", "model.activation=bare", directory="run")


def test_a_text_that_a_dataset_reads_is_no_file_of_the_configuration(folder):
    registry = Registry()
    registry.load_modules(["faulty"])
    dataset: Any = registry.entry("dataset", "latin").component()
    with pytest.raises(UnicodeDecodeError) as caught:
        dataset.load(None)
    line = str(plugin_error(caught.value, registry))
    assert line.startswith("dataset 'latin' (faulty): UnicodeDecodeError: ")


def test_what_is_raised_elsewhere_is_nobodys(folder):
    registry = Registry()
    registry.load_modules(["faulty"])
    for error in (RecursionError("x"), SystemExit(3), ValueError("x")):
        with pytest.raises(type(error)) as caught:
            raise error
        assert plugin_error(caught.value, registry) is None


def test_a_name_of_a_left_out_plugin_is_not_said_to_be_another(folder):
    registry = Registry()
    registry.load_installed()
    (folder / "broken.py").write_text("import nothing_of_this_name\nBRINGS = {'ident': 1}\n")
    with pytest.raises(fw.PluginError):
        registry.load_modules(["broken"])
    with pytest.raises(fw.ConfigurationError) as caught:
        registry.entry("layer", "ident")
    assert str(caught.value).startswith(
        "there is no layer 'ident'; broken, which names it, is left out: ModuleNotFoundError: "
    )
    with pytest.raises(fw.ConfigurationError, match=r"did you mean 'identity'\?$"):
        registry.entry("layer", "identit")
