"""How arrays should lie on this machine: each way timed, and the row that it makes.

`python -m benchmarks.layouts [--short] [--write FOLDER]`: microseconds of processor time on one
core, all ways of a shape in turns, the best of many short runs. What a row of
`framework/engine/layouts.py` decides between is timed as the framework binds it, and the fastest
row printed, ready to be put into that table; a decision stays `DEFAULT`'s where another would not
save a hundredth. What the table leaves as it is stands below. `--write docs` keeps it all in
`layouts-KERNELS.txt`.
"""

from __future__ import annotations

import argparse
import itertools
import math
from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from benchmarks.cores import bind, called

_BOUND = bind(1)  # before numpy counts the cores

from benchmarks.cores import kernels  # noqa: E402
from benchmarks.layout_calls import (  # noqa: E402
    PRODUCTS,
    WAYS,
    Shape,
    Way,
    decays,
    formulas,
    gathering,
    in_turns,
    products,
    rank_one,
)
from benchmarks.machine import machine  # noqa: E402
from framework.engine.layouts import DEFAULT, Layouts  # noqa: E402
from framework.text import table  # noqa: E402

INPUTS, OUTPUTS = (10, 100, 784, 3072), (10, 32, 64, 200, 1000, 2000, 5000)
BATCHES = (1, 8, 32, 256, 1024)
MOST = 2 * 10**8  # multiplications of a product: beyond, all ways are alike
LEAST = (0, 32, 64, 200, 1000, math.inf)  # outputs from which weights may lie by output
BELOW = (1000, 2000, 5000, math.inf)  # and below which
WORTH = 0.01  # what another choice than the default's has to save
Times = Mapping[Shape, Mapping[tuple[Way, str], float]]


def way_of(row: Layouts, shape: Shape, *, first: bool) -> Way:
    """Return how a row has a layer's arrays lie."""
    return Way(
        not first and row.lies_by_unit(shape.inputs),
        row.lies_by_output(shape.outputs, first=first),
        row.lies_by_unit(shape.outputs),
    )


def taken(times: Mapping[tuple[Way, str], float], way: Way, *, first: bool) -> float:
    """Return what a layer's step takes; a first layer has no way back."""
    return sum(times[way, product] for product in PRODUCTS[: 2 if first else 3])


def loss(row: Layouts, times: Times, *, first: bool) -> float:
    """Return the mean over shapes of the logarithm of a row's time over that of the best way."""
    lost = [
        math.log(
            taken(of_shape, way_of(row, shape, first=first), first=first)
            / min(taken(of_shape, way, first=first) for way in _possible(first))
        )
        for shape, of_shape in times.items()
    ]
    return sum(lost) / len(lost)


def _possible(first: bool) -> list[Way]:
    return [way for way in WAYS if not (first and way.x_by_unit)]


def best_row(times: Times) -> Layouts:
    """Return the fastest row, decision by decision; the default's where little would be saved."""
    ranges = [pair for pair in itertools.product(LEAST, BELOW) if pair[0] < pair[1]]
    ranges.append((math.inf, math.inf))
    candidates: list[tuple[float, Layouts]] = []
    for below in (0.0, *BELOW):
        row = replace(DEFAULT, by_unit_below=below)
        rows = [replace(row, by_output=pair) for pair in (DEFAULT.by_output, *ranges)]
        inner, row = _cheapest(rows, times, first=False)
        rows = [replace(row, first_by_output=pair) for pair in (DEFAULT.first_by_output, *ranges)]
        outer, row = _cheapest(rows, times, first=True)
        candidates.append((inner + outer, row))
    cost, row = min(candidates, key=lambda candidate: candidate[0])
    plain, default = candidates[-1]  # activations as the default has them
    return row if cost < plain - WORTH else default


def _cheapest(rows: list[Layouts], times: Times, *, first: bool) -> tuple[float, Layouts]:
    """Return the cheapest of some rows, or the first of them, which must be beaten by much."""
    costs = [loss(row, times, first=first) for row in rows]
    best = min(range(len(rows)), key=costs.__getitem__)
    best = best if costs[best] < costs[0] - WORTH else 0
    return costs[best], rows[best]


def text_of(row: Layouts) -> str:
    """Return a row as the table has it.

    >>> text_of(replace(DEFAULT, by_unit_below=2000))
    'Layouts(by_unit_below=2000)'
    """
    said = {k: v for k, v in asdict(row).items() if v != getattr(DEFAULT, k)}
    values = ", ".join(f"{k}={v!r}".replace("inf", "math.inf") for k, v in said.items())
    return f"Layouts({values})"


def _table_of(times: Times, row: Layouts) -> str:
    lines: list[list[str]] = []
    for shape, of_shape in times.items():
        cells = [f"{shape.inputs}", f"{shape.outputs}", f"{shape.batch}"]
        for first in (True, False):
            best = min(_possible(first), key=lambda way: taken(of_shape, way, first=first))
            for way in (way_of(DEFAULT, shape, first=first), way_of(row, shape, first=first), best):
                cells.append(f"{taken(of_shape, way, first=first):.1f}")
            cells.append(_letters(best))
        lines.append(cells)
    columns = ["default", "row", "best", "lying"]
    return table(["inputs", "outputs", "batch", *columns, *columns], lines)


def _letters(way: Way) -> str:
    lies = ((way.x_by_unit, "U", "S"), (way.by_output, "O", "I"), (way.y_by_unit, "U", "S"))
    return "".join(yes if so else no for so, yes, no in lies)


def _compared(title: str, rows: Mapping[str, Mapping[Any, float]]) -> str:
    names = list(next(iter(rows.values())))
    cells = [[what, *(f"{t[name]:.1f}" for name in names)] for what, t in rows.items()]
    return f"{title}\n\n{table(['', *map(str, names)], cells)}\n"


def measured(*, short: bool) -> tuple[Layouts, str]:
    """Time everything; return the row, and the times as text."""
    seconds, runs = (0.0, 1) if short else (0.6, 60)
    sizes = [(10, 64)] if short else list(itertools.product(INPUTS, OUTPUTS))
    shapes = [
        Shape(d, m, b)
        for (d, m), b in itertools.product(sizes, (1, 32) if short else BATCHES)
        if d * m * b <= MOST
    ]
    times = {shape: in_turns(products(shape), seconds, runs) for shape in shapes}
    row = best_row(times)
    layers = [Shape(784, 100, 32), Shape(100, 200, 32), Shape(200, 10, 32), Shape(100, 5000, 32)]
    decaying = {
        f"{s.inputs} × {s.outputs}": in_turns(decays(s), seconds, runs)
        for s in (layers[2:3] if short else layers)
    }
    if _is_faster("pass", "factor", decaying):
        row = replace(row, decay="pass")
    outer = {f"{d} × {m}": in_turns(rank_one(d, m), seconds, runs) for d, m in sizes[:1]}
    if not short:
        pairs = ((784, 100), (100, 200), (200, 10), (784, 1000))
        outer = {f"{d} × {m}": in_turns(rank_one(d, m), seconds, runs) for d, m in pairs}
    parts = (16, 32, 64, 128, 256)
    gathered = {f"{b} rows": in_turns(gathering(b, parts), seconds, runs) for b in (256, 1024)}
    numbers = (2048, 4096, 8192, 16384, 32768, 65536)
    moved = {f"{n:,}": in_turns(formulas(n, numbers), seconds, runs) for n in (100_000, 500_000)}
    texts = [
        "µs of a layer's products, of a first layer and of another: as the default has them, as the"
        " row below, the best way\n(inputs by Unit or Sample, weights by Output or Input, outputs"
        f" by Unit or Sample)\n\n{_table_of(times, row)}\n",
        _compared("µs of an update without decay, with it by a factor, in a pass", decaying),
        _compared("left as it is: µs of an update by one row, as a product and an outer", outer),
        _compared("left as it is: µs of gathering a batch, by the rows at once", gathered),
        _compared("left as it is: µs of Adam's formula in numpy, by the numbers at once", moved),
    ]
    return row, "\n".join(texts)


def _is_faster(this: str, that: str, times: Mapping[str, Mapping[str, float]]) -> bool:
    logs = [math.log(of_shape[this] / of_shape[that]) for of_shape in times.values()]
    return sum(logs) / len(logs) < -WORTH


def main() -> None:
    """Print the times, and the row."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.layouts", description=__doc__)
    parser.add_argument("--short", action="store_true", help="see that it works; no figures")
    parser.add_argument("--write", type=Path, help="folder for layouts-KERNELS.txt")
    chosen = parser.parse_args()
    row, text = measured(short=chosen.short)
    family = kernels()
    whole = (
        f"{machine()}; cores: {called(1, bound=_BOUND)}\n\n{text}\n"
        f'for framework/engine/layouts.py:\n\n    "{family}": {text_of(row)},\n'
    )
    print(whole)
    if chosen.write:
        chosen.write.mkdir(parents=True, exist_ok=True)
        (chosen.write / f"layouts-{family.lower()}.txt").write_text(whole)


if __name__ == "__main__":
    main()
