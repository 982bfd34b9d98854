"""YAML files as trees of nodes, which know their lines: for messages, and for sizes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TypeGuard

import yaml


def tree_of(file: Path) -> yaml.Node | None:
    """Return the root node of a file; None when it is empty or cannot be read."""
    with suppress(OSError, ValueError, yaml.YAMLError, RecursionError):
        root: yaml.Node | None = yaml.compose(file.read_text(encoding="utf-8"), yaml.SafeLoader)
        return root
    return None


def locate(root: yaml.Node | None, parts: Sequence[str]) -> tuple[int, int]:
    """Follow a key into a tree as far as it goes; give how far, and the line there."""
    node, line, depth = root, 1, 0
    for part in parts:
        inner = _items(node).get(part)
        if inner is None:
            break
        (line, node), depth = inner, depth + 1
    return depth, line


def defaults_of(root: yaml.Node | None) -> Iterator[tuple[int, str, str]]:
    """Return the entries of a file's defaults list: line, group with its package, choice."""
    lists = [v for k, v in root.value if k.value == "defaults"] if _is_mapping(root) else []
    for entry in (item for node in lists if isinstance(node.value, list) for item in node.value):
        line = entry.start_mark.line + 1
        if isinstance(entry, yaml.ScalarNode):
            name, _, package = entry.value.partition("@")
            group, _, choice = name.rpartition("/")
            yield line, _bare(f"{group}@{package}"), choice
        for key, value in entry.value if _is_mapping(entry) else ():
            for item in value.value if isinstance(value, yaml.SequenceNode) else [value]:
                yield line, _bare(str(key.value)), str(item.value)


def _items(node: yaml.Node | None) -> dict[str, tuple[int, yaml.Node]]:
    if isinstance(node, yaml.MappingNode):
        own = {str(k.value): (k.start_mark.line + 1, v) for k, v in node.value}
        merged = [v for k, v in node.value if k.tag == "tag:yaml.org,2002:merge"]
        for value in merged:
            for source in value.value if isinstance(value, yaml.SequenceNode) else [value]:
                if isinstance(source, yaml.MappingNode) and source is not node:
                    own = {
                        **{str(k.value): (k.start_mark.line + 1, v) for k, v in source.value}
                    } | own
        return own
    if isinstance(node, yaml.SequenceNode):
        return {str(i): (v.start_mark.line + 1, v) for i, v in enumerate(node.value)}
    return {}


def _bare(group: str) -> str:
    return group.split(" ")[-1].lstrip("/")


def _is_mapping(node: yaml.Node | None) -> TypeGuard[yaml.MappingNode]:
    return isinstance(node, yaml.MappingNode)
