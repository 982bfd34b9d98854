"""Hostile data files: no code is run, little memory is taken, one line says what is wrong."""

from __future__ import annotations

import io
import os
import pickle
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tests.security.prison import End, check, run_all
from tests.security.selection import asked_for, judged

pytestmark = pytest.mark.slow  # hostile files by the dozen; test_composition.py has quick ones

Files = dict[str, bytes | Callable[[Path], object]]


class Evil:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.system, ("touch pwned",)


PICKLE = pickle.dumps(Evil())


def npy(
    shape: str = "(40, 2)",
    descr: str = "'<f8'",
    body: bytes | None = None,
    more: str = "",
    version: int = 1,
) -> bytes:
    """Write a file whose header may say anything."""
    text = f"{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}{more}}}".encode()
    text += b" " * (-(len(text) + 11) % 64) + b"\n"
    length = struct.pack("<H" if version == 1 else "<I", len(text))
    return (
        b"\x93NUMPY" + bytes([version, 0]) + length + text + (bytes(640) if body is None else body)
    )


def saved(array: np.ndarray, **how: bool) -> bytes:
    text = io.BytesIO()
    np.save(text, array, **how)
    return text.getvalue()


TARGETS = saved(np.arange(40) % 2)
INPUTS = saved(np.ones((40, 2)))


def archive(
    inputs: bytes = INPUTS,
    targets: bytes = TARGETS,
    *,
    packed: bool = False,
    more: dict[str, bytes] | None = None,
) -> bytes:
    text = io.BytesIO()
    how = zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED
    with zipfile.ZipFile(text, "w", how) as file:
        file.writestr("inputs.npy", inputs)
        file.writestr("targets.npy", targets)
        for name, content in (more or {}).items():
            file.writestr(name, content)
    return text.getvalue()


def bomb(megabytes: int) -> Callable[[Path], None]:
    """An archive of zeros that is right in every way but for its size."""

    def write(path: Path) -> None:
        rows = megabytes << 20
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as file:
            with file.open("inputs.npy", "w", force_zip64=True) as stream:
                stream.write(npy(f"({rows}, 1)", "'|u1'", b""))
                for _ in range(megabytes):
                    stream.write(bytes(1 << 20))
            file.writestr("targets.npy", TARGETS)

    return write


def lying(field: int, value: int) -> bytes:
    """An archive whose directory claims another size for its first entry."""
    text = bytearray(archive())
    at = text.index(b"PK\x01\x02")
    text[at + field : at + field + 4] = struct.pack("<I", value)
    return bytes(text)


def overlapping() -> bytes:
    """Two entries that are the same bytes."""
    text = bytearray(archive())
    first = text.index(b"PK\x01\x02")
    second = text.index(b"PK\x01\x02", first + 4)
    text[second + 42 : second + 46] = text[first + 42 : first + 46]
    return bytes(text)


ARCHIVES: dict[str, bytes | Callable[[Path], object]] = {
    "pickle": PICKLE,
    "pickle in an array": archive(saved(np.array([Evil()] * 40, object), allow_pickle=True)),
    "pickle as targets": archive(targets=saved(np.array([Evil()] * 40), allow_pickle=True)),
    "pickle behind a header": archive(npy("(1,)", "'|O'", PICKLE)),
    "pickle in a field": archive(npy("(1,)", "[('a', '|O')]", PICKLE)),
    "pickle as an entry": archive(PICKLE),
    "pickled single array": saved(np.array([Evil()], object), allow_pickle=True),
    "single array": saved(np.ones((40, 2))),
    "code in the header": archive(npy("__import__('os').system('touch pwned')")),
    "code as type": archive(npy(descr="__import__('os').system('touch pwned')")),
    "code as a key": archive(npy(more=", 'x': open('pwned', 'w')")),
    "billion elements": archive(npy("(1000000000, 2)")),
    "quintillion elements": archive(npy("(1000000000, 1000000000)")),
    "overflowing shape": archive(npy("(4294967296, 4294967296, 16)")),
    "shape of zero and much": archive(npy("(0, 9223372036854775807)", body=b"")),
    "negative shape": archive(npy("(-40, 2)")),
    "two negatives": archive(npy("(-40, -2)")),
    "shape of fractions": archive(npy("(40.0, 2)")),
    "shape of text": archive(npy("'40'")),
    "shape of truth": archive(npy("(True, 80)")),
    "a thousand axes": archive(npy("(" + "1," * 1000 + ")")),
    "number of a thousand digits": archive(npy(f"({'9' * 4000},)")),
    "brackets a thousand deep": archive(npy("(" * 4000 + ")" * 4000)),
    "header longer than the file": archive(b"\x93NUMPY\x02\x00\xff\xff\xff\xff{"),
    "header of megabytes": archive(npy(" " * (1 << 22) + "(40, 2)", version=2)),
    "unknown version": archive(npy(version=3)),
    "version of the future": archive(b"\x93NUMPY\xff\xff" + bytes(100)),
    "type of a gigabyte": archive(npy("(1,)", "'|V1000000000'")),
    "texts of a gigabyte": archive(npy("(1,)", "'<U250000000'")),
    "type within a type": archive(npy(descr="('<f8', (100000, 100000))")),
    "times": archive(npy(descr="'<M8[ns]'")),
    "no numbers": archive(npy(descr="'|S8'")),
    "not a number": archive(saved(np.full((40, 2), np.nan))),
    "infinite": archive(saved(np.full((40, 2), np.inf))),
    "labels beyond reason": archive(targets=saved(np.full(40, 2**62))),
    "labels below zero": archive(targets=saved(np.full(40, -5))),
    "labels of 64 unsigned bits": archive(targets=saved(np.full(40, 2**64 - 1, np.uint64))),
    "data cut short": archive(INPUTS[:-9]),
    "data too long": archive(INPUTS + b"more"),
    "archive cut short": archive()[:-30],
    "archive of nothing": b"PK\x05\x06" + bytes(18),
    "nothing": b"",
    "noise": bytes(np.random.default_rng(0).integers(0, 256, 5000, np.uint8)),
    "bomb": bomb(300),
    "bomb in the header": lambda path: path.write_bytes(  # made when it is asked for
        archive(b"\x93NUMPY\x02\x00" + struct.pack("<I", 1 << 28) + b" " * (1 << 28), packed=True)
    ),
    "size that lies": lying(24, 2**31),
    "packed size that lies": lying(20, 2**31),
    "place that lies": lying(42, 2**31),
    "entries over each other": overlapping(),
    "flipped bit": archive().replace(bytes(8), b"\0\0\0\x40\0\0\0\0", 1),
    "paths out of the folder": archive(b"", more={"../../pwned": b"x", "/tmp/pwned.npy": b"x"}),
    "names only": io.BytesIO().getvalue()
    + archive().replace(b"inputs.npy", b"\x1b[2J\npw.n").replace(b"targets.npy", b"../targets."),
    "ten thousand entries": lambda path: path.write_bytes(
        archive(more={f"{i}.npy": b"" for i in range(10_000)})
    ),
    "encrypted": archive().replace(
        b"PK\x01\x02\x14\x03\x14\0\0\0", b"PK\x01\x02\x14\x03\x14\0\1\0"
    ),
    "a method nobody has": archive().replace(
        b"PK\x01\x02\x14\x03\x14\0\0\0\0\0", b"PK\x01\x02\x14\x03\x14\0\0\0\x63\0"
    ),
    "endless": lambda path: path.symlink_to("/dev/zero"),
    "a pipe": lambda path: os.mkfifo(path),
    "a link to itself": lambda path: path.symlink_to(path),
    "out of reach": lambda path: path.symlink_to("/proc/self/mem"),
}  # fmt: skip

FOLDERS: dict[str, Files] = {
    "folder: pickle": {"inputs.npy": saved(np.array([Evil()] * 40), allow_pickle=True)},
    "folder: billion elements": {"inputs.npy": npy("(1000000000, 2)")},
    "folder: sparse header": {"inputs.npy": lambda path: _sparse(path)},
    "folder: endless": {"inputs.npy": lambda path: path.symlink_to("/dev/zero")},
    "folder: a pipe": {"inputs.npy": lambda path: os.mkfifo(path)},
    "folder: cut short": {"inputs.npy": INPUTS[:-1]},
}


def _sparse(path: Path) -> None:
    """Eight gigabytes of holes, claimed to be header."""
    path.write_bytes(b"\x93NUMPY\x02\x00\xff\xff\xff\xff")
    os.truncate(path, 8 << 30)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("prison")


QUICK = {
    "pickle in an array",
    "code in the header",
    "billion elements",
    "noise",
    "size that lies",
    "endless",
    "folder: pickle",
}


@pytest.fixture(scope="module")
def ends(request: pytest.FixtureRequest, place: Path) -> dict[str, End]:
    cases = {}
    for i, (name, content) in enumerate(asked_for(request, ARCHIVES).items()):
        path = place / f"{i}.npz"
        content(path) if callable(content) else path.write_bytes(content)
        cases[name] = path
    for i, (name, files) in enumerate(asked_for(request, FOLDERS).items()):
        path = place / f"folder{i}"
        path.mkdir()
        (path / "targets.npy").write_bytes(TARGETS)
        for file, content in files.items():
            content(path / file) if callable(content) else (path / file).write_bytes(content)
        cases[name] = path
    (place / "cwd").mkdir()
    quick = ["data=npz", "trainer.epochs=1", "model.hidden=[4]", "trainer.batch_size=4"]
    return run_all(
        {name: [*quick, f"data.path={path}"] for name, path in cases.items()}, place / "cwd"
    )


@judged([*ARCHIVES, *FOLDERS], quick=QUICK)
def test_a_hostile_data_file_is_one_line(place, ends, name):
    check(ends[name])
    assert not list(place.rglob("*pwned*"))
    assert not Path("/tmp/pwned.npy").exists()
    assert not list((place / "cwd").iterdir())
