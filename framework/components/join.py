"""A join: what makes one array of several, where branches of a network meet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from framework.components.base import Array, Component, Shape
from framework.components.expression import Expression
from framework.components.layer import Arrays


@dataclass(frozen=True)
class Join(Component):
    """A function of several batches, ``xs``, and its gradient for each; it has no parameters.

    As in a `Layer`, a formula may fill the array it is given or return a new one, arrays are
    ``[batch, *sample shape]``, and nothing else may be changed.
    """

    adds: ClassVar[bool] = False
    """True promises that the output is the sum of the inputs, so that the gradient for each is
    ``g``: blocks are joined by such a one unless they say otherwise."""

    def output_shape(self, inputs: Sequence[Shape]) -> Shape:
        """Return the shape of one output sample, from those of one sample of each input.

        Raises
        ------
        ValueError : when such inputs cannot be joined; the text says what it expects.
        """
        raise NotImplementedError

    def scratch(self, xs: Sequence[Array], out: Array) -> Mapping[str, Array]:
        """Return further arrays to work in, made once for each batch size."""
        return {}

    def forward(self, xs: Sequence[Array], out: Array, arrays: Arrays) -> Array | None:
        """Map the inputs to the output."""
        raise NotImplementedError

    def input_gradients(
        self, xs: Sequence[Array], y: Array, g: Array, outs: Sequence[Array], arrays: Arrays
    ) -> Sequence[Array] | None:
        """Return the loss's gradient for each of ``xs``, or fill ``outs`` with them.

        Parameters
        ----------
        y, g : the output and the loss's gradient for it.
        outs : an array for each input; they overlap nothing.
        """
        raise NotImplementedError

    def expression(self, xs: Sequence[Expression]) -> Expression:
        """Return what `forward` does as an expression: networks with it can be exported."""
        raise NotImplementedError
