"""The program that draws what `client.py` asks for; it imports nothing of the framework.

With matplotlib it then has enough to import.
"""

from __future__ import annotations

import gc
import importlib.util
import io
import json
import os
import signal
import sys
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np

if TYPE_CHECKING:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

_QUICK = {"compress_level": 1}  # a sixth larger, a sixth of the time less


def main() -> None:
    """Draw what is asked for on standard input, until it ends."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    if hasattr(signal, "SIGPIPE"):
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # who asked is gone
    if hasattr(os, "nice"):
        os.nice(10)  # training and measuring come first
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # what others print is no answer
    _set_user_settings_aside()
    failed = ""
    try:
        from matplotlib.backends import backend_agg  # noqa: F401
        from matplotlib.figure import Figure  # noqa: F401
    except (Exception, SystemExit) as error:
        failed = f"matplotlib cannot be imported: {_described(error)}"
    gc.freeze()  # matplotlib's own objects stay: nobody need look through them again
    while (message := _message(sys.stdin.buffer)) is not None:
        answer = {"failed": failed} if failed else _draw(message)
        print(json.dumps(answer), file=answers, flush=True)


def _set_user_settings_aside() -> None:
    """Have matplotlib as it is by itself: a notebook's backend or LaTeX's fonts are for others."""
    os.environ["MPLBACKEND"] = "Agg"
    os.environ["MATPLOTLIBRC"] = os.devnull
    os.chdir(Path(__file__).parent)  # the working directory's matplotlibrc would be read first


def _message(stream: BinaryIO) -> bytes | None:
    header = stream.read(8)
    content = stream.read(int.from_bytes(header, "big")) if len(header) == 8 else b""
    return content or None


def _draw(message: bytes) -> Mapping[str, str]:
    try:
        with np.load(io.BytesIO(message)) as archive:
            arrays = dict(archive)
        file, name, path, width, height = arrays.pop("about").tolist()
        figure = _figure(float(width), float(height))
        # Margins by hand: to have them worked out would draw everything twice.
        figure.subplots_adjust(left=0.11, right=0.97, bottom=0.12, top=0.92)
        with np.errstate(all="ignore"):
            _function(file, name)(figure, **arrays)
            image = io.BytesIO()
            figure.savefig(image, format="png", pil_kwargs=_QUICK)
    except Exception as error:
        return {"failed": _described(error)}
    try:
        _write(Path(path), image.getbuffer())
    except OSError as error:
        return {"unwritten": error.strerror or str(error)}
    return {}


def _figure(width: float, height: float) -> Figure:
    """Return a new figure, on the canvas of its size."""
    from matplotlib.figure import Figure

    figure, canvas = Figure(figsize=(width, height)), _canvas(width, height)
    canvas.figure = figure
    figure.set_canvas(canvas)
    return figure


@cache
def _canvas(width: float, height: float) -> FigureCanvasAgg:
    """Return the canvas of a size; it keeps what was measured of words that are drawn again."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    return FigureCanvasAgg(Figure(figsize=(width, height)))


def _function(file: str, name: str) -> Callable[..., Any]:
    module = sys.modules.get(file)
    if module is None:
        spec = importlib.util.spec_from_file_location(file, file)
        assert spec is not None
        assert spec.loader is not None
        module = sys.modules[file] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    function: Callable[..., Any] = getattr(module, name)
    return function


def _described(error: BaseException) -> str:
    return " ".join(f"{type(error).__name__}: {error}".split())


def _write(path: Path, content: memoryview) -> None:
    """Write a file whole or not at all."""
    part = path.with_name(f".part-{os.urandom(6).hex()}.{path.name[-40:]}")
    try:
        with part.open("xb") as file:
            file.write(content)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


if __name__ == "__main__":
    main()
