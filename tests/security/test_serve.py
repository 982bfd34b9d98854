"""Hostile requests: each gets its status and a line, none is computed, and the page goes on."""

from __future__ import annotations

import io
import json
import socket
import struct
import threading
import zlib
from collections.abc import Iterator
from contextlib import suppress
from importlib import import_module

import pytest

from tests.end_to_end.pages import ask, of_digits, of_points, served

pytest.importorskip("tornado", reason="the extra `serve` brings it")
PIL = pytest.importorskip("PIL.Image")
JSON = {"Content_Type": "application/json"}
ROW = json.dumps({"values": [1, 2, 3]})


@pytest.fixture(scope="module")
def table(tmp_path_factory) -> Iterator[int]:
    """The port of a page that asks for three numbers."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("table"))
        with served(of_points()) as port:
            yield port
            assert ask(port, "POST", "/answer", ROW, **JSON)[0] == 200


@pytest.fixture(scope="module")
def digits(tmp_path_factory) -> Iterator[int]:
    """The port of a page that asks for a drawing."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("digits"))
        with served(of_digits()) as port:
            yield port
            assert ask(port, "GET", "/")[0] == 200


def raw(port: int, sent: bytes) -> bytes:
    """Send bytes, and return what comes until the server closes."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        received = b""
        with suppress(ConnectionError):  # what was not read when it closes is told by a reset
            connection.sendall(sent)
            while part := connection.recv(1 << 16):
                received += part
        return received


@pytest.mark.parametrize(
    ("method", "path", "body", "headers", "status"),
    [
        ("GET", "/", None, {"Host": "evil.example:8000"}, 403),
        ("GET", "/network", None, {"Host": "localhost.evil.example"}, 403),
        ("GET", "/", None, {"Host": "localhost:x"}, 403),
        ("GET", "/nowhere", None, {"Host": "evil.example"}, 403),
        ("POST", "/answer", ROW, {**JSON, "Host": "evil.example"}, 403),
        ("POST", "/answer", ROW, {**JSON, "Origin": "http://evil.example"}, 403),
        ("POST", "/answer", ROW, {**JSON, "Origin": "null"}, 403),
        ("POST", "/answer", ROW, {**JSON, "Origin": "http://127.0.0.1:1"}, 403),
        ("POST", "/answer", ROW, {**JSON, "Sec_Fetch_Site": "cross-site"}, 403),
        ("POST", "/answer", ROW, {**JSON, "Sec_Fetch_Site": "same-site"}, 403),
        ("GET", "/network", None, {"Sec_Fetch_Site": "cross-site"}, 403),
        ("POST", "/answer", ROW, {}, 415),
        ("POST", "/answer", ROW, {"Content_Type": "text/plain"}, 415),
        ("POST", "/answer", ROW, {"Content_Type": "image/png"}, 415),
        ("POST", "/answer", ROW, {**JSON, "Content_Encoding": "gzip"}, 415),
        ("POST", "/answer", "", JSON, 422),
        ("POST", "/answer", "{", JSON, 422),
        ("POST", "/answer", b"\xff\xfe", JSON, 422),
        ("POST", "/answer", "[" * 60000, JSON, 422),
        ("POST", "/answer", "[1, 2, 3]", JSON, 422),
        ("POST", "/answer", '{"values": [NaN, 1, 2]}', JSON, 422),
        ("POST", "/answer", '{"values": [Infinity, 1, 2]}', JSON, 422),
        ("POST", "/answer", '{"values": [1e999, 1, 2]}', JSON, 422),
        ("POST", "/answer", '{"values": ["nan", 1, 2]}', JSON, 422),
        ("POST", "/answer", f'{{"values": [{"9" * 5000}, 1, 2]}}', JSON, 422),
        ("POST", "/answer", '{"values": [1e300, 1, 2]}', JSON, 422),
        ("POST", "/answer", '{"values": [true, 1, 2]}', JSON, 422),
        ("POST", "/answer", '{"values": [[1], 1, 2]}', JSON, 422),
        ("POST", "/answer", '{"values": [1, 2]}', JSON, 422),
        ("POST", "/answer", '{"values": [1, 2, 3, 4]}', JSON, 422),
        ("POST", "/answer?preparation=mnist", ROW, JSON, 400),
        ("POST", "/answer", b"1" * 100_000, JSON, 413),
        ("GET", "/network", b"1", {}, 413),
        ("POST", "/", ROW, JSON, 405),
        ("GET", "/answer", None, {}, 405),
        ("PUT", "/answer", ROW, JSON, 405),
        ("BREW", "/", None, {}, 405),
        ("GET", "/../../etc/passwd", None, {}, 404),
        ("GET", "/page/index.html", None, {}, 404),
        ("GET", "/%2e%2e/%2e%2e/etc/passwd", None, {}, 404),
        ("GET", "/page.js/..%2f..%2fweb.py", None, {}, 404),
        ("GET", "//etc/passwd", None, {}, 404),
    ],
)
def test_a_request_that_is_not_the_pages_own(table, method, path, body, headers, status):
    answered, said, about = ask(table, method, path, body, **headers)
    assert answered == status, said
    assert list(said) == ["error"]
    assert "Traceback" not in said["error"]
    assert "default-src 'none'" in about["content-security-policy"]
    assert "access-control-allow-origin" not in about


def test_what_a_browser_of_this_machine_sends_is_answered(table):
    for host in (f"localhost:{table}", f"127.0.0.1:{table}", "[::1]:9"):
        more = {"Host": host, "Origin": f"http://{host}", "Sec_Fetch_Site": "same-origin"}
        assert ask(table, "POST", "/answer", ROW, **JSON, **more)[0] == 200
    visit = {"Sec_Fetch_Site": "cross-site", "Sec_Fetch_Mode": "navigate"}
    assert ask(table, "GET", "/", **visit)[0] == 200


def test_other_methods(table):
    status, content, about = ask(table, "HEAD", "/")
    assert (status, content) == (200, b"")
    assert int(about["content-length"]) > 500
    status, _, about = ask(table, "OPTIONS", "/answer", Origin=f"http://127.0.0.1:{table}")
    assert (status, about["allow"]) == (204, "POST, OPTIONS")
    assert ask(table, "OPTIONS", "/answer", Origin="http://evil.example")[0] == 403
    assert ask(table, "GET", "/answer")[2]["allow"] == "POST, OPTIONS"


def test_a_large_body_is_refused_before_it_is_sent(table):
    head = b"POST /answer HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    for length in (b"1000000", b"9" * 30):
        said = raw(table, head + b"Content-Length: " + length + b"\r\n\r\n")
        assert said.startswith(b"HTTP/1.1 413")
    chunk = b"%x\r\n%s\r\n" % (40_000, b" " * 40_000)
    said = raw(table, head + b"Transfer-Encoding: chunked\r\n\r\n" + 2 * chunk)
    assert said.startswith(b"HTTP/1.1 413")


@pytest.mark.parametrize(
    "sent",
    [
        b"nonsense\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: evil@localhost\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
    ],
)
def test_what_is_no_request_is_closed(table, sent):
    head, _, line = raw(table, sent).partition(b"\r\n\r\n")
    assert head.startswith((b"HTTP/1.1 400 ", b"HTTP/1.1 403 "))
    assert line.endswith(b"\n")
    assert json.loads(line).keys() == {"error"}


@pytest.mark.parametrize("size", [1 << 20, 8 << 20])
def test_who_sends_too_much_is_told_so(table, size):
    """Not by a broken pipe: the answer is read when all was sent."""
    head = b"POST /answer HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    with socket.create_connection(("127.0.0.1", table), timeout=20) as connection:
        connection.sendall(head + b"Content-Length: %d\r\n\r\n" % size + b"1" * size)
        said = b"".join(iter(lambda: connection.recv(1 << 16), b""))
    assert said.startswith(b"HTTP/1.1 413 ")
    assert b"bytes at most" in said


def test_a_head_that_does_not_end_is_closed(table):
    assert raw(table, b"GET / HTTP/1.1\r\nX: " + b"a" * 70_000) == b""


def bomb(width: int, height: int) -> bytes:
    """Make a PNG of a few kilobytes that says how large it is."""

    def part(name: bytes, content: bytes) -> bytes:
        checksum = struct.pack(">I", zlib.crc32(name + content))
        return struct.pack(">I", len(content)) + name + content + checksum

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    body = zlib.compress(b"\0" * 1_000_000)
    parts = part(b"IHDR", head) + part(b"IDAT", body) + part(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + parts


def test_a_picture_that_is_none_or_too_large(digits):
    gif = io.BytesIO()
    PIL.new("L", (30, 30)).save(gif, "GIF")
    for content in (
        *(b"", b"no picture", bomb(60000, 60000), bomb(5000, 5000), bomb(0, 0)),
        *(gif.getvalue(), bomb(4000, 4000)[:200]),
    ):
        status, said, _ = ask(digits, "POST", "/answer", content, Content_Type="image/png")
        assert status == 422
        assert said["error"].startswith("the picture: ")
    status, said, _ = ask(digits, "POST", "/answer", bomb(12000, 12000), Content_Type="image/png")
    assert said["error"] == ("the picture: has 12000 x 12000 pixels; at most 24,000,000 are read")
    status, said, _ = ask(digits, "POST", "/answer", "{}", **JSON)
    assert (status, said["error"].split(";")[0]) == (415, "Content-Type 'application/json'")
    status, _, _ = ask(
        digits, "POST", "/answer?preparation=../x", bomb(1, 1), Content_Type="image/png"
    )
    assert status == 400


def test_many_at_once_are_answered_or_told_to_come_again(table):
    answers: list[int] = []

    def many() -> None:
        for _ in range(4):
            answers.append(ask(table, "POST", "/answer", ROW, **JSON)[0])

    threads = [threading.Thread(target=many) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert len(answers) == 48
    assert set(answers) <= {200, 503}


@pytest.mark.slow
def test_slow_clients_keep_nobody_out(table, monkeypatch):
    listening = import_module("framework.plugins.serving.listening")
    monkeypatch.setattr(listening, "_SECONDS", 2.0)
    monkeypatch.setattr(listening, "_MOST_CONNECTIONS", 5)
    with served(of_points()) as port:
        slow = [socket.create_connection(("127.0.0.1", port), timeout=10) for _ in range(5)]
        head = b"POST /answer HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        for i, connection in enumerate(slow):  # some stop in the head, some in the body
            connection.sendall(head + b"Content-Length: 9\r\n\r\n{" * (i % 2))
        assert raw(port, b"").startswith(b"HTTP/1.1 503")
        assert [connection.recv(99) for connection in slow] == [b""] * 5
        for connection in slow:
            connection.close()
        assert ask(port, "POST", "/answer", ROW, **JSON)[0] == 200


def test_an_unexpected_error_is_told_without_its_traceback(table, monkeypatch, caplog):
    web = import_module("framework.plugins.serving.web")
    monkeypatch.setattr(web, "ask_row", lambda network, content: 1 / 0)
    status, said, _ = ask(table, "POST", "/answer", ROW, **JSON)
    assert (status, said) == (500, {"error": "Internal Server Error"})
