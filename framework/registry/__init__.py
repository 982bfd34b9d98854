"""Finding, loading and naming plugins.

Imports `hooks` and what stands above it; pluggy.
"""

from framework.registry.registry import Entry, Origin, Registry

__all__ = ["Entry", "Origin", "Registry"]
