"""Jobs and sweeps: performed, recorded, ranked.

Imports `runs` and what stands above it; Hydra, OmegaConf.
"""
