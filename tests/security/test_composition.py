"""Folders of YAML whose text hides what Hydra makes of it: judged by what is composed."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.security.prison import SECRET, End, check, run_all
from tests.security.selection import asked_for, judged

GLOBAL = "# @package _global_\n"
LOGGING = "{hydra_logging: {version: 1, handlers: {h: {class: evil.H}}, root: {handlers: [h]}}}"
CODE = "open('pwned', 'w').close()\n"

# What an experiment says, chosen by `-m --config-dir=theirs experiment=evil`.
TEXTS: dict[str, str] = {
    "merge key": f"{GLOBAL}<<: {{hydra: {LOGGING}}}\n",
    "merge key: environment": f"{GLOBAL}<<: {{hydra: {{job: {{env_set: {{PATH: /x}}}}}}}}\n",
    "merge of a list": f"{GLOBAL}<<: [{{seed: 1}}, {{hydra: {{callbacks: {{a: 1}}}}}}]\n",
    "merge of an anchor": f"{GLOBAL}published: &a {{hydra: {LOGGING}}}\n<<: *a\n",
    "merge below hydra": f"{GLOBAL}hydra: {{<<: {{job: {{env_set: {{A: b}}}}}}}}\n",
    "merge of defaults": f"{GLOBAL}<<: {{defaults: [override /hydra/job_logging: default]}}\n",
    "header, _global_ in the middle": "# @package x_global_.hydra.hydra_logging\nversion: 1\n",
    "header, _global_ run on": "# @package _global_xhydra.job.env_set\nPATH: /x\n",
    "header with brackets": "# @package hydra[job].env_set\nPATH: /x\n",
    "second header": "# @package seed\n# @package hydra.job.env_set\nPATH: /x\n",
    "late header": "\n\n#    @package   hydra.callbacks\na: 1\n",
    "search space": f"{GLOBAL}hydra: {{sweeper: {{custom_search_space: evil.f}}}}\n",
    "sampler": f"{GLOBAL}hydra: {{sweeper: {{sampler: {{constraints_func: evil.f}}}}}}\n",
    "storage": f"{GLOBAL}hydra: {{sweeper: {{storage: 'sqlite:///pwned'}}}}\n",
    "launcher by reference": f"{GLOBAL}published: {{a: [touch pwned]}}\n"
    "hydra: {launcher: {setup: '${published.a}'}}\n",
    "sweeper by reference": f"{GLOBAL}hydra: {{sweeper: '${{hydra.launcher}}'}}\n",
    "hydra by reference": f"{GLOBAL}hydra: ${{published}}\n",
    "copied environment": f"{GLOBAL}hydra: {{job: {{env_copy: [SECRET]}}}}\n",
    "search path": f"{GLOBAL}hydra: {{searchpath: [file:///tmp]}}\n",
    "key of another alphabet": f"{GLOBAL}hydra: {{job: {{env_set: {{é: x}}}}}}\n",
    "swept, with a plus": f"{GLOBAL}hydra: {{sweeper: {{params: {{+hydra.job.env_set.X: 1}}}}}}\n",
    "swept, nested": f"{GLOBAL}hydra: {{sweeper: {{params: {{hydra: {{launcher: {{a: 1}}}}}}}}}}\n",
    "swept plugins": f"{GLOBAL}hydra: {{sweeper: {{params: {{++plugins: '[evil]'}}}}}}\n",
    "swept job": f"{GLOBAL}hydra: {{sweeper: {{params: {{job: check}}}}}}\n",
    "swept behind backslashes": f"{GLOBAL}hydra: {{sweeper: {{params: "
    "{data.name: '$\\{oc.env:SECRET\\}'}}}\n",
    "plugins": f"{GLOBAL}plugins: [evil]\n",
    "plugins by reference": f"{GLOBAL}published: {{a: [evil]}}\nplugins: ${{published.a}}\n",
    "plugins, one by reference": f"{GLOBAL}published: {{a: evil}}\nplugins: ['${{published.a}}']\n",
    "plugins by package": "# @package plugins\nevil: 1\n",
    "job": f"{GLOBAL}job: check\n",
    "chosen job": f"{GLOBAL}defaults:\n  - override /job: plugins\n",
    "chosen logging": f"{GLOBAL}defaults:\n  - optional override /hydra/callbacks: x\n",
    "choice from the root": f"{GLOBAL}defaults:\n  - //tmp/x: y\n",
    "choice by the environment": f"{GLOBAL}defaults:\n  - override /model: ${{oc.env:SECRET}}\n",
    "choice put below hydra": f"{GLOBAL}defaults:\n"
    "  - /schedule@_global_xhydra.callbacks: cosine\n",
    "name of a resolver by reference": f"{GLOBAL}published: {{a: oc.env, "
    "b: '${${published.a}:SECRET}'}\n",
    "oc.create": f"{GLOBAL}seed: ${{oc.create:1}}\n",
    "oc.decode": f"{GLOBAL}seed: ${{oc.decode:1}}\n",
    "oc.deprecated": f"{GLOBAL}seed: ${{oc.deprecated:dtype}}\n",
    "laughs by interpolation": f"{GLOBAL}published:\n  a0: xxxxxxxx\n"
    + "".join(f"  a{i}: ${{published.a{i - 1}}}${{.a{i - 1}}}\n" for i in range(1, 40)),
    "laughs by a resolver": f"{GLOBAL}published:\n  a0: [x, x]\n"
    + "".join(
        f"  a{i}: ['${{oc.select:published.a{i - 1}}}', '${{..a{i - 1}}}']\n"
        for i in range(1, 40)
    ),
    "time of a gigabyte": f"{GLOBAL}published: {{a: '${{now:%01000000000d}}'}}\n",
}  # fmt: skip

Files = dict[str, str]
THEIRS = ("--config-dir", "theirs")
# Several files, or none, and a command line.
WAYS: dict[str, tuple[Files, list[str]]] = {
    "relative group: launcher": (
        {
            "experiment/evil.yaml": f"{GLOBAL}defaults:\n  - hydra/launcher: mine\n",
            "experiment/hydra/launcher/mine.yaml": "setup: [touch pwned]\n",
        },
        ["-m", "experiment=evil", *THEIRS],
    ),
    "relative package": (
        {
            "experiment/evil.yaml": "# @package hydra.job\ndefaults:\n  - sub/x@env_set: y\n",
            "experiment/sub/x/y.yaml": "A: b\n",
        },
        ["experiment=evil", *THEIRS],
    ),
    "a group's file": (
        {"model/m.yaml": "# @package hydra\njob: {env_set: {A: b}}\n"},
        ["model=m", *THEIRS],
    ),
    "first configuration: search path": (
        {"s.yaml": "defaults: [config, _self_]\nhydra: {searchpath: ['file:///tmp']}\n"},
        ["--config-path=theirs", "--config-name=s"],
    ),
    "first configuration: merge key": (
        {"s.yaml": "defaults: [config, _self_]\n<<: {hydra: {job: {env_set: {X: y}}}}\n"},
        ["-m", "--config-path=theirs", "--config-name=s"],
    ),
    "first configuration: plugins": (
        {"s.yaml": "defaults: [config, _self_]\nplugins: [evil]\n"},
        ["--config-path=theirs", "--config-name=s"],
    ),
    "name out of the folder": ({"../s.yaml": ""}, ["-cp", "theirs", "-cn", "../s"]),
    "name from the root": ({}, ["-cp", "theirs", "-cn", "/etc/x"]),
    "link out of the folder": (
        {
            "../secret.yaml": f"published: {{a: {SECRET}}}\n",
            "experiment/evil.yaml": "→../../secret.yaml",
        },
        ["experiment=evil", *THEIRS],
    ),
    "line: choice out of the folder": (
        {"../evil.yaml": f"{GLOBAL}plugins: [evil]\n"},
        ["experiment=../../evil", *THEIRS],
    ),
    "line: launcher out of the folder": (
        {"../evil.yaml": "_target_: evil.X\n"},
        ["-m", "hydra/launcher=../../../evil"],
    ),
    "line: launcher by reference": (
        {},
        ["-m", "+published.x='${oc.create:\"{a: 1}\"}'", "hydra.launcher=${published}"],
    ),
    "line: sweeper by reference": ({}, ["-m", "hydra.sweeper=${hydra.launcher}"]),
    "line: made by a resolver": ({}, ["-m", "hydra.launcher=${oc.create:{_target_:evil.X}}"]),
    "line: search space": ({}, ["-m", "hydra.sweeper.custom_search_space=evil.f"]),
    "line: group below callbacks": ({}, ["-m", "+hydra/launcher@hydra.callbacks.x=basic"]),
    "line: swept target": ({}, ["-m", "hydra.sweeper.params={hydra.launcher._target_: evil.X}"]),
}  # fmt: skip


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("prison")


QUICK = {
    "merge key",
    "search space",
    "plugins",
    "oc.create",
    "link out of the folder",
    "line: choice out of the folder",
}


@pytest.fixture(scope="module")
def ends(request: pytest.FixtureRequest, place: Path) -> dict[str, End]:
    line = ["-m", "experiment=evil", *THEIRS]
    ways = {name: ({"experiment/evil.yaml": text}, line) for name, text in TEXTS.items()}
    cases = {}
    for i, (name, (files, arguments)) in enumerate(asked_for(request, {**ways, **WAYS}).items()):
        theirs = place / str(i) / "theirs"
        theirs.mkdir(parents=True)
        for file, text in files.items():
            path = theirs / file
            path.parent.mkdir(parents=True, exist_ok=True)
            if text.startswith("→"):
                path.symlink_to(text[1:])
            else:
                path.write_text(text)
        here = [a.replace("theirs", str(theirs)) for a in arguments]
        cases[name] = ["data=spirals", "trainer.epochs=1", "callbacks=none", *here]
    (place / "cwd").mkdir()
    (place / "cwd" / "evil.py").write_text(CODE)
    return run_all(cases, place / "cwd")


@judged([*TEXTS, *WAYS], quick=QUICK)
def test_it_is_refused_in_one_line(ends: dict[str, End], place: Path, name: str) -> None:
    check(ends[name])
    assert not list(place.rglob("*pwned*"))
    assert [path.name for path in (place / "cwd").iterdir()] == ["evil.py"]
