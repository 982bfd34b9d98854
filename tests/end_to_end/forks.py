"""Command lines in forks of one process that has everything imported: most of a second saved each.

Run as a script: requests in on standard input, a line of JSON each, and the exit status of each
out. A fork is what `python -m framework` is but for the start of Python, which the process that
draws is spared, too, and for `fsync`: no test here can see whether bytes have reached the disk, and
waiting for it is most of what a run takes.
"""

from __future__ import annotations

import atexit
import contextlib
import gc
import importlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import traceback
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any, NoReturn

GRAMMAR = (
    *("a=b", "a/b@c=d", "~a", "~a=b", "+a.b=1e-3", "++a=null", "a='x y'", 'a="x"', "a=x/y.csv"),
    *("a=[]", "a=[x,1]", "a={name: x, y: [{z: 0.5}, -1]}", "a=${b.c}", "a=1,2", "a=range(3)"),
)
"""Overrides of every kind that tests write."""


def main() -> None:
    """Import what a run needs, then fork for each request."""
    sys.path.pop(0)  # the folder of this script; a command line has its working directory there
    warm_up()
    draw_by_forks()
    for line in sys.stdin:
        child = os.fork()
        if not child:
            _become(json.loads(line))
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)


def warm_up() -> None:
    """Import what a run needs, and compose once: Hydra's parsers learn their grammar in use."""
    for module in (
        "filelock",
        "framework.app",
        "framework.configuration.launchers",
        "framework.runs.runner",
        "framework.sweeps.command",
        "framework.sweeps.perform",
        "multiprocessing.synchronize",
        "numpy.ma",
        "numpy.random",
        "safetensors.numpy",
        "threadpoolctl",
    ):
        importlib.import_module(module)
    from hydra.core.override_parser.overrides_parser import OverridesParser

    from framework.configuration.compose import compose_one, prepare

    OverridesParser.create().parse_overrides(list(GRAMMAR))
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):  # a run's is reserved
        compose_one(prepare(["data=spirals", "model.hidden=[8]", "trainer.epochs=1"]))
    gc.collect()
    gc.freeze()


def draw_by_forks() -> None:
    """Import matplotlib, and have runs start the process that draws as a fork."""
    for module in ("PIL.PngImagePlugin", "matplotlib.backends.backend_agg", "matplotlib.figure"):
        importlib.import_module(module)
    from framework.drawing import client

    vars(client)["subprocess"] = SimpleNamespace(**{**vars(subprocess), "Popen": DrawingFork})
    gc.freeze()


class DrawingFork(subprocess.Popen[bytes]):
    """The process that draws, as a fork of one that has matplotlib."""

    def _execute_child(self, *arguments: Any) -> None:
        pipes = arguments[10:16]  # of standard input, output and errors: to read from, to write to
        self.pid = os.fork()
        if not self.pid:
            _draw(pipes[0], pipes[3])
        vars(self)["_child_created"] = True
        self._close_pipe_fds(*pipes)  # type: ignore[attr-defined]


def _draw(reads: int, writes: int) -> NoReturn:
    """Be the process that draws: nothing of the run's is open in it."""
    from framework.drawing import process

    try:
        for number in (signal.SIGINT, signal.SIGHUP):
            signal.signal(number, signal.SIG_DFL)
        os.setpgid(0, 0)
        os.nice = lambda step: 0  # there is nothing beside it to go first
        nowhere = os.open(os.devnull, os.O_WRONLY)
        for descriptor, own in enumerate((reads, writes, nowhere)):
            os.dup2(own, descriptor)
        os.closerange(3, 1024)
        sys.stdin, sys.stdout, sys.stderr = os.fdopen(0), os.fdopen(1, "w"), os.fdopen(2, "w")
        process.main()
    finally:
        os._exit(0)


def _become(request: Mapping[str, Any]) -> None:
    """Be the process that `python -m framework` starts, up to its exit status."""
    import framework.__main__
    from framework import app
    from framework.process import startup

    os.chdir(request["cwd"])
    os.environ.clear()
    os.environ.update(request["environment"])
    for descriptor, path, flags in (
        (0, os.devnull, os.O_RDONLY),
        (1, request["stdout"], os.O_WRONLY),
        (2, request["stderr"], os.O_WRONLY),
    ):
        os.dup2(os.open(path, flags), descriptor)
    sys.argv = [framework.__main__.__file__, *request["arguments"]]
    folders = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    sys.path[:0] = [request["cwd"], *(f for f in folders if f and f not in sys.path)]
    os.fsync = lambda fd: None
    startup.begin()
    gc.disable()
    status = 1
    try:
        app.main()
        status = 0
    except SystemExit as end:
        if isinstance(end.code, str):
            print(end.code, file=sys.stderr)
        status = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        traceback.print_exc()
    finally:
        threading._shutdown()  # type: ignore[attr-defined]
        atexit._run_exitfuncs()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


if __name__ == "__main__":
    main()
