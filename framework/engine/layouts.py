"""How arrays lie and which products are folded: a table by the family of the processor's kernels.

Each of these ways gives the same numbers but for their last digits, and which is fastest depends on
the kernels that numpy's BLAS has for a processor (`kernels.family`). So what decides is a table,
filled by measurement (``python -m benchmarks.layouts``), the processor's family and the network's
shape: never a clock, and never what else runs. Every run on a machine has the same bytes.

A family that nobody has measured takes the row `DEFAULT`. What is saved does not depend on any of
this: parameters are kept by name, in their own shapes.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from typing import Literal

from framework.engine.kernels import family


@dataclass(frozen=True)
class Layouts:
    """The decisions for a family of kernels.

    Attributes
    ----------
    by_output : weights lie output by output in layers of at least so many outputs and fewer than
        so many, ``[D, M]`` in others.
    first_by_output : the same for the first layer, which has no product for its input's gradient.
    by_unit_below : activations lie unit by unit in layers of fewer units, sample by sample in
        others.
    decay : how weights decay in a fused update: by a product's ``factor`` 1 − ηc, their bias in a
        product of its own; or in a ``pass`` of their own before one product for both.
    """

    by_output: tuple[float, float] = (64, math.inf)
    first_by_output: tuple[float, float] = (0, math.inf)
    by_unit_below: float = math.inf
    decay: Literal["factor", "pass"] = "factor"

    def lies_by_output(self, outputs: int, *, first: bool) -> bool:
        """Return whether an affine layer's weights lie output by output.

        >>> Layouts().lies_by_output(10, first=False), Layouts().lies_by_output(10, first=True)
        (False, True)
        """
        least, limit = self.first_by_output if first else self.by_output
        return least <= outputs < limit

    def lies_by_unit(self, units: int) -> bool:
        """Return whether a layer's activations lie unit by unit."""
        return units < self.by_unit_below


DEFAULT = Layouts()
_AVX2 = Layouts((64, 1000), (0, 1000), by_unit_below=1000, decay="pass")
TABLE: dict[str, Layouts] = {"SkylakeX": DEFAULT, "Haswell": _AVX2, "Zen": _AVX2}
"""Family → its row. Neoverse's and Apple's have not been measured: they take `DEFAULT`."""


@cache
def layouts() -> Layouts:
    """Return the row of the table for this process."""
    return TABLE.get(family(), DEFAULT)


def row() -> str:
    """Return the name of that row, as a run's record has it.

    >>> row() in {*TABLE, "default"}
    True
    """
    return family() if family() in TABLE else "default"
