"""Plain dicts in, checked and typed settings out.

Imports `registry` and what stands above it.
"""
