"""Zipped values: `a=zip(1,2) b=zip(3,4)` are two points, not the four of a grid.

Hydra's sweeper knows grids only, so it is given the points' numbers to sweep over; each job then
composes its configuration with its own point's overrides.
"""

from __future__ import annotations

from collections.abc import Sequence

from hydra.core.override_parser.overrides_parser import OverridesParser

from framework.errors import ConfigurationError

POINT = "point"
_OPEN = "zip("


def unzip(arguments: Sequence[str]) -> tuple[list[str], list[list[str]]]:
    """Take the zipped values out of a command line.

    >>> unzip(["seed=zip(0,1)", "loss=zip(a,b)", "trainer.epochs=3,5"])
    (['trainer.epochs=3,5', '+point=0,1'], [['seed=0', 'loss=a'], ['seed=1', 'loss=b']])

    Returns
    -------
    arguments : the others, with a sweep over the points' numbers.
    points : the overrides of each point; empty when nothing is zipped.

    Raises
    ------
    ConfigurationError : when the lists differ in length.
    """
    parser = OverridesParser.create()
    rest, columns = [], {}
    for argument in arguments:
        key, _, value = argument.partition("=")
        if not (value.startswith(_OPEN) and value.endswith(")")):
            rest.append(argument)
            continue
        override = parser.parse_override(f"{key}={value.removeprefix(_OPEN)[:-1]}")
        if override.is_sweep_override():
            columns[key] = [f"{key}={text}" for text in override.sweep_string_iterator()]
        else:
            columns[key] = [f"{key}={override.get_value_element_as_str()}"]
    if not columns:
        return rest, []
    if len({len(column) for column in columns.values()}) > 1:
        counts = ", ".join(f"{key} {len(column)}" for key, column in columns.items())
        raise ConfigurationError(f"zip(…): lists of the same length are needed, got {counts}")
    points = [list(point) for point in zip(*columns.values(), strict=True)]
    return [*rest, f"+{POINT}={','.join(map(str, range(len(points))))}"], points


def with_point(overrides: Sequence[str], points: Sequence[Sequence[str]]) -> list[str]:
    """Put a point's overrides in place of its number.

    >>> with_point(["trainer.epochs=3", "+point=1"], [["seed=0"], ["seed=1"]])
    ['trainer.epochs=3', 'seed=1']
    """
    start = f"+{POINT}="
    numbers = [int(text.removeprefix(start)) for text in overrides if text.startswith(start)]
    if not points or not numbers:
        return list(overrides)
    others = [text for text in overrides if not text.startswith(start)]
    return [*others, *points[numbers[0]]]
