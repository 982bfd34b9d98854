"""A network over arrays: parameter store, products, forward, backward, update.

Imports `components` and what stands above it; numpy only.
"""
