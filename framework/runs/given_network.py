"""What Python gives as the network to start from: a run, a network, or the path of one."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from framework.engine.network import Network
from framework.errors import ConfigurationError
from framework.files.reading import is_there
from framework.runs.choose_checkpoint import FOLDER
from framework.runs.load import FINAL
from framework.runs.run import Run


def given_network(settings: Mapping[str, Any]) -> tuple[dict[str, Any], Network | None]:
    """Return keywords as a configuration can say them, and the network that none can.

    A run that left its network in a file is told by its directory.

    Raises
    ------
    ConfigurationError : when `initial` is nothing to start from.
    """
    said = dict(settings)
    initial = said.pop("initial", None)
    if initial is None or isinstance(initial, Mapping):
        return dict(settings), None
    if "initial__path" in said:
        raise ConfigurationError("initial: expected it, or initial__path")
    if isinstance(initial, Run):
        kept = initial.kept and is_there(initial.directory / FOLDER / FINAL)
        initial = initial.directory.resolve() if kept else initial.network
    if isinstance(initial, Network):
        return said, initial
    if isinstance(initial, str | Path):
        return {**said, "initial": {"path": str(initial)}}, None
    raise ConfigurationError(
        f"initial: expected a run, a network, or the path of one, got {type(initial).__name__}"
    )
