"""Configurations copied node by node, several times as fast as `copy.deepcopy` does it.

OmegaConf makes every node's copy by its constructor, and deep-copies what describes it, types
included. A sweep copies a whole configuration five times a job: once here, four times in Hydra.
"""

from __future__ import annotations

import copy
from collections import defaultdict
from typing import Any

from omegaconf import DictConfig, ListConfig, Node
from omegaconf.base import Metadata
from omegaconf.nodes import ValueNode


class QuickDict(DictConfig):
    """A mapping that everybody copies the quick way; in all else it is OmegaConf's own."""

    def __deepcopy__(self, memo: dict[int, Any]) -> DictConfig:
        """Copy it with what is below; the parent stays the same, as OmegaConf has it."""
        twin: DictConfig = _copied(self, self.__dict__["_parent"], QuickDict)
        return twin


def quick(cfg: DictConfig) -> DictConfig:
    """Copy a configuration; the copy, and Hydra's part of it, are `QuickDict`.

    >>> from omegaconf import OmegaConf
    >>> cfg = OmegaConf.create({"a": {"b": [1, "${c}"]}, "c": 2, "hydra": {"mode": None}})
    >>> same = quick(cfg)
    >>> same.a.b[0] = 3
    >>> cfg.a.b[0], same.a.b[1], same == cfg, type(same.hydra).__name__
    (1, 2, False, 'QuickDict')
    """
    twin: DictConfig = _copied(cfg, None, QuickDict)
    hydra = twin._get_node("hydra")
    if type(hydra) is DictConfig:
        twin.__dict__["_content"]["hydra"] = _copied(hydra, twin, QuickDict)
    return twin


def copied(node: Any) -> Any:
    """Copy a node with what is below, each of its own class; the copy has no parent."""
    return _copied(node, None)


def _copied(node: Any, parent: Any, kind: type | None = None) -> Any:
    """Copy a node below another parent.

    Parameters
    ----------
    kind : the class of the copy; the node's own by default.
    """
    own = type(node)
    if not issubclass(own, DictConfig | ListConfig | ValueNode):
        return _deeply(node, parent)
    twin: Node = object.__new__(kind or own)
    state = twin.__dict__
    state.update(node.__dict__)
    state["_metadata"] = _described(state["_metadata"])
    state["_parent"], state["_flags_cache"] = parent, None
    content = state.get("_content")
    if isinstance(content, dict):
        state["_content"] = {key: _copied(child, twin) for key, child in content.items()}
    elif isinstance(content, list):
        state["_content"] = [_copied(child, twin) for child in content]
    return twin


def _described(metadata: Metadata) -> Metadata:
    twin: Metadata = object.__new__(type(metadata))
    state = twin.__dict__
    state.update(metadata.__dict__)
    if state["flags"] is not None:
        state["flags"] = dict(state["flags"])
    cached = state["resolver_cache"]
    state["resolver_cache"] = copy.deepcopy(cached) if cached else defaultdict(dict)
    return twin


def _deeply(node: Any, parent: Any) -> Any:
    """Copy a node of another class, a union's say, as OmegaConf does."""
    before = node.__dict__["_parent"]
    node.__dict__["_parent"] = None
    try:
        twin = copy.deepcopy(node)
    finally:
        node.__dict__["_parent"] = before
    twin.__dict__["_parent"] = parent
    return twin
