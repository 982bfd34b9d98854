"""Hostile checkpoints and run directories: nothing of them is run or believed."""

from __future__ import annotations

import json
import os
import pickle
import shutil
import struct
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.end_to_end.command import QUICK, framework
from tests.security.prison import MOST_MEMORY, End, run_all
from tests.security.selection import asked_for, judged
from tests.security.test_data import PICKLE, Evil

pytestmark = pytest.mark.slow  # hostile files by the dozen; test_composition.py has quick ones


def tensors(header: object, body: bytes = b"", length: int | None = None) -> bytes:
    """Write a safetensors file whose header may say anything."""
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text) if length is None else length) + text + body


def one(dtype: str, shape: list[int], end: int, name: str = "x") -> dict[str, object]:
    return {name: {"dtype": dtype, "shape": shape, "data_offsets": [0, end]}}


def about(text: str) -> dict[str, object]:
    return {"__metadata__": {"framework": text}}


FILES: dict[str, bytes | Callable[[Path], None]] = {
    "pickle": PICKLE,
    "pickle in a tensor": tensors(one("U8", [len(PICKLE)], len(PICKLE)), PICKLE),
    "header of a terabyte": tensors({}, length=1 << 40),
    "header of all bits": tensors({}, length=(1 << 64) - 1),
    "billion elements": tensors(one("F32", [1 << 30, 1 << 10], 8), bytes(8)),
    "overflowing shape": tensors(one("F32", [1 << 62, 1 << 62], 8), bytes(8)),
    "negative shape": tensors(one("F32", [-2], 8), bytes(8)),
    "unknown type": tensors(one("PYOBJ", [2], 8), bytes(8)),
    "path as a name": tensors(one("F32", [2], 8, "../../pwned"), bytes(8)),
    "ten thousand deep": tensors(b"[" * 10_000 + b"]" * 10_000),
    "metadata ten thousand deep": tensors(about("[" * 10_000 + "]" * 10_000)),
    "metadata of digits": tensors(about('{"format": ' + "9" * 5000 + "}")),
    "metadata that is no mapping": tensors(about("[1]")),
    "metadata of the future": tensors(about('{"format": 99, "sha256": "' + "0" * 64 + '"}')),
    "no text": tensors(b"\xff" * 100),
    "nothing": b"",
    "endless": lambda path: path.symlink_to("/dev/zero"),
    "a pipe": lambda path: os.mkfifo(path),
    "a link to itself": lambda path: path.symlink_to(path),
    "a folder": lambda path: path.mkdir(),
}

CONFIGS: dict[str, bytes | Callable[[Path], None]] = {
    "config: pickle": pickle.dumps(Evil()),
    "config: object": b"seed: !!python/object/apply:os.system ['touch pwned']\n",
    "config: environment": b"seed: ${oc.env:SECRET}\n",
    "config: target": b"data: {name: spirals, _target_: os.system}\n",
    "config: laughs": b"a: &a [x]\n" + b"".join(
        b"a%d: &a%d [*a%s, *a%s]\n" % (i, i, str(i - 1).encode(), str(i - 1).encode())
        for i in range(1, 40)
    ).replace(b"*a0", b"*a"),
    "config: deep": b"seed: " + b"[" * 10_000 + b"]" * 10_000,
    "config: endless": lambda path: path.symlink_to("/dev/zero"),
    "config: a pipe": lambda path: os.mkfifo(path),
    "config: plugin": b"plugins: [../../pwned]\n",
}  # fmt: skip


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("prison")


QUICKLY = {
    "pickle",
    "billion elements",
    "endless",
    "config: object",
}


@pytest.fixture(scope="module")
def ends(request: pytest.FixtureRequest, place: Path) -> dict[str, End]:
    done = framework(*QUICK, "~callbacks.pictures", "hydra.run.dir=good", cwd=place)
    assert done.returncode == 0, done.stderr
    (place / "good" / "summary.json").unlink()  # it has yet to be finished
    cases = {}
    for i, (name, content) in enumerate(asked_for(request, {**FILES, **CONFIGS}).items()):
        run = place / f"run{i}"
        shutil.copytree(place / "good", run)
        if name in FILES:
            paths = [p for p in (run / "checkpoints").iterdir() if p.name != "final.safetensors"]
            assert paths
        else:
            paths = [run / ".hydra" / "config.yaml"]
        for path in paths:
            path.unlink()
            content(path) if callable(content) else path.write_bytes(content)
        cases[name] = ["job=resume", f"run={run}"]
    (place / "cwd").mkdir()
    return run_all(cases, place / "cwd")


@judged([*FILES, *CONFIGS], quick=QUICKLY)
def test_a_hostile_checkpoint_is_refused(ends: dict[str, End], place: Path, name: str) -> None:
    end = ends[name]
    assert end.status == 1, end
    assert "Traceback" not in end.said
    assert "unexpected" not in end.said
    lines = end.said.splitlines()
    assert 1 <= len(lines) <= 8  # a line for each group that is missing
    assert all(line.isprintable() and len(line) < 1100 for line in lines)
    assert end.memory < MOST_MEMORY
    assert not list(place.rglob("*pwned*"))
    assert not list((place / "cwd").iterdir())
