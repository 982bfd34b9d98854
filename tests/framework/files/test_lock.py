"""A run's directory has one process at a time, by the way of either system."""

from __future__ import annotations

import subprocess
import sys
from contextlib import suppress

import pytest

from framework.errors import RunError
from framework.files import lock

WAYS = [lock._locked_file]
if sys.platform != "win32":
    WAYS.append(lock._locked_directory)

HOLDER = """
import sys
from pathlib import Path
from framework.files import lock
with getattr(lock, sys.argv[1])(Path(sys.argv[2])):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.mark.parametrize("way", WAYS)
def test_a_second_holder_is_refused_until_the_first_ends_however_it_does(tmp_path, way):
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, way.__name__, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        with pytest.raises(RunError, match="another process is at work on this run"):
            way(tmp_path).__enter__()
    finally:
        process.kill()
        process.communicate()
    with way(tmp_path):
        pass
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("way", WAYS)
def test_two_in_one_process_exclude_each_other(tmp_path, way):
    with way(tmp_path), pytest.raises(RunError), way(tmp_path):
        raise AssertionError
    with way(tmp_path):
        pass


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
def test_a_link_in_the_locks_place_is_not_followed(tmp_path):
    victim, directory = tmp_path / "victim", tmp_path / "run"
    victim.write_text("mine")
    directory.mkdir()
    (directory / lock.LOCK).symlink_to(victim)
    with pytest.raises(RunError, match="symbolic link"):
        lock._locked_file(directory).__enter__()
    with lock.exclusive_lock(directory):
        pass
    with suppress(RunError), lock._locked_file(directory):
        pass
    assert victim.read_text() == "mine"
