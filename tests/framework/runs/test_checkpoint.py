"""A checkpoint's file is read back exactly, or refused in one line."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from safetensors.numpy import load, save

import framework as fw
from framework.errors import RunError
from framework.runs import checkpoint_file
from framework.runs.checkpoint_file import Checkpoint
from framework.runs.choose_checkpoint import checkpoints
from tests.end_to_end.command import framework

ARRAYS: dict[str, Any] = {
    "a.weights": np.arange(6, dtype=np.float32).reshape(2, 3),
    "n": np.arange(3),
}
QUICK = ("data=spirals", "data.points=90", "model.hidden=[3]", "callbacks=none")
DATA = Path(__file__).parents[2] / "data"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    found = tmp_path / "a.safetensors"
    checkpoint_file.write(found, Checkpoint(ARRAYS, {"position": [1, 2], "π": float("nan")}))
    return found


def forged(arrays: Any, about: dict[str, Any], *, sign: bool = True) -> bytes:
    """Make a file from anything, with a checksum that is right."""
    blank = "0" * 64
    content = save(arrays, {"framework": json.dumps({"format": 1, **about, "sha256": blank})})
    digest = hashlib.sha256(content).hexdigest() if sign else "f" * 64
    return content.replace(blank.encode(), digest.encode(), 1)


def test_reads_back_what_was_written(path):
    found = checkpoint_file.read(path)
    assert found.arrays.keys() == ARRAYS.keys()
    for name, array in ARRAYS.items():
        assert found.arrays[name].dtype == array.dtype
        np.testing.assert_array_equal(found.arrays[name], array)
    assert found.about["position"] == [1, 2]
    assert np.isnan(found.about["π"])


def test_the_same_state_gives_the_same_bytes(path):
    before = path.read_bytes()
    checkpoint_file.write(path, Checkpoint(ARRAYS, {"position": [1, 2], "π": float("nan")}))
    assert path.read_bytes() == before


def test_is_plain_safetensors(path):
    assert load(path.read_bytes()).keys() == ARRAYS.keys()


def test_every_flipped_bit_is_noticed(path):
    content = path.read_bytes()
    for i in range(len(content)):
        for bit in (i % 8, (i + 3) % 8):
            flipped = bytearray(content)
            flipped[i] ^= 1 << bit
            path.write_bytes(flipped)
            with pytest.raises(RunError, match=r"a\.safetensors: "):
                checkpoint_file.read(path)


def test_every_truncation_is_noticed(path):
    content = path.read_bytes()
    for length in range(len(content)):
        path.write_bytes(content[:length])
        with pytest.raises(RunError, match=r"a\.safetensors: "):
            checkpoint_file.read(path)
    path.write_bytes(content + b"\0")
    with pytest.raises(RunError):
        checkpoint_file.read(path)


FORGERIES = {
    "empty": (b"", "is cut off"),
    "an absurd header": ((1 << 62).to_bytes(8, "little") + b"{}", "is cut off"),
    "a large header": ((20 << 20).to_bytes(8, "little") + bytes(20 << 20), "has a header of"),
    "no checkpoint": (save({"a": np.zeros(2)}), "is damaged, or no checkpoint"),
    "a pickle": (b"\x80\x04\x95\x00\x00\x00\x00\x00\x00\x00\x00.", "is cut off"),
    "deep JSON": (
        (1 << 20).to_bytes(8, "little") + b"[" * (1 << 20),
        "is damaged, or no checkpoint",
    ),
    "a newer format": (forged({}, {"format": 2}), "is of format 2 (or damaged); this version"),
    "a strange format": (forged({}, {"format": "1"}), "is of format '1'"),
    "a wrong checksum": (forged({}, {}, sign=False), "its checksum does not match"),
    "an array larger than the file": (
        forged({"a": np.zeros(2, np.float32)}, {}).replace(b"[2]", b"[9]", 1),
        "its checksum does not match",
    ),
}


@pytest.mark.parametrize(("content", "line"), FORGERIES.values(), ids=FORGERIES.keys())
def test_a_forged_file_is_one_line(path, content, line):
    path.write_bytes(content)
    with pytest.raises(RunError) as error:
        checkpoint_file.read(path)
    assert line in str(error.value)
    assert len(str(error.value).splitlines()) == 1


def test_a_billion_elements_are_not_allocated(path):
    entries = {"a": {"dtype": "F32", "shape": [1 << 40], "data_offsets": [0, 1 << 42]}}
    about = json.dumps({"format": 1, "sha256": "0" * 64})
    header = json.dumps({"__metadata__": {"framework": about}, **entries}).encode()
    content = len(header).to_bytes(8, "little") + header
    digest = hashlib.sha256(content).hexdigest().encode()
    path.write_bytes(content.replace(b"0" * 64, digest, 1))
    with pytest.raises(RunError, match="is damaged"):
        checkpoint_file.read(path)


def test_what_is_no_file_is_not_waited_for(path):
    path.unlink()
    os.mkfifo(path)
    with pytest.raises(RunError, match="is no regular file"):
        checkpoint_file.read(path)


@pytest.mark.slow
def test_a_file_far_larger_than_the_run_is_not_looked_at(stopped, tmp_path):
    shutil.copytree(stopped, tmp_path / "run")
    (path,) = checkpoints(tmp_path / "run")
    os.truncate(path, 1 << 36)  # 64 GiB that take no room
    with pytest.raises(RunError, match="has 68719476736 bytes"):
        fw.resume(tmp_path / "run")


@settings(max_examples=40, deadline=None)
@given(
    arrays(
        st.sampled_from([np.float32, np.float64, np.int64, np.uint8, np.bool_]),
        array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4),
    ),
    st.dictionaries(st.text(), st.recursive(st.floats() | st.text() | st.integers(), st.lists)),
)
def test_any_array_and_any_facts_come_back(tmp_path_factory, array, facts):
    path = tmp_path_factory.getbasetemp() / "any.safetensors"
    facts = {key: value for key, value in facts.items() if key not in ("format", "sha256")}
    checkpoint_file.write(path, Checkpoint({"α/β.γ": array}, facts))
    found = checkpoint_file.read(path)
    assert found.arrays["α/β.γ"].tobytes() == array.tobytes()
    assert found.arrays["α/β.γ"].shape == array.shape
    assert repr({key: found.about[key] for key in facts}) == repr(facts)


@pytest.fixture(scope="module")
def stopped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that lacks its last epochs, as if it had been killed."""
    directory = tmp_path_factory.mktemp("stopped") / "run"
    fw.train(*QUICK, "trainer.epochs=3", "layer/update_rule=rmsprop", directory=directory)
    (directory / "summary.json").unlink()
    for path in checkpoints(directory)[1:]:
        path.unlink()
    return directory


def altered(stopped: Path, tmp_path: Path, alter: Any) -> Path:
    """Copy the run and change its one checkpoint, checksum and all."""
    directory = tmp_path / "run"
    shutil.copytree(stopped, directory)
    (path,) = checkpoints(directory)
    found = checkpoint_file.read(path)
    arrays, about = dict(found.arrays), json.loads(json.dumps(found.about))
    alter(arrays, about)
    path.write_bytes(forged(arrays, about))
    return directory


ALTERATIONS = {
    "an entry missing": (
        lambda arrays, about: arrays.pop("output.bias"),
        "lacks 'output.bias'",
    ),
    "an entry too many": (
        lambda arrays, about: arrays.update({"hidden_9.bias": np.zeros(3, np.float32)}),
        "has 'hidden_9.bias', which this run does not have",
    ),
    "an entry of a callback that none declared": (
        lambda arrays, about: arrays.update({"callbacks/x/y": np.zeros(3)}),
        "has 'callbacks/x/y'",
    ),
    "a wrong shape": (
        lambda arrays, about: arrays.update({"output.bias": np.zeros(4, np.float32)}),
        "has 'output.bias' of float32 [4]; expected float32 [3]",
    ),
    "a wrong type": (
        lambda arrays, about: arrays.update({"output.bias": np.zeros(3)}),
        "has 'output.bias' of float64 [3]; expected float32 [3]",
    ),
    "the update rule's state missing": (
        lambda arrays, about: arrays.pop("update_rule/output.bias/mean_square"),
        "lacks 'update_rule/output.bias/mean_square'",
    ),
    "too few losses": (
        lambda arrays, about: arrays.update({"run/losses": arrays["run/losses"][:-1]}),
        "has 'run/losses' of float32 [5]; expected float32 [6]",
    ),
    "no position": (lambda arrays, about: about.pop("position"), "missing or malformed field"),
    "an impossible position": (
        lambda arrays, about: about["position"].update(step=1),
        "is at step 1 of epoch 4",
    ),
    "a position before the first": (
        lambda arrays, about: about["position"].update(epoch=-1, steps=-2),
        "is at an impossible place",
    ),
    "an unknown key in the position": (
        lambda arrays, about: about["position"].update(more=1),
        "missing or malformed field",
    ),
    "a generator of another kind": (
        lambda arrays, about: about["position"]["order"].update(bit_generator="MT19937"),
        "missing or malformed field",
    ),
    "a generator's state out of range": (
        lambda arrays, about: about["generators"]["output"]["state"].update(state=1 << 200),
        "missing or malformed field",
    ),
    "a generator missing": (
        lambda arrays, about: about["generators"].pop("output"),
        "has generators for",
    ),
    "callbacks that are none": (
        lambda arrays, about: about.update(callbacks=[1]),
        "missing or malformed field",
    ),
}


@pytest.mark.parametrize(("alter", "line"), ALTERATIONS.values(), ids=ALTERATIONS.keys())
def test_what_does_not_fit_the_run_is_one_line(stopped, tmp_path, alter, line):
    directory = altered(stopped, tmp_path, alter)
    before = {p: p.read_bytes() for p in directory.rglob("*") if p.is_file()}
    with pytest.raises(RunError) as error:
        fw.resume(directory)
    assert line in str(error.value)
    assert len(str(error.value).splitlines()) == 1
    assert before == {p: p.read_bytes() for p in directory.rglob("*") if p.is_file()}


def test_unaltered_it_goes_on(stopped, tmp_path):
    directory = altered(stopped, tmp_path, lambda arrays, about: None)
    assert len(fw.resume(directory, "trainer.epochs=4").metrics) == 4


def test_holds_everything_by_name(stopped):
    found = checkpoint_file.read(checkpoints(stopped)[0])
    assert set(found.arrays) == {
        *("hidden_1.weights", "hidden_1.bias", "output.weights", "output.bias"),
        *("update_rule/hidden_1.weights/mean_square", "update_rule/hidden_1.bias/mean_square"),
        *("update_rule/output.weights/mean_square", "update_rule/output.bias/mean_square"),
        *("run/losses", "run/steps", "run/seconds", "run/batch_loss", "run/figures"),
    }
    assert found.arrays["hidden_1.weights"].shape == (2, 3)
    assert (found.arrays["update_rule/output.weights/mean_square"] > 0).all()
    assert found.about["configuration"]["trainer"]["epochs"] == 3
    assert found.about["components"]["update_rule rmsprop"].startswith("mlp-framework==")


def test_the_newest_and_the_best_are_kept(tmp_path):
    run = fw.train(
        *QUICK,
        "trainer.epochs=12",
        "layer=dense_xavier",
        "layer.update_rule.learning_rate=0.9",
        "checkpoint.keep=3",
        directory=tmp_path / "run",
    )
    steps = {int(path.stem.removeprefix("step-")) for path in checkpoints(run.directory)}
    assert run.best is not None
    assert steps == {20, 22, 24} | {run.best.steps}


def test_cadences(tmp_path):
    every = ("trainer.epochs=5", "trainer.batch_size=9", "checkpoint.keep=99", "trainer.threads=1")
    found = {}
    for name, more in {
        "epochs": ("checkpoint.epochs=2",),
        "steps": ("checkpoint.epochs=null", "checkpoint.steps=7"),
        "none": ("checkpoint=none",),
        "seconds": ("checkpoint=none", "checkpoint.seconds=1e-9"),
    }.items():
        run = fw.train(*QUICK, *every, *more, directory=tmp_path / name)
        steps = (int(p.stem.removeprefix("step-")) for p in checkpoints(run.directory))
        found[name] = sorted(steps)
    assert found["epochs"] == [20, 40, 50]
    assert found["steps"] == [7, 14, 21, 28, 35, 42, 49]
    assert found["none"] == []
    assert len(found["seconds"]) >= 3


@pytest.mark.slow
def test_files_of_the_first_format_are_still_read(tmp_path):
    """`tests/data/format_1` is a run of that time, stopped in the middle of its second epoch."""
    shutil.copytree(DATA / "format_1", tmp_path, dirs_exist_ok=True)
    shutil.copy(DATA.parent / "end_to_end" / "stateful.py", tmp_path)
    done = framework("job=resume", "run=run", "plugins=[stateful]", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "resuming in epoch 2, step 5" in done.stderr
    losses = np.load(tmp_path / "run" / "losses.npy")
    assert losses.shape == (30,)
    expected = json.loads((DATA / "format_1" / "expected.json").read_text())
    np.testing.assert_allclose(losses, expected["losses"], rtol=1e-4)
    assert expected["memory"] == (tmp_path / "run" / "memory.txt").read_text().split(" ", 1)[1]
