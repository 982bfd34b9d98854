"""What a callback keeps in a checkpoint: arrays beside JSON, and back again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from framework.components.base import Array

LARGEST_JSON = 12 << 20
"""Bytes that the strings and the names of all callbacks' states may take up in a checkpoint."""

_PLAIN = (str, int, float, bool, type(None))
_EXPECTED = "expected arrays, numbers, strings, or lists and dicts (with strings as keys) of them"
_ENTRY = 200  # bytes that a file's header spends on an array, beside its name

Path = tuple[str | int, ...]


@dataclass(frozen=True, eq=False)
class SplitState:
    """A callback's state: its arrays, and the rest as JSON.

    Attributes
    ----------
    plain : what JSON can say, with null where there is an array.
    arrays : name → array; the name is made of the keys on the way to it.
    paths : name → those keys.
    """

    plain: Mapping[str, Any]
    arrays: Mapping[str, Array]
    paths: Mapping[str, Path]

    @property
    def json_bytes(self) -> int:
        """How many bytes of a checkpoint's header it takes up."""
        size = len(json.dumps(json.dumps(self.plain)))
        return size + sum(_ENTRY + 4 * len(name.encode()) for name in self.arrays)

    @property
    def bytes(self) -> int:
        """How many bytes its arrays take up."""
        return sum(array.nbytes for array in self.arrays.values())

    def about(self) -> dict[str, Any]:
        """Return all but the arrays themselves, for JSON."""
        return {"plain": self.plain, "arrays": list(self.arrays), "paths": dict(self.paths)}


def split_state(state: object) -> SplitState | None:
    """Split a callback's state; None for None.

    Raises
    ------
    TypeError, ValueError : when it cannot be kept; the text says where and what it is.
    """
    if state is None:
        return None
    if not isinstance(state, Mapping):
        raise TypeError(f"the state is of type {_type(state)}; expected a dict")
    arrays: dict[str, Array] = {}
    paths: dict[str, Path] = {}

    def part(node: object, path: Path) -> object:
        if type(node) in _PLAIN:
            return node
        if isinstance(node, np.generic) and node.dtype.kind in "biuf":
            return node.item()
        if isinstance(node, Mapping):
            strange = next((key for key in node if not isinstance(key, str)), None)
            if strange is not None:
                raise TypeError(f"{_shown(path)} has a key of type {_type(strange)}; {_EXPECTED}")
            return {key: part(value, (*path, key)) for key, value in node.items()}
        if isinstance(node, list):
            return [part(value, (*path, i)) for i, value in enumerate(node)]
        if type(node) in (np.ndarray, np.memmap) and isinstance(node, np.ndarray):
            if node.dtype.kind not in "biuf" or node.itemsize > 8:
                raise TypeError(f"{_shown(path)} is an array of {node.dtype}; {_EXPECTED}")
            name = "/".join(map(str, path))
            while name in arrays:  # {"a": {"b": …}, "a/b": …}
                name += "'"
            arrays[name], paths[name] = node, path
            return None
        raise TypeError(f"{_shown(path)} is of type {_type(node)}; {_EXPECTED}")

    try:
        plain = part(state, ())
        json.dumps(plain)
    except RecursionError:
        raise ValueError("the state is nested too deeply, or holds itself") from None
    assert isinstance(plain, dict)
    return SplitState(plain, arrays, paths)


def join_state(about: Mapping[str, Any], arrays: Mapping[str, Array]) -> dict[str, Any]:
    """Put a state together again.

    Parameters
    ----------
    about : what `SplitState.about` said, or a version before it: then all arrays are at the top.
    arrays : by the names in there.

    Raises
    ------
    KeyError, TypeError, ValueError : when the two are not of one state.
    """
    state = dict(about["plain"])
    for name in about["arrays"]:
        if "paths" not in about:
            state[name] = arrays[name]
            continue
        *way, last = about["paths"][name]
        node: Any = state
        for key in way:
            node = _step(node, key)
        _step(node, last)
        node[last] = arrays[name]
    return state


def _step(node: Any, key: object) -> Any:
    if isinstance(node, dict):
        return node[key]
    if isinstance(node, list) and type(key) is int and 0 <= key < len(node):
        return node[key]
    raise ValueError(f"there is no place for an array at {key!r}")


def _shown(path: Path) -> str:
    return "state" + "".join(f"[{key!r}]" for key in path) if path else "the state"


def _type(value: object) -> str:
    return f"'{type(value).__name__}'"


def too_large(kept: Mapping[str, SplitState], largest: int) -> tuple[str, str] | None:
    """Return whose state has to be left out so that a checkpoint can be read again, and why.

    Parameters
    ----------
    kept : the callback's name → its state.
    largest : bytes that arrays may take up.
    """
    for sizes, limit, what in (
        (
            {name: state.json_bytes for name, state in kept.items()},
            LARGEST_JSON,
            "strings and names",
        ),
        ({name: state.bytes for name, state in kept.items()}, largest, "arrays"),
    ):
        if sum(sizes.values()) > limit:
            name = max(sizes, key=lambda name: sizes[name])
            mega = f"{sizes[name] / 1e6:,.0f} MB of {what}"
            hint = "; give arrays for long lists" if what != "arrays" else ""
            return name, f"the state has {mega}; a checkpoint can hold {limit / 1e6:,.0f} MB{hint}"
    return None
