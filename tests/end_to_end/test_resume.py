"""A run that was stopped goes on as if it never had been."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import framework as fw
from framework.runs import checkpoint_file
from framework.runs.choose_checkpoint import checkpoints
from tests.end_to_end.command import framework
from tests.end_to_end.faults import Fault, Runs, runs
from tests.end_to_end.same import assert_same

pytestmark = pytest.mark.slow  # processes by the dozen

COMMAND = (sys.executable, "-m", "framework", "data=spirals")
SWEEP = ("callbacks=none", "hydra.sweep.dir=sweep")
PLAIN = ("data=spirals", "trainer.threads=1", "~callbacks.pictures")
PLUGIN = "plugins=[stateful]"
STATEFUL = (
    *PLAIN,
    PLUGIN,
    "model=sequential",
    "model.layers=[{name: dense, units: 8, update_rule: {name: momentum, learning_rate: 0.01}},"
    " leftout, centre, tanh, {name: dense, units: 3}]",
    "layer=dense_rmsprop",
    "+schedule@layer.update_rule.learning_rate=cosine",
    "layer.update_rule.learning_rate.steps=1000",
    "+callbacks.memory.name=memory",
    "trainer.drop_last=false",
)
KINDS = {
    "plain": PLAIN,
    "l2, float64": (*PLAIN, "layer=dense_l2", "dtype=float64"),
    "no shuffle": (*PLAIN, "trainer.shuffle=false", "callbacks=none"),
    "measured aside": ("data=spirals", "~callbacks.pictures", "layer=dense_xavier"),
    "stateful": STATEFUL,
}


@pytest.fixture(scope="module")
def warm():
    with runs() as found:
        yield found


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copy(Path(__file__).with_name("stateful.py"), tmp_path)
    return tmp_path


def done(warm: Runs, folder: Path, *arguments: str) -> str:
    found = warm.run(folder, *arguments)
    assert found.status == 0, found.said
    return found.said


@pytest.mark.parametrize("arguments", KINDS.values(), ids=KINDS.keys())
def test_stopped_in_the_middle_of_an_epoch(warm, folder, arguments):
    """Stopped twice by signals, and resumed both ways."""
    if "callbacks=none" in arguments:
        arguments = tuple(a for a in arguments if a != "~callbacks.pictures")
    long = (*arguments, "trainer.epochs=6")
    named = [word for word in arguments if word == PLUGIN]
    whole = warm.run(folder, *long, "hydra.run.dir=whole")
    assert whole.status == 0, whole.said
    within = [i for i, o in enumerate(whole.operations, 1) if "checkpoints/.part" in o][:-8]
    for number in (within[len(within) // 3], within[len(within) // 2] - 2):
        place, auto = f"hydra.run.dir=run_{number}", "trainer.resume=auto"
        first = warm.run(folder, *long, place, fault=Fault("SIGTERM", number))
        assert first.status == 143, first.said
        assert "resumes from here" in first.said
        again = warm.run(folder, *long, place, auto, fault=Fault("SIGINT", number // 2))
        assert again.status == 130, again.said
        assert "resuming in epoch" in done(warm, folder, "job=resume", f"run=run_{number}", *named)
        assert_same(folder / "whole", folder / f"run_{number}")


def test_trained_longer_afterwards(warm, folder):
    done(warm, folder, *STATEFUL, "trainer.epochs=5", "hydra.run.dir=whole")
    done(warm, folder, *STATEFUL, "trainer.epochs=2", "hydra.run.dir=run")
    done(warm, folder, "job=resume", "run=run", PLUGIN, "trainer.epochs=3")
    done(warm, folder, "job=resume", "run=run", PLUGIN, "trainer.epochs=5")
    assert_same(folder / "whole", folder / "run")
    assert "epochs: 5" in (folder / "run/.hydra/config.yaml").read_text()
    assert "trainer.epochs=5" in (folder / "run/.hydra/overrides.yaml").read_text()


def test_from_a_checkpoint_within_an_epoch(warm, folder):
    every = "checkpoint.steps=37"
    done(warm, folder, *STATEFUL, every, "trainer.epochs=3", "hydra.run.dir=whole")
    done(warm, folder, *STATEFUL, every, "trainer.epochs=3", "hydra.run.dir=run")
    newest, second, *_ = checkpoints(folder / "run")
    assert second.stem == f"step-{7 * 37:09d}"
    newest.unlink()
    (folder / "run/summary.json").unlink()
    assert "resuming in epoch 3, step 71" in done(warm, folder, "job=resume", "run=run", PLUGIN)
    assert_same(folder / "whole", folder / "run")


def test_a_finished_run_says_so_and_stays(warm, folder):
    quick = (*PLAIN, "trainer.epochs=2", "hydra.run.dir=run")
    done(warm, folder, *quick)
    before = {p: p.read_bytes() for p in (folder / "run").rglob("*") if p.is_file()}
    for arguments in (("job=resume", "run=run"), (*quick, "trainer.resume=auto")):
        assert "the run is finished after 2 epochs" in done(warm, folder, *arguments)
        assert before == {p: p.read_bytes() for p in (folder / "run").rglob("*") if p.is_file()}


def test_auto_starts_where_nothing_is(warm, folder):
    (folder / "run").mkdir()
    done(warm, folder, *PLAIN, "trainer.epochs=1", "hydra.run.dir=run", "trainer.resume=auto")
    assert (folder / "run/summary.json").exists()


def test_another_configuration_is_refused_with_the_difference(warm, folder):
    quick = (*PLAIN, "trainer.epochs=2", "hydra.run.dir=run")
    done(warm, folder, *quick)
    for arguments in (
        (*quick, "trainer.resume=auto", "seed=3", "layer.update_rule.learning_rate=0.01"),
        ("job=resume", "run=run", "seed=3", "layer.update_rule.learning_rate=0.01"),
    ):
        found = warm.run(folder, *arguments)
        assert found.status == 1
        assert "  layer.update_rule.learning_rate: 0.1 → 0.01\n  seed: 0 → 3\n" in found.said
        assert "allow_changes=true" in found.said
    lower = warm.run(folder, "job=resume", "run=run", "trainer.epochs=1")
    assert lower.status == 1
    assert "trainer.epochs: 2 → 1" in lower.said
    said = done(
        warm,
        folder,
        "job=resume",
        "run=run",
        "allow_changes=true",
        "layer.update_rule.learning_rate=0.01",
        "trainer.epochs=3",
    )
    assert "sgd(learning_rate=0.01)" in said
    assert json.loads((folder / "run/summary.json").read_text())["epochs"] == 3


def test_without_its_configuration_the_checkpoint_says_it(warm, folder):
    quick = (*PLAIN, "trainer.epochs=2", "hydra.run.dir=run", "trainer.resume=auto")
    done(warm, folder, *quick)
    shutil.rmtree(folder / "run/.hydra")
    (folder / "run/summary.json").unlink()
    found = warm.run(folder, *quick, "seed=3")
    assert found.status == 1
    assert "  seed: 0 → 3" in found.said
    assert "resuming in epoch 3, step 0" in done(warm, folder, *quick)
    assert (folder / "run/.hydra/config.yaml").exists()


def test_other_versions_are_said(warm, folder):
    done(warm, folder, *PLAIN, "trainer.epochs=2", "hydra.run.dir=run")
    newest = checkpoints(folder / "run")[0]
    found = checkpoint_file.read(newest)
    versions = {**found.about["versions"], "numpy": "1.0"}
    about = {k: v for k, v in found.about.items() if k not in ("format", "sha256")}
    checkpoint_file.write(
        newest, checkpoint_file.Checkpoint(found.arrays, {**about, "versions": versions})
    )
    said = done(warm, folder, "job=resume", "run=run", "trainer.epochs=3")
    assert "numpy was 1.0 and is " in said


def test_one_process_at_a_time(warm, folder):
    quick = (*PLAIN, "trainer.epochs=100000", "hydra.run.dir=run", "trainer.resume=auto")
    process = subprocess.Popen([*COMMAND[:3], *quick], cwd=folder, text=True)
    wait_until(lambda: checkpoints(folder / "run"), process)
    found = warm.run(folder, *quick)
    process.kill()
    process.wait()
    assert found.status == 1
    assert "another process is at work on this run" in found.said


def test_falls_back_to_the_good_one_before_and_says_so(warm, folder):
    quick = (*STATEFUL, "trainer.epochs=3")
    done(warm, folder, *quick, "hydra.run.dir=whole")
    done(warm, folder, *quick, "hydra.run.dir=run")
    (folder / "run/summary.json").unlink()
    newest, second, *_ = checkpoints(folder / "run")
    newest.write_bytes(newest.read_bytes()[:-1] + b"\0")
    said = done(warm, folder, "job=resume", "run=run", PLUGIN)
    assert f"{newest.name}: is damaged: its checksum does not match; resuming from" in said
    assert second.name in said
    assert newest.with_name(newest.name + ".damaged").exists()
    assert_same(folder / "whole", folder / "run")


def test_no_good_checkpoint_is_a_line_for_each(warm, folder):
    done(warm, folder, *PLAIN, "trainer.epochs=3", "hydra.run.dir=run")
    (folder / "run/summary.json").unlink()
    found = checkpoints(folder / "run")
    for path in found:
        path.write_bytes(path.read_bytes()[:100])
    refused = warm.run(folder, "job=resume", "run=run")
    assert refused.status == 1
    lines = refused.said.strip().splitlines()
    assert len(lines) == len(found)
    assert all("is cut off" in line for line in lines)


def test_a_missing_plugin_is_named(warm, folder):
    done(warm, folder, *STATEFUL, "trainer.epochs=1", "hydra.run.dir=run")
    (folder / "stateful.py").unlink()
    refused = warm.run(folder, "job=resume", "run=run", PLUGIN)
    assert refused.status == 1
    assert "plugins: stateful: ModuleNotFoundError" in refused.said
    config = folder / "run/.hydra/config.yaml"
    config.write_text(
        config.read_text().replace("- stateful", "[]").replace("plugins:\n[]", "plugins: []")
    )
    refused = warm.run(folder, "job=resume", "run=run")
    assert refused.status == 1
    assert "the update rule 'momentum' of stateful is missing" in refused.said


def test_a_run_directory_loads_no_modules(warm, folder):
    """It may be a stranger's; the user's word is asked for, and the message says which."""
    done(warm, folder, *STATEFUL, "trainer.epochs=1", "hydra.run.dir=run")
    (folder / "stateful.py").write_text("open('pwned', 'w').close()\n")
    refused = warm.run(folder, "job=resume", "run=run")
    assert refused.status == 1
    assert "to load what it names, add 'plugins=[stateful]'" in refused.said
    assert len(refused.said.strip().splitlines()) == 1
    assert not (folder / "pwned").exists()


def test_other_data_are_noticed(warm, folder):
    def save(offset: float) -> None:
        x = np.linspace(0, 1, 400).reshape(100, 4) + offset
        np.savez(folder / "own.npz", inputs=x, targets=np.arange(100) % 2)

    save(0)
    own = (*PLAIN[1:], "data=npz", "data.path=own.npz", "trainer.epochs=2", "hydra.run.dir=run")
    done(warm, folder, *own)
    (folder / "run/summary.json").unlink()
    save(1e-6)
    refused = warm.run(folder, "job=resume", "run=run")
    assert refused.status == 1
    assert "was trained on other data" in refused.said


def test_a_file_of_data_may_be_moved(warm, folder):
    """Its bytes count: the run ends as it would have there, and from then on says where it is."""
    x = np.linspace(0, 1, 400).reshape(100, 4)
    np.savez(folder / "here.npz", inputs=x, targets=np.arange(100) % 2)
    np.savez(folder / "other.npz", inputs=x + 1e-6, targets=np.arange(100) % 2)
    own = (*PLAIN[1:], "data=npz", "data.path=here.npz")
    done(warm, folder, *own, "trainer.epochs=3", "hydra.run.dir=whole")
    done(warm, folder, *own, "trainer.epochs=2", "hydra.run.dir=run")
    (folder / "here.npz").rename(folder / "there.npz")
    more = ("job=resume", "run=run", "trainer.epochs=3")
    done(warm, folder, *more, "data.path=there.npz")
    for name in ("losses.npy", "checkpoints/final.safetensors"):
        assert (folder / "whole" / name).read_bytes() == (folder / "run" / name).read_bytes()
    assert "there.npz" in (folder / "run/.hydra/config.yaml").read_text()
    refused = warm.run(folder, *more[:2], "trainer.epochs=4", "data.path=other.npz")
    assert refused.status == 1
    assert "was trained on other data" in refused.said


MISTAKES = {
    "no directory": (["run=nowhere"], "nowhere: there is no such directory (run)"),
    "no run": (["run=."], "holds no run"),
    "not told which": ([], "run"),
    "unknown key": (["run=run", "trainer.epoch=3"], "trainer.epoch"),
    "a choice": (["run=run", "layer/update_rule=rmsprop"], "resuming takes single values"),
}


@pytest.mark.parametrize(("arguments", "line"), MISTAKES.values(), ids=MISTAKES.keys())
def test_a_mistake_is_one_line(warm, folder, arguments, line):
    done(warm, folder, *PLAIN, "trainer.epochs=1", "hydra.run.dir=run")
    found = warm.run(folder, "job=resume", *arguments)
    assert found.status == 1
    assert line in found.said
    assert len(found.said.strip().splitlines()) == 1


STRANGERS = {
    "an interpolation that reads the environment": "seed: ${oc.env:HOME}\n",
    "aliases": "seed: &a [1]\nother: *a\n",
    "a tag that makes an object": "seed: !!python/object/apply:os.getcwd []\n",
    "deep": "seed: " + "[" * 3000 + "]" * 3000 + "\n",
    "a list": "- 1\n",
    "no YAML": "seed: [1\n",
    "a cycle": "seed: ${dtype}\ndtype: ${seed}\n",
}


@pytest.mark.parametrize("text", STRANGERS.values(), ids=STRANGERS.keys())
def test_a_strangers_configuration_is_refused(warm, folder, text):
    (folder / "run/.hydra").mkdir(parents=True)
    (folder / "run/.hydra/config.yaml").write_text(text)
    found = warm.run(folder, "job=resume", "run=run")
    assert found.status == 1
    assert found.said.startswith("error: ")
    assert len(found.said.strip().splitlines()) == 1
    assert "config.yaml" in found.said


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_signals_save_and_say_how_to_go_on(tmp_path, number, status):
    """The command line as a user runs it, pictures and all."""
    process = subprocess.Popen(
        [*COMMAND, "trainer.epochs=100000"],
        cwd=tmp_path,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    wait_until(lambda: list(tmp_path.glob("outputs/*/*/checkpoints/step-*")), process)
    os.killpg(process.pid, number)
    _, said = process.communicate(timeout=60)
    assert process.returncode == status
    assert "Traceback" not in said
    assert said.splitlines()[-1].startswith("error: interrupted; job=resume run=")
    (directory,) = tmp_path.glob("outputs/*/*")
    newest = checkpoints(directory)[0]
    line = said.splitlines()[-1].removeprefix("error: interrupted; ")
    job, run = line.removesuffix(" resumes from here").split(" ")
    longer = framework(
        job, run, "trainer.epochs=100001", "allow_changes=true", "bad=1", cwd=tmp_path
    )
    assert longer.returncode == 1  # the words are a command line; this one has a mistake
    at = checkpoint_file.read(newest).about["position"]
    assert at["steps"] > 0


LONG = """
import time, pathlib
from dataclasses import dataclass
import numpy as np
from framework import Metric, hookimpl

@dataclass(frozen=True)
class Long(Metric):
    'Takes its time.'
    def start(self, outputs):
        return np.zeros(1)
    def add(self, state, z, targets, losses):
        pathlib.Path('here').touch()
        time.sleep(0.3)
    def result(self, state):
        return 1.0

@hookimpl
def framework_metrics():
    return {'long': Long}
"""


def wait_until(condition: Callable[[], object], process: subprocess.Popen[str]) -> None:
    until = time.monotonic() + 60
    while not condition():
        assert process.poll() is None, "the run has ended"
        assert time.monotonic() < until
        time.sleep(0.02)


@pytest.mark.parametrize("threads", ["1", "auto"])
def test_a_signal_while_figures_are_computed(tmp_path, threads):
    """On the main thread or beside it, a long evaluation is not waited for."""
    (tmp_path / "long.py").write_text(LONG)
    arguments = (
        *("plugins=[long]", "+metrics.long.name=long", "trainer.evaluation_rows=20"),
        *("trainer.epochs=3", "callbacks=none", f"trainer.threads={threads}"),
    )
    process = subprocess.Popen([*COMMAND, *arguments, "hydra.run.dir=run"], cwd=tmp_path, text=True)
    wait_until((tmp_path / "here").exists, process)
    time.sleep(0.3)
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=30) == 143  # the figures would take a minute
    assert checkpoint_file.read(checkpoints(tmp_path / "run")[0]).about["walk"]["number"] == 1


def test_a_second_interrupt_leaves_at_once(tmp_path):
    slow = tmp_path / "slow.py"
    slow.write_text(
        "import time\n"
        "from dataclasses import dataclass\n"
        "from framework import Callback, hookimpl\n"
        "@dataclass(frozen=True)\n"
        "class Slow(Callback):\n"
        "    '''Takes its time.'''\n"
        "    @hookimpl\n"
        "    def framework_epoch_started(self, epoch):\n"
        "        open('here', 'w').close()\n"
        "        while True: time.sleep(0.01)\n"
        "@hookimpl\n"
        "def framework_callbacks(): return {'slow': Slow}\n"
    )
    process = subprocess.Popen(
        [*COMMAND, "plugins=[slow]", "callbacks=none", "+callbacks.slow.name=slow"],
        cwd=tmp_path,
        text=True,
    )
    wait_until((tmp_path / "here").exists, process)
    process.send_signal(signal.SIGINT)
    time.sleep(0.5)
    assert process.poll() is None  # in a callback's hands: it is waited for
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=5) == 130


def test_a_signal_ends_a_sweep(tmp_path):
    process = subprocess.Popen(
        [
            *COMMAND[:3],
            "-m",
            "data=spirals",
            "trainer.epochs=100000",
            "seed=0,1",
            "callbacks=none",
            *SWEEP,
        ],
        cwd=tmp_path,
        stderr=subprocess.PIPE,
        text=True,
    )
    wait_until(lambda: checkpoints(tmp_path / "sweep/0"), process)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Traceback" not in said
    assert not (tmp_path / "sweep/1").exists()


def test_python_resumes_too(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    before = signal.getsignal(signal.SIGTERM)
    given = ("data=spirals", "trainer.epochs=3", "callbacks=none")
    whole = fw.train(*given, directory="whole")
    assert signal.getsignal(signal.SIGTERM) is before
    fw.train(*given, "trainer.epochs=2", directory="run")
    run = fw.resume("run", "trainer.epochs=3")
    assert run.summary["figures"] == whole.summary["figures"]
    assert [one.number for one in run.metrics] == [1, 2, 3]
    same = fw.train(*given, "trainer.resume=auto", directory="run")
    assert same.summary == run.summary
    assert [one.figures for one in same.metrics] == [one.figures for one in run.metrics]
    assert_same(Path("whole"), Path("run"))
