"""What is written as an override is read back by Hydra as it was."""

from __future__ import annotations

import shlex

import pytest
from hydra.core.override_parser.overrides_parser import OverridesParser
from hypothesis import example, given, settings
from hypothesis import strategies as st
from omegaconf import OmegaConf

from framework.configuration.override import Override, parse
from framework.configuration.quoting import assignment, literal, pasted, written
from framework.errors import ConfigurationError

TEXTS = st.text(max_size=12) | st.text(alphabet="ab'\"\\${}[]()=,: #~é\n1.e-", max_size=12)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=5,
)


def read(text: str) -> object:
    return OverridesParser.create().parse_override(text).value()


@settings(max_examples=100, deadline=None)
@given(TEXTS.filter(lambda text: text != "???"))
@example("it's")
@example("a${b}")
@example("a\\${b}\\")
@example("ab\\")
@example("")
@example(" ")
@example("o[1]{b}=é #,\n")
@example("null")
@example("1e-3")
def test_a_text_comes_back_through_hydra_and_omegaconf(text):
    cfg = OmegaConf.create({"path": "x"})
    OmegaConf.update(cfg, "path", read(assignment("path", text)))
    assert cfg.path == text


@settings(max_examples=100, deadline=None)
@given(VALUES)
def test_any_value_comes_back_through_hydra(value):
    assert read(f"x={written(value)}") == value


@given(TEXTS)
def test_a_shell_reads_what_is_to_be_pasted(text):
    assert shlex.split(pasted("framework", text)) == ["framework", text]


@pytest.mark.parametrize("text", ["o/1", "2026-01-31", "a.b", "${seed}"])
def test_what_needs_no_quotes_gets_none(text):
    assert written(text) == text


def test_a_missing_value_is_no_text():
    with pytest.raises(ConfigurationError):
        literal("???")


@pytest.mark.parametrize(
    ("text", "prefix", "key", "package", "value"),
    [
        ("seed=3", "", "seed", None, 3),
        ("++hydra.sweep.dir=o", "++", "hydra.sweep.dir", None, "o"),
        ("+layer@model.variants.a=dense", "+", "layer", "model.variants.a", "dense"),
        ("~callbacks.pictures", "~", "callbacks.pictures", None, None),
        ("hydra.sweep={dir: 'a=b'}", "", "hydra.sweep", None, {"dir": "a=b"}),
    ],
)
def test_the_parts_of_an_override(text, prefix, key, package, value):
    override = Override.parse(text)
    assert (override.prefix, override.key, override.package, override.value) == (
        prefix,
        key,
        package,
        value,
    )
    assert not override.swept


@pytest.mark.parametrize(
    ("text", "choices", "texts"),
    [
        ("seed=0,1", (), ["seed=0", "seed=1"]),
        ("seed=range(0,3)", (), ["seed=0", "seed=1", "seed=2"]),
        ("seed=zip(range(0,2))", (), ["seed=0", "seed=1"]),
        ("seed=zip('1',2)", (), ["seed='1'", "seed=2"]),
        ("p=choice('a b','é')", (), ["p='a b'", "p='é'"]),
        ("experiment=1", ("1",), ["experiment='1'"]),
        ("experiment=1e-3", ("1e-3",), ["experiment='1e-3'"]),
        ("experiment=1e-3,2", ("1e-3", "2"), ["experiment='1e-3'", "experiment='2'"]),
        (
            "experiment=glob(*)",
            ("1", "1e-3", "lr=0.1", "é", "a,b", "in/deep"),
            [
                "experiment='1'",
                "experiment='1e-3'",
                "experiment='a,b'",
                "experiment='lr=0.1'",
                "experiment='é'",
            ],
        ),
        ("callbacks=[1,b]", ("1", "b"), ["callbacks=['1',b]"]),
        ("seed=3", (), ["seed=3"]),
        ("p=${seed},'${seed}'", (), ["p=${seed}", "p='${seed}'"]),
    ],
)
def test_the_values_of_a_sweep_are_written_one_by_one(text, choices, texts):
    assert Override.parse(text).texts(choices) == texts


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["data.path=a=b"], "quote it: \"data.path='a=b'\""),
        (["data.path=é.npz"], "quote it: "),
        (["data.path=my", "file.npz"], "is quoted: 'data.path=my file.npz'"),
        (["trainer.epochs"], "trainer.epochs: is not an override; expected key=value"),
        (["model.hidden=[1,"], "model.hidden=[1,: is not an override"),
    ],
)
def test_what_is_none_says_how_it_would_be_one(words, said):
    with pytest.raises(ConfigurationError) as raised:
        parse(words)
    assert said in str(raised.value)
    assert "\n" not in str(raised.value)
