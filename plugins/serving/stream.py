"""A connection that ends in order: who still sends gets the answer, not a broken pipe.

A socket that is closed with bytes unread resets the connection, and what was answered is lost on
the way (RFC 9112, section 9.6). So the sending half is closed first, and what still comes is
dropped, up to a bound.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from typing import Any, ClassVar

from tornado.iostream import IOStream

_MOST_DROPPED = 64 << 20  # bytes, and seconds, of one who goes on sending
_SECONDS = 5.0
_MOST_ENDING = 64  # connections; more are closed at once
_BARE = b"HTTP/1.1 400 Bad Request\r\n\r\n"  # what Tornado says to what is no request
_ending: set[asyncio.Task[None]] = set()


def answer_of(status: str, line: bytes, more: str = "") -> bytes:
    """Return an answer that is the last of a connection."""
    head = f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {len(line)}\r\n"
    return f"{head}{more}Connection: close\r\n\r\n".encode() + line


_NO_REQUEST = answer_of("400 Bad Request", b'{"error":"this is no request of HTTP/1.1"}\n')


class Stream(IOStream):
    """A connection of the server's.

    Attributes
    ----------
    waits : whether connections end in order; once the server ends they are closed at once.
    """

    waits: ClassVar[bool] = True

    def write(self, data: bytes | memoryview) -> asyncio.Future[None]:
        """Send bytes; to what is no request, in the words of every other refusal."""
        return super().write(_NO_REQUEST if data == _BARE else data)

    def close(self, exc_info: Any = False) -> None:
        """Close the connection, the half that sends first."""
        if self.waits and not self.closed() and not exc_info and len(_ending) < _MOST_ENDING:
            with contextlib.suppress(OSError, RuntimeError):  # it is gone, or the server is
                loop, still = asyncio.get_running_loop(), self.socket.dup()
                task = loop.create_task(_drop(still))
                _ending.add(task)
                task.add_done_callback(_ended)
        super().close(exc_info)


def _ended(task: asyncio.Task[None]) -> None:
    """Forget a connection; a signal that met it has been raised out of the loop by then."""
    _ending.discard(task)
    if not task.cancelled():
        task.exception()  # or asyncio prints it once more


async def _drop(connection: socket.socket) -> None:
    """Read what still comes, and forget it."""
    loop, dropped = asyncio.get_running_loop(), 0
    with connection, contextlib.suppress(OSError, TimeoutError):
        connection.setblocking(False)
        connection.shutdown(socket.SHUT_WR)
        async with asyncio.timeout(_SECONDS):
            while dropped < _MOST_DROPPED and (part := await loop.sock_recv(connection, 1 << 16)):
                dropped += len(part)
