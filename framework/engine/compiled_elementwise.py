"""What a step does to elements between its norms, as machine code (`elementwise.py` states it)."""

from __future__ import annotations

from itertools import combinations

import numpy as np

from framework.components.base import Array
from framework.components.elementwise import Elementwise
from framework.engine.blas import Call
from framework.engine.bound_loop import bind_loop
from framework.engine.machine_code import loop_function
from framework.engine.not_copied import Bound
from framework.errors import PluginError

_KEPT_BOUND = 4096  # sets of arrays: far more than a network has parameters


class CompiledElementwise(Bound):
    """A formula of elements as machine code, bound once to each set of arrays it is called for.

    Arrays that do not lie alike in memory, or overlap, are left to numpy.

    Raises
    ------
    PluginError : naming the formula that cannot be compiled, and why.
    ImportError : when Numba, or what it needs, is not there.
    """

    def __init__(self, called: str, stated: Elementwise, dtype: str) -> None:
        self._stated, self._dtype = stated, dtype
        try:
            self._function = loop_function(stated.positional(), stated.loop, dtype)
        except PluginError as error:
            raise PluginError(f"the formula {called}: {error}") from error
        self._numbers = np.zeros(1 + len(stated.loop.numbers))
        self._bound: dict[tuple[int, ...], tuple[Call | None, tuple[Array, ...]]] = {}

    def __call__(self, *arrays: Array, scratch: Array, **numbers: float) -> None:
        key = tuple(map(id, arrays))
        bound = self._bound.get(key)
        if bound is None:
            if len(self._bound) >= _KEPT_BOUND:
                self._bound.clear()
            bound = self._bound[key] = self._bind(arrays), arrays
        call = bound[0]
        if call is None:
            self._stated(*arrays, scratch=scratch, **numbers)
            return
        values = self._numbers
        for place, name in enumerate(self._stated.loop.numbers, start=1):
            values[place] = numbers[name]
        call()

    def _bind(self, arrays: tuple[Array, ...]) -> Call | None:
        if any(np.may_share_memory(a, b) for a, b in combinations(arrays, 2)):
            return None  # the loop promises that they do not
        return bind_loop(self._function, arrays, self._numbers, self._dtype)
