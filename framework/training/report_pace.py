"""The pace of reports: how many steps are taken before progress is reported again.

Reporting after every step would cost more than small steps do. So steps are taken in strides of a
tenth of a second, measured on the stride before.
"""

from __future__ import annotations

import time

_REPORTS_A_SECOND = 10.0
_MOST_STEPS = 1024  # between two reports


class ReportPace:
    """Counts out strides of steps; the first is a single one."""

    def __init__(self) -> None:
        self._steps = 1
        self._began = 0.0

    def begin_stride(self, most: int) -> int:
        """Begin a stride; return how many steps to take in it, at most so many."""
        self._began = time.perf_counter()
        self._steps = min(self._steps, _MOST_STEPS, most)
        return self._steps

    def end_stride(self) -> None:
        """Measure the stride that ends, its report included."""
        spent = max(time.perf_counter() - self._began, 1e-9)
        self._steps = max(1, int(self._steps / spent / _REPORTS_A_SECOND))
