"""What is composed once for many jobs is, for each job, what Hydra alone composes and records."""

from __future__ import annotations

import copy
import pickle
import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hydra._internal.callbacks import Callbacks
from hydra._internal.config_loader_impl import ConfigLoaderImpl
from hydra._internal.config_repository import CachingConfigRepository
from hydra.core.hydra_config import HydraConfig
from hydra.core.utils import run_job
from hydra.errors import HydraException
from hydra.types import HydraContext, RunMode
from omegaconf import DictConfig, OmegaConf, open_dict
from omegaconf.errors import OmegaConfBaseException

from framework.configuration import compose, kept_choices, sharing_loader
from framework.configuration.composer import Composer
from framework.configuration.hydra_state import kept_state
from framework.configuration.kept_choices import Choice
from framework.configuration.quick_copy import quick
from framework.configuration.repository import Repository
from framework.configuration.yaml_text import yaml_text
from framework.registry.search_folders import SearchFolders
from framework.sweeps.perform import records_of

SWEEP = ["data=spirals", "hydra.mode=MULTIRUN", "hydra.sweep.dir=sweep"]
JOBS = [
    ["seed=2", "model.hidden=[3,4]", "hydra.sweep.subdir='${hydra.job.override_dirname}'"],
    ["callbacks=none", "~published", "~trainer.batch_size=32", "hydra.job.name=mine"],
    ["~experiment", "data={name: mnist}", "published='{a: [1, x, null], b: {c: ${seed}}}'"],
    ["+of_plugin=first", "+data.more='${hydra:job.num} ${now:%Y} ${of_plugin.name} ${user:1}'"],
]
MORE_JOBS = [
    ["seed=1", "hydra.job.config.override_dirname.exclude_keys=[seed]"],
    ["experiment=reference/wide_l2", "+published.epochs=9", "++trainer.epochs=7"],
    ["experiment=reference/wide_l2", "hydra.sweep.subdir='${seed}-${hydra.job.num}'"],
    ["+schedule@layer.update_rule.learning_rate=cosine", "layer.update_rule.learning_rate.first=2"],
    ["+of_plugin=first", "hydra.job.env_copy=[HOME]", "hydra.job.chdir=true"],
]
OF_USER = [["own.x=2"], ["own=varied", "+layer@own.more=dense_l2", "model=mlp_wide"]]
CHOICES = [
    ["layer=dense_l2", "loss=focal", "layer/update_rule=adam"],
    ["layer=dense_l2", "loss=focal", "layer/update_rule=rmsprop"],
    ["layer=dense_l2", "loss=hinge", "+of_plugin=first", "seed=3"],
]
MORE_CHOICES = [
    ["experiment=reference/wide_l2", "loss=hinge"],
    ["experiment=reference/wide_l2", "loss=hinge", "model=mlp_deep", "callbacks=none"],
    ["experiment=reference/wide_l2", "loss=focal", "~callbacks", "checkpoint=none"],
    ["layer=dense_l2", "+loss@other=focal", "hydra/launcher=parallel"],
]


class Anew(Repository):
    """Reads every choice anew, as Hydra does."""

    def load_config(self, config_path: str) -> Choice | None:
        kept_choices._kept.clear()
        return super().load_config(config_path)


class Hydras(Composer):
    """Composes every job anew, as Hydra does."""

    _embed_result_config = staticmethod(ConfigLoaderImpl._embed_result_config)

    def __init__(self, folders: SearchFolders) -> None:
        super().__init__(folders)
        self.repository = Anew(self.config_search_path, folders)

    def _load_configuration_impl(self, *arguments: Any, **options: Any) -> DictConfig:
        cfg: DictConfig
        cfg = ConfigLoaderImpl._load_configuration_impl(self, *arguments, **options)
        return cfg

    def _parse_overrides_and_create_caching_repo(self, *arguments: Any) -> Any:
        read, repo = super()._parse_overrides_and_create_caching_repo(*arguments)
        repo.__class__ = CachingConfigRepository
        return read, repo

    def _merged(self, *_: object) -> Any:
        raise OmegaConfBaseException  # Hydra then merges itself


@pytest.fixture
def loaders(tmp_path, monkeypatch) -> Iterator[Any]:
    """Make two loaders, ours and Hydra's: of the primary configuration, or of a user's."""
    (tmp_path / "plugin" / "of_plugin").mkdir(parents=True)
    (tmp_path / "plugin" / "of_plugin" / "first.yaml").write_text("name: first\n")
    own = tmp_path / "user"
    (own / "own").mkdir(parents=True)
    (own / "mine.yaml").write_text(
        "defaults: [config, {own: plain}, {optional own@by_model: '${model}'}, _self_]\nseed: 8\n"
    )
    (own / "own" / "plain.yaml").write_text("x: 1\nof: {y: '${seed}'}\n")
    (own / "own" / "varied.yaml").write_text("defaults: [plain]\nx: 3\n")
    (own / "own" / "mlp_wide.yaml").write_text("wide: true\n")
    OmegaConf.register_new_resolver("user", lambda number: f"user's {number}", replace=True)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(kept_choices, "_FRESH", 0)  # of files that were written just now
    workspace = compose.prepare(["data=spirals"])
    folders = workspace.registry.folders
    folders = replace(folders, plugins=[*folders.plugins, ("a plugin", tmp_path / "plugin")])

    def made(*, of_user: bool = False) -> tuple[Composer, Composer]:
        searched = replace(folders, before=own if of_user else None)
        return Composer(searched), Hydras(searched)

    with kept_state(workspace):
        yield made
    OmegaConf.clear_resolver("user")


def as_nodes(node: Any) -> Any:
    """Return a configuration with all that OmegaConf knows of each node."""
    about = {**vars(node._metadata), "class": type(node)}
    about["class"] = DictConfig if isinstance(node, DictConfig) else type(node)
    del about["resolver_cache"]
    content = vars(node).get("_content", vars(node).get("_val"))
    if isinstance(content, dict):
        content = [(key, as_nodes(child)) for key, child in content.items()]
    elif isinstance(content, list):
        content = [as_nodes(child) for child in content]
    return about, content, node._get_flag("struct"), node._get_flag("readonly")


def of_job(loader: Composer, master: DictConfig, number: int, overrides: list[str]) -> Any:
    """Have Hydra launch one job; return all that the job can know."""
    cfg = loader.load_sweep_config(master, list(overrides))
    nodes = as_nodes(cfg)
    with open_dict(cfg):
        cfg.hydra.job.id = cfg.hydra.job.num = number

    def task(own: DictConfig) -> Any:
        hydra: Any = HydraConfig.get()
        of_hydra: Any = OmegaConf.to_container(hydra, resolve=False, enum_to_str=True)
        without_help = {k: v for k, v in of_hydra.items() if k not in ("help", "hydra_help")}
        written = {
            "config.yaml": OmegaConf.to_yaml(own),
            "hydra.yaml": OmegaConf.to_yaml(OmegaConf.create({"hydra": without_help})),
            "overrides.yaml": OmegaConf.to_yaml(hydra.overrides.task),
        }
        assert records_of(own, hydra) == written
        return written, OmegaConf.to_container(own, resolve=True), as_nodes(hydra), Path.cwd()

    context = HydraContext(config_loader=loader, callbacks=Callbacks())
    job = run_job(
        hydra_context=context,
        task_function=task,
        config=cfg,
        job_dir_key="hydra.sweep.dir",
        job_subdir_key="hydra.sweep.subdir",
    )
    return (
        nodes,
        job.return_value,
        loader.noted,
        sorted(path.name for path in Path("sweep").iterdir()),
    )


@pytest.mark.parametrize(
    ("jobs", "bases", "primary"),
    [
        (JOBS, 4, "config"),
        (CHOICES, 3, "config"),
        pytest.param(MORE_CHOICES, 4, "config", marks=pytest.mark.slow),
        pytest.param(MORE_JOBS, 4, "config", marks=pytest.mark.slow),
        pytest.param(OF_USER, 2, "mine", marks=pytest.mark.slow),
    ],
)
def test_each_job_is_composed_and_recorded_as_hydra_alone_does(loaders, jobs, bases, primary):
    ours, hydras = loaders(of_user=primary == "mine")
    master = hydras.load_configuration(primary, SWEEP, RunMode.RUN)
    sharing_loader._bases.clear()
    for number, overrides in enumerate(jobs):
        expected = of_job(hydras, master, number, overrides)
        for _ in range(2):  # nobody changes what is shared
            assert of_job(ours, master, number, overrides) == expected, overrides
    assert len(sharing_loader._bases) == bases


@pytest.mark.parametrize("wrong", ["nothing=1", "model=none", "seed=1,2", "model@a=mlp"])
def test_what_hydra_refuses_is_refused_in_its_words(loaders, wrong):
    said = []
    for loader in loaders():
        with pytest.raises(HydraException) as raised:
            loader.load_configuration("config", [*SWEEP, wrong], RunMode.RUN)
        said.append(str(raised.value))
    assert said[0] == said[1]


def test_a_choice_that_a_resolver_makes_is_made_each_time(loaders, monkeypatch):
    ours, _ = loaders()
    for name in ("mlp_wide", "mlp"):
        monkeypatch.setenv("CHOSEN", name)
        cfg = ours.load_configuration("config", ["model=${oc.env:CHOSEN}"], RunMode.RUN)
        assert cfg.hydra.runtime.choices.model == name


@pytest.mark.parametrize("fresh", [0, 2_000_000_000])
def test_a_file_that_was_edited_is_seen_at_once(loaders, tmp_path, monkeypatch, fresh):
    monkeypatch.setattr(kept_choices, "_FRESH", fresh)
    file = tmp_path / "user" / "own" / "plain.yaml"
    for number in (1, 2):  # another call has another loader
        ours, _ = loaders(of_user=True)
        for written in ("x: 3\n", "x: 4\n", "x: [5]\n"):
            file.write_text(written)
            cfg = ours.load_configuration("mine", [f"seed={number}"], RunMode.RUN)
            assert OmegaConf.to_yaml(cfg.own) == OmegaConf.to_yaml(OmegaConf.create(written))
    (tmp_path / "user" / "model").mkdir()
    (tmp_path / "user" / "model" / "mlp.yaml").write_text("of: user\n")
    assert ours.load_configuration("mine", ["seed=2"], RunMode.RUN).model == {"of": "user"}
    file.unlink()
    with pytest.raises(HydraException, match="own/plain"):
        ours.load_configuration("mine", ["seed=2"], RunMode.RUN)


def test_files_are_read_once_in_a_process_whoever_composes(loaders, monkeypatch):
    def compose_anew(*choices: str) -> None:
        loaders(of_user=True)[0].load_configuration("mine", list(choices), RunMode.RUN)

    compose_anew("model=mlp_deep")
    read = []
    monkeypatch.setattr(OmegaConf, "load", lambda *file: read.append(file))
    for choices in (["model=mlp_deep"], ["model=mlp_deep", "seed=2"], ["model=mlp_deep", "~loss"]):
        compose_anew(*choices)
    assert not read


def test_a_loader_is_sent_without_what_it_made(loaders):
    ours, _ = loaders()
    before = len(pickle.dumps(ours))
    cfg = ours.load_configuration("config", ["model=mlp_wide", "seed=3"], RunMode.RUN)
    sent = pickle.dumps(ours)
    assert len(sent) < before + 100
    again = pickle.loads(sent)
    there = again.load_configuration("config", ["model=mlp_wide", "seed=3"], RunMode.RUN)
    assert as_nodes(there) == as_nodes(cfg)
    assert again.base is ours.base  # in the same process: nothing is composed twice


def test_a_quick_copy_shares_nothing_and_loses_nothing(loaders):
    cfg = loaders()[1].load_configuration("config", ["+a.b.c=[1,{d: 2}]"], RunMode.RUN)
    before = as_nodes(cfg)
    for twin in (quick(cfg), copy.deepcopy(quick(cfg)), copy.deepcopy(cfg)):
        assert as_nodes(twin) == before
        assert twin.hydra._get_parent() is twin
        with open_dict(twin):
            twin.a.b.c[1].d = twin.hydra.job.num = 3
            twin.more = 4
        assert as_nodes(cfg) == before


ODD = [
    *(1, -3, 1.5, 1e20, float("inf"), None, True, "yes", "NO", "1", "1e3", "0x1", "12:30", "a b"),
    *(
        "x" * 100,
        "x " * 60,
        "a: b",
        "a:b",
        "#c",
        "a #c",
        "[1]",
        "a,b",
        "!t",
        "&a",
        "*a",
        "%a",
        "@a",
    ),
    *(
        "'q'",
        '"d"',
        "",
        ".",
        "-",
        "- a",
        "?",
        ":",
        "a:",
        "=",
        "<<",
        "~",
        "null",
        "???",
        "é",
        "a\nb",
    ),
    *("\t", "${a}", "${b:c,[1]}", "\\", "|", ">", "off", "y", ".inf", "nan", "0o7", "+1", "\x85"),
    *("\u2028x", "1.", "1e", "2020-01-01", "seed=3", "/a/b"),
    *("None", "Infinity", "NaN", "inf", "infinity", "e5", "a/b.c-d", "_1", "n", "Off", "j", "_"),
    *("a-", "b.", "x" * 200, "a/", "E", "_0_1", False, 0),
    *("=", "a=", "/=", "a=b,c=[1]", "a,", ",a", "a+b", "/", "/1", "/nan", "7", "07", "1_0", "1,2"),
]


def test_yaml_put_together_is_the_yaml_written_at_once():
    draw = random.Random(0)

    def node(depth: int) -> Any:
        kind = draw.random()
        if depth < 4 and kind < 0.35:
            keys = ["a", "yes", "1", "x y", "é", "k-v", "~", "e5", ".5", "-", "", 7, True, "y" * 70]
            return {draw.choice(keys): node(depth + 1) for _ in range(draw.randint(0, 4))}
        if depth < 4 and kind < 0.5:
            return [node(depth + 1) for _ in range(draw.randint(0, 3))]
        return draw.choice(ODD)

    for i in range(60):
        cfg = OmegaConf.create({"r": node(0), "s": node(0)} if i % 3 else [node(1)])
        assert yaml_text(cfg) == yaml_text(cfg) == OmegaConf.to_yaml(cfg)
