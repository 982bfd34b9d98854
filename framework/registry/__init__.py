"""Finding, loading and naming plugins.

Imports `hooks` and what stands above it; pluggy.
"""

from framework.registry.origin import Entry, Origin
from framework.registry.registry import Registry

__all__ = ["Entry", "Origin", "Registry"]
