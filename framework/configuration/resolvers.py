"""The resolvers that the framework's own YAML calls: `new_directory` and `score_direction`."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from functools import partial

from omegaconf import DictConfig, OmegaConf
from omegaconf.basecontainer import BaseContainer

from framework.configuration.run_directories import RunDirectories
from framework.configuration.workspace import Workspace
from framework.registry.registry import Registry
from framework.settings.metrics import ranking_metric

NEW_DIRECTORY, SCORE_DIRECTION = "new_directory", "score_direction"


@contextlib.contextmanager
def registered(workspace: Workspace) -> Iterator[None]:
    """Let the resolvers work for a workspace in the block, and be afterwards what they were.

    OmegaConf knows one of a name in the whole process; a program around may have its own.
    """
    known = BaseContainer._resolvers
    before = {name: known.pop(name, None) for name in (NEW_DIRECTORY, SCORE_DIRECTION)}
    _register_new_directory(workspace.directories)
    direction = partial(_direction, workspace.registry)
    OmegaConf.register_new_resolver(SCORE_DIRECTION, direction, replace=True)
    try:
        yield
    finally:
        for name, resolver in before.items():
            del known[name]
            if resolver is not None:
                known[name] = resolver


def _register_new_directory(directories: RunDirectories) -> None:
    reserve = directories.reserve
    OmegaConf.register_new_resolver(NEW_DIRECTORY, reserve, use_cache=True, replace=True)


def _direction(registry: Registry, metrics: DictConfig, _root_: DictConfig) -> str:
    """Return which way the metric that ranks runs, the last that is measured, is better."""
    nodes = OmegaConf.to_container(metrics, resolve=True)
    assert isinstance(nodes, dict)
    by_name = {str(name): node for name, node in nodes.items()}
    last = ranking_metric(registry, by_name, OmegaConf.to_container(_root_.loss))
    return "maximize" if last.higher_is_better else "minimize"


if not OmegaConf.has_resolver(NEW_DIRECTORY):  # for a process that only runs a job of a sweep
    _register_new_directory(RunDirectories())
