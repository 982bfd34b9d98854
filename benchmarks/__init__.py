"""Side-by-side speed and memory: the floor, the framework, and every peer that is installed.

`python -m benchmarks` runs them; see `--help`.
"""
