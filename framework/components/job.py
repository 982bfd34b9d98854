"""A job: what `python -m framework` does; `train` unless the configuration says otherwise."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from framework.components.base import Component

if TYPE_CHECKING:
    from framework.registry.registry import Registry


@dataclass(frozen=True)
class Invocation:
    """What a job gets to work with.

    Attributes
    ----------
    configuration : the composed configuration, as plain dicts and lists.
    registry : every component there is.
    directory : where the job may leave files; made by the time it is written to.
    cores : how many processor cores the job may use; one in a sweep, whose jobs run side by side.
    overrides : the command line's overrides, as they were given.
    records : the texts of `.hydra/`, name to content, for jobs that leave a run.
    """

    configuration: Mapping[str, Any]
    registry: Registry
    directory: Path
    cores: int
    records: Mapping[str, str]
    overrides: Sequence[str] = ()


@dataclass(frozen=True)
class Job(Component):
    """Something the command line can do; its fields are keys at the top of the configuration.

    Attributes
    ----------
    changes_a_run : whether overrides are for a configuration that the job finds by itself, and so
        need no place in the composed one.
    """

    changes_a_run: ClassVar[bool] = False

    def run(self, invocation: Invocation) -> float | None:
        """Do it; the number returned, if any, is what a sweep optimizes.

        Raises
        ------
        FrameworkError : when it cannot be done; the text is printed as it is.
        """
        raise NotImplementedError
