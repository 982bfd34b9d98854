"""Plain dicts in, checked and typed settings out.

Imports `registry` and what stands above it.
"""

from framework.components.renamed import warn_of
from framework.engine.plan import LayerPlan, Training
from framework.settings.settings import CheckpointSettings, RunSettings, read_settings
from framework.training.settings import TrainerSettings

__all__ = [
    "CheckpointSettings",
    "LayerPlan",
    "RunSettings",
    "Settings",
    "TrainerSettings",
    "Training",
    "read_settings",
]


def __getattr__(name: str) -> object:
    if name == "Settings":
        warn_of("framework.settings.Settings", "RunSettings")
        return RunSettings
    raise AttributeError(f"module 'framework.settings' has no attribute '{name}'")
