"""Finding, loading and naming plugins.

Imports `hooks` and what stands above it; pluggy.
"""
