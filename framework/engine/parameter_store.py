"""The parameter store: every weight and bias of a network in a few contiguous arrays.

Layers that share an update rule share a `Block`, each in a span of it; layers hold views into it.
So an update is a few operations on whole rows, and a run is saved by writing a few arrays::

    Block.rows              span of layer 1     span of layer 3
                          +-------------------+-------------------+--
    [0]     parameters    | A of layer 1    0 | A of layer 3    0 | ...
    [1]     gradients     | its gradient    0 | its gradient    0 | ...
    [2:-1]  state         | the update rule's own arrays, if any  | ...
    [-1]    scratch       | to work in        |                   | ...
                          +-------------------+-------------------+--
                          every span begins on a cache line; padding stays 0

An affine layer's weights ``W [D, M]`` and bias ``b [M]`` are one matrix ``A = [W; b]``. Its span
holds it output by output (``column_major``), where most products are faster, or row by row::

    column_major:  | W[:, 0]  b[0]  0 | W[:, 1]  b[1]  0 | ...   M columns, each padded
    else:          | W[0, :] | W[1, :] | ... | b |               D + 1 rows

What an affine layer's matrices are for is in `affine.py`; first values are drawn in
`initialization.py`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from framework.components.base import Array, Shape
from framework.components.layer import Arrays, Parameter
from framework.components.update_rule import UpdateRule
from framework.engine.not_copied import Bound

_LINE = 64  # bytes of a cache line: rows and padded matrices begin on one


@dataclass(frozen=True)
class ParameterRequest:
    """The arrays one layer asks for.

    An affine layer's weights and bias share one matrix ``[D + 1, M]``, the bias its last row;
    ``column_major`` stores that matrix one output after the other.
    """

    parameters: tuple[Parameter, ...]
    update_rule: UpdateRule | None
    affine: bool
    column_major: bool = False


@dataclass(frozen=True, eq=False)
class Block:
    """The parameters that share an update rule (None: frozen), one row per array."""

    update_rule: UpdateRule | None
    rows: Array

    @property
    def parameters(self) -> Array:
        """All parameters of the block, 1-D, with a little padding that stays 0."""
        row: Array = self.rows[0]
        return row

    @property
    def gradients(self) -> Array:
        """The parameters' gradients, at the same indices."""
        row: Array = self.rows[1]
        return row

    @property
    def state(self) -> list[Array]:
        """The update rule's own arrays."""
        return list(self.rows[2:-1])

    @property
    def scratch(self) -> Array:
        """A row to work in."""
        row: Array = self.rows[-1]
        return row


@dataclass(frozen=True, eq=False)
class ParameterViews(Bound):
    """One layer's views into its block, and the span of the rows they lie in.

    ``gradients`` and ``scratch`` are empty where the block is frozen; ``matrix`` is weights and
    bias of an affine layer in one.
    """

    block: Block
    span: slice
    parameters: Arrays
    gradients: Arrays
    scratch: Arrays
    matrix: Array | None = None
    matrix_gradient: Array | None = None


def allocate(
    requests: Sequence[ParameterRequest], dtype: str
) -> tuple[list[Block], list[ParameterViews]]:
    """Lay out the parameters of a network; everything is 0.

    Returns
    -------
    blocks : one for each different update rule, in order of first use.
    views : those of each layer, in the order of the requests.
    """
    itemsize = np.dtype(dtype).itemsize
    sizes: dict[UpdateRule | None, int] = {}
    starts: list[int] = []
    for request in requests:
        start = sizes.get(request.update_rule, 0)
        starts.append(start)
        sizes[request.update_rule] = start + _padded(_size(request, itemsize), itemsize)
    blocks = {
        rule: Block(rule, _aligned(3 + len(rule.state) if rule else 1, size, dtype))
        for rule, size in sizes.items()
    }
    views = [
        _views(request, blocks[request.update_rule], start)
        for request, start in zip(requests, starts, strict=True)
    ]
    return list(blocks.values()), views


def _views(request: ParameterRequest, block: Block, start: int) -> ParameterViews:
    rows = block.rows
    span = slice(start, start + _padded(_size(request, rows.itemsize), rows.itemsize))
    kept = 1 if block.update_rule is None else 3
    arrays: list[Arrays] = []
    matrices: list[Array | None] = []
    for row in (rows[0], rows[1 % len(rows)], rows[-1])[:kept]:
        matrix = _matrix(request, row, start) if request.affine else None
        arrays.append(_arrays(request, row, start) if matrix is None else _split(matrix))
        matrices.append(matrix)
    arrays += [Arrays(), Arrays()]
    matrices += [None]
    return ParameterViews(block, span, arrays[0], arrays[1], arrays[2], matrices[0], matrices[1])


def _arrays(request: ParameterRequest, row: Array, start: int) -> Arrays:
    arrays = Arrays()
    for parameter in request.parameters:
        stop = start + math.prod(parameter.shape)
        setattr(arrays, parameter.name, row[start:stop].reshape(parameter.shape))
        start = stop
    return arrays


def _split(matrix: Array) -> Arrays:
    return Arrays(weights=matrix[:-1], bias=matrix[-1])


def _matrix(request: ParameterRequest, row: Array, start: int) -> Array:
    (d, m), _ = _affine_shapes(request)
    if not request.column_major:
        return row[start : start + (d + 1) * m].reshape(d + 1, m)
    height = _padded(d + 1, row.itemsize)
    return row[start : start + m * height].reshape(m, height)[:, : d + 1].T


def _affine_shapes(request: ParameterRequest) -> tuple[Shape, Shape]:
    weights, bias = request.parameters
    return weights.shape, bias.shape


def _size(request: ParameterRequest, itemsize: int) -> int:
    if request.affine and request.column_major:
        (d, m), _ = _affine_shapes(request)
        return m * _padded(d + 1, itemsize)
    return sum(math.prod(parameter.shape) for parameter in request.parameters)


def _padded(size: int, itemsize: int) -> int:
    """Round a number of elements up to whole cache lines."""
    line = _LINE // itemsize
    return -(-size // line) * line


def _aligned(rows: int, columns: int, dtype: str) -> Array:
    itemsize = np.dtype(dtype).itemsize
    raw = np.zeros(rows * columns * itemsize + _LINE, np.uint8)
    offset = -raw.ctypes.data % _LINE
    used = raw[offset : offset + rows * columns * itemsize]
    return used.view(dtype).reshape(rows, columns)
