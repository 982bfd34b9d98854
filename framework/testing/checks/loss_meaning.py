"""What a loss promises of outputs: how many there are, their probabilities and its decisions."""

from __future__ import annotations

import numpy as np

from framework.components.base import Array
from framework.components.loss import Loss
from framework.testing.assertions import unchanged
from framework.testing.check import expect, promise
from framework.testing.example_batches import columns_of, evaluate, outputs, targets

_BATCHES = (1, 3, 8)
_EXACT = 1e-9
_DESCENT = 300  # steps


@promise(
    "`outputs` is how many outputs it takes; `probabilities`, where it makes them, are of each"
    " class, from 0 to 1, and of labels sum to 1; `decide` gives labels, values or sets, and after"
    " its own gradient was followed, those of the targets."
)
def meaning(loss: Loss) -> None:
    for columns in columns_of(loss):
        for batch in _BATCHES:
            z = outputs(loss, batch, columns=columns)
            _expect_probabilities(loss, z, columns)
            _expect_decisions(loss, z, columns)
    if loss.targets == "values":
        return
    z, t = outputs(loss, 8), targets(loss, 8)
    for _ in range(_DESCENT):
        gradient = evaluate(loss, z, t)[1]
        z -= 0.2 * gradient / (np.abs(gradient).max() + 1e-12)
    decided = loss.decide(z) == t
    right = int(np.count_nonzero(decided if decided.ndim == 1 else decided.all(axis=1)))
    expect(right == 8, f"decide is right for {right} of 8 samples whose outputs it has made right")


def _expect_probabilities(loss: Loss, z: Array, columns: int) -> None:
    for size in (1.0, 1e4):
        sized = size * z
        with unchanged("probabilities", z=sized):
            made = loss.probabilities(sized)
        if made is None:
            return
        expect(
            made.shape == (len(z), columns),
            f"probabilities has shape {made.shape} for {len(z)} samples of {columns} classes",
        )
        inside = bool(np.all((made >= 0) & (made <= 1)))
        low, high = float(made.min()), float(made.max())
        expect(inside, f"probabilities reach from {low:.6g} to {high:.6g}")
        total = made.sum(axis=1)
        off = float(np.abs(total - 1).max()) if loss.targets == "labels" else 0.0
        expect(off < _EXACT, f"a row of probabilities sums to {total[0]:.6g}, not to 1")


def _expect_decisions(loss: Loss, z: Array, columns: int) -> None:
    with unchanged("decide", z=z):
        decided = loss.decide(z)
    shape = (len(z),) if loss.targets == "labels" else (len(z), columns)
    expect(
        decided.shape == shape,
        f"decide gives shape {decided.shape} for {len(z)} samples, where targets have {shape}",
    )
    if loss.targets != "values":
        whole = decided.dtype.kind in "iu"
        expect(whole, f"decide gives {decided.dtype}, where {loss.targets} are integers")
        most = columns if loss.targets == "labels" else 2
        inside = bool(np.all((decided >= 0) & (decided < most)))
        expect(inside, f"decide gives numbers beyond 0 to {most - 1}")
