"""What a callback promises: it hears a run, writes into its directory, and leaves it as it is."""

from __future__ import annotations

import contextlib
import dataclasses
import io
import os
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import numpy as np

from framework.components.callback import Callback
from framework.errors import FrameworkError
from framework.runs.run import Run
from framework.runs.state import network_arrays
from framework.testing import stand_in_callbacks
from framework.testing.assertions import same
from framework.testing.check import Check, expect, promise
from framework.testing.files_written import left_outside, written
from framework.testing.seeded import seeded_by
from framework.testing.stand_in_callbacks import Crash
from framework.testing.tiny_run import registry_with, run_in, tiny


@contextlib.contextmanager
def _elsewhere() -> Iterator[Path]:
    """Work in an empty directory, whose files are counted; what is printed is dropped."""
    here = Path.cwd()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        try:
            with (
                contextlib.redirect_stdout(io.StringIO()),
                contextlib.redirect_stderr(io.StringIO()),
            ):
                yield Path(folder)
        finally:
            os.chdir(here)


def _run(
    place: Path,
    callbacks: dict[str, Callback],
    epochs: int = 2,
    resume: Literal["never", "auto"] = "never",
    every: int = 4,
) -> Run:
    registry = registry_with(*callbacks.values())
    settings = tiny(registry, (6,), epochs)
    # Seven steps an epoch: with four, no checkpoint but the last falls on an epoch's end.
    kept = dataclasses.replace(settings.checkpoint, epochs=None, steps=every)
    run = run_in(place, registry, settings, resume=resume, callbacks=callbacks, checkpoint=kept)
    expect(not run.failures, "; ".join(run.failures))
    return run


def _files(folder: Path) -> set[str]:
    return {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}


@promise(
    "a run with it comes to its end; every hook it has is an event, with the event's arguments."
)
def runs(callback: Callback) -> None:
    with _elsewhere() as folder:
        _run(folder / "run", {"checked": callback})


@promise("files are written into the run's directory only, and none is left half-written.")
def files(callback: Callback) -> None:
    with _elsewhere() as folder:
        with written() as paths:
            run = _run(folder / "run", {"checked": callback})
        far = [p for p in left_outside(paths, run.directory) if Path(p) != folder]
        expect(not far, f"it left {far[:3]} outside of run.directory")
        outside = {f for f in _files(folder) if not f.startswith("run/")}
        expect(not outside, f"it left {sorted(outside)[:3]} outside of run.directory")
        kept = [Path(f) for f in _files(run.directory) if not f.startswith(".hydra")]
        odd = [
            f.as_posix() for f in kept if f.name.startswith(".") or f.suffix in (".tmp", ".part")
        ]
        expect(not odd, f"it left {odd[:3]} behind, which looks half-written")


@promise("training comes to the same bytes with it as without; else it says changes_training.")
def changes_nothing(callback: Callback) -> None:
    if callback.changes_training:
        return
    watcher: dict[str, Callback] = (
        {"watcher": stand_in_callbacks.Watcher()} if callback.needs_gradients else {}
    )
    with _elsewhere() as folder:
        alone = _run(folder / "without", watcher)
        heard = _run(folder / "with", {"checked": callback})
        expect(
            alone.losses.tobytes() == heard.losses.tobytes(),
            f"the losses differ from step {_first_difference(alone, heard)} on",
        )
        for name, array in heard.network.parameters().items():
            expect(
                np.array_equal(array, alone.network.parameters()[name]),
                f"'{name}' ends with other numbers",
            )
        a, b = ([dict(e.figures) for e in run.metrics] for run in (alone, heard))
        expect(a == b, "the epochs' figures are others")


def _first_difference(a: Run, b: Run) -> int:
    return int(np.argmax(a.losses != b.losses))


@promise("a `passive` callback does not look at run.network when an epoch ends.")
def passive(callback: Callback) -> None:
    if not callback.passive:
        return
    with _elsewhere() as folder:
        around: dict[str, Callback] = {"shut": stand_in_callbacks.Shut(), "checked": callback}
        _run(folder / "run", {**around, "open": stand_in_callbacks.Open()})


@promise("it is a value: each run has a listener of its own, and a second run is like the first.")
def runs_again(callback: Callback) -> None:
    with _elsewhere() as folder:
        both = [_run(folder / name, {"checked": callback}) for name in ("first", "second")]
        files = [_files(run.directory) for run in both]
        expect(
            files[0] == files[1],
            f"the second run left other files: {sorted(files[0] ^ files[1])[:3]}",
        )
        listeners = [callback.listener(run) for run in both]
        expect(
            listeners[0] is callback or listeners[0] is not listeners[1],
            "listener gives two runs the same object; what it remembers of one shows in the other",
        )
        sizes = [{f: _lines(run.directory / f) for f in files[0]} for run in both]
        longer = [f for f in files[0] if sizes[0][f] != sizes[1][f] and f.endswith(".csv")]
        expect(not longer, f"'{longer[:1]}' has another number of lines in the second run")


def _lines(path: Path) -> int:
    return path.read_bytes().count(b"\n")


@promise("killed in the middle and resumed, a run ends with the same weights and files.")
def resumes(callback: Callback) -> None:
    with _elsewhere() as folder:
        crash = stand_in_callbacks.Crash()
        callbacks = {"checked": callback, "crash": crash}
        whole = []
        for name in ("first", "second"):
            (folder / f"{name}.crashed").touch()
            whole.append(_run(folder / name, callbacks, epochs=4))
        with contextlib.suppress(KeyboardInterrupt):
            _run(folder / "killed", callbacks, epochs=4)
        resumed = _run(folder / "killed", callbacks, epochs=4, resume="auto")
        for name, array in resumed.network.parameters().items():
            expect(
                np.array_equal(array, whole[0].network.parameters()[name]),
                f"'{name}' ends with other numbers: what it remembers is lost (framework_state)",
            )
        first, second, again = (_contents(run.directory) for run in (*whole, resumed))
        missing = sorted(first.keys() ^ again.keys())
        expect(not missing, f"with {missing[:3]}, it leaves other files than a run in one piece")
        for name, content in first.items():
            problem = _lost(name, content, second[name], again[name])
            expect(not problem, f"{name} {problem} (framework_state)")


@promise(
    "what changes training may be killed at any step, between two epochs too, wherever its"
    " checkpoints are: resumed, it ends with the same bytes, trained and evaluated.",
    once=True,
)
def resumes_anywhere(callback: Callback) -> None:
    if not callback.changes_training:
        return
    rng = seeded_by(callback)
    between = 7 * int(rng.integers(2, 4))  # an epoch was heard of before, and is not again
    anywhere = int(rng.integers(2, 27))
    with _elsewhere() as folder:
        (folder / "whole.crashed").touch()
        whole = _run(folder / "whole", {"checked": callback, "crash": Crash()}, epochs=4)
        kills = ((between, 1), (anywhere, 1), (anywhere, int(rng.integers(2, 6))))
        for number, (step, every) in enumerate(kills):
            callbacks = {"checked": callback, "crash": Crash(step=step)}
            place = folder / f"killed_{number}"
            with contextlib.suppress(KeyboardInterrupt):
                _run(place, callbacks, epochs=4, every=every)
            again = _run(place, callbacks, epochs=4, every=every, resume="auto")
            _expect_same_end(whole, again, f"killed after step {step}, resumed, ")


def _expect_same_end(whole: Run, again: Run, killed: str) -> None:
    trained = [network_arrays(run.trainer.network) for run in (whole, again)]
    measured = [run.network.parameters() | run.network.state() for run in (whole, again)]
    for what, (arrays, others) in (("trained", trained), ("evaluated", measured)):
        for name, array in arrays.items():
            expect(
                same(array, others[name]),
                f"{killed}the {what} '{name}' ends with other numbers: what it remembers is lost"
                " (framework_state), or weights that are no more than evaluated stood in"
                " run.network, where a checkpoint keeps them (run.evaluate_with)",
            )
    expect(same(whole.losses, again.losses), f"{killed}the losses are others")
    figures = [[dict(epoch.figures) for epoch in run.metrics] for run in (whole, again)]
    expect(figures[0] == figures[1], f"{killed}the epochs' figures are others")


def _lost(name: str, whole: bytes, other: bytes, again: bytes) -> str:
    """Return what a resumed run's file lacks, or has twice; lines of its own it may have, too."""
    lines, resumed = whole.splitlines(), again.splitlines()
    if b"\0" in whole:
        return "" if whole in (again, b"") or whole != other else "is another one after a resume"
    if whole != other:  # it holds times: only how many lines it has can be compared
        alike = len(lines) == len(resumed) or (
            len(lines) < len(resumed) and not name.endswith(".csv")
        )
        return "" if alike else f"has {len(resumed)} lines, not {len(lines)} as a run in one piece"
    counted = Counter(line for line in resumed if line in set(lines))
    for line, count in Counter(lines).items():
        if counted[line] != count:
            shown = line.decode("utf-8", "replace")[:60]
            return (
                f"has the line '{shown}' {counted[line]} times, not {count}: lost, or heard twice"
            )
    return ""


def _contents(folder: Path) -> dict[str, bytes]:
    """Read the files that callbacks wrote; checkpoints and the summary are the run's own."""
    own = (".hydra", "checkpoints/", "summary.json")
    return {f: (folder / f).read_bytes() for f in sorted(_files(folder)) if not f.startswith(own)}


@promise("a run that fails fails with its own error, not with one of the callback's.")
def failing_run(callback: Callback) -> None:
    with _elsewhere() as folder:
        try:
            _run(
                folder / "run",
                {"failure": stand_in_callbacks.Failure(), "checked": callback},
                epochs=3,
            )
        except stand_in_callbacks.EndedError as ended:
            expect(not ended.run.failures, "; ".join(ended.run.failures))
        except FrameworkError as error:
            expect(False, f"it raised {type(error).__name__}: {error}")
        else:
            expect(False, "the run went on as if nothing had happened")


@promise("`passive`, `needs_gradients` and `changes_training` are true or false, and agree.")
def declarations(callback: Callback) -> None:
    for name in ("passive", "needs_gradients", "changes_training"):
        declared: Any = getattr(callback, name)
        expect(isinstance(declared, bool), f"{name} is {declared!r}")
    both = callback.passive and callback.changes_training
    expect(not both, "it says that it changes training, and that it is passive")


CHECKS: tuple[Check, ...] = (
    runs,
    files,
    changes_nothing,
    passive,
    runs_again,
    resumes,
    resumes_anywhere,
    failing_run,
    declarations,
)
