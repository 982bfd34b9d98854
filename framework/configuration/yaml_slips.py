"""The commonest slips in a YAML file of one's own, each with its cure.

What Hydra says of them names a key that nobody wrote, or nothing at all. So when something is wrong
with a configuration, the files that the command line chose are looked at for these first.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path

import yaml

from framework.configuration.override import readable
from framework.configuration.yaml_lines import tree_of
from framework.settings.settings import OTHER, TOP
from framework.text import nearest, short_path

_HEADER = "# @package _global_"
_BOMS = {b"\xff\xfe": "UTF-16", b"\xfe\xff": "UTF-16"}


def slip(
    overrides: Sequence[str], folders: Sequence[Path], groups: Mapping[str, Collection[str]]
) -> str:
    """Say what is wrong with the first chosen file that has a slip, and how to mend it; else ''."""
    for group, name in _chosen(overrides, groups):
        for folder in folders:
            file = folder / group / f"{name}.yaml"
            if file.is_file():
                for line, problem in _slips(file, group, groups):
                    return f"{short_path(str(file))}:{line}: {problem}"
                break
        else:
            other = next((f for d in folders if (f := d / group / f"{name}.yml").is_file()), None)
            if other is not None:
                return f"{group}={name}: {short_path(str(other))} is not read; name it {name}.yaml"
    return ""


def _chosen(
    overrides: Sequence[str], groups: Mapping[str, Collection[str]]
) -> Iterator[tuple[str, str]]:
    for override in readable(overrides):
        if override.key in groups and override.prefix != "~":
            named = override.value if isinstance(override.value, list) else [override.value]
            yield from ((override.key, name) for name in named if isinstance(name, str))


def _slips(
    file: Path, group: str, groups: Mapping[str, Collection[str]]
) -> Iterator[tuple[int, str]]:
    try:
        raw = file.read_bytes()
    except OSError:
        return
    if raw[:2] in _BOMS:
        yield 1, f"is written in {_BOMS[raw[:2]]}; save it as UTF-8"
    if raw[:3] == b"\xef\xbb\xbf":
        yield (
            1,
            "begins with a byte order mark, which hides its first line; save it without (UTF-8)",
        )
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        yield raw[: error.start].count(b"\n") + 1, "is not written in UTF-8; save it as UTF-8"
        return
    root = tree_of(file)
    if not isinstance(root, yaml.MappingNode):
        return
    keys = {str(key.value): key.start_mark.line + 1 for key, _ in root.value}
    own = group.split("/")[0]
    if own not in (*TOP, *OTHER) and own != "hydra":
        yield from _package(text, own, keys)
    yield from _defaults(root, group, groups)


def _package(text: str, own: str, keys: Mapping[str, int]) -> Iterator[tuple[int, str]]:
    """Look at where the file says that its values go."""
    if not any(key in TOP for key in keys):
        return
    lines = text.splitlines()
    headers = [
        (i, m[1]) for i, x in enumerate(lines, 1) if (m := re.match(r"#\s*@package\s+(\S+)", x))
    ]
    if not headers:
        yield 1, f"its values are put below '{own}'; begin the file with '{_HEADER}'"
    elif headers[0][0] > 1:
        yield headers[0][0], f"'{_HEADER}' is only read in the first line; put it there"
    elif headers[0][1] != "_global_":
        yield 1, f"its values are put below '{headers[0][1]}'; begin the file with '{_HEADER}'"


def _defaults(
    root: yaml.MappingNode, group: str, groups: Mapping[str, Collection[str]]
) -> Iterator[tuple[int, str]]:
    """Look at groups of the defaults list that are meant to be at the top."""
    lists = [value for key, value in root.value if key.value == "defaults"]
    entries = [
        entry for node in lists if isinstance(node, yaml.SequenceNode) for entry in node.value
    ]
    for entry in (e for e in entries if isinstance(e, yaml.MappingNode)):
        for key, value in entry.value:
            word = re.fullmatch(r"(?:(override|optional)\s+)?(/?)([^@\s]+)(@\S+)?", str(key.value))
            if word is None or not isinstance(value, yaml.ScalarNode):
                continue
            kind, slash, name, package = (part or "" for part in word.groups())
            meant = f"write 'override /{name}{package}: {value.value}'"
            line = key.start_mark.line + 1
            if not slash and f"{group}/{name}" not in groups:
                if name in groups:
                    yield line, f"'{key.value}' is looked for in '{group}'; {meant}"
                else:
                    near = nearest(name, groups)
                    yield line, f"'{key.value}': there is no such group; {near}"
            elif slash and kind != "override" and name in TOP and not package:
                yield line, f"'{name}' is chosen already; {meant}"
