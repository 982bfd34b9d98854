"""The benchmarks' figures over commits: kept, read and drawn."""

from __future__ import annotations

from dataclasses import replace

import pytest

from benchmarks import history

pytestmark = pytest.mark.slow

FIGURE = history.Figure(
    date="2026-01-01T00:00Z",
    commit="aaa",
    processor="P, 3 GHz",
    machine_cores=2,
    kernels="Haswell",
    versions="numpy 2",
    workload="W1",
    peer="framework",
    cores=1,
    bound=True,
    steps=10,
    repeats=3,
    best_us=300.0,
    median_us=310.0,
    processor_us=299.0,
)


def test_the_history_grows_and_is_drawn(tmp_path, capsys):
    path, picture = tmp_path / "history.csv", tmp_path / "history.png"
    floor, later = replace(FIGURE, peer="floor", best_us=200.0), "2026-02-01T00:00Z"
    history.append(path, [FIGURE, floor])
    faster = [
        replace(FIGURE, date=later, commit="bbb", best_us=240.0),
        replace(floor, date=later, commit="bbb"),
        replace(FIGURE, date=later, commit="bbb", kernels="SkylakeX", best_us=220.0),
        replace(floor, date=later, commit="bbb", kernels="SkylakeX"),
        replace(FIGURE, date=later, commit="bbb", cores=2, best_us=100.0),
    ]
    history.append(path, faster)
    assert history.read(path) == [FIGURE, floor, *faster]
    history.main(["--file", str(path), "--write", str(picture)])
    said = capsys.readouterr().out
    for commit, ratio, kernel in (
        ("aaa", "1.50", "Haswell"),
        ("bbb", "1.20", "Haswell"),
        ("bbb", "1.10", "SkylakeX"),
    ):
        assert any(commit in s and ratio in s and kernel in s for s in said.splitlines())
    assert picture.stat().st_size > 5000


@pytest.mark.parametrize(
    ("text", "says"),
    [("a,b\n1,2\n", "the columns must be date,commit"), (None, "No such file")],
)
def test_another_file_is_no_history(tmp_path, capsys, text, says):
    path = tmp_path / "history.csv"
    if text is not None:
        path.write_text(text)
    with pytest.raises(SystemExit) as ended:
        history.main(["--file", str(path)])
    assert ended.value.code == 2
    assert says in capsys.readouterr().err


def test_a_damaged_line_of_the_history_is_named(tmp_path):
    path = tmp_path / "history.csv"
    history.append(path, [FIGURE])
    path.write_text(path.read_text() + "2026,abc\n")
    with pytest.raises(ValueError, match="line 3: not a line of figures"):
        history.read(path)
