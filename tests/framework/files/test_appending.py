"""A file that grows by lines keeps what was there, and ends with whole lines."""

from __future__ import annotations

import os

import pytest

from framework.files.appending import Appending


def test_lines_are_appended_to_what_was_there(tmp_path):
    path = tmp_path / "run.log"
    path.write_bytes(b"one\n")
    for line in ("two\n", "three\n"):
        log = Appending(path)
        log.write(line)
        log.close()
    assert path.read_bytes() == b"one\ntwo\nthree\n"


@pytest.mark.parametrize("whole", [b"", b"one\n", b"x" * (1 << 17) + b"\n"])
def test_a_broken_line_is_removed(tmp_path, whole):
    path = tmp_path / "run.log"
    path.write_bytes(whole + b"hal")
    log = Appending(path)
    log.write("two\n")
    log.close()
    assert path.read_bytes() == whole + b"two\n"


def test_another_name_of_the_file_keeps_what_it_has(tmp_path):
    path, other = tmp_path / "run.log", tmp_path / "other"
    path.write_bytes(b"one\n")
    os.link(path, other)
    log = Appending(path)
    log.write("two\n")
    log.close()
    assert other.read_bytes() == b"one\n"
    assert path.read_bytes() == b"one\ntwo\n"
