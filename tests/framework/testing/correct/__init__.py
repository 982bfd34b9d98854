"""Correct components as third parties write them: the kit must find nothing against any."""

from tests.framework.testing.correct import (
    callbacks,
    constraints,
    datasets,
    figure_schedules,
    initializers,
    joins,
    layers,
    losses,
    metrics,
    regularizers,
    scalars,
    schedules,
    transforms,
    tricky_layers,
    update_rules,
)

_MODULES = (
    callbacks,
    constraints,
    datasets,
    figure_schedules,
    initializers,
    joins,
    layers,
    losses,
    metrics,
    regularizers,
    scalars,
    schedules,
    transforms,
    tricky_layers,
    update_rules,
)

COMPONENTS = [
    cls
    for module in _MODULES
    for cls in vars(module).values()
    if isinstance(cls, type)
    and cls.__module__ == module.__name__
    and not cls.__name__.startswith("_")
]
