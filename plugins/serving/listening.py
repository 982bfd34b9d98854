"""The server: sockets that are this machine's own unless asked otherwise, and their end."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
import signal
import socket
import warnings
from collections.abc import Callable, Iterator, Sequence
from types import FrameType
from typing import Any

from tornado import web
from tornado.httpserver import HTTPServer
from tornado.iostream import IOStream, StreamClosedError
from tornado.netutil import bind_sockets

from framework import ConfigurationError, RunError

from .stream import Stream, answer_of

Handler = Callable[[int, FrameType | None], Any]
_SIGNALS = [getattr(signal, n) for n in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, n)]
_MOST_CONNECTIONS = 256
_SECONDS = 15.0  # in which a client must have sent a request's head, and again its body
_LARGEST_HEAD = 1 << 14
_FULL = answer_of(
    "503 Service Unavailable",
    b'{"error":"too many connections; ask again later"}\n',
    "Retry-After: 1\r\n",
)


def listen(host: str, port: int) -> list[socket.socket]:
    """Return sockets that listen at an address.

    Raises
    ------
    ConfigurationError : when there is no such address.
    RunError : when the port is taken, or not for users.
    """
    if not host:
        raise ConfigurationError("host: is empty; expected 127.0.0.1, or 0.0.0.0 for all addresses")
    try:
        return bind_sockets(port, host)
    except (OSError, UnicodeError) as error:
        number = getattr(error, "errno", None)
        if number == errno.EADDRINUSE:
            raise RunError(f"port: {port} of {host} is taken; port=0 takes any free one") from None
        if number == errno.EACCES:
            raise RunError(f"port: {port} is not for users; expected 1024 or more") from None
        why = getattr(error, "strerror", None) or error
        raise ConfigurationError(f"host: cannot listen at {host}: {why}") from None


class _Server(HTTPServer):
    """A server of not too many connections at once."""

    connections = 0

    def handle_stream(self, stream: IOStream, address: tuple[Any, ...]) -> None:
        own = Stream(
            stream.socket,
            max_buffer_size=stream.max_buffer_size,
            read_chunk_size=stream.read_chunk_size,
        )
        if self.connections < _MOST_CONNECTIONS:
            self.connections += 1
            super().handle_stream(own, address)
            return
        with contextlib.suppress(StreamClosedError):
            own.write(_FULL)
        own.close()

    def on_close(self, server_conn: object) -> None:
        self.connections -= 1
        super().on_close(server_conn)


def serve(
    application: web.Application, sockets: Sequence[socket.socket], ready: Callable[[], None]
) -> None:
    """Serve until a signal ends it, which is raised as it always is; the sockets are then closed.

    Parameters
    ----------
    ready : called when requests are answered.
    """
    with _quiet():
        Stream.waits = True
        asyncio.run(_serve(application, sockets, ready))


async def _serve(
    application: web.Application, sockets: Sequence[socket.socket], ready: Callable[[], None]
) -> None:
    server = _Server(
        application,
        idle_connection_timeout=_SECONDS,
        body_timeout=_SECONDS,
        max_header_size=_LARGEST_HEAD,
        max_body_size=1 << 62,  # each route has its own, and says so before the body is read
    )
    server.add_sockets(list(sockets))
    loop = asyncio.get_running_loop()
    came: asyncio.Future[tuple[int, Handler]] = loop.create_future()
    with _between_callbacks(loop, came):
        try:
            ready()
            number, handler = await came
        finally:
            Stream.waits = False  # the loop ends, and with it whoever waits
            server.stop()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(server.close_all_connections(), 1)
    handler(number, None)


@contextlib.contextmanager
def _between_callbacks(
    loop: asyncio.AbstractEventLoop, came: asyncio.Future[tuple[int, Handler]]
) -> Iterator[None]:
    """Have the loop tell of signals between two callbacks, in none of which they could be lost.

    Where it cannot (on Windows), they are raised wherever they come, as in any program.
    """

    def tell(number: int, handler: Handler) -> None:
        if not came.done():
            came.set_result((number, handler))

    handlers: dict[int, Handler] = {}
    for number in _SIGNALS:
        handler = signal.getsignal(number)
        if callable(handler):
            with contextlib.suppress(NotImplementedError, RuntimeError, ValueError):
                loop.add_signal_handler(number, tell, number, handler)
                handlers[number] = handler
    try:
        yield
    finally:
        for number, handler in handlers.items():
            loop.remove_signal_handler(number)
            signal.signal(number, handler)


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keep what clients do wrong off the screen: Tornado's log, Pillow's word on large pictures."""
    tornado = logging.getLogger("tornado")
    before, nothing = tornado.propagate, logging.NullHandler()
    tornado.propagate = False
    tornado.addHandler(nothing)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Image size .* exceeds limit")
            yield
    finally:
        tornado.removeHandler(nothing)
        tornado.propagate = before
