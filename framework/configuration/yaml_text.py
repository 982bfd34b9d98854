"""YAML as `OmegaConf.to_yaml` writes it, each part of it written once in a process.

What the jobs of a sweep record differs in a few values, and PyYAML takes ten times as long for all
of it as such a job takes to be composed. So single values are written by PyYAML, once, and the
lines put together here where that is certainly the same; whatever is not is PyYAML's as a whole.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Any

from omegaconf import Container, OmegaConf

from framework.configuration.quick_copy import content_of

_KEY = re.compile(r"[A-Za-z_][\w.-]{0,63}", re.ASCII)
_WORD = re.compile(r"[!-~]+")  # without blanks: it is nowhere folded, and so the same everywhere
_PLAIN = re.compile(r"[A-Za-z_/][A-Za-z0-9_./=,+-]*", re.ASCII)
_DIGITS = re.compile(r"[1-9][0-9]*", re.ASCII)
_NOT_PLAIN = {"y", "n", "yes", "no", "on", "off", "true", "false", "null", "none"}
_NOT_PLAIN |= {"inf", "nan", "infinity"}  # words that mean something else, and are quoted
_MOST = 8192  # texts kept

_written: OrderedDict[tuple[int, str], str] = OrderedDict()


def yaml_text(cfg: Container | Mapping[str, Any]) -> str:
    r"""Return a configuration as YAML, its interpolations as they are.

    >>> yaml_text({"hydra": {"job": {"num": 3}}, "seed": "${a}"})
    'hydra:\n  job:\n    num: 3\nseed: ${a}\n'
    """
    content: Any = cfg
    if isinstance(cfg, Container):
        content = content_of(cfg, enum_to_str=True)
    if content and isinstance(content, dict):
        return _of_mapping(content, 0)
    is_plain = content and all(_is_certain(value) for value in content)
    return _of_list(content, 0) if is_plain else _by_yaml(content, 0)


def _of_mapping(content: Mapping[Any, Any], depth: int) -> str:
    return _once(content, depth, _key_by_key)


def _key_by_key(content: Mapping[Any, Any], depth: int) -> str:
    text, indent = "", "  " * depth
    for key, value in content.items():
        single = not isinstance(value, dict | list)
        if not (isinstance(key, str) and _KEY.fullmatch(key) and _value(key) == key):
            text += _by_yaml({key: value}, depth)
        elif single and _is_certain(value):
            text += f"{indent}{key}: {_value(value)}\n"
        elif value and isinstance(value, dict):
            text += f"{indent}{key}:\n{_of_mapping(value, depth + 1)}"
        elif value and isinstance(value, list) and all(_is_certain(item) for item in value):
            text += f"{indent}{key}:\n{_of_list(value, depth)}"
        else:
            text += _by_yaml({key: value}, depth)
    return text


def _of_list(content: list[Any], depth: int) -> str:
    return "".join(f"{'  ' * depth}- {_value(value)}\n" for value in content)


def _is_certain(value: object) -> bool:
    """Whether a value is written the same wherever it stands."""
    if isinstance(value, str):
        return _WORD.fullmatch(value) is not None
    return value is None or isinstance(value, bool | int | float)


def _value(value: object) -> str:
    if isinstance(value, str) and _PLAIN.fullmatch(value) and value.lower() not in _NOT_PLAIN:
        return value
    if value is None:
        return "null"
    if isinstance(value, str) and _DIGITS.fullmatch(value):
        return f"'{value}'"
    if isinstance(value, bool | int):
        return str(value).lower()
    return _by_yaml([value], 0)[len("- ") : -1]


def _by_yaml(content: Any, depth: int) -> str:
    return _once(content, depth, _as_a_whole)


def _as_a_whole(content: Any, depth: int) -> str:
    """Write what stands below as many keys."""
    for _ in range(depth):
        content = {"-": content}
    return OmegaConf.to_yaml(OmegaConf.create(content)).split("\n", depth)[-1]


def _once(content: Any, depth: int, write: Callable[[Any, int], str]) -> str:
    """Write what was not written before; equal texts are those of equal content."""
    known = (depth, repr(content))
    text = _written.pop(known, None)
    if text is None:
        text = write(content, depth)
    _written[known] = text
    if len(_written) > _MOST:
        _written.popitem(last=False)
    return text
