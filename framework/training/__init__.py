"""Epochs, minibatches, evaluation, divergence, threads.

Imports `engine` and what stands above it; numpy only.
"""
