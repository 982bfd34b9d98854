"""Another component in the place of one: what was the first one's goes, before values are laid on.

`layer.update_rule={name: adam}` and `layer.update_rule.name=adam` name another component where a
choice put one. Hydra would lay the new name on the old one's fields, which the new one has not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from omegaconf import DictConfig, OmegaConf, open_dict

from framework.components.kinds import KINDS

Fields = Callable[[str, str, str], Mapping[str, Any]]
"""From a key, the name there and another name to the fields that a choice of that gives it."""


def make_room(cfg: DictConfig, values: Iterable[tuple[str, object]], fields: Fields) -> None:
    """Put a component's fields in the place of another's, wherever a value names another.

    What the other one's fields were is lost, but not what stands beside them: the `update_rule` of
    a layer, the `transforms` of data.

    Parameters
    ----------
    values : keys with dots, and what is going to be laid on there.
    """
    for key, value in values:
        if isinstance(value, Mapping):
            _place(cfg, key, value.get("name"), fields)
            make_room(cfg, [(f"{key}.{part}", inside) for part, inside in value.items()], fields)
        elif key.endswith(".name"):
            _place(cfg, key.removesuffix(".name"), value, fields)


def allow_beside(cfg: DictConfig, keys: Iterable[str]) -> None:
    """Let a value be given to what may stand beside any component's fields, said there or not.

    `layer.frozen=true` needs no `frozen` in the YAML of a layer, which knows nothing of it.

    Parameters
    ----------
    keys : of the values, with dots.
    """
    for key in keys:
        at, _, part = key.rpartition(".")
        node = OmegaConf.select(cfg, at) if _stands_beside(at, part) else None
        if isinstance(node, DictConfig) and part not in node:
            with open_dict(node):
                node[part] = None


def _stands_beside(at: str, part: str) -> bool:
    return any(
        part in kind.reserved and at.replace(".", "/") == kind.group
        for kind in KINDS
        if not kind.many
    )


def _place(cfg: DictConfig, key: str, name: object, fields: Fields) -> None:
    was = OmegaConf.select(cfg, key)
    before = OmegaConf.to_container(was, resolve=False) if isinstance(was, DictConfig) else None
    if not (isinstance(name, str) and isinstance(before, dict)):
        return
    known = before.get("name")
    if not isinstance(known, str) or known == name:
        return
    group = key.replace(".", "/")
    beside = {part for kind in KINDS if kind.group == group for part in kind.reserved}
    kept = {part: node for part, node in before.items() if part in beside}
    with open_dict(cfg):
        placed = {**fields(key, known, name), **kept, "name": name}
        OmegaConf.update(cfg, key, placed, merge=False, force_add=True)
