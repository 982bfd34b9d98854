"""What a plugin's import changes for the whole process is put back, and said in a line."""

from __future__ import annotations

import sys

import pytest

from framework.process.global_state import _WATCHED
from framework.registry.loading import Loading, load
from tests.end_to_end.command import QUICK, framework

CHANGES = {
    "os.chdir('/')": "the working directory",
    "os.umask(0o777)": "the umask",
    "np.seterr(all='raise')": "numpy's error handling",
    "np.set_printoptions(precision=1)": "how numpy prints",
    "logging.disable(logging.CRITICAL)": "logging",
    "logging.getLogger('framework').setLevel(100)": "logging",
    "import logging.config; logging.config.dictConfig({'version': 1})": "logging",
    "warnings.simplefilter('ignore')": "which warnings are shown",
    "signal.signal(signal.SIGTERM, signal.SIG_IGN)": "signal handlers",
    "os.environ.pop('PATH')": "environment variables",
    "os.environ['HOME'] = '/nowhere'": "environment variables",
    "sys.path.clear()": "sys.path",
    "sys.stderr = io.StringIO()": "standard streams",
    "sys.setrecursionlimit(500)": "the recursion limit",
    "os.environ['THEIR_OWN'] = '1'": "",
    "sys.path.append('theirs')": "",
    "warnings.filterwarnings('ignore', category=DeprecationWarning, module='theirs')": "",
}


def importer(code: str):
    def plugin() -> object:
        import io
        import locale
        import logging
        import os
        import signal
        import sys
        import types
        import warnings

        import numpy as np

        from framework import hookimpl

        names = {
            "io": io, "locale": locale, "logging": logging, "os": os, "signal": signal,
            "sys": sys, "warnings": warnings, "np": np,
        }  # fmt: skip
        exec(code, names)
        module = types.ModuleType("theirs")

        @hookimpl
        def framework_layers():
            return {}

        vars(module)["framework_layers"] = framework_layers
        return module

    return plugin


@pytest.mark.parametrize(("code", "what"), CHANGES.items())
def test_it_is_put_back(monkeypatch, code, what):
    monkeypatch.setenv("HOME", "/home")
    before = [watched.read() for watched in _WATCHED]
    loading = Loading()
    load(importer(code), loading)
    assert loading.changed == ((what,) if what else ())
    if what:
        assert [watched.read() for watched in _WATCHED] == before
    assert loading.remarks() == ([f"changes {what} when it is loaded; put back"] if what else [])
    monkeypatch.delenv("THEIR_OWN", raising=False)
    sys.path[:] = [entry for entry in sys.path if entry != "theirs"]


MOVING = """
import logging, os
import numpy as np
from framework import hookimpl
os.chdir("/")
os.umask(0o777)
np.seterr(all="raise")
logging.disable(logging.CRITICAL)
@hookimpl
def framework_layers():
    return {}
"""


def test_a_run_is_neither_moved_nor_silenced(tmp_path):
    (tmp_path / "moving.py").write_text(MOVING)
    done = framework(
        *QUICK, "plugins=[moving]", "callbacks=none", "hydra.run.dir=run", cwd=tmp_path
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "run" / "summary.json").stat().st_mode & 0o600
    assert (
        "plugin moving changes the working directory, the umask, numpy's error handling, logging"
        " when it is loaded; put back" in done.stderr
    )
