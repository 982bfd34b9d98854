"""Plain dicts in, checked and typed settings out.

Imports `registry` and what stands above it.
"""

from framework.engine.plan import LayerPlan, Training
from framework.settings.settings import CheckpointSettings, Settings, read_settings
from framework.training.settings import TrainerSettings

__all__ = [
    "CheckpointSettings",
    "LayerPlan",
    "Settings",
    "TrainerSettings",
    "Training",
    "read_settings",
]
