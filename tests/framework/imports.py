"""What the files of a package import: read from their syntax trees, nothing is run."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

Graph = Mapping[str, set[str]]


def modules(package: Path) -> dict[str, Path]:
    """Return the file of each module of a package by its dotted name, packages included."""
    paths = {}
    for path in sorted(package.rglob("*.py")):
        parts = (package.name, *path.relative_to(package).with_suffix("").parts)
        paths[".".join(parts).removesuffix(".__init__")] = path
    return paths


def imported(path: Path) -> Iterator[tuple[str, str]]:
    """Return every import of a file, as a module and a name of it ('' for none).

    Those in functions and under ``TYPE_CHECKING`` count; relative ones are of no interest here.
    """
    yield from _imported(path.read_text())


@cache  # a package is read many times, as it is and with something planted into it
def _imported(text: str) -> tuple[tuple[str, str], ...]:
    imports: list[tuple[str, str]] = []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            imports += ((alias.name, "") for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            imports += ((node.module or "", alias.name) for alias in node.names)
    return tuple(imports)


def graph(package: Path) -> dict[str, set[str]]:
    """Return which modules of a package each of its modules imports."""
    known = modules(package)
    edges: dict[str, set[str]] = {name: set() for name in known}
    for name, path in known.items():
        for module, member in imported(path):
            target = f"{module}.{member}" if f"{module}.{member}" in known else module
            if target in known and target != name:
                edges[name].add(target)
    return edges


def cycles(edges: Graph) -> list[list[str]]:
    """Return the modules that import each other, by whatever way, a list for each such group."""
    above = {name: _reachable(name, edges) for name in edges}
    groups = {
        tuple(sorted({name} | {other for other in above[name] if name in above[other]}))
        for name in edges
        if name in above[name]
    }
    return [list(group) for group in sorted(groups)]


def _reachable(start: str, edges: Graph) -> set[str]:
    reached: set[str] = set()
    waiting = list(edges[start])
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached.add(name)
            waiting += edges.get(name, ())
    return reached
