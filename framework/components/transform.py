"""A transform: a change of inputs that stays with the network, fitted on the training split."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import ClassVar

from framework.components.base import Array
from framework.components.columns import Columns
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

    takes_missing: ClassVar[bool] = False
    """True declares that inputs may be NaN: `fit` and `forward` give numbers in their place, or
    pass them on in columns that are not theirs. A run is refused whose data are missing in places
    where no transform fills them."""

    def over(self, columns: Columns) -> Transform:
        """Return this transform for data with these columns: names become numbers of columns.

        Called once, before anything is made of it; what it returns is kept with the network, in
        its fields.

        Raises
        ------
        ValueError : when there is no such column; the text says which there are.
        """
        return self

    def columns_after(self, columns: Columns) -> Columns:
        """Return the columns that it makes of these; by default the same."""
        return columns

    def fit(self, samples: Iterable[Array]) -> Mapping[str, Array]:
        """Return the values of the arrays that `state` declares, from the training split.

        Called once, before the first step of a run.

        Parameters
        ----------
        samples : blocks ``[rows, *sample shape]`` of float64, all rows in their order, as the
            transforms before this one leave them; they can be gone through more than once, are not
            to be changed, and hold good until the next.

        Raises
        ------
        DataError : when the samples do not allow it; the text says why.
        """
        return {}
