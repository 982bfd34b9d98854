"""What is bound to the arrays of one network, and so is never copied."""

from __future__ import annotations

from typing import NoReturn, SupportsIndex


class Bound:
    """Refuses `copy.copy`, `copy.deepcopy` and pickling, whose result would be torn.

    Its views and bound formulas would go on working on the original's arrays, or on none at all.
    """

    def __reduce_ex__(self, protocol: SupportsIndex) -> NoReturn:
        what = type(self).__name__
        raise TypeError(
            f"a {what} is bound to the arrays of one network and cannot be copied or pickled;"
            " a Network can, as in copy.deepcopy(run.network)"
        )
