"""A transform: a change of inputs that stays with the network, fitted on the training split."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from framework.components.base import Array
from framework.components.layer import Layer


@dataclass(frozen=True)
class Transform(Layer):
    """A layer ahead of the first one, without parameters, whose state is fitted to the data.

    ``data.transforms`` lists those of a run. What `fit` returns is part of the network's state: it
    lies in checkpoints and in the final file, and acts on whatever `Network.predict` is given. A
    random one (augmentation) draws from ``arrays.rng``, which is None in inference: it then leaves
    inputs as they are.

    `forward` is the only formula it needs; with an `input_gradient`, which acts as in inference,
    `Network.input_gradient` can go through it.
    """

    def fit(self, samples: Iterable[Array]) -> Mapping[str, Array]:
        """Return the values of the arrays that `state` declares, from the training split.

        Called once, before the first step of a run.

        Parameters
        ----------
        samples : blocks ``[rows, *sample shape]`` of float64, all rows in their order, as the
            transforms before this one leave them; they can be gone through more than once, are not
            to be changed, and hold good until the next.
        """
        return {}
