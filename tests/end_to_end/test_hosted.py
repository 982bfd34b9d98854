"""Runs that Python starts: what is shown of them, how they end, what mistakes become."""

from __future__ import annotations

import csv
import gc
import logging
import re
import signal
import sys
import threading
import traceback
from dataclasses import dataclass
from html.parser import HTMLParser
from importlib import import_module
from typing import Any, ClassVar

import numpy as np
import pytest

import framework as fw
from framework.runs import given_back

Accuracy: Any = import_module("framework.plugins").framework_metrics()["accuracy"]

SMALL: dict[str, Any] = {"hidden": [4], "epochs": 3, "batch_size": 20}
NAMES = np.array(["<script>alert(1)</script>", "b & 'c'"])


X = np.random.default_rng(0).standard_normal((200, 3))
Y = (X[:, 0] > 0).astype(int)


@dataclass(frozen=True)
class Interrupts(fw.Callback):
    """Has a signal come in the middle of an epoch, or raises what one is in Python."""

    changes_training: ClassVar[bool] = True
    step: int = 12
    raised: bool = False
    number: int = 2

    @fw.hookimpl
    def framework_step_ended(self, run, step):
        if step == self.step:
            if self.raised:
                raise KeyboardInterrupt
            signal.raise_signal(self.number)


@dataclass(frozen=True)
class InterruptsMeasuring(Accuracy):  # type: ignore[misc]
    """Has a signal come while the second epoch is measured."""

    calls: ClassVar[list[int]] = []

    def start(self, outputs, rows):
        self.calls.append(rows)
        if len(self.calls) == 4:  # two splits an epoch
            signal.raise_signal(signal.SIGINT)
            raise AssertionError
        return super().start(outputs, rows)


@pytest.fixture
def cells(monkeypatch):
    """As where somebody runs cells, who has interrupted nothing yet."""
    monkeypatch.setattr(sys, "ps1", "In : ", raising=False)
    monkeypatch.setattr(given_back, "_when", [float("-inf")])


def bytes_of(run: fw.Run) -> list[bytes]:
    return [array.tobytes() for array in run.network.parameters().values()]


def test_a_run_is_a_short_line_and_its_history_the_columns_of_metrics_csv(tmp_path):
    run = fw.fit(
        X, Y, **SMALL, directory=tmp_path / "run", overrides=["~callbacks.pictures"],
        verbose=False,
    )  # fmt: skip
    figures = run.summary["figures"]
    assert repr(run) == (
        f"<Run: 3 epochs, validation_accuracy {figures['validation_accuracy']:.4f},"
        f" test_accuracy {figures['test_accuracy']:.4f}, {tmp_path / 'run'}>"
    )
    with (tmp_path / "run" / "metrics.csv").open() as file:
        header, *rows = csv.reader(file)
    assert list(run.history) == header
    assert [float(row[-1]) for row in rows] == run.history["validation_accuracy"]
    log = (tmp_path / "run" / "run.log").read_text()
    assert len(re.findall(r"INFO epoch \d/3 .* validation_accuracy 0\.\d{4}", log)) == 3


class _Tags(HTMLParser):
    """Notes tags, and what is loaded from elsewhere."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.sources: list[str] = []

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.tags.add(tag)
        self.sources += [value for name, value in attrs if name in ("src", "href")]


def page_of(run: fw.Run) -> _Tags:
    tags = _Tags()
    tags.feed(run._repr_html_())
    assert not tags.tags & {"script", "link", "style", "iframe"}
    assert all(source.startswith("data:image/png;base64,") for source in tags.sources)
    return tags


def test_the_page_of_a_run_is_complete_by_itself_and_nobodys_names_are_code(tmp_path):
    run = fw.fit(
        X, NAMES[Y], **SMALL, directory=tmp_path / "a & b's", verbose=False,
        callbacks="none",
    )  # fmt: skip
    assert {"table", "svg"} <= page_of(run).tags
    (tmp_path / "a & b's" / "a.png").write_bytes(b"\x89PNG\r\n\x1a\n of a picture")
    (tmp_path / "a & b's" / "b.png").write_bytes(b"<script>")
    page = page_of(run)
    assert len(page.sources) == 1
    assert "svg" not in page.tags
    assert "a &amp; b" in run._repr_html_()
    run.failures.append("<i>callback")
    assert "i" not in page_of(run).tags


def test_a_run_without_a_directory_leaves_nothing(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    kept = fw.fit(X, Y, **SMALL, directory="run", callbacks="none", verbose=False)
    run = fw.fit(X, Y, **SMALL, directory=False, callbacks="none", verbose=False)
    assert bytes_of(run) == bytes_of(kept)
    assert "framework-" not in repr(run)
    directory = run.directory
    assert (directory / "summary.json").exists()
    page_of(run)
    del run
    gc.collect()
    assert not directory.exists()
    assert [path.name for path in tmp_path.iterdir()] == ["run"]
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    mistakes: list[dict[str, Any]] = [{"epochs": -1}, {"epoch": 1}]
    for wrong in mistakes:
        with pytest.raises(fw.FrameworkError):
            fw.fit(X, Y, **wrong, directory=False)
    assert [path.name for path in tmp_path.iterdir()] == ["run"]
    with pytest.raises(fw.ConfigurationError, match="directory: expected a path, None for a new"):
        fw.fit(X, Y, directory=True)  # type: ignore[arg-type]


def test_where_there_can_be_no_bar_an_epoch_is_a_line(tmp_path, capsys, caplog):
    def said_by(name: str, **more: Any) -> str:
        fw.fit(
            X, Y, **SMALL, directory=tmp_path / name, **more,
            overrides=["callbacks=none", "+callbacks.progress.name=progress"],
        )  # fmt: skip
        written = capsys.readouterr()
        assert not written.out
        return str(written.err)

    said = said_by("plain").splitlines()
    assert [line.split("  ")[0] for line in said[:3]] == ["epoch 1/3", "epoch 2/3", "epoch 3/3"]
    assert re.match(r"test_loss 0\.\d+  test_accuracy 0\.\d+  \(\d", said[3])
    assert len(said) == 4
    assert not said_by("quiet", verbose=False)
    with caplog.at_level(logging.INFO, "framework"):  # as where the program around shows the log
        assert not said_by("logged")


@pytest.mark.slow
def test_an_interrupt_gives_the_run_back_and_resuming_ends_as_ever(
    tmp_path, cells, capsys, monkeypatch
):
    given: dict[str, Any] = {**SMALL, "verbose": False, "overrides": ["callbacks=none"]}
    whole = fw.fit(X, Y, **given, directory=tmp_path / "whole")
    run = fw.fit(X, Y, **given, directory=tmp_path / "run", callbacks=Interrupts())
    (said,) = capsys.readouterr().err.splitlines()
    assert said == (
        "interrupted in epoch 2 of 3, at step 13; the same call with"
        f" directory={str(tmp_path / 'run')!r}, resume='auto' goes on from here"
    )
    assert run.stopped == "by an interrupt in epoch 2 of 3, at step 13"
    assert len(run.metrics) == 1
    assert run.network.predict(X).shape == (200,)
    assert "stopped by an interrupt" in repr(run)
    assert "svg" in page_of(run).tags
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    resumed = fw.fit(
        X, Y, **given, directory=tmp_path / "run", callbacks=Interrupts(), resume="auto"
    )
    assert bytes_of(resumed) == bytes_of(whole)
    assert not resumed.stopped
    # A program that nobody looks on at is to end, also when a callback raised it.
    monkeypatch.delattr(sys, "ps1")
    with pytest.raises(
        fw.Interrupted,
        match=r"; the same call with directory='.*', resume='auto' .* last checkpoint",
    ) as stop:
        fw.fit(X, Y, **given, directory=tmp_path / "raised", callbacks=Interrupts(raised=True))
    assert isinstance(stop.value.run, fw.Run)
    assert stop.value.run.trainer.steps == 13


@pytest.mark.parametrize(("number", "status"), [(2, 130), (15, 143)])
def test_an_interrupt_that_a_script_does_not_catch_is_its_exit_status(
    tmp_path, monkeypatch, capsys, number, status
):
    monkeypatch.setattr(sys, "excepthook", sys.__excepthook__)
    given: dict[str, Any] = {**SMALL, "verbose": False, "directory": tmp_path / "run"}
    stops = Interrupts(number=number)
    with pytest.raises(fw.Interrupted) as stop:
        fw.train("data=spirals", "callbacks=none", **given, callbacks=stops)
    with pytest.raises(SystemExit) as ended:  # as Python calls it for what nobody catches
        sys.excepthook(stop.type, stop.value, stop.tb)
    assert ended.value.code == status
    line = f"error: interrupted; framework.resume({str(tmp_path / 'run')!r}) resumes from here\n"
    assert capsys.readouterr().err == line
    sys.excepthook(ValueError, ValueError("another"), None)
    assert capsys.readouterr().err == "ValueError: another\n"


def test_mistakes_name_what_python_can_write(tmp_path):
    given: dict[str, Any] = {**SMALL, "verbose": False, "directory": tmp_path / "run"}
    fw.fit(X, Y, "callbacks=none", **given)
    with pytest.raises(fw.RunError, match=r"choose another directory, or resume it: resume='auto'"):
        fw.fit(X, Y, "callbacks=none", **given)
    with pytest.raises(
        fw.ConfigurationError, match=r": resume='changed', or framework.resume\(…, al"
    ):
        fw.fit(X, Y, "callbacks=none", **(given | {"hidden": [5], "resume": "auto"}))
    (tmp_path / "file").touch()
    with pytest.raises(fw.RunError, match=r"Not a directory \(directory\)"):
        fw.fit(X, Y, "callbacks=none", **(given | {"directory": tmp_path / "file" / "run"}))


@pytest.mark.slow
def test_an_interrupt_while_figures_are_measured_and_a_second_one_that_ends_a_loop(
    tmp_path, cells, capsys
):
    given: dict[str, Any] = {**SMALL, "verbose": False, "callbacks": "none"}
    run = fw.fit(X, Y, **given, directory=tmp_path / "run", metrics=[InterruptsMeasuring()])
    assert "interrupted after 2 of 3 epochs, at step 16" in capsys.readouterr().err
    assert run.network.predict(X).shape == (200,)
    with pytest.raises(fw.Interrupted):
        fw.fit(
            X, Y, **SMALL, verbose=False, directory=False, overrides=["callbacks=none"],
            callbacks=Interrupts(),
        )  # fmt: skip


def test_a_mistake_is_one_line_in_a_notebook_and_few_in_a_script(monkeypatch):
    with pytest.raises(fw.ConfigurationError) as caught:
        fw.train("modell=mlp")
    line = "ConfigurationError: modell: there is no such key; did you mean 'model'?"
    assert caught.value._render_traceback_() == [line]
    shown = traceback.format_exception(caught.value)
    assert shown[-1].strip() == f"framework.errors.{line}"
    assert len("".join(shown).splitlines()) < 10
    monkeypatch.setenv("FRAMEWORK_TRACEBACK", "1")
    with pytest.raises(fw.ConfigurationError) as caught:
        fw.train("modell=mlp")
    assert len("".join(caught.value._render_traceback_()).splitlines()) > 30


@pytest.mark.slow
def test_what_the_program_around_has_set_up_stays_and_logs_of_threads_are_apart(tmp_path):
    root, log = logging.getLogger(), logging.getLogger("framework")
    before = [root.level, list(root.handlers), log.level, list(log.handlers), log.propagate]

    def work(seed: int) -> None:
        fw.fit(
            X, Y, **SMALL, seed=seed, verbose=False, directory=tmp_path / str(seed),
            overrides=["callbacks=none", "+callbacks.log.name=log"],
        )  # fmt: skip

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for seed in range(2):
        text = (tmp_path / str(seed) / "run.log").read_text()
        assert text.count("INFO epoch ") == 3
        assert text.count("BLAS thread") == 1
    after = [root.level, list(root.handlers), log.level, list(log.handlers), log.propagate]
    assert after == before
    assert "matplotlib.pyplot" not in sys.modules


def test_shares_of_the_rows_can_be_given_in_the_place_of_pairs():
    run = fw.fit(
        X, Y, **SMALL, validation=0.2, test=0.3, directory=False, callbacks="none",
        verbose=False,
    )  # fmt: skip
    assert [len(split) for split in run.data.splits().values()] == [100, 40, 60]
    with pytest.raises(fw.FrameworkError, match=r"data\.validation: must be"):
        fw.fit(X, Y, validation=1.5, directory=False)
