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
import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

from benchmarks.cores import bind, called, kernels  # noqa: E402  (after the threads are settled)
from benchmarks.layout_calls import (  # noqa: E402
    decays,
    formulas,
    gathering,
    in_turns,
    products,
    rank_one,
)
from benchmarks.layout_rows import (  # noqa: E402
    Shape,
    Times,
    Way,
    best_row,
    possible,
    taken,
    text_of,
    way_of,
)
from benchmarks.machine import machine  # noqa: E402
from framework.engine.layouts import DEFAULT, Layouts  # noqa: E402
from framework.text import table  # noqa: E402

INPUTS, OUTPUTS = (10, 100, 784, 3072), (10, 32, 64, 200, 1000, 2000, 5000)
BATCHES = (1, 8, 32, 256, 1024)
MOST = 2 * 10**8  # multiplications of a product: beyond, all ways are alike
FASTER = 0.01  # a decay's way must save so much


def _table_of(times: Times, row: Layouts) -> str:
    lines: list[list[str]] = []
    for shape, of_shape in times.items():
        cells = [f"{shape.inputs}", f"{shape.outputs}", f"{shape.batch}"]
        for first in (True, False):
            best = min(possible(first), key=lambda way: taken(of_shape, way, first=first))
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
    seconds, runs = (0.0, 1) if short else (1.0, 60)
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
    numbers = (4096, 8192, 16384, 32768, 65536)
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
    return sum(logs) / len(logs) < -FASTER


def main() -> None:
    """Print the times, and the row."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.layouts", description=__doc__)
    parser.add_argument("--short", action="store_true", help="see that it works; no figures")
    parser.add_argument("--write", type=Path, help="folder for layouts-KERNELS.txt")
    chosen = parser.parse_args()
    bound = bind(1)
    row, text = measured(short=chosen.short)
    family = kernels()
    whole = (
        f"{machine()}; cores: {called(1, bound=bound)}\n\n{text}\n"
        f'for framework/engine/layouts.py:\n\n    "{family}": {text_of(row)},\n'
    )
    print(whole)
    if chosen.write:
        chosen.write.mkdir(parents=True, exist_ok=True)
        (chosen.write / f"layouts-{family.lower()}.txt").write_text(whole)


if __name__ == "__main__":
    main()
