"""The parameter store: every weight and bias of a network in a few contiguous arrays.

Layers that share an update rule share a `Block`, each in a span of it; layers hold views into it.
So an update is a few operations on whole rows, and a run is saved by writing a few arrays::

    Block.rows              span of layer 1     span of layer 3
                          +-------------------+-------------------+--
    [0]     parameters    | A of layer 1    0 | A of layer 3    0 | ...
    [1]     gradients     | its gradient    0 | its gradient    0 | ...
    [2:-1]  slots         | the update rule's own arrays, if any  | ...
    [-1]    scratch       | to work in        |                   | ...
                          +-------------------+-------------------+--
                          every span begins on a cache line; padding stays 0

An affine layer's weights ``W [D, M]`` and bias ``b [M]`` are one matrix ``A = [W; b]``. Its span
holds it output by output (``column_major``), where most products are faster, or row by row::

    column_major:  | W[:, 0]  b[0]  0 | W[:, 1]  b[1]  0 | ...   M columns, each padded
    else:          | W[0, :] | W[1, :] | ... | b |               D + 1 rows

Slots that are not like a parameter (a scalar, a number for each row or column) lie in small arrays
of their own, `Block.factors`: one for a slot, parameter after parameter.

What an affine layer's matrices are for is in `affine.py`; first values are drawn in
`initialization.py`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from framework.components.base import Array, Shape
from framework.components.layer import Arrays, Parameter
from framework.components.update_rule import Slot, UpdateRule, scope_of
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
    """The parameters that share an update rule (None: frozen), one row per array.

    Attributes
    ----------
    slots : the rule's, by name.
    factors : by name, the slots that are not like a parameter, 1-D.
    """

    update_rule: UpdateRule | None
    rows: Array
    slots: Mapping[str, Slot] = field(default_factory=dict)
    factors: Mapping[str, Array] = field(default_factory=dict)

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
        """The update rule's own arrays, those like the parameters first."""
        return [*self.rows[2:-1], *self.factors.values()]

    @property
    def scratch(self) -> Array:
        """A row to work in."""
        row: Array = self.rows[-1]
        return row

    def row(self, slot: str) -> Array:
        """Return the row of a slot that is like the parameters."""
        row: Array = self.rows[2 + self._like_parameters.index(slot)]
        return row

    def of_row(self, view: Array, row: Array) -> Array:
        """Return the view of another row that lies as a view of the parameters does."""
        at = view.ctypes.data - self.rows.ctypes.data + row.ctypes.data - self.rows.ctypes.data
        return np.ndarray(view.shape, view.dtype, self.rows, at, view.strides)

    @property
    def _like_parameters(self) -> list[str]:
        return [name for name, slot in self.slots.items() if slot.like == "parameter"]


@dataclass(frozen=True, eq=False)
class ParameterViews(Bound):
    """One layer's views into its block, and the span of the rows they lie in.

    ``gradients`` and ``scratch`` are empty where the block is frozen; ``matrix`` is weights and
    bias of an affine layer in one; ``factors`` are by parameter and slot.
    """

    block: Block
    span: slice
    parameters: Arrays
    gradients: Arrays
    scratch: Arrays
    matrix: Array | None = None
    matrix_gradient: Array | None = None
    factors: Mapping[str, Mapping[str, Array]] = field(default_factory=dict)

    def slots(self, parameter: Parameter) -> dict[str, Array]:
        """Return what the update rule keeps for one of the parameters, by name."""
        block, own = self.block, self.factors.get(parameter.name, {})
        view = getattr(self.parameters, parameter.name)
        return {
            name: own[name] if name in own else block.of_row(view, block.row(name))
            for name in block.slots
            if name in own or name not in block.factors
        }


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
    blocks = {rule: _block(rule, requests, size, dtype) for rule, size in sizes.items()}
    views: list[ParameterViews] = []
    used: dict[tuple[UpdateRule | None, str], int] = {}
    for request, start in zip(requests, starts, strict=True):
        block = blocks[request.update_rule]
        factors = _factors(request, block, used) if _has_factors(block) else {}
        views.append(_views(request, block, start, factors))
    return list(blocks.values()), views


def _block(
    rule: UpdateRule | None, requests: Sequence[ParameterRequest], size: int, dtype: str
) -> Block:
    if rule is None:
        return Block(rule, _aligned(1, size, dtype))
    slots = dict(rule.slots())
    shapes = [p.shape for r in requests if r.update_rule == rule for p in r.parameters]
    factors = {
        name: np.zeros(
            sum(math.prod(slot.shape(shape)) for shape in shapes)
            if scope_of(rule) == "parameter"
            else 1,
            "float64" if slot.like == "scalar" else dtype,
        )
        for name, slot in slots.items()
        if slot.like != "parameter"
    }
    return Block(rule, _aligned(3 + len(slots) - len(factors), size, dtype), slots, factors)


def _has_factors(block: Block) -> bool:
    rule = block.update_rule
    return bool(block.factors) and rule is not None and scope_of(rule) == "parameter"


def _factors(
    request: ParameterRequest, block: Block, used: dict[tuple[UpdateRule | None, str], int]
) -> dict[str, dict[str, Array]]:
    """Give each parameter its part of the slots that are not like it; count what is used up."""
    given: dict[str, dict[str, Array]] = {p.name: {} for p in request.parameters}
    for name, whole in block.factors.items():
        start = used.get((block.update_rule, name), 0)
        for parameter in request.parameters:
            shape = block.slots[name].shape(parameter.shape)
            stop = start + math.prod(shape)
            given[parameter.name][name] = whole[start:stop].reshape(shape)
            start = stop
        used[block.update_rule, name] = start
    return given


def _views(
    request: ParameterRequest,
    block: Block,
    start: int,
    factors: Mapping[str, Mapping[str, Array]],
) -> ParameterViews:
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
    return ParameterViews(
        block, span, arrays[0], arrays[1], arrays[2], matrices[0], matrices[1], factors
    )


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
