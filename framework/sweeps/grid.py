"""The points of a sweep: every combination of values, those of `zip(…)` side by side.

`a=1,2 b=3,4` are four points, `a=zip(1,2) b=zip(3,4)` are two.
"""

from __future__ import annotations

import itertools
from collections.abc import Collection, Mapping, Sequence

from framework.configuration.override import Override
from framework.errors import ConfigurationError

Choices = Mapping[str, Collection[str]]


def points(overrides: Sequence[Override], choices: Choices) -> list[list[str]]:
    """List the overrides of each job.

    >>> from framework.configuration.override import parse
    >>> points(parse(["seed=zip(0,1)", "loss=zip(a,b)", "dtype=x"]), {})
    [['dtype=x', 'seed=0', 'loss=a'], ['dtype=x', 'seed=1', 'loss=b']]

    Parameters
    ----------
    overrides : the command line's, and a sweeper's parameters before them.
    choices : the choices of each group.

    Raises
    ------
    ConfigurationError : when a list is empty or of intervals, or zipped lists differ in length.
    """
    texts = [(o, o.texts(choices.get(o.key, ()))) for o in effective(overrides)]
    columns = {o.element: column for o, column in texts if o.zipped}
    check_lengths({key: len(column) for key, column in columns.items()})
    axes: list[list[tuple[str, ...]]]
    axes = [[(text,) for text in column] for o, column in texts if not o.zipped]
    if columns:
        axes.append(list[tuple[str, ...]](zip(*columns.values(), strict=True)))
    return [list(itertools.chain(*place)) for place in itertools.product(*axes)]


def effective(overrides: Sequence[Override]) -> list[Override]:
    """Leave out those that a later one of the same key replaces; mappings add to each other."""
    kept: list[Override] = []
    for override in overrides:
        if not _lays_on(override):
            kept = [k for k in kept if k.element != override.element or k.prefix == "~"]
        kept.append(override)
    return kept


def check_lengths(lengths: Mapping[str, int]) -> None:
    """Check that zipped lists go together.

    Raises
    ------
    ConfigurationError : when they differ in length.
    """
    if len(set(lengths.values())) > 1:
        counts = ", ".join(f"{key} {count}" for key, count in lengths.items())
        raise ConfigurationError(f"zip(…): lists of the same length are needed, got {counts}")


def _lays_on(override: Override) -> bool:
    values = override.listed() if override.swept else [override.value]
    return any(isinstance(value, Mapping) for value in values)
