"""What an interpolation in a string names: another key, or a resolver that may say anything."""

from __future__ import annotations

import re
from collections.abc import Mapping

from framework.errors import ConfigurationError

_LONGEST = 1 << 20  # characters that a configuration may come to
_NAMED = re.compile(
    r"\$\{\s*(?:[\w.]+:\s*)?[\"']?(\.*[^\s{}:$\\'\",]+)"
)  # by key, or to a resolver
_KEY = re.compile(r"\s*[^\s{}:$\\'\",]+\s*\}")  # of one that only names a key


def calls_resolver(text: str) -> bool:
    r"""Whether an interpolation in a string is more than the name of another key.

    >>> calls_resolver("${data.path}/x"), calls_resolver("${now:%Y}"), calls_resolver("${${a}:b}")
    (False, True, True)
    >>> calls_resolver(r"a text, \${now:%Y}")
    False
    """
    for start in re.finditer(r"(\\*)\$\{", text):
        escaped = len(start[1]) % 2
        if not escaped and not _KEY.match(text, start.end()):
            return True
    return False


def literal(text: str) -> str:
    r"""Return a string written so that OmegaConf reads it as it is.

    >>> print(literal("${a}"))
    \${a}
    """
    return re.sub(r"(\\*)\$\{", r"\1\1\\${", text)


def check_expansion(content: Mapping[str, object]) -> None:
    """See, before anything is resolved, that interpolations do not come to more than a memory.

    A text that names another one twice, which names another one twice, and so on.

    Parameters
    ----------
    content : a configuration as dicts and lists, its interpolations not resolved.

    Raises
    ------
    ConfigurationError : naming a key whose value would be too long.

    >>> check_expansion({"a": "${b}${b}", "b": "x" * 1_000_000})
    Traceback (most recent call last):
    framework.errors.ConfigurationError: a: its interpolations come to over 1,048,576 characters
    """
    known: dict[tuple[str, ...], int] = {}

    def size(node: object, path: tuple[str, ...]) -> int:
        if path in known:
            return known[path]
        known[path] = 0  # one that leads back to itself is OmegaConf's to refuse
        if isinstance(node, Mapping):
            total = sum(size(value, (*path, str(key))) for key, value in node.items())
        elif isinstance(node, list):
            total = sum(size(value, (*path, str(i))) for i, value in enumerate(node))
        else:
            total = len(node) if isinstance(node, str) else 1
            for name in _NAMED.findall(node) if isinstance(node, str) else ():
                target = _target(name, path)
                total += size(_at(content, target), target)
        if total > _LONGEST:
            key = ".".join(path) or "the configuration"
            raise ConfigurationError(
                f"{key}: its interpolations come to over {_LONGEST:,} characters"
            )
        known[path] = total
        return total

    size(content, ())


def _target(name: str, path: tuple[str, ...]) -> tuple[str, ...]:
    """Return the path that an interpolation at a path names; leading dots go upwards."""
    up = len(name) - len(name.lstrip("."))
    parts = tuple(part for part in re.split(r"[.\[\]]+", name) if part)
    return (*path[: max(len(path) - up, 0)], *parts) if up else parts


def _at(node: object, path: tuple[str, ...]) -> object:
    for part in path:
        if isinstance(node, Mapping):
            node = node.get(part)
        elif isinstance(node, list):
            node = node[int(part)] if part.isdigit() and int(part) < len(node) else None
        else:
            return None
    return node
