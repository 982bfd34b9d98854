"""One run: its directory, events, checkpoints, resume, provenance.

Imports `configuration` and what stands above it.
"""
