"""A screen that is gone: training goes on, statuses are kept, listings end quietly."""

from __future__ import annotations

import contextlib
import os
import pty
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from framework.runs.choose_checkpoint import checkpoints
from tests.end_to_end.processes import wait_until

pytestmark = pytest.mark.slow  # processes by the dozen

RUN = "data=spirals trainer.epochs=2 model.hidden=[8] ~callbacks.pictures hydra.run.dir=run"
SWEEP = "-m data=spirals trainer.epochs=1 model.hidden=[8] callbacks=none seed=0,1"


def shell(line: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run a line of a shell in which `F` is the framework, its status last on the output."""
    program = f"{shlex.quote(sys.executable)} -m framework"
    script = f'F() {{ {program} "$@"; echo $? > status; }}; {line}; printf %s "$(cat status)"'
    return subprocess.run(
        ["bash", "-c", script], cwd=cwd, capture_output=True, text=True, timeout=120, check=False
    )


@pytest.mark.parametrize(
    "line",
    [
        f"F {RUN} 2>&1 | head -1 >/dev/null",
        f"F {RUN} 2>/dev/full",
        f"F {RUN} >&- 2>&- <&-",
        f"PYTHONUNBUFFERED=1 F {RUN} 2>&1 | head -1 >/dev/null",
    ],
)
def test_a_run_goes_on_without_it(tmp_path, line):
    done = shell(line, tmp_path)
    assert done.stdout == "0"
    assert (tmp_path / "run" / "summary.json").exists()
    assert "epoch 2/2" in (tmp_path / "run" / "run.log").read_text()
    assert "rror" not in done.stderr


@pytest.mark.parametrize("launcher", ["basic", "parallel"])
def test_a_sweep_goes_on_without_it(tmp_path, launcher):
    line = f"F {SWEEP} hydra.sweep.dir=s hydra/launcher={launcher} 2>&1 | head -1 >/dev/null"
    done = shell(line, tmp_path)
    assert done.stdout == "0"
    assert (tmp_path / "s" / "leaderboard.csv").exists()
    assert done.stderr == ""


def test_listings_end_quietly_and_a_full_disk_is_said(tmp_path):
    for listing in ("job=plugins", "--cfg job", "--help"):
        done = shell(f"F {listing} | head -1 >/dev/null", tmp_path)
        assert (done.stdout, done.stderr) == ("0", "")
    assert shell("F job=plugins >&-", tmp_path).stdout == "0"
    full = shell("F job=plugins >/dev/full", tmp_path)
    assert full.stdout == "1"
    assert full.stderr == ("error: standard output: cannot be written: No space left on device\n")


def test_what_an_encoding_lacks_is_written_as_an_escape(tmp_path):
    line = "PYTHONIOENCODING=ascii F data=spirals layer=é"
    done = shell(line, tmp_path)
    assert done.stdout == "1"
    assert r"layer=\xe9" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_ctrl_c_that_ends_tee_first(tmp_path):
    """At a terminal: the run says on the terminal itself how to resume."""
    words = f"{shlex.quote(sys.executable)} -m framework data=spirals trainer.epochs=100000"
    line = f"{words} hydra.run.dir=run callbacks=none 2>&1 | tee log; echo ${{PIPESTATUS[0]}} >st"
    child, terminal = pty.fork()
    if not child:
        os.chdir(tmp_path)
        os.execvp("bash", ["bash", "-c", f"trap : INT; {line}"])
    wait_until(lambda: list(tmp_path.glob("run/checkpoints/step-*")))
    os.write(terminal, b"\x03")
    status = tmp_path / "st"
    wait_until(lambda: status.exists() and status.read_text())
    assert status.read_text() == "130\n"
    said = ""
    with contextlib.suppress(OSError):  # Linux says so where nobody has the terminal any more
        while read := os.read(terminal, 1 << 16):
            said += read.decode()
    assert "interrupted; job=resume run=" in said
    assert "Traceback" not in said
    os.close(terminal)
    os.waitpid(child, 0)


@pytest.mark.parametrize(("before", "status"), [("", 129), ("trap '' HUP;", 143)])
def test_a_terminal_that_closes_ends_a_run_unless_it_was_told_to_stay(tmp_path, before, status):
    child, terminal = pty.fork()
    if not child:
        os.chdir(tmp_path)
        words = "-m framework data=spirals trainer.epochs=100000 hydra.run.dir=run"
        line = f"{before} exec {shlex.quote(sys.executable)} {words} callbacks=none"
        os.execvp("sh", ["sh", "-c", line])
    wait_until(lambda: checkpoints(tmp_path / "run"))
    os.close(terminal)  # the system sends SIGHUP to the group in the foreground
    if before:  # as `nohup` does
        last = checkpoints(tmp_path / "run")[0]
        time.sleep(0.5)
        wait_until(lambda: checkpoints(tmp_path / "run")[0] != last)
        os.kill(child, signal.SIGTERM)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == status
