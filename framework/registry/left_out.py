"""Whether a plugin that is left out would bring a name: its files are read, never imported."""

from __future__ import annotations

import importlib.util
import re
from itertools import islice
from pathlib import Path

_FILES, _BYTES = 300, 1 << 20  # looked at, of a package and of a file


def mentions(module: str, name: str) -> bool:
    """Say whether a module, or the package it is in, names something: in quotes, or as a YAML file.

    >>> mentions("colorsys", "rgb_to_hsv"), mentions("colorsys", "swash")
    (True, False)
    """
    try:
        spec = importlib.util.find_spec(module.split(".")[0])
    except (ImportError, ValueError):
        return False
    if spec is None:
        return False
    files: list[Path] = [Path(spec.origin)] if spec.origin else []
    for folder in spec.submodule_search_locations or ():
        files += islice((p for p in Path(folder).rglob("*") if p.suffix in _SUFFIXES), _FILES)
    quoted = re.compile(rf"[\"']{re.escape(name)}[\"']".encode())
    return any(file.stem == name or _holds(file, quoted) for file in files)


_SUFFIXES = (".py", ".yaml")


def _holds(file: Path, quoted: re.Pattern[bytes]) -> bool:
    try:
        if file.suffix != ".py" or not file.is_file() or file.stat().st_size > _BYTES:
            return False
        return quoted.search(file.read_bytes()) is not None
    except OSError:
        return False
