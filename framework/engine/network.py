"""A network: what a graph of layers says of inputs, as logits, probabilities or decisions.

Its layers and arrays are a graph (`graph.py`), which runs block by block (`inference.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np
from numpy.typing import ArrayLike

from framework.components.base import Array, Shape
from framework.components.columns import Columns
from framework.components.data_form import DataForm
from framework.components.loss import Loss
from framework.components.targets import Targets
from framework.engine.graph import Graph
from framework.engine.inference import Outputs, rows_at_once
from framework.engine.input_gradients import (
    InputGradients,
    check_output,
    check_targets,
    fill_loss_gradient,
    fill_output_gradient,
)
from framework.engine.inputs import Inputs, as_samples, check_finite, check_outputs
from framework.engine.plan import LayerPlan
from framework.engine.propagation import Forward
from framework.errors import DataError, PluginError

_BLOCK = 1000  # rows predicted at once


class Network(Graph):
    """Layers applied in turn, and a loss that says what the last one's outputs mean.

    A copy (`copy.copy`, `copy.deepcopy`, pickling) has arrays and generators of its own.

    Attributes
    ----------
    loss : what makes probabilities and decisions of outputs; without one, outputs are logits.
    trained_on : the form of the data that it was trained on; None when that is not known.
    """

    def __init__(
        self,
        plans: Sequence[LayerPlan],
        inputs: Shape,
        dtype: str,
        seeds: np.random.SeedSequence,
        scale: float | None = None,
        *,
        loss: Loss | None = None,
        trained_on: DataForm | None = None,
    ) -> None:
        super().__init__(plans, inputs, dtype, seeds, scale)
        self.loss = loss or Loss()
        self.trained_on = trained_on

    @property
    def class_names(self) -> tuple[str, ...]:
        """The name of each class, as the data had them: ``class_names[label]``; none without."""
        return self.trained_on.class_names if self.trained_on else ()

    @property
    def takes_missing(self) -> bool:
        """Whether inputs may be NaN: a transform of it takes them."""
        return any(getattr(bound.layer, "takes_missing", False) for bound in self.layers)

    @property
    def targets(self) -> Targets:
        """What the loss compares outputs with: labels, values or sets of classes."""
        return self.loss.targets

    def logits(self, inputs: Inputs, *, allow_nonfinite: bool = False) -> Array:
        """Return the outputs for inputs, ``[N, outputs]``; for a single sample ``[outputs]``.

        Parameters
        ----------
        inputs : samples, ``[N, *sample shape]`` or anything that reshapes to it, or a single
            sample; arrays of integers or floats of any size, lists, a DataFrame, a dict of
            columns or a `Table`. A number means what it meant in the training data, whatever its
            dtype: all are multiplied by `scale` as those were.
        allow_nonfinite : whether to answer for NaN and infinities, too, with what comes out.

        Raises
        ------
        DataError : when the inputs do not fit the network, are in other units than the training
            data (floats up to 1 for bytes), or are not finite, or the outputs are not.
        """
        return self._of_blocks(inputs, np.array, allow_nonfinite)

    def predict(self, inputs: Inputs, *, allow_nonfinite: bool = False) -> Array:
        """Return what the loss decides for each input, in the form of its targets.

        Takes inputs as `logits` does.

        Returns
        -------
        classes ``[N]``; values ``[N, K]``; or sets of classes, ``[N, K]`` of 0 and 1. What
        `Loss.decide` says: by default the argmax of the logits, the outputs themselves, and 1
        where they are above 0. For a single sample the axis of rows is left out.

        Raises
        ------
        DataError : as `logits` does.
        """
        return self._of_blocks(inputs, self.loss.decide, allow_nonfinite)

    def probabilities(self, inputs: Inputs, *, allow_nonfinite: bool = False) -> Array:
        """Return the probability of each class for each input, ``[N, C]``; for one sample ``[C]``.

        Where targets are labels, those of a row sum to 1; where they are sets, each is a class's
        own. Takes inputs as `logits` does.

        Raises
        ------
        DataError : as `logits` does, or when the loss makes no probabilities of outputs.
        """
        return self._of_blocks(inputs, self._probabilities, allow_nonfinite)

    def activations(self, inputs: Inputs, *, allow_nonfinite: bool = False) -> dict[str, Array]:
        """Return the outputs of every layer by its label, transforms included, in their order.

        Takes inputs as `logits` does. Each array is ``[N, *the layer's output shape]``, for a
        single sample without the axis of rows; the last layer's are the logits.

        Raises
        ------
        DataError : as `logits` does.
        """
        samples = as_samples(inputs, self.inputs, self.trained_on)
        rows = samples.rows
        made = {
            bound.label: np.empty((len(rows), *bound.outputs), self.dtype) for bound in self.layers
        }
        for start, block in self._checked_blocks(rows, allow_nonfinite):
            way = Forward(self, len(block), scale=self.scale, apart=True)
            self._run(way, block, start, allow_nonfinite)
            for array, outputs in zip(made.values(), way.activations[1:], strict=True):
                array[start : start + len(block)] = outputs
        return {label: samples.as_given(array) for label, array in made.items()}

    def input_gradient(
        self,
        inputs: Inputs,
        output: int | str | None = None,
        *,
        targets: ArrayLike | None = None,
        allow_nonfinite: bool = False,
    ) -> Array:
        """Return how much each sample's output, or its loss, grows with each of its numbers.

        The derivative of an output by the inputs as they are given, so before their scale and the
        transforms, in inference: ``∂z[n, output] / ∂x[n]``. Takes inputs as `logits` does.

        Parameters
        ----------
        output : which output, its number or its class's name; by default the largest of each
            sample, where targets are labels (Simonyan, Vedaldi and Zisserman, "Deep inside
            convolutional networks", 2013), and the only one where there is one.
        targets : when given, the derivative is that of each sample's own loss against them,
            without penalties: labels ``[N]``, values or sets ``[N, K]``.

        Returns
        -------
        ``[N, *sample shape]``; for a single sample in its shape.

        Raises
        ------
        DataError : as `logits` does; when there is no such output; or when a layer has no formula.

        Differs: ``torch.autograd.grad(z.sum(), x)`` is that of the sum of all outputs.
        """
        samples = as_samples(inputs, self.inputs, self.trained_on)
        rows, compared, column = samples.rows, None, None
        if targets is not None and output is not None:
            raise DataError("output and targets: expected one of them")
        if targets is None:
            column = check_output(output, self.outputs[0], self.targets, self.class_names)
        else:
            compared = check_targets(
                targets, len(rows), self.outputs[0], self.loss, alone=samples.alone
            )
        made = np.empty(rows.shape, self.dtype)
        for start, block in self._checked_blocks(rows, allow_nonfinite):
            way = InputGradients(self, len(block))
            self._run(way, block, start, allow_nonfinite)
            if compared is None:
                fill_output_gradient(way, column)
            else:
                fill_loss_gradient(way, self.loss, compared[start : start + len(block)])
            made[start : start + len(block)] = way.back()
        return samples.as_given(made)

    def _probabilities(self, z: Array) -> Array:
        made = self.loss.probabilities(z)
        if made is None:
            raise DataError(
                f"the loss, {type(self.loss).__name__}, makes no probabilities of outputs; expected"
                " predict or logits"
            )
        return made

    def _of_blocks(
        self, inputs: Inputs, make: Callable[[Array], Array], allow_nonfinite: bool
    ) -> Array:
        """Return what is made of the outputs for all inputs, made block by block."""
        samples = as_samples(inputs, self.inputs, self.trained_on)
        rows, outputs = samples.rows, Outputs(self, _BLOCK)
        nothing = np.asarray(make(np.zeros((0, *self.outputs), self.dtype)))
        made = np.empty((len(rows), *nothing.shape[1:]), nothing.dtype)
        for start, block in self._checked_blocks(rows, allow_nonfinite):
            z = self._run(outputs.way(len(block)), block, start, allow_nonfinite)
            answers = np.asarray(make(z))
            if answers.shape != (len(z), *made.shape[1:]):
                raise PluginError(
                    f"loss {type(self.loss).__name__}: made shape {answers.shape} of outputs of"
                    f" shape {z.shape}; expected {(len(z), *made.shape[1:])}"
                )
            made[start : start + len(block)] = answers
        return samples.as_given(made)

    def _checked_blocks(self, rows: Array, allow_nonfinite: bool) -> Iterator[tuple[int, Array]]:
        """Yield each block's first row and its rows."""
        at_once = rows_at_once(self, _BLOCK)
        columns = self.trained_on.columns if self.trained_on else Columns()
        for start in range(0, len(rows), at_once):
            block = rows[start : start + at_once]
            if not allow_nonfinite:
                check_finite(block, start, self.dtype, columns, missing=self.takes_missing)
            yield start, block

    @staticmethod
    def _run(way: Forward, block: Array, start: int, allow_nonfinite: bool) -> Array:
        """Return the outputs of a block, valid until the next."""
        with np.errstate(over="ignore", invalid="ignore"):
            way.fill(block)
            way.run()
        if not allow_nonfinite:
            check_outputs(way.outputs, block, start)
        return way.outputs
