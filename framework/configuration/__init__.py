"""All about composing with Hydra: command line, search path, trust, choices, messages.

Imports `settings` and what stands above it; Hydra, OmegaConf.
"""
