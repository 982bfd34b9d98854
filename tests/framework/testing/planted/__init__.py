"""Components with one planted bug each."""

from tests.framework.testing.planted import (
    callbacks,
    constraints,
    datasets,
    figure_schedules,
    initializers,
    jobs,
    joins,
    layer_values,
    layers,
    losses,
    metrics,
    regularizers,
    scalars,
    schedules,
    transforms,
    update_rules,
)
from tests.framework.testing.planted.mark import PLANTED, Plant

__all__ = [
    "PLANTED",
    "Plant",
    "callbacks",
    "constraints",
    "datasets",
    "figure_schedules",
    "initializers",
    "jobs",
    "joins",
    "layer_values",
    "layers",
    "losses",
    "metrics",
    "regularizers",
    "scalars",
    "schedules",
    "transforms",
    "update_rules",
]
