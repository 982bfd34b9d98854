"""One line for what Python itself raises at an input that is too large, too deep, or no text."""

from __future__ import annotations

import yaml


def fault(error: BaseException) -> str | None:
    """Say what an input did to Python, or None when it is nothing of that kind.

    >>> fault(MemoryError("Unable to allocate 8 TiB"))
    'out of memory: Unable to allocate 8 TiB'
    """
    if isinstance(error, MemoryError):
        return f"out of memory: {error}" if str(error) else "out of memory"
    if isinstance(error, RecursionError):
        return "the configuration is nested too deeply, or refers to itself"
    if isinstance(error, yaml.MarkedYAMLError):
        line = f", line {error.problem_mark.line + 1}" if error.problem_mark else ""
        return f"a file of the configuration{line}: is not plain YAML: {error.problem}"
    if isinstance(error, yaml.YAMLError):
        return f"a file of the configuration: is not YAML: {str(error).splitlines()[0]}"
    if isinstance(error, UnicodeDecodeError):
        return f"a file of the configuration: is not a text in UTF-8: {error.reason}"
    if isinstance(error, ValueError) and "integer string conversion" in str(error):
        return "a number has too many digits"
    return None
