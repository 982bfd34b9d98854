"""Every command and every block of the documentation, run; a page in a folder of its own."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
import yaml

from tests.documents import (
    LANGUAGES,
    OUTWARD,
    PAGES,
    PROGRAMS,
    ROOT,
    Block,
    Command,
    blocks,
    commands,
    looks_like_a_command,
)
from tests.end_to_end.environments import PACKAGES, copied
from tests.end_to_end.studies import small_study

Step = tuple[str, str, object, bool]
"""Where it stands, what it is ("python" or "run"), what is run, and whether it is to fail."""
SMALL = {
    "data": "spirals",
    "data.classes": "10",
    "data.points": "60",
    "data.held_out": "20",
    "trainer.epochs": "1",
    "trainer.batch_size": "10",
    "callbacks": "none",
}
"""What makes a training of the documentation small; all else is run as it stands."""
DRIVER = """
import json, os, signal, sys, textwrap
from pathlib import Path
import framework
from framework.app import run

small, steps = json.loads(Path("steps.json").read_text())
train = framework.train
framework.train = lambda *given, **named: train(*given, *(s for s in small if s[:5] != "data="
    or "data=spirals" not in given), **named)
sys.path.insert(0, ".")
HEAD = '''
import math
from dataclasses import dataclass
from typing import ClassVar
import numpy as np
from framework import *
'''
for where, kind, what, wanted in steps:
    if kind == "python":
        names = {"__name__": "block"}
        sys.modules["block"] = type(sys)("block")
        exec(HEAD, names)
        exec(compile(textwrap.dedent(what), where, "exec"), names)
        continue
    if "job=serve" in what:  # it serves until Ctrl-C, which comes at once
        from framework.plugins.serving import listening
        serve = listening.serve
        listening.serve = lambda application, sockets, ready: serve(
            application, sockets, lambda: (ready(), os.kill(os.getpid(), signal.SIGINT)))
        status = run([*what, "port=0"])
        status = 0 if status == 130 else status or 1
    else:
        status = run(what)
    if bool(status) != wanted:
        sys.exit(f"{where}: {' '.join(what)}: status {status}")
"""


def pages(slow: bool) -> list[Path]:
    return [page for page in PAGES if any(c.slow == slow for c in page_commands(page))]


def page_commands(page: Path) -> list[Command]:
    return [c for b in blocks(page) if b.language == "" for c in commands(b)]


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.stem)
def test_a_block_says_what_it_is(page):
    for block in blocks(page):
        assert block.language in LANGUAGES, block.where
        if block.language == "text":
            hidden = [line for line in block.text.splitlines() if looks_like_a_command(line)]
            assert not hidden, f"{block.where}: {hidden} is a command; it must be run"
    text = page.read_text()
    assert text.count("```") == 2 * len(blocks(page)), f"{page.name}: a block that is not seen"


def test_a_command_cannot_hide():
    here = PAGES[0]
    for program in PROGRAMS:
        assert looks_like_a_command(f"$ {program} x")
    with pytest.raises(ValueError, match="is no command"):
        commands(Block(here, 1, "", "error: something\n", ""))
    (made,) = commands(Block(here, 1, "", "$ framework a=b\nerror: no\n", ""))
    assert made.printed == ("error: no",)


def test_only_what_is_sent_to_others_is_not_run():
    lines = [part for p in PAGES for c in page_commands(p) for part in c.line.split(" && ")]
    assert all(outward in lines for outward in OUTWARD)


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.stem)
def test_data_blocks_can_be_read(page):
    for block in blocks(page):
        if block.language == "yaml":
            assert isinstance(yaml.safe_load(block.text), dict), block.where
        elif block.language == "toml":
            assert tomllib.loads(block.text), block.where


TOGETHER = [page for page in PAGES if not any(not c.slow for c in page_commands(page))]
"""Pages without a command, whose blocks of Python can be run by one process."""


@pytest.mark.slow
@pytest.mark.parametrize(
    "group",
    [
        TOGETHER,
        *(pytest.param([page], marks=pytest.mark.slow) for page in PAGES if page not in TOGETHER),
    ],
    ids=lambda g: g[0].stem,
)
def test_a_page_does_what_it_says(group, tmp_path):
    """Commands and Python, in order, as somebody does who reads it from the top."""
    steps: list[Step] = []
    for page in group:
        for block in blocks(page):
            steps += steps_of_block(block, tmp_path)
    printed = [line for b in blocks(group[-1]) if b.language == "" for line in quick_output(b)]
    drive(steps, tmp_path, group[-1], printed)


def quick_output(block: Block) -> list[str]:
    """Return what the page says that a block's quick commands print."""
    return [line for c in commands(block) if not c.slow for line in c.printed]


def steps_of_block(block: Block, folder: Path) -> list[Step]:
    if block.language == "python":
        if block.file is not None:
            (folder / block.file).write_text(block.text)
        return [(block.where, "python", block.text, False)]
    if block.choice is not None:
        (folder / "conf" / block.choice[0]).mkdir(parents=True, exist_ok=True)
        (folder / "conf" / f"{'/'.join(block.choice)}.yaml").write_text(block.text)
        words = ["--config-dir", "conf", "=".join(block.choice)]
        whole = block.choice[0] in ("model", "experiment")  # it can be trained as it stands
        words += small([]) if whole else ["--cfg", "job"]
        return [(block.where, "run", words, False)]
    if block.language == "":
        return [step for c in commands(block) if not c.slow for step in steps_of(c)]
    return []


@pytest.mark.slow
@pytest.mark.parametrize(
    "command",
    list(
        {
            (c.line, c.printed): c for p in pages(slow=True) for c in page_commands(p) if c.slow
        }.values()
    ),
    ids=lambda c: c.where,
)
def test_a_slow_command_does_what_it_says(command, tmp_path):
    if "pip " in command.line or "-m build" in command.line:
        installs(command, tmp_path)
    else:
        drive(steps_of(command), tmp_path, ROOT / command.where.split(":")[0], command.printed)


def steps_of(command: Command) -> list[Step]:
    """Give what runs a command of the framework: before it, what makes the runs it names."""
    words = command.words
    given = words[1:] if words[0] == "framework" else words[3:]
    assert words[0] == "framework" or words[1:3] == ["-m", "framework"], command
    steps: list[Step] = []
    given = [re.sub(r"<\w+>", "example", word) for word in given]
    given = [re.sub(r"(?<=n_trials=)\d+", "6", word) for word in given]
    for word in given:
        key, _, path = word.partition("=")
        if key == "run" and "job=resume" in given:
            made = [*small([]), f"hydra.run.dir={path}", "trainer.resume=auto"]
            steps.append((command.where, "run", made, False))
        elif key in ("run", "initial.path"):
            made = [word for word in small([]) if word != "callbacks=none"]
            made += ["~callbacks.pictures", f"hydra.run.dir={path}", "trainer.resume=auto"]
            steps.append((command.where, "run", made, False))
        elif key == "run_directory":
            varied = ["experiment=reference/baseline", "seed=0,1", "model.activation=relu,tanh"]
            sweep = ["-m", *varied, *small([]), f"hydra.sweep.dir={path}"]
            steps.append((command.where, "run", sweep, False))
    trains = not any(word.startswith("job=") for word in given)
    fails = any(line.startswith("error: ") for line in command.printed)
    return [*steps, (command.where, "run", small(given) if trains and not fails else given, fails)]


def small(given: list[str]) -> list[str]:
    """Give a training's overrides with those that make it small."""
    studies = [w.rpartition("/")[2] for w in given if w.startswith("experiment=study/")]
    if studies:  # a sweep of minutes; one of its settings stands for all
        return [*given, "hydra.mode=RUN", *small_study(studies[0])]
    chosen = {word.partition("=")[0] for word in given}
    kept = [w for w in given if w.partition("=")[0] not in SMALL.keys() - {"data", "callbacks"}]
    of_spirals = "data" not in chosen or "data=spirals" in given
    added = [
        f"{k}={v}"
        for k, v in SMALL.items()
        if k not in ("data", "callbacks") and (of_spirals or not k.startswith("data."))
    ]
    added += [f"{k}={SMALL[k]}" for k in ("data", "callbacks") if k not in chosen]
    return kept + added


def drive(steps: list[Step], folder: Path, page: Path, printed: Sequence[str]) -> None:
    if not steps:
        return
    prepare = PREPARED.get(page.stem)
    if prepare is not None:
        prepare(folder)
    (folder / "steps.json").write_text(
        json.dumps([[w for w in small([]) if w != "callbacks=none"], steps])
    )
    done = subprocess.run(
        [sys.executable, "-c", DRIVER],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, (done.stdout + done.stderr)[-3000:]
    for line in printed:
        assert line in done.stdout + done.stderr


def a_plugin_called_zoo(folder: Path) -> None:
    """Install the plugin that a page tells of, beside the framework's own."""
    about = folder / "zoo-1.2.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: zoo\nVersion: 1.2\n")
    (about / "entry_points.txt").write_text("[framework]\nzoo = zoo\n")
    (folder / "zoo.py").write_text("import a_module_that_is_not_there\n")


def samples_of_ones_own(folder: Path) -> None:
    """Write samples of the kind that the page's run is trained on."""
    x = np.random.default_rng(0).standard_normal((20, 2))
    np.savez(folder / "own.npz", inputs=x, targets=np.arange(20) % 10)
    np.savetxt(folder / "own.csv", x, delimiter=",", header="x,y", comments="")


def a_table_of_ones_own(folder: Path) -> None:
    """Write a table of two numbers and a class."""
    rng = np.random.default_rng(0)
    lines = [f"{a:.2f},{b:.2f},{'xy'[int(a > b)]}" for a, b in rng.standard_normal((60, 2))]
    (folder / "own.csv").write_text("\n".join(["length,width,kind", *lines]) + "\n")


PREPARED: dict[str, Callable[[Path], None]] = {
    "INSTALLED_PLUGINS": a_plugin_called_zoo,
    "SWEEPS": a_table_of_ones_own,
    "USING": samples_of_ones_own,
}


def installs(command: Command, folder: Path) -> None:
    """Run a line that installs something, in a copy of the checkout with an environment of its own.

    The package has its name where it is published; here it is the checkout. Packages that it needs
    are this environment's.
    """
    line = " && ".join(part for part in command.line.split(" && ") if part not in OUTWARD)
    line = line.replace('"mlp-framework[', '".[')
    if line.endswith("-m pytest"):
        line += " --collect-only tests/framework/test_walls.py"
    if "-m framework" in line:
        line += f" {' '.join(small([]))}"
    copy = copied(ROOT, folder / "checkout")
    if "-m build" in line:  # what the command before it on the page installs
        line = f"pip install -q build && {line}"
    if ".venv" not in line:
        line = f"python3 -m venv .venv && . .venv/bin/activate && {line}"
    programs = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    done = subprocess.run(
        ["bash", "-c", line],
        cwd=copy,
        env={**os.environ, "PATH": programs, "PYTHONPATH": PACKAGES},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, (done.stdout + done.stderr)[-3000:]
