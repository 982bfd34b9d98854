"""The conformance kit: every component of a plugin, put through what its kind promises.

>>> from framework import Layer
>>> from framework.testing import check_component
>>> class Nothing(Layer):
...     pass
>>> check_component(Nothing)[0].broken
'the class has no docstring'

In a test file::

    from framework.testing import conformance
    import my_module
    test_conformance = conformance(my_module)
"""

from __future__ import annotations

from types import ModuleType
from typing import Any

from framework.testing.cases import Case, cases_of, cases_of_entry, check_component, check_plugin
from framework.testing.check import Result

__all__ = [
    "Case",
    "Result",
    "cases_of",
    "cases_of_entry",
    "check_component",
    "check_plugin",
    "conformance",
]


def conformance(plugin: str | ModuleType) -> Any:
    """Return a pytest test that puts all of a plugin through what its kinds promise.

    Parameters
    ----------
    plugin : a module with hook implementations, or its name.
    """
    from framework.testing.as_tests import parametrised

    return parametrised(cases_of(plugin))
