"""What a sweep varies beside seed and fold: axes, each of one key or of keys that go together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from framework.configuration.override import Override, readable
from framework.sweeps.ledger import FOLD

_REPEATED = ("seed", f"data.{FOLD}")  # what only repeats a run
_LONGEST = 40  # characters of a label
_MOST_POINTS = 24  # values of several keys that are still read as those of one


@dataclass(frozen=True)
class Axis:
    """One thing that a sweep varies.

    Attributes
    ----------
    name : what it is called, in a few words.
    labels : its values, as a person reads them, in their order: numbers rise.
    numbers : the values as numbers, where all are ones.
    places : of each job, the number of its value.
    """

    name: str
    labels: tuple[str, ...]
    numbers: tuple[float, ...] | None
    places: tuple[int, ...]


def axes(jobs: Sequence[Sequence[str]]) -> list[Axis]:
    """Return the axes of jobs, each given by its overrides.

    Keys of which at most half the combinations occur, as those of `zip(…)`, are one axis; of
    numbers, where a key has another number in each.

    >>> jobs = [["a.rate=1", "b=x", "seed=0"], ["a.rate=1", "b=y"], ["a.rate=2", "b=x"]]
    >>> [(axis.name, axis.labels, axis.places) for axis in axes([*jobs, ["a.rate=2", "b=y"]])]
    [('rate', ('1', '2'), (0, 0, 1, 1)), ('b', ('x', 'y'), (0, 1, 0, 1))]
    >>> [(axis.name, axis.labels) for axis in axes(jobs[1:])]
    [('rate', ('1', '2'))]
    >>> [(axis.name, axis.labels) for axis in axes([["b=x", "c=y"], ["b=u", "c=v"]])]
    [('b, c', ('x, y', 'u, v'))]
    """
    given = [_by_key(overrides) for overrides in jobs]
    keys = dict.fromkeys(key for job in given for key in job if key not in _REPEATED)
    columns = {key: [job[key].raw if key in job else "" for job in given] for key in keys}
    varied = [key for key, column in columns.items() if len(set(column)) > 1]
    groups: list[list[str]] = []
    for key in varied:
        tied = [g for g in groups if any(_tied(columns[key], columns[k]) for k in g)]
        groups = [g for g in groups if g not in tied] + [[*(k for g in tied for k in g), key]]
    groups.sort(key=lambda group: varied.index(group[0]))
    short = [_short(key) for key in varied]
    names = {key: key if short.count(_short(key)) > 1 else _short(key) for key in varied}
    return [_axis(group, names, given) for group in groups]


def together(several: Sequence[Axis]) -> Axis:
    """Return one axis whose values are the combinations that occur."""
    by_job = list(zip(*(axis.places for axis in several), strict=True))
    places = sorted(set(by_job))
    labels = [
        ", ".join(axis.labels[i] for axis, i in zip(several, place, strict=True))
        for place in places
    ]
    name = ", ".join(axis.name for axis in several)
    return Axis(name, tuple(labels), None, tuple(places.index(place) for place in by_job))


def _by_key(overrides: Sequence[str]) -> dict[str, Override]:
    return {o.element.lstrip("+~"): o for o in readable(overrides)}


def _tied(one_column: Sequence[str], other_column: Sequence[str]) -> bool:
    pairs = len(set(zip(one_column, other_column, strict=True)))
    return pairs <= len(set(one_column)) * len(set(other_column)) / 2


def _axis(
    keys: Sequence[str], names: Mapping[str, str], jobs: Sequence[Mapping[str, Override]]
) -> Axis:
    texts = [tuple(job[key].raw if key in job else "" for key in keys) for job in jobs]
    values = {
        text: [job[key].value if key in job else "" for key in keys]
        for text, job in zip(texts, jobs, strict=True)
    }
    numbers, name = None, ", ".join(names[key] for key in keys)
    for i, key in enumerate(keys):
        if len(keys) > 1 and len(values) > _MOST_POINTS:
            break
        read = _numbers([value[i] for value in values.values()])
        if read is not None and len(set(read[0])) == len(values):
            numbers, name = dict(zip(values, read[0], strict=True)), read[1].format(names[key])
            break
    order = sorted(values, key=numbers.__getitem__) if numbers else list(values)
    labels = [
        f"{numbers[text]:g}" if numbers else ", ".join(_label(value) for value in values[text])
        for text in order
    ]
    return Axis(
        name.replace("_", " "),
        tuple(label if len(label) <= _LONGEST else f"{label[: _LONGEST - 1]}…" for label in labels),
        tuple(numbers[text] for text in order) if numbers else None,
        tuple(order.index(text) for text in texts),
    )


def _numbers(values: Sequence[object]) -> tuple[list[float], str] | None:
    """Read values as numbers; a list of equal ones by its length, or by its only number.

    >>> _numbers([[8], [16]]), _numbers([[8], [8, 8]])
    (([8.0, 16.0], '{}'), ([1.0, 2.0], 'length of {}'))
    """
    plain = [value for value in values if isinstance(value, int | float) and value is not True]
    if len(plain) == len(values) and False not in values:
        return [float(value) for value in plain], "{}"
    lists = [value for value in values if isinstance(value, list) and value]
    inner = [_numbers(value) for value in lists]
    if len(lists) < len(values) or any(read is None or len(set(read[0])) > 1 for read in inner):
        return None
    firsts, lengths = [float(value[0]) for value in lists], [len(value) for value in lists]
    if len(set(lengths)) == 1:
        return firsts, "{}"
    return ([float(n) for n in lengths], "length of {}") if len(set(firsts)) == 1 else None


def _label(value: object) -> str:
    """Write a value in short.

    >>> _label(None), _label({"name": "sgd", "momentum": 0.9}), _label([100, 200])
    ('none', 'sgd momentum 0.9', '[100,200]')
    """
    if value is None:
        return "none"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, list):
        return f"[{','.join(map(_label, value))}]"
    if isinstance(value, Mapping):
        fields = [f"{k} {_label(v)}" for k, v in value.items() if k != "name"]
        return " ".join([str(value["name"])] * ("name" in value) + fields)
    return str(value) or "default"


def _short(key: str) -> str:
    return (
        key.partition("@")[0].replace("/", ".").rpartition(".")[2]
        if "@" not in key
        else (key.partition("@")[2].rpartition(".")[2])
    )
