"""Forward and back: a network's formulas bound to arrays made once for a batch size.

`Forward` holds the activations of a batch and the calls that fill them; `Step` adds the loss, the
gradients and the update. Binding happens once; running is walking through lists of calls::

    buffers[0]     buffers[1]      buffers[2]          buffers[-1]
    +--------+     +--------+      +--------+          +---------+
    | inputs | --> |   y    | -->  |   y    | --> ...  | outputs | --> loss
    +--------+  |  +--------+   |  +--------+          +---------+      |
             layer 0         layer 1                                    |
                |  +--------+   |  +--------+          +---------+      |
     updates <--+--|   g    | <-+- |   g    | <-- ...  |    g    | <----+
                   +--------+      +--------+          +---------+

``y`` is a layer's output, ``g`` the loss's gradient for it; each is one array, ``[B, *shape]``,
beside a column of ones where an affine layer may read it (`affine.Buffer`). Where layer 1 works in
place, buffers 1 and 2 are the same, and so are their gradients. Layers may read others than the one
below (`graph.py`); `backward.py` is the way back.

A step in plain numpy is `tests/reference.py`; this is that, made fast. What it uses: `affine.py`
(products of affine layers, fused updates), `fused_rates.py` (their rates), `regularization.py`
(penalties and their gradients), `moves.py` (what ends a step: clipping, and in `updates.py` update
rules over what was written down), `compiled.py` (what runs as machine code). A step in parts of its
batch is `accumulation.py`. The way back to the inputs of a trained network is `input_gradients.py`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import partial

import numpy as np

from framework.components.base import Array
from framework.components.join import Join
from framework.components.layer import Arrays, Layer
from framework.components.loss import Loss
from framework.engine.added_loss import AddedLoss
from framework.engine.affine import buffer, fused_update
from framework.engine.backward import Backward, above_trainable
from framework.engine.blas import Call, bind_matmul
from framework.engine.bound_layer import layer_arrays
from framework.engine.clipping import Clipping
from framework.engine.compiled import NOTHING, Compiled
from framework.engine.compiled_layers import SetNumbers
from framework.engine.formulas import filling, like
from framework.engine.fused_rates import FusedRates
from framework.engine.graph import BoundLayer, Graph
from framework.engine.joined_step import JoinedStep, Run
from framework.engine.layouts import layouts
from framework.engine.moves import Moves
from framework.engine.not_copied import Bound
from framework.engine.regularization import add_gradients, penalties
from framework.errors import ConfigurationError


class Forward(Bound):
    """The way forward for one batch size.

    Attributes
    ----------
    inputs : ``[B, *sample shape]``, to be filled with a batch.
    scale : what is left to multiply the batch by once it is filled in; None when nothing is.
    outputs : ``[B, C]``, filled by `run`.

    Layers that work in place leave their output where their input was, unless all arrays are to be
    kept ``apart``. In training, a layer that is frozen after ``at`` steps does what it does in
    inference.
    """

    def __init__(
        self,
        network: Graph,
        batch: int,
        *,
        scale: float | None = None,
        training: bool = False,
        apart: bool = False,
        at: int = 0,
        compiled: Compiled = NOTHING,
    ) -> None:
        self.network = network
        self.batch = batch
        self._compiled = compiled.layers
        self._set_numbers: list[SetNumbers] = []
        self._plain: dict[int, Call] = {}
        fusing = all(bound.affine for bound in network.layers if 0 in bound.sources)
        fused_scale = scale if scale is not None and fusing else None
        self.scale = scale if fused_scale is None else None
        inputs = buffer(
            batch, network.inputs, network.dtype, column_major=False, scale=fused_scale or 1.0
        )
        self._buffers = [inputs]
        self._arrays: list[Arrays] = []
        self._forward: list[Call] = []
        self._backward: list[Call] = []
        for i, bound in enumerate(network.layers):
            given = [self._buffers[number] for number in bound.sources]
            below = above = given[0]
            if apart or not network.overwrites(i):
                by_unit = layouts().lies_by_unit(math.prod(bound.outputs))
                above = buffer(batch, bound.outputs, network.dtype, column_major=by_unit)
            self._buffers.append(above)
            xs = [source.x for source in given]
            moves = training and not bound.stands_still(at)
            arrays = layer_arrays(bound, xs, above.x, moves, network.clock)
            self._arrays.append(arrays)
            if isinstance(bound.layer, Join):
                call = filling(bound, bound.layer.forward, above.x, (xs,), arrays)
            elif bound.views.matrix is not None:
                call = bind_matmul(below.x1, bound.views.matrix, above.x, below.scale)
            else:
                call = filling(bound, bound.layer.forward, above.x, (below.x,), arrays)
                ways = {"x": below.x, "y": above.x}
                made = self._machine_code(bound, "forward", ways, above is below)
                if made is not None:
                    self._plain[i], call = call, made
            self._forward.append(call)
        self.inputs = self._buffers[0].x
        self.outputs = self._buffers[-1].x

    @property
    def activations(self) -> list[Array]:
        """The inputs and then each layer's outputs."""
        return [activations.x for activations in self._buffers]

    def fill(self, rows: Array) -> None:
        """Copy rows of any dtype into `inputs`, multiplied by what is left of the scale."""
        np.copyto(self.inputs, rows, casting="same_kind")
        if self.scale is not None:
            np.multiply(self.inputs, self.scale, out=self.inputs)

    def run(self) -> None:
        """Fill `outputs` from `inputs`."""
        for call in self._forward:
            call()

    def _way_back(self, wanted: Sequence[bool], gradient: Array) -> Backward:
        """Return the way back from the gradient for `outputs`, to be bound layer by layer."""
        parts = self.network, self._buffers, self._arrays, self._backward
        return Backward(*parts, wanted, gradient, self._machine_code, self._go_plainly)

    def _go_plainly(self, i: int) -> None:
        """Have layer `i` go forward by its own method, whose scratch its way back may read."""
        self._forward[i] = self._plain.get(i, self._forward[i])

    def _machine_code(
        self, bound: BoundLayer, way: str, arrays: Mapping[str, Array], in_place: bool
    ) -> Call | None:
        """Return a layer's way as machine code; None where its own method is to be called."""
        if self._compiled is None:
            return None
        made = self._compiled.bind(bound, way, arrays, in_place=in_place)
        if made is None:
            return None
        if made.set_numbers is not None:
            self._set_numbers.append(made.set_numbers)
        return made.call


class Step(Forward):
    """One training step for one batch size: forward, loss, backward, regularize, update.

    One that is ``part_of`` a larger batch only writes its share of the gradients down. It is for
    steps in which the same layers are trained as ``at`` that one.

    Attributes
    ----------
    written : the layers whose gradients are written down.
    moves : what ends a step.
    """

    def __init__(
        self,
        network: Graph,
        batch: int,
        loss: Loss,
        *,
        scale: float | None = None,
        keep_gradients: bool = False,
        clipping: Clipping | None = None,
        part_of: int | None = None,
        at: int = 0,
        compiled: Compiled = NOTHING,
    ) -> None:
        super().__init__(network, batch, scale=scale, training=True, at=at, compiled=compiled)
        _check_batch(network, batch, part_of)
        self._loss = loss
        self._clock = network.clock
        self._loss_arrays = Arrays(**loss.scratch(self.outputs), _clock=network.clock)
        self._gradient = like(self._buffers[-1])
        self._rates = FusedRates()
        fuse = not (keep_gradients or clipping or part_of)
        self._added: list[AddedLoss] = []
        share = np.asarray(batch / (part_of or batch), network.dtype)
        if part_of is not None:
            self._backward.append(partial(np.multiply, self._gradient, share, self._gradient))
        self.written: list[BoundLayer] = []
        wanted = above_trainable(network, at)
        back = self._way_back(wanted, self._gradient)
        for i in reversed(range(len(network.layers))):
            bound, g = network.layers[i], back.gradients.get(i + 1)
            if isinstance(bound.layer, Layer) and bound.adds_loss:
                y, arrays = self._buffers[i + 1].x, self._arrays[i]
                self._added.append(AddedLoss(bound.layer, y, g, arrays, float(share)))
                self._backward.append(self._added[-1].call)
            if g is None:
                continue
            back.bind(i)
            if bound.is_trained(at) and not (fuse and self._bind_fused_update(i, g)):
                self._bind_parameter_gradients(i, g)
                if part_of is None:
                    self._backward += add_gradients(bound)
                self.written.append(bound)
        whole = part_of is None
        trained = [bound for bound in network.layers if bound.is_trained(at)] if whole else []
        self._penalties = penalties(trained)
        ends = self.written if whole else []
        self.moves = Moves(network, trained, ends, clipping, compiled.twins)
        self._moves = self.moves.calls
        self._there_and_back: Run = self._run_calls
        if compiled.layers is not None:
            of = compiled.loss if compiled.loss is not None and compiled.loss.loss is loss else None
            ways = self._forward, of, self._evaluate, self._backward
            self._there_and_back = JoinedStep(*ways, self.outputs, self._gradient).run

    def run_step(self, step: int, targets: Array, losses: Array) -> None:
        """Take one step on the batch in `inputs`.

        Parameters
        ----------
        step : steps already taken.
        targets : the batch's labels or values.
        losses : to be filled with the loss of each sample, ``[B]``, before the update.
        """
        self._clock[0] = step
        self._rates.set(step)
        for set_numbers in self._set_numbers:
            set_numbers(step)
        penalty = sum(penalty() for penalty in self._penalties) if self._penalties else 0.0
        self._there_and_back(step, targets, losses)
        if self._penalties:
            losses += penalty
        for added in self._added:
            losses += added.losses
        for move in self._moves:
            move(step)

    def _run_calls(self, step: int, targets: Array, losses: Array) -> None:
        """Go forward, evaluate the loss, and go back."""
        self.run()
        self._evaluate(targets, losses)
        for call in self._backward:  # input gradients, parameter gradients or fused updates
            call()

    def _evaluate(self, targets: Array, losses: Array) -> None:
        self._loss.evaluate(self.outputs, targets, losses, self._gradient, self._loss_arrays)

    def _bind_fused_update(self, i: int, g: Array) -> bool:
        """Bind gradient and update of layer `i` in one, where that can be; return whether it is."""
        bound = self.network.layers[i]
        below = self._buffers[bound.sources[0]]
        update = fused_update(below, g, bound.views, bound.regularizer)
        if update is None:
            return False
        self._rates.add(update)
        self._backward += update.calls()
        return True

    def _bind_parameter_gradients(self, i: int, g: Array) -> None:
        """Bind what writes layer `i`'s gradients down."""
        bound, above = self.network.layers[i], self._buffers[i + 1]
        below = self._buffers[bound.sources[0]]
        if bound.views.matrix_gradient is not None:
            into = bound.views.matrix_gradient
            self._backward.append(bind_matmul(below.x1.T, g, into, below.scale))
        elif isinstance(bound.layer, Layer):
            formula, gradients = bound.layer.parameter_gradients, bound.views.gradients
            arrays = self._arrays[i]
            self._backward.append(lambda: formula(below.x, above.x, g, gradients, arrays))


def _check_batch(network: Graph, batch: int, part_of: int | None) -> None:
    parts = "" if part_of is None else ", or a smaller trainer.accumulate"
    for bound in network.layers:
        if isinstance(bound.layer, Layer) and batch < bound.layer.smallest_batch:
            raise ConfigurationError(
                f"model: layer '{bound.label}' needs at least {bound.layer.smallest_batch} rows at"
                f" once in training, and would get a batch of {batch}; expected another"
                f" trainer.batch_size{parts}, or trainer.drop_last=true where it is an epoch's last"
            )
