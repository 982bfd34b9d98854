"""The way back: from the gradient for a network's outputs to those for what its layers are given.

Where an array has several readers (`graph.py`), what comes back from them is summed: a product adds
to what is there already, anything else is written down first and then added.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

import numpy as np

from framework.components.base import Array
from framework.components.join import Join
from framework.components.layer import Arrays
from framework.engine.affine import Buffer
from framework.engine.blas import Call, bind_gemm, bind_matmul
from framework.engine.formulas import filling, filling_each, like
from framework.engine.graph import BoundLayer, Graph
from framework.engine.not_copied import Bound

MachineCode = Callable[[BoundLayer, str, Mapping[str, Array], bool], Call | None]


class Backward(Bound):
    """The way back through a network's layers, bound layer by layer, from the last one down.

    Attributes
    ----------
    gradients : by the number of an array, the loss's gradient for it; complete once all of its
        readers are bound.
    """

    def __init__(
        self,
        network: Graph,
        buffers: Sequence[Buffer],
        arrays: Sequence[Arrays],
        calls: list[Call],
        wanted: Sequence[bool],
        gradient: Array,
        machine_code: MachineCode,
        go_plainly: Callable[[int], None],
    ) -> None:
        self._machine_code, self._go_plainly = machine_code, go_plainly
        self._network, self._buffers, self._arrays = network, buffers, arrays
        self._calls, self._wanted = calls, wanted
        self.gradients = {len(network.layers): gradient} if wanted[-1] else {}

    def bind(self, i: int) -> None:
        """Bind layer `i`'s way back to those of its sources whose gradient is wanted."""
        bound, arrays = self._network.layers[i], self._arrays[i]
        if not any(self._wanted[number] for number in bound.sources):
            return
        y, g = self._buffers[i + 1].x, self.gradients[i + 1]
        if isinstance(bound.layer, Join) and bound.layer.adds:
            self._pass_on(i, g)
            return
        if isinstance(bound.layer, Join):
            outs = [like(self._buffers[number]) for number in bound.sources]
            xs = [self._buffers[number].x for number in bound.sources]
            formula = bound.layer.input_gradients
            self._calls.append(filling_each(bound, formula, outs, (xs, y, g), arrays))
            for number, gx in zip(bound.sources, outs, strict=True):
                self._add(number, gx)
            return
        (number,) = bound.sources
        if bound.views.matrix is not None:
            self._bind_product(number, g, bound.views.parameters.weights.T)
            return
        gx = g if bound.in_place else like(self._buffers[number])
        x = self._buffers[number].x
        given = {"x": x, "y": y, "g": g, "gx": gx}
        call = self._machine_code(bound, "input_gradient", given, bound.in_place)
        if call is None:
            self._go_plainly(i)
            call = filling(bound, bound.layer.input_gradient, gx, (x, y, g), arrays)
        self._calls.append(call)
        self._add(number, gx)

    def _pass_on(self, i: int, g: Array) -> None:
        """Bind the way back through a sum, whose gradient is that of all its sources.

        Where nobody writes into it while another reads it, they share one array.
        """
        sources = self._network.layers[i].sources
        numbers = [number for number in sources if self._wanted[number]]
        lowest = min(numbers)
        for number in numbers:
            if number in self.gradients:
                self._add(number, g)
            elif sources.count(number) == 1 and (
                self._is_written_last(number, i) if number == lowest else self._is_only_read(number)
            ):
                self.gradients[number] = g
            else:
                gx = like(self._buffers[number])
                self._calls.append(partial(np.copyto, gx, g))
                self._add(number, gx)

    def _is_only_read(self, number: int) -> bool:
        """Return whether nothing is written into the gradient for an array."""
        source = self._network.layers[number - 1]
        return (
            self._network.readers(number) == 1
            and not isinstance(source.layer, Join)
            and not source.in_place
            and not source.adds_loss
        )

    def _is_written_last(self, number: int, i: int) -> bool:
        """Return whether what join `i` shares with an array is done with once that is added to."""
        layers = self._network.layers
        others = [source - 1 for source in layers[i].sources if source != number]
        writers = [k for k, bound in enumerate(layers) if number in bound.sources and k != i]
        return max(writers, default=-1) < min(others, default=i)

    def _bind_product(self, number: int, g: Array, transposed: Array) -> None:
        if number in self.gradients:
            total = self.gradients[number]
            further = bind_gemm(g, transposed, total, scale=1.0, keep=1.0)
            if further is not None:
                self._calls.append(further.call)
                return
        gx = like(self._buffers[number])
        self._calls.append(bind_matmul(g, transposed, gx))
        self._add(number, gx)

    def _add(self, number: int, gx: Array) -> None:
        """Note what comes back to an array, or bind its sum with what came from other readers."""
        if self._wanted[number]:
            total = self.gradients.setdefault(number, gx)
            if total is not gx:
                self._calls.append(partial(np.add, total, gx, total))


def above_trainable(network: Graph, at: int) -> list[bool]:
    """Return, for each array, whether a layer that it comes from is trained in a step."""
    above = [False]
    for bound in network.layers:
        above.append(bound.is_trained(at) or any(above[number] for number in bound.sources))
    return above
