"""Methods of components that have a new name: the old one works on, with a warning."""

from __future__ import annotations

import inspect
import warnings


def take_old_name(cls: type, old: str, new: str) -> None:
    """Let a class that implements a method under its old name implement it under the new one."""
    if inspect.isfunction(vars(cls).get(old)) and new not in vars(cls):
        warn_of(f"{cls.__qualname__}.{old}", new, stacklevel=4)
        setattr(cls, new, vars(cls)[old])


def warn_of(old: str, new: str, *, stacklevel: int = 3) -> None:
    """Warn that a name is an old one.

    Parameters
    ----------
    stacklevel : whose code the warning names, as `warnings.warn` counts.
    """
    warnings.warn(f"{old} is called {new} now", DeprecationWarning, stacklevel=stacklevel)
