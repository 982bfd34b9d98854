"""Where a run from Python is put: in a directory that stays, or in one that goes with the run."""

from __future__ import annotations

import shutil
import tempfile
import weakref
from pathlib import Path
from types import TracebackType
from typing import Literal

from framework.errors import ConfigurationError, Interrupted
from framework.runs.run import Run


class Place:
    """The directory of a run; one that nobody asked for is removed when the run is not needed.

    Attributes
    ----------
    path : where it is; None for a new one below `outputs/`.
    """

    def __init__(self, path: Path | None, *, stays: bool) -> None:
        self.path = path
        self._stays = stays

    def of(self, run: Run) -> Run:
        """Have a directory that does not stay go when nothing refers to the run any more."""
        if not self._stays and self.path is not None:
            run.kept, self._stays = False, True
            weakref.finalize(run, shutil.rmtree, self.path, ignore_errors=True)
        return run

    def __enter__(self) -> Place:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        if isinstance(error, Interrupted) and isinstance(error.run, Run):
            self.of(error.run)
        elif not self._stays and self.path is not None:
            shutil.rmtree(self.path, ignore_errors=True)


def place_of(directory: str | Path | Literal[False] | None) -> Place:
    """Return the place that an argument `directory` asks for.

    Raises
    ------
    ConfigurationError : when it is none.
    """
    if directory is False:
        return Place(Path(tempfile.mkdtemp(prefix="framework-")), stays=False)
    if directory is not None and not isinstance(directory, str | Path):
        raise ConfigurationError(
            f"directory: expected a path, None for a new one below outputs/, or False for none,"
            f" got {directory!r}"
        )
    return Place(Path(directory).expanduser() if directory is not None else None, stays=True)
