"""Forward and back: a network's formulas bound to arrays made once for a batch size.

`Forward` holds the activations of a batch and the calls that fill them; `Step` adds the loss, the
gradients and the update. Binding happens once; running is walking through lists of calls.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from framework.components.base import Array
from framework.components.layer import Arrays
from framework.components.loss import Loss
from framework.components.update_rule import UpdateRule
from framework.engine.affine import Buffer, DecayedUpdate, FusedUpdate, buffer, fused_update
from framework.engine.blas import Call, bind_matmul
from framework.engine.graph import BoundLayer, Graph
from framework.engine.not_copied import Bound
from framework.engine.parameter_store import Block
from framework.engine.penalty import penalties, weights
from framework.errors import PluginError

Formula = Callable[..., Array | None]
_CHUNK = 1 << 18  # elements updated at once, in the hope that a rule's rows stay in the cache


class Forward(Bound):
    """The way forward for one batch size.

    Attributes
    ----------
    inputs : ``[B, *sample shape]``, to be filled with a batch.
    scale : what is left to multiply the batch by once it is filled in; None when nothing is.
    outputs : ``[B, C]``, filled by `run`.

    Layers that work in place leave their output where their input was, unless all arrays are to be
    kept ``apart``.
    """

    def __init__(
        self,
        network: Graph,
        batch: int,
        *,
        scale: float | None = None,
        training: bool = False,
        apart: bool = False,
    ) -> None:
        self.network = network
        self.batch = batch
        held = scale if scale is not None and network.layers[0].affine else None
        self.scale = scale if held is None else None
        self._buffers = [
            buffer(batch, network.inputs, network.dtype, column_major=False, scale=held or 1.0)
        ]
        self._arrays: list[Arrays] = []
        self._forward: list[Call] = []
        for i, link in enumerate(network.layers):
            below = self._buffers[-1]
            above = below
            if apart or not network.overwrites(i):
                above = buffer(batch, link.outputs, network.dtype, column_major=True)
            self._buffers.append(above)
            arrays = _arrays(link, below.x, above.x, training)
            self._arrays.append(arrays)
            if link.views.matrix is not None:
                self._forward.append(bind_matmul(below.x1, link.views.matrix, above.x, below.scale))
            else:
                formula = link.layer.forward
                self._forward.append(_filling(link, formula, above.x, (below.x,), arrays))
        self.inputs = self._buffers[0].x
        self.outputs = self._buffers[-1].x

    @property
    def activations(self) -> list[Array]:
        """The inputs and then each layer's outputs."""
        return [each.x for each in self._buffers]

    def run(self) -> None:
        """Fill `outputs` from `inputs`."""
        for call in self._forward:
            call()


class Step(Forward):
    """One training step for one batch size: forward, loss, backward, regularize, update."""

    def __init__(
        self,
        network: Graph,
        batch: int,
        loss: Loss,
        *,
        scale: float | None = None,
        keep_gradients: bool = False,
    ) -> None:
        super().__init__(network, batch, scale=scale, training=True)
        self._loss = loss
        self._loss_arrays = Arrays(**loss.scratch(self.outputs))
        trainable = [i for i, link in enumerate(network.layers) if link.trainable]
        self._fused: dict[UpdateRule, list[FusedUpdate | DecayedUpdate]] = {}
        self._backward: list[Call] = []
        self._written: list[BoundLayer] = []
        self._penalties = penalties([network.layers[i] for i in trainable])
        lowest = min(trainable, default=len(network.layers))
        g = self._gradient = _like(self._buffers[-1])
        for i in reversed(range(lowest, len(network.layers))):
            g = self._bind_backward(i, g, wanted=i > lowest, keep_gradients=keep_gradients)
        self._rates = [float("nan")] * len(self._fused)
        self._updates = [
            _updating(block, part) for block in network.blocks for part in self._parts(block)
        ]

    def run_step(self, step: int, targets: Array, losses: Array) -> None:
        """Take one step on the batch in `inputs`.

        Parameters
        ----------
        step : steps already taken.
        targets : the batch's labels or values.
        values : to be filled with the loss of each sample, ``[B]``, before the update.
        """
        for i, (rule, fused) in enumerate(self._fused.items()):
            rate = rule.plain_sgd_rate(step)
            if rate != self._rates[i] and rate is not None:
                self._rates[i] = rate
                for update in fused:
                    update.set_rate(rate)
        for call in self._forward:
            call()
        self._loss.evaluate(self.outputs, targets, losses, self._gradient, self._loss_arrays)
        if self._penalties:
            losses += sum(penalty() for penalty in self._penalties)
        for call in self._backward:
            call()
        for move in self._updates:
            move(step)

    def _bind_backward(self, i: int, g: Array, *, wanted: bool, keep_gradients: bool) -> Array:
        """Bind the way back through layer `i`; give the gradient for its input."""
        link, arrays = self.network.layers[i], self._arrays[i]
        below, above = self._buffers[i], self._buffers[i + 1]
        gx = g
        if wanted:
            gx = g if link.in_place else _like(below)
            if link.views.matrix is not None:
                self._backward.append(bind_matmul(g, link.views.parameters.weights.T, gx))
            else:
                formula = link.layer.input_gradient
                self._backward.append(_filling(link, formula, gx, (below.x, above.x, g), arrays))
        if link.trainable:
            fused = None
            if not keep_gradients:
                fused = fused_update(below, g, link.views, link.regularizer)
            if fused is not None:
                self._fused.setdefault(fused.update_rule, []).append(fused)
                self._backward += fused.calls()
                return gx
            self._bind_gradients(link, below, above, g, arrays)
            self._written.append(link)
        return gx

    def _bind_gradients(
        self, link: BoundLayer, below: Buffer, above: Buffer, g: Array, arrays: Arrays
    ) -> None:
        if link.views.matrix_gradient is not None:
            into = link.views.matrix_gradient
            self._backward.append(bind_matmul(below.x1.T, g, into, below.scale))
        else:
            formula, gradients = link.layer.parameter_gradients, link.views.gradients
            self._backward.append(lambda: formula(below.x, above.x, g, gradients, arrays))
        if link.regularizer.l2_coefficient() != 0:
            add = link.regularizer.add_gradient
            self._backward += [partial(add, *arrays) for arrays in weights(link)]

    def _parts(self, block: Block) -> list[slice]:
        """Give the parts of a block whose gradients were written down and wait for the update."""
        spans = [link.views.span for link in self._written if link.views.block is block]
        if block.update_rule is None or not spans:
            return []
        return _chunks(spans) if block.update_rule.elementwise else [slice(None)]


def _updating(block: Block, part: slice) -> Callable[[int], None]:
    assert block.update_rule is not None
    move = block.update_rule.step
    p, g = block.parameters[part], block.gradients[part]
    state = [row[part] for row in block.state]
    scratch = block.scratch[: len(p)]
    return lambda step: move(step, p, g, state, scratch)


def _chunks(spans: list[slice]) -> list[slice]:
    merged: list[slice] = []
    for span in sorted(spans, key=lambda s: int(s.start)):
        if merged and merged[-1].stop == span.start:
            merged[-1] = slice(merged[-1].start, span.stop)
        else:
            merged.append(span)
    return [
        slice(start, min(start + _CHUNK, span.stop))
        for span in merged
        for start in range(span.start, span.stop, _CHUNK)
    ]


def _like(activations: Buffer) -> Array:
    """Make an array in the form of a batch of activations, without the column of ones."""
    x = activations.x
    flat = x.ndim == 2 and x.strides[0] == x.itemsize
    return np.zeros(x.shape, x.dtype, order="F" if flat else "C")


def _arrays(link: BoundLayer, x: Array, out: Array, training: bool) -> Arrays:
    parts = (vars(link.views.parameters), vars(link.state), link.layer.scratch(x, out))
    rng = link.rng if training else None
    names = [*(name for part in parts for name in part), "rng"]
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise PluginError(
            f"layer '{link.label}': two of its arrays are called '{twice}'; expected a name of its"
            " own for each parameter, state and scratch, beside 'rng'"
        )
    return Arrays(**{name: a for part in parts for name, a in part.items()}, rng=rng)


def _filling(
    link: BoundLayer, formula: Formula, out: Array, inputs: tuple[Array, ...], arrays: Arrays
) -> Call:
    """Bind a formula that may fill `out` or return its result."""

    def call() -> None:
        found = formula(*inputs, out, arrays)
        if found is not None and found is not out:
            if found.shape != out.shape:
                raise PluginError(
                    f"layer '{link.label}': {formula.__name__} gave shape {found.shape},"
                    f" expected {out.shape}"
                )
            out[...] = found

    return call
