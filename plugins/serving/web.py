"""The routes of the page, as Tornado's handlers: what is asked is bounded before it is read."""

from __future__ import annotations

import asyncio
import json
import logging
import math
from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, field
from functools import cached_property
from http import HTTPStatus
from pathlib import Path
from types import TracebackType
from typing import Any, ClassVar

from tornado import web

from framework import FrameworkError, Network

from .answers import answer, describe
from .guard import HEADERS, refusal
from .questions import PictureForm, Preparation, ask_picture, ask_row

log = logging.getLogger("framework")
_PAGE = Path(__file__).parent / "page"
_FILES = {
    "/": ("index.html", "text/html; charset=utf-8"),
    "/page.css": ("page.css", "text/css; charset=utf-8"),
    "/page.js": ("page.js", "text/javascript; charset=utf-8"),
    "/drawing.js": ("drawing.js", "text/javascript; charset=utf-8"),
    "/table.js": ("table.js", "text/javascript; charset=utf-8"),
    "/answers.js": ("answers.js", "text/javascript; charset=utf-8"),
    "/icon.svg": ("icon.svg", "image/svg+xml"),
}
_MOST_WAITING = 16  # questions; the network answers one at a time
_LARGEST_PICTURE = 16 << 20
_PICTURES, _ROWS = ("image/png", "image/jpeg"), ("application/json",)


@dataclass(eq=False)
class Served:
    """A network behind a page.

    Attributes
    ----------
    title : what stands above the page.
    names : the names that mean this machine.
    worker : computes, one question after the other: a network's arrays are one set.
    """

    network: Network
    form: PictureForm | None
    preparation: Preparation
    title: str
    names: frozenset[str]
    worker: Executor
    waiting: int = field(default=0, init=False)

    @cached_property
    def description(self) -> dict[str, Any]:
        """What the page is told before it asks."""
        about = describe(self.network, self.form)
        return {"title": self.title, "preparation": self.preparation} | about

    @property
    def largest(self) -> int:
        """How many bytes a question has at most."""
        if self.form is not None:
            return _LARGEST_PICTURE
        return (1 << 16) + 256 * math.prod(self.network.inputs)

    def answer(self, content: bytes, preparation: Preparation) -> dict[str, Any]:
        """Answer a question, computing."""
        if self.form is None:
            return answer(self.network, ask_row(self.network, content))
        question = ask_picture(self.network, self.form, content, preparation)
        return answer(self.network, question)


def application(served: Served) -> web.Application:
    """Return the routes of a page."""
    files = {
        path: ((_PAGE / name).read_bytes(), content_type)
        for path, (name, content_type) in _FILES.items()
    }
    routes: list[Any] = [
        (path, _File, {"served": served, "content": content, "content_type": content_type})
        for path, (content, content_type) in files.items()
    ]
    routes += [
        ("/network", _Network, {"served": served}),
        ("/answer", _Answer, {"served": served}),
    ]
    return web.Application(
        routes,
        default_handler_class=_Unknown,
        default_handler_args={"served": served},
        log_function=_log_nothing,
    )


def _log_nothing(handler: web.RequestHandler) -> None:
    """A page that is asked at every stroke would fill the screen."""


@web.stream_request_body
class _Handler(web.RequestHandler):
    """What every route does: refuse whom it does not answer, and bodies that are too large."""

    methods: ClassVar[tuple[str, ...]] = ("GET", "HEAD", "OPTIONS")
    types: tuple[str, ...] = ()

    def initialize(self, served: Served, **more: object) -> None:
        self.served = served
        self.body = bytearray()
        self.most = 0

    def set_default_headers(self) -> None:
        self.clear_header("Server")
        for name, value in HEADERS.items():
            self.set_header(name, value)

    def prepare(self) -> None:
        method, headers = self.request.method or "", self.request.headers
        why = refusal(method, headers, self.served.names)
        if why:
            self.send_error(403, line=why)
        elif method not in self.methods:
            self.send_error(405)
        elif method == "POST" and self._content_type() not in self.types:
            self.send_error(
                415,
                line=f"Content-Type {self._content_type()[:40]!r}; expected"
                f" {' or '.join(self.types)}, not compressed",
            )
        else:
            length = headers.get("Content-Length", "0")
            if length.isdecimal() and (len(length) > 18 or int(length) > self.most):
                self._too_large()

    def _content_type(self) -> str:
        headers = self.request.headers
        if "Content-Encoding" in headers:
            return f"{headers['Content-Encoding']} of something"
        return headers.get("Content-Type", "").partition(";")[0].strip().lower()

    def _too_large(self) -> None:
        self.send_error(413, line=f"the request is too large; expected {self.most:,} bytes at most")

    def data_received(self, chunk: bytes) -> None:
        if self._finished:
            return
        self.body += chunk
        if len(self.body) > self.most:
            self._too_large()

    def options(self) -> None:
        self.set_header("Allow", ", ".join(self.methods))
        self.set_status(204)

    def write_error(self, status_code: int, **about: Any) -> None:
        """Say in a line of JSON what was wrong; nothing of the code is shown."""
        if status_code == 405:
            self.set_header("Allow", ", ".join(self.methods))
        if status_code == 503:
            self.set_header("Retry-After", "1")
        self.say({"error": about.get("line") or HTTPStatus(status_code).phrase})

    def say(self, value: Mapping[str, Any]) -> None:
        """Answer with a line of JSON."""
        self.set_header("Content-Type", "application/json")
        self.finish(json.dumps(value, allow_nan=False, separators=(",", ":")) + "\n")

    def log_exception(
        self,
        typ: type[BaseException] | None,
        value: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        if not isinstance(value, web.HTTPError):
            said = " ".join(str(value).split())[:200]
            log.warning("serve: unexpected %s: %s", type(value).__name__, said)


class _File(_Handler):
    """A file of the page, out of memory: no path of a request is ever opened."""

    def initialize(self, served: Served, **more: object) -> None:
        super().initialize(served)
        self.content, self.content_type = more["content"], more["content_type"]

    def get(self) -> None:
        self.set_header("Content-Type", str(self.content_type))
        assert isinstance(self.content, bytes)
        self.finish(self.content)

    head = get


class _Network(_Handler):
    """What the network takes and says."""

    def get(self) -> None:
        self.say(self.served.description)

    head = get


class _Answer(_Handler):
    """What the network says of a sample."""

    methods = ("POST", "OPTIONS")

    def initialize(self, served: Served, **more: object) -> None:
        super().initialize(served)
        self.types = _ROWS if served.form is None else _PICTURES
        self.most = served.largest

    async def post(self) -> None:
        preparation = self._preparation()
        if preparation is None:
            return
        if self.served.waiting >= _MOST_WAITING:
            self.send_error(503, line=f"{_MOST_WAITING} questions are waiting; ask again later")
            return
        self.served.waiting += 1
        try:
            said = await self._computed(lambda: self.served.answer(bytes(self.body), preparation))
        except FrameworkError as error:
            self.send_error(422, line=str(error))
        else:
            self.say(said)
        finally:
            self.served.waiting -= 1

    async def _computed(self, compute: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        return await asyncio.get_running_loop().run_in_executor(self.served.worker, compute)

    def _preparation(self) -> Preparation | None:
        """Return how the picture is to be prepared; None when it was refused."""
        form, asked = self.served.form, self.get_query_argument("preparation", "")
        if not asked:
            return self.served.preparation
        for known in form.preparations if form else ():
            if known == asked:
                return known
        self.send_error(400, line=f"preparation={asked[:40]!r} is none that this network takes")
        return None


class _Unknown(_Handler):
    """Whatever else is asked for."""

    def prepare(self) -> None:
        why = refusal(self.request.method or "", self.request.headers, self.served.names)
        self.send_error(403 if why else 404, line=why or "there is no such page")
