"""Another component by its name, in the place of one that a choice put there."""

from __future__ import annotations

import pytest
import yaml
from hydra.errors import ConfigCompositionException
from omegaconf import OmegaConf

from framework.configuration import compose
from framework.configuration.replacing import allow_beside
from framework.configuration.sharing_loader import SharingLoader
from framework.errors import ConfigurationError
from framework.runs import saved_config
from framework.settings.settings import read_settings
from tests.end_to_end.command import framework

SGD = {"name": "sgd", "learning_rate": 0.1}


@pytest.fixture(scope="module")
def workspace():
    return compose.prepare([])


def composed(workspace, *overrides):
    cfg, _ = compose.compose_one(workspace.with_overrides([*overrides, "hydra.run.dir=."]))
    return compose.plain(cfg)


@pytest.mark.sampled(1)
@pytest.mark.parametrize(
    "overrides",
    [
        ["layer.update_rule={name: adam, beta1: 0.8}"],
        ["layer.update_rule.beta1=0.8", "layer.update_rule.name=adam"],
        ["layer.update_rule={name: adam, beta1: 0.8}", "hydra.job.name=other"],
    ],
)
def test_it_is_the_choice_of_that_name_with_what_is_given(workspace, overrides):
    chosen = composed(workspace, "layer/update_rule=adam", "layer.update_rule.beta1=0.8")
    assert composed(workspace, *overrides)["layer"] == chosen["layer"]


def test_what_stands_beside_any_layer_needs_no_line_in_its_yaml(workspace):
    without = composed(workspace, "~layer.frozen")
    assert "frozen" not in without["layer"]
    allow_beside(cfg := OmegaConf.create(without), ["layer.frozen", "layer.frozn", "model.frozen"])
    assert {**without["layer"], "frozen": None} == cfg.layer
    assert "frozen" not in cfg.model


@pytest.mark.slow
def test_hydra_lays_it_alike_where_nothing_is_shared(workspace, monkeypatch):
    monkeypatch.setattr(SharingLoader, "_base", lambda *given: None)
    test_it_is_the_choice_of_that_name_with_what_is_given(
        workspace, ["layer.update_rule={name: adam, beta1: 0.8}"]
    )


def test_the_same_name_changes_only_what_is_given(workspace):
    rule = {"name": "sgd", "momentum": 0.9}
    cfg = composed(
        workspace,
        "layer=dense_sgd_1e-2",
        f"layer.update_rule={yaml.dump(rule, default_flow_style=True).strip()}",
    )
    assert cfg["layer"]["update_rule"]["learning_rate"] == 0.01
    assert cfg["layer"]["update_rule"]["momentum"] == 0.9


@pytest.mark.slow
def test_a_rule_inside_a_rule_and_what_stands_beside(workspace):
    inner = composed(
        workspace, "layer.update_rule={name: clipped, inner: {name: adam, beta1: 0.8}}"
    )
    adam = composed(workspace, "layer/update_rule=adam", "layer.update_rule.beta1=0.8")
    assert inner["layer"]["update_rule"]["inner"] == adam["layer"]["update_rule"]
    assert inner["layer"]["update_rule"]["largest"] == 1.0
    data = composed(workspace, "data.transforms=[standardize]", "data={name: npz, path: d.npz}")[
        "data"
    ]
    assert (data["name"], data["path"], data["transforms"]) == ("npz", "d.npz", ["standardize"])
    layer = composed(workspace, "layer=dense_rmsprop", "layer={name: maxout}")["layer"]
    assert (layer["name"], layer["update_rule"]["name"]) == ("maxout", "rmsprop")


def test_a_run_that_is_resumed_takes_it_alike(tmp_path):
    (tmp_path / ".hydra").mkdir()
    saved = {"layer": {"name": "dense", "update_rule": {**SGD, "inner": {**SGD, "momentum": 0.5}}}}
    (tmp_path / ".hydra" / "config.yaml").write_text(yaml.safe_dump(saved))
    given = ["layer.update_rule.beta1=0.8", "layer.update_rule.name=adam"]
    rule = saved_config.resumed(tmp_path, given)[0]["layer"]["update_rule"]
    assert rule == {"name": "adam", "beta1": 0.8}
    given = ["layer.update_rule={name: sgd, inner: {name: adam}}"]
    rule = saved_config.resumed(tmp_path, given)[0]["layer"]["update_rule"]
    assert rule == {**SGD, "inner": {"name": "adam"}}


def test_what_the_new_one_has_not_is_refused(workspace):
    with pytest.raises(ConfigCompositionException, match=r"Could not override 'layer.update_rule'"):
        composed(workspace, "layer.update_rule={name: adam, momentum: 0.9}")
    slip = composed(workspace, "layer.update_rule.name=adm")
    with pytest.raises(ConfigurationError, match="there is no update rule 'adm'"):
        read_settings(slip, workspace.registry)


@pytest.mark.slow
def test_a_sweep_goes_over_names(tmp_path):
    small = ("data=spirals", "model.hidden=[8]", "trainer.epochs=1", "callbacks=none")
    rules = "layer.update_rule={name: adam, beta1: 0.8},{name: sgd, momentum: 0.5}"
    done = framework("-m", *small, rules, "hydra.sweep.dir=s", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    for job, name in ((0, "adam"), (1, "sgd")):
        text = (tmp_path / "s" / str(job) / ".hydra" / "config.yaml").read_text()
        assert yaml.safe_load(text)["layer"]["update_rule"]["name"] == name
