"""What an interpolation in a text names: another key, or a resolver that may say anything."""

from __future__ import annotations

import re

_KEY = re.compile(r"\s*[^\s{}:$\\'\",]+\s*\}")  # of one that only names a key


def calls_resolver(text: str) -> bool:
    r"""Whether an interpolation in a text is more than the name of another key.

    >>> calls_resolver("${data.path}/x"), calls_resolver("${now:%Y}"), calls_resolver("${${a}:b}")
    (False, True, True)
    >>> calls_resolver(r"a text, \${now:%Y}")
    False
    """
    for start in re.finditer(r"(\\*)\$\{", text):
        escaped = len(start[1]) % 2
        if not escaped and not _KEY.match(text, start.end()):
            return True
    return False


def literal(text: str) -> str:
    r"""Write a text so that OmegaConf reads it as it is.

    >>> print(literal("${a}"))
    \${a}
    """
    return re.sub(r"(\\*)\$\{", r"\1\1\\${", text)
