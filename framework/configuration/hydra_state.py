"""The state that Hydra keeps in the process, borrowed; and configurations made free of it."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from typing import Any

from hydra import version
from hydra.core.hydra_config import HydraConfig
from hydra.core.utils import JobRuntime, setup_globals
from omegaconf import DictConfig, ListConfig, OmegaConf

from framework.configuration.interpolation import calls_resolver, literal
from framework.configuration.resolvers import registered
from framework.configuration.workspace import Workspace

LOCK = threading.RLock()
"""Held while Hydra's state is the framework's."""

_VERSION = "1.3"  # of Hydra's rules


@contextlib.contextmanager
def hydra_state(workspace: Workspace) -> Iterator[HydraConfig]:
    """Have the state that Hydra keeps in the process to oneself, and leave it as it was.

    Another thread may train, and the program around may be one of Hydra's.

    Parameters
    ----------
    workspace : for which resolvers work meanwhile: OmegaConf may call one whenever it merges.
    """
    with LOCK, kept_state(workspace) as configs:
        yield configs


@contextlib.contextmanager
def kept_state(workspace: Workspace) -> Iterator[HydraConfig]:
    """Set the state that Hydra keeps in the process, and leave it as it was."""
    bases, configs = version.VersionBase.instance(), HydraConfig.instance()
    base, cfg, task = bases.version_base, configs.cfg, JobRuntime.instance().get("name")
    version.setbase(_VERSION)
    setup_globals()
    try:
        with registered(workspace):
            yield configs
    finally:
        bases.version_base, configs.cfg = base, cfg
        JobRuntime.instance().set("name", task)


def settle(cfg: DictConfig | ListConfig) -> None:
    """Put values in the place of interpolations that may come out otherwise later.

    Those that call a resolver: the time, the environment, Hydra's own part. One that names another
    key stays, so that what a run records can be changed, resumed and repeated.
    """
    content = cfg.__dict__["_content"]
    for key, node in list(content.items() if isinstance(content, dict) else enumerate(content)):
        raw = node._value()
        if isinstance(raw, str):
            if calls_resolver(raw):
                cfg[key] = as_it_is(cfg[key])
        elif raw and isinstance(node, DictConfig | ListConfig):
            settle(node)


def as_it_is(value: Any) -> Any:
    """Return a value written so that OmegaConf reads it as it is."""
    if isinstance(value, DictConfig | ListConfig):
        value = OmegaConf.to_container(value, resolve=True)
    if isinstance(value, dict):
        return {key: as_it_is(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [as_it_is(inner) for inner in value]
    return literal(value) if isinstance(value, str) else value
