"""A join bound to arrays, as the core binds it, with everything unwritten poisoned."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from framework.components.base import Array, Shape
from framework.components.join import Join
from framework.components.layer import Arrays
from framework.engine.graph import output_shape
from framework.testing.assertions import laid_out, normal
from framework.testing.check import UnansweredError, expect

_BRANCHES: tuple[tuple[Shape, ...], ...] = (
    ((6,), (6,)),
    ((6,), (6,), (6,)),
    ((1,), (1,)),
    ((4, 3), (4, 3)),
    ((6,), (4,)),
    ((2,), (6,), (3,)),
    ((6,), (1,)),
    ((6,), (12,)),
    ((6,),),
)


class BoundJoin:
    """A join over one batch of each branch, everything unwritten poisoned."""

    def __init__(self, join: Join, xs: Sequence[Array], layout: str = "contiguous") -> None:
        self.join, self.xs = join, [laid_out(x, layout) for x in xs]
        self.shape = output_shape(join, [x.shape[1:] for x in xs])
        self.out = laid_out(np.zeros((len(xs[0]), *self.shape), xs[0].dtype), layout)
        self.outs = [laid_out(np.zeros_like(x), layout) for x in xs]
        self.arrays = Arrays(**join.scratch(self.xs, self.out))

    def forward(self, poison: float = np.nan, *, training: bool = True) -> Array:
        """Return the output."""
        self.arrays.rng = np.random.default_rng(0) if training else None
        self.out[...] = poison
        return self._settled("forward", self.join.forward(self.xs, self.out, self.arrays), self.out)

    def back(self, y: Array, g: Array, poison: float = np.nan) -> list[Array]:
        """Return the gradient for each input."""
        for out in self.outs:
            out[...] = poison
        results = self.join.input_gradients(self.xs, y, g, self.outs, self.arrays)
        results = self.outs if results is None else results
        expect(
            len(results) == len(self.xs),
            f"input_gradients gave {len(results)} arrays for {len(self.xs)} inputs",
        )
        pairs = zip(results, self.outs, strict=True)
        return [self._settled("input_gradients", result, out) for result, out in pairs]

    def _settled(self, what: str, returned: Array | None, out: Array) -> Array:
        if returned is not None and returned is not out:
            expect(
                returned.shape == out.shape,
                f"{what} gave shape {returned.shape}, the samples' shape says {out.shape}",
            )
            expect(returned.dtype == out.dtype, f"{what} gave {returned.dtype}, not {out.dtype}")
            out[...] = returned
        return out


def taken(join: Join) -> list[tuple[Shape, ...]]:
    """Return the branches' shapes, of those tried, that it joins."""
    shapes = []
    for branches in _BRANCHES:
        try:
            output_shape(join, branches)
        except ValueError:
            continue
        shapes.append(branches)
    if not shapes:
        raise UnansweredError("it joins none of the branches that the kit has")
    return shapes


def inputs(branches: Sequence[Shape], batch: int, dtype: str = "float64") -> list[Array]:
    """Return a batch for each branch."""
    return [normal((batch, *shape), 10 * batch + i, dtype) for i, shape in enumerate(branches)]


def checked_joins(join: Join, batch: int = 3) -> Iterator[BoundJoin]:
    """Return the join, bound to a batch of each of the branches that it joins."""
    for branches in taken(join):
        yield BoundJoin(join, inputs(branches, batch))
