"""Which checkpoint a run resumes from: the newest one that is good.

`checkpoint_file.py` reads the file and compares its checksum, `changed_data.py` its data's
fingerprint, `checkpoint_header.py` what it says of the run; `state.py` then puts the run into the
state that it holds. What a run does with it is in `resume.py`, what one writes in
`checkpoint_manager.py`.
"""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from framework.errors import RunError
from framework.files import directories
from framework.registry.registry import Registry
from framework.runs import checkpoint_file, provenance
from framework.runs.changed_data import difference
from framework.runs.checkpoint_header import CheckpointHeader, read_header
from framework.runs.state import States, largest_checkpoint, restore
from framework.training.progress import EpochSteps

if TYPE_CHECKING:
    from framework.runs.run import Run

log = logging.getLogger("framework")
FOLDER = "checkpoints"
"""The folder in a run's directory that holds them."""

_NAME = re.compile(r"step-\d{9,}\.safetensors")


def checkpoint_path(directory: Path, steps: int) -> Path:
    """Return where the checkpoint that a run writes after some steps lies."""
    return directory / FOLDER / f"step-{steps:09d}.safetensors"


def checkpoints(directory: Path) -> list[Path]:
    """List the checkpoints of a run, the newest first."""
    folder = directory / FOLDER
    try:
        names = os.listdir(folder)  # noqa: PTH208  (after every epoch; a path of each takes longer)
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        return []
    ours = sorted(filter(_NAME.fullmatch, names), key=lambda name: (len(name), name))
    return [folder / name for name in reversed(ours)]


def restore_newest(
    run: Run, *, allow_changes: bool
) -> tuple[CheckpointHeader, EpochSteps | None, States] | None:
    """Put a run into the state of its newest good checkpoint; None when it has none at all.

    Those that are not good are set aside under another name, and said.

    Raises
    ------
    RunError : when it has checkpoints and none is good, with a line for each.
    """
    problems: list[tuple[Path, str]] = []
    largest = largest_checkpoint(run.network)
    paths = checkpoints(run.directory)
    for path in paths:
        try:
            content = checkpoint_file.read(path, largest)
            changed = difference(content.about.get("data"), run.data) if not allow_changes else None
            if changed is not None:
                source = run.data.source
                raise RunError(
                    f"{path}: was trained on other data than {source} has now: {changed}"
                )
            try:
                header = read_header(content.about)
                unmeasured, states = restore(run, content)
            except RunError as error:
                raise RunError(f"{path}: {error}") from error
        except RunError as error:
            problems.append((path, str(error)))
            continue
        for bad, why in problems:
            log.warning("%s; resuming from %s", why, path.name)
            directories.rename(bad, f"{bad.name}.damaged")
        for line in provenance.changed(header.components, run.registry):
            log.warning("%s", line)
        return header, unmeasured, states
    if paths:
        raise RunError("\n".join(why for _, why in problems))
    return None


def missing_components(directory: Path, registry: Registry) -> list[str]:
    """Name the components that a run's newest readable checkpoint needs and no plugin brings."""
    for path in checkpoints(directory):
        try:
            return provenance.missing(_components(checkpoint_file.read_about(path)), registry)
        except RunError:
            continue
    return []


def _components(about: Mapping[str, Any]) -> dict[str, str]:
    components = about.get("components")
    if not isinstance(components, Mapping):
        return {}
    return {str(key): str(origin) for key, origin in components.items()}
