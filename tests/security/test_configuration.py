"""Hostile configurations: no code is run, nothing is read from the environment, one line each."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.security.prison import End, check, run_all
from tests.security.selection import asked_for, judged

pytestmark = pytest.mark.slow  # hostile files by the dozen; test_composition.py has quick ones

SHOUT = "touch pwned"
LAUGHS = "a0: &a0 [x, x]\n" + "".join(
    f"a{i}: &a{i} [*a{i - 1}, *a{i - 1}, *a{i - 1}, *a{i - 1}]\n" for i in range(1, 20)
)

# Files of a stranger's, used by `--config-dir=… +experiment=evil`.
YAML: dict[str, str | bytes | Callable[[Path], None]] = {
    "object": f"seed: !!python/object/apply:os.system ['{SHOUT}']\n",
    "new object": f"seed: !!python/object/new:os.system ['{SHOUT}']\n",
    "name": "seed: !!python/name:os.system\n",
    "module": "seed: !!python/module:antigravity\n",
    "tuple of objects": "seed: !!python/tuple [1, 2]\n",
    "target": f"trainer:\n  _target_: os.system\n  command: {SHOUT}\n",
    "target at the top": f"_target_: os.system\ncommand: {SHOUT}\n",
    "target of a layer": "layer:\n  _target_: os.system\n",
    "target in a list": "model:\n  layers: [{_target_: os.system}]\n",
    "partial target": "data:\n  _target_: os.getenv\n  _partial_: true\n  _args_: [SECRET]\n",
    "hydra callback": "hydra:\n  callbacks:\n    evil: {_target_: os.system, command: touch pwned}"
    "\n",
    "hydra launcher": "hydra:\n  launcher: {_target_: os.system, command: touch pwned}\n",
    "hydra sweeper": "hydra:\n  sweeper: {_target_: os.system, command: touch pwned}\n",
    "hydra logging": "hydra:\n  job_logging:\n    version: 1\n    handlers:\n"
    "      h: {(): os.system, command: touch pwned}\n    root: {handlers: [h]}\n",
    "hydra logging class": "hydra:\n  hydra_logging:\n    version: 1\n    handlers:\n"
    "      h: {class: logging.FileHandler, filename: pwned}\n    root: {handlers: [h]}\n",
    "hydra environment": "hydra:\n  job:\n    env_set: {LD_PRELOAD: evil.so}\nseed: [\n",
    "environment": "trainer:\n  epochs: ${oc.env:SECRET}\n",
    "environment in a path": "data:\n  name: npz\n  path: ${oc.env:SECRET}\n",
    "environment by detour": "published:\n  a: ${oc.decode:'${oc.env:SECRET}'}\n",
    "environment as text": "seed: ${oc.env:SECRET,1}\n",
    "deprecated environment": "seed: ${env:SECRET}\n",
    "unknown resolver": "seed: ${import:os}\n",
    "resolver that makes folders": "seed: ${new_directory:pwned}\n",
    "resolver that creates": "seed: ${oc.create:'{_target_: os.system}'}\n",
    "cycle": "seed: ${seed}\n",
    "longer cycle": "published:\n  a: ${published.b}\n  b: ${published.c}\n  c: ${published.a}\n",
    "cycle through the whole": "published: ${.}\n",
    "interpolation a thousand deep": "seed: " + "${" * 1000 + "seed" + "}" * 1000 + "\n",
    "laughs": LAUGHS,
    "laughs in a value": LAUGHS + "model:\n  hidden: *a19\n",
    "alias to itself": "model:\n  hidden: &a [*a]\n",
    "merge of itself": "model: &a\n  <<: *a\n  hidden: [3]\n",
    "lists ten thousand deep": "model:\n  hidden: " + "[" * 10_000 + "]" * 10_000 + "\n",
    "mappings five hundred deep": "".join(" " * i + "a:\n" for i in range(500)),
    "hundred thousand keys": "".join(f"k{i}: {i}\n" for i in range(100_000)),
    "megabytes": "# " + "x" * (20 << 20) + "\nnothing: 1\n",
    "five thousand digits": "seed: " + "9" * 5000 + "\n",
    "beyond 64 bits": "seed: 1" + "0" * 40 + ".5\n",
    "not a number": "layer:\n  update_rule:\n    learning_rate: .nan\n",
    "infinite": "layer:\n  update_rule:\n    learning_rate: .inf\n",
    "date": "seed: 2020-01-01\n",
    "set": "model:\n  hidden: !!set {1, 2}\n",
    "binary": "seed: !!binary aGVsbG8=\n",
    "duplicate keys": "seed: 1\nseed: 2\n",
    "noise": bytes(range(256)) * 20,
    "nul bytes": "seed: 1\0\n",
    "another encoding": "seed: x\n".encode("utf-16"),
    "two documents": "seed: 1\n---\nseed: 2\n",
    "no mapping": "[1, 2, 3]\n",
    "terminal codes": 'trainer:\n  "\\e[2J\\a": 1\n',
    "defaults out of the folder": "defaults:\n  - ../../../../../../etc/passwd\n",
    "defaults by absolute path": "defaults:\n  - /../../../../etc/passwd@_global_\n",
    "defaults of itself": "defaults:\n  - evil\n",
    "defaults of a package": "defaults:\n  - pkg://os/evil\n",
    "endless": lambda path: path.symlink_to("/dev/zero"),
    "a pipe": lambda path: os.mkfifo(path),
    "a link to itself": lambda path: path.symlink_to(path),
    "special attribute": "trainer:\n  __class__: {__init__: 1}\n",
    "component by attribute": "layer:\n  name: __class__\n",
    "component by path": "callbacks:\n  log: {name: ../../../evil}\n",
    "component by module": "callbacks:\n  log: {name: os.system}\n",
    "plugin that is no module": "plugins: ['os; import antigravity']\n",
    "plugin by path": "plugins: [../evil]\n",
    "plugin that is no list": "plugins: {os: 1}\n",
}  # fmt: skip

# Command lines somebody was made to paste.
LINES: dict[str, list[str]] = {
    "line: target": ["+trainer._target_=os.system"],
    "line: target at the top": ["+_target_=os.system"],
    "line: target of a rule": ["+layer.update_rule._target_=subprocess.Popen"],
    "line: hydra callback": ["+hydra.callbacks.evil._target_=os.system"],
    "line: hydra callback of a sweep": ["-m", "+hydra.callbacks.evil._target_=os.system"],
    "line: launcher": ["-m", "hydra.launcher._target_=os.system"],
    "line: sweeper": ["-m", "hydra.sweeper._target_=os.system"],
    "line: cycle": ["seed=${seed}"],
    "line: huge number": ["seed=" + "9" * 5000],
    "line: infinite": ["layer.update_rule.learning_rate=1e999"],
    "line: lists a thousand deep": ["model.hidden=" + "[" * 1000 + "]" * 1000],
    "line: mappings a thousand deep": ["+published=" + "{a:" * 1000 + "1" + "}" * 1000],
    "line: a trillion units": ["model.hidden=[1000000000000]"],
    "line: a trillion points": ["data.points=1000000000000"],
    "line: a trillion classes": ["data.classes=1000000000000"],
    "line: a trillion layers": ["model.hidden=[" + ",".join(["10"] * 2000) + ",0]"],
    "line: special attribute": ["+trainer.__init__.__globals__=1"],
    "line: a thousand keys deep": ["+" + "a." * 1000 + "b=1"],
    "line: terminal codes": ["model=\x1b[2J\x1b]0;x\x07"],
    "line: endless data": ["data=npz", "data.path=/dev/zero"],
    "line: memory as data": ["data=npz", "data.path=/proc/self/mem"],
    "line: folder of all": ["data=npz", "data.path=/"],
    "line: run in a file": ["hydra.run.dir=/dev/null/x"],
    "line: run where nobody may": ["hydra.run.dir=/proc/x"],
    "line: unknown package": ["hydra.searchpath=[pkg://no_such_package]", "+experiment=evil"],
}  # fmt: skip


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("prison")


# What Hydra builds itself, it builds for sweeps only.
SWEEPS = {f"sweep: {name}": text for name, text in YAML.items() if name.startswith("hydra")}
QUICK = {
    "object",
    "target",
    "hydra launcher",
    "environment",
    "cycle",
    "laughs",
    "noise",
    "component by path",
    "line: target",
    "line: lists a thousand deep",
}


@pytest.fixture(scope="module")
def ends(request: pytest.FixtureRequest, place: Path) -> dict[str, End]:
    quick = ["data=spirals", "trainer.epochs=1"]
    cases = {name: [*quick, *line] for name, line in asked_for(request, LINES).items()}
    for i, (name, content) in enumerate(asked_for(request, {**YAML, **SWEEPS}).items()):
        folder = place / str(i)
        (folder / "experiment").mkdir(parents=True)
        path = folder / "experiment" / "evil.yaml"
        if callable(content):
            content(path)
        else:
            text = content.encode() if isinstance(content, str) else content
            path.write_bytes(b"# @package _global_\n" + text)
        sweep = ["-m"] if name in SWEEPS else []
        cases[name] = [*sweep, *quick, "experiment=evil", f"--config-dir={folder}"]
    cwd = place / "cwd"
    cwd.mkdir()
    ends = run_all(cases, cwd)
    shutil.rmtree(cwd / "outputs", ignore_errors=True)
    return ends


@judged([*YAML, *LINES], quick=QUICK)
def test_a_hostile_configuration_is_one_line(ends: dict[str, End], place: Path, name: str) -> None:
    check(ends[name])
    no_code_was_run_and_nothing_left(place)


@judged(SWEEPS, quick={"sweep: hydra launcher"})
def test_a_sweep_builds_nothing_a_stranger_names(
    ends: dict[str, End], place: Path, name: str
) -> None:
    end = ends[name]
    assert end.status == 1, end
    assert "Traceback" not in end.said
    assert end.said.splitlines()[-1].startswith("error: ")
    no_code_was_run_and_nothing_left(place)


def no_code_was_run_and_nothing_left(place: Path) -> None:
    assert not list(place.rglob("*pwned*"))
    assert not [path for path in (place / "cwd").iterdir() if path.name != "cache"]
