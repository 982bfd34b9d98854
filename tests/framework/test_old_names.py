"""Public names that changed: the old ones work on, and warn with the new one."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import framework
import framework.settings
from framework import Regularizer, UpdateRule

CHANGELOG = Path(__file__).parents[2] / "CHANGELOG.md"
OLD: dict[str, tuple[Callable[[], object], Any]] = {
    "framework.Own": (lambda: framework.Own, framework.Arrays),
    "framework.setting": (lambda: framework.setting, framework.hyperparameter),
    "framework.settings.Settings": (
        lambda: framework.settings.Settings,
        framework.settings.RunSettings,
    ),
}


@pytest.mark.parametrize("name", OLD)
def test_an_old_name_is_the_new_thing_and_warns(name):
    read, new = OLD[name]
    with pytest.warns(DeprecationWarning, match=rf"{re.escape(name)} is called .*{new.__name__}"):
        assert read() is new


def test_an_update_rule_written_against_the_old_name_works():
    with pytest.warns(DeprecationWarning, match="plain_sgd_rate"):

        class Old(UpdateRule):
            def rate(self, step):
                return 0.5

    assert Old().plain_sgd_rate(0) == 0.5


def test_a_regularizer_written_against_the_old_name_works():
    with pytest.warns(DeprecationWarning, match="l2_coefficient"):

        class Old(Regularizer):
            def decay(self):
                return 0.25

    assert Old().l2_coefficient() == 0.25


def test_a_network_has_its_layers_under_the_old_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    run = framework.train("data=spirals", "trainer.epochs=1", "callbacks=none")
    with pytest.warns(DeprecationWarning, match=r"Network\.links is called layers"):
        assert run.network.links is run.network.layers


def test_the_changelog_names_every_old_name():
    (deprecated,) = re.findall(r"### Deprecated\n(.*?)\n###", CHANGELOG.read_text(), re.DOTALL)
    old = {*OLD, "UpdateRule.rate", "Regularizer.decay", "Network.links"}
    assert {name for name in old if f"`{name}" not in deprecated} == set()
