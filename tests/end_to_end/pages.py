"""The page of a network, served by a thread of the test's own process."""

from __future__ import annotations

import asyncio
import http.client
import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

import framework as fw

QUICK = ("layer=dense_xavier", "callbacks=none", "model.hidden=[6]", "trainer.batch_size=20")
TABLE = (
    *("data=csv", "data.path=people.csv", "data.target=answer", *QUICK, "trainer.epochs=2"),
    "data.transforms=[{name: one_hot}, {name: impute}, {name: standardize}]",
)
EVIL = "<img src=x onerror=alert(1)>"


@cache
def of_digits() -> fw.Network:
    """Train on noise that has the form of MNIST's pictures."""
    rng = np.random.default_rng(0)
    pictures = rng.integers(0, 256, (120, 28, 28)).astype(np.uint8)
    more = ("data.scale=0.00392156862745098", "data.classes=10")
    return fw.fit(pictures, np.arange(120) % 10, *QUICK, *more, epochs=1).network


@cache
def of_points() -> fw.Network:
    """Train on three numbers of three classes."""
    x = np.random.default_rng(0).standard_normal((60, 3))
    return fw.fit(x, np.arange(60) % 3, *QUICK, epochs=1).network


def write_people() -> None:
    """Write a table with a category, a missing cell, and names that would like to be markup."""
    rng = np.random.default_rng(0)
    lines = [f"age,job {EVIL},answer"]
    for i in range(80):
        age = "" if i == 7 else f"{rng.normal(40, 10):.1f}"
        lines.append(f"{age},{('nurse', EVIL)[i % 2]},{(EVIL, 'no')[i % 3 == 0]}")
    Path("people.csv").write_text("\n".join(lines))


@contextmanager
def served(network: fw.Network) -> Iterator[int]:
    """Serve a network as the job does; yield the port."""
    web, listening, questions = (
        import_module(f"framework.plugins.serving.{name}")
        for name in ("web", "listening", "questions")
    )
    form = questions.picture_form(network)
    preparation = "none" if form is None else questions.usual_preparation(network, form)
    sockets = listening.listen("127.0.0.1", 0)
    ready, stop = threading.Event(), []

    def begin() -> None:
        loop, task = asyncio.get_running_loop(), asyncio.current_task()
        assert task is not None
        stop.append(lambda: loop.call_soon_threadsafe(task.cancel))
        ready.set()

    def work() -> None:
        names = frozenset({"localhost"})
        with ThreadPoolExecutor(1) as worker, suppress(asyncio.CancelledError):
            page = web.Served(network, form, preparation, "a run", names, worker)
            listening.serve(web.application(page), sockets, begin)

    thread = threading.Thread(target=work)
    thread.start()
    assert ready.wait(20)
    try:
        yield sockets[0].getsockname()[1]
    finally:
        stop[0]()
        thread.join(20)
        assert not thread.is_alive()


def ask(
    port: int, method: str, path: str, body: Any = None, **headers: str
) -> tuple[int, Any, dict[str, str]]:
    """Send a request; return status, content (of JSON its value) and headers, in small letters."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        named = {name.replace("_", "-"): text for name, text in headers.items()}
        connection.request(method, path, body, named)
        response = connection.getresponse()
        content = response.read()
        about = {name.lower(): text for name, text in response.getheaders()}
    finally:
        connection.close()
    if about.get("content-type") == "application/json" and content:
        assert content.endswith(b"\n")
        assert content.count(b"\n") == 1
        return response.status, json.loads(content), about
    return response.status, content, about
