"""What is logged before a run has a directory, and in it a file to log to."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager


class _Collector(logging.Handler):
    def __init__(self, found: list[logging.LogRecord]) -> None:
        super().__init__()
        self._found = found

    def emit(self, record: logging.LogRecord) -> None:
        self._found.append(record)


@contextmanager
def collecting(logger: logging.Logger) -> Iterator[list[logging.LogRecord]]:
    """Keep what is logged before there is a file to log to."""
    found: list[logging.LogRecord] = []
    handler = _Collector(found)
    logger.addHandler(handler)
    try:
        yield found
    finally:
        logger.removeHandler(handler)
