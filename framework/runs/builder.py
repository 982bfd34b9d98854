"""The builder: checked settings in, the parts of a run out, and whether they fit each other."""

from __future__ import annotations

import logging
from dataclasses import dataclass, fields, replace

import numpy as np

from framework.components.dataset import Data, DatasetOfArrays
from framework.components.transform import Transform
from framework.engine.network import Network
from framework.engine.plan import LayerPlan
from framework.errors import ConfigurationError
from framework.registry.registry import Registry
from framework.runs.initial_weights import InitialNetwork, take_over
from framework.settings.schedule_binding import bind_schedules
from framework.settings.schedule_ranges import check_schedules
from framework.settings.settings import RunSettings
from framework.settings.targets import check_targets, read_as_sets
from framework.training.adapting import adapt_layers
from framework.training.data_hints import class_counts, hints
from framework.training.engine import engine_for
from framework.training.fewer_rows import fewer_rows
from framework.training.fitting import fit_transforms, left_categories, over_columns, take_missing
from framework.training.minibatches import count_steps
from framework.training.sample_weights import training_weights
from framework.training.trainer import Trainer

log = logging.getLogger("framework")


@dataclass(frozen=True, eq=False)
class Parts:
    """What a run is made of.

    Attributes
    ----------
    settings : those it was built from, whose schedules know how long it is.
    data, network, trainer : made from them.
    """

    settings: RunSettings
    data: Data
    network: Network
    trainer: Trainer


def build(
    settings: RunSettings, registry: Registry, initial: InitialNetwork | None = None
) -> Parts:
    """Load the data, and make the network and its trainer; the seed decides all three.

    Parameters
    ----------
    initial : the network whose weights are taken over.

    Raises
    ------
    FrameworkError : when data, network, loss and metrics do not fit.
    """
    _, network_seed, order_seed = _seeds(settings)
    settings = replace(settings, trainer=settings.trainer.shortened)
    data = load_data(settings)
    settings = replace(settings, layers=over_columns(settings.layers, data.columns))
    outputs = check_targets(settings, registry, data)
    loss = registry.name_of(settings.loss)
    weights = training_weights(data, settings.loss, settings.trainer, loss)
    steps_per_epoch = count_steps(len(data.train), settings.trainer)
    span = settings.trainer.span(steps_per_epoch)
    settings = bind_schedules(settings, span)
    try:
        network = Network(
            sized(settings.layers, outputs),
            data.sample_shape,
            settings.dtype,
            network_seed,
            data.scale,
            loss=settings.loss,
            trained_on=data.form,
        )
    except MemoryError as error:
        raise ConfigurationError(
            f"model: a network with {outputs:,} outputs for {data.targets()} of {data.source}"
            f" does not fit into memory: {error}"
        ) from error
    _check_outputs(network, outputs, data, registry)
    fit_transforms(network, data)
    taken = take_over(network, initial) if initial is not None else frozenset()
    adapt_layers(network, data.train, but=taken)
    if not any(bound.trainable for bound in network.layers):
        log.warning("model: nothing is trained: every layer with parameters is frozen")
    left = left_categories(settings.layers, data.columns)
    if left:
        log.warning(
            "%s: the codes of categories are taken as numbers, in %s; a transform makes columns of"
            " them (data.transforms)",
            *(data.source, ", ".join(left[:5]) + (", …" if len(left) > 5 else "")),
        )
    counts = class_counts(data) if data.notes else ()  # where the splits were made here
    for note in (*data.notes, *counts):
        log.info("%s: %s", data.source, note)
    scalable = any(field.name == "scale" for field in fields(settings.data))
    transformed = any(isinstance(plan.layer, Transform) for plan in settings.layers)
    for line in hints(data, scalable=scalable, transformed=transformed):
        log.warning("%s", line)
    trainer = Trainer(
        network,
        data,
        settings.loss,
        settings.trainer,
        np.random.default_rng(order_seed),
        keep_gradients=any(c.needs_gradients for c in settings.callbacks.values()),
        weights=weights,
        engine=engine_for(network, settings.trainer, span.steps, settings.loss),
    )
    for line in check_schedules(settings, registry, span.steps):
        log.warning("%s", line)
    return Parts(settings, data, network, trainer)


def load_data(settings: RunSettings) -> Data:
    """Load the data of a run, as its seed splits them.

    Raises
    ------
    DataError : when they are not as they must be.
    """
    data = read_as_sets(settings, _load(settings, np.random.default_rng(_seeds(settings)[0])))
    data.check(settings.dtype, missing=take_missing(settings.layers))
    return fewer_rows(data, settings.trainer)


def _seeds(settings: RunSettings) -> list[np.random.SeedSequence]:
    """Return what the data, the network and the order of rows are drawn from."""
    return np.random.SeedSequence(settings.seed).spawn(3)


def _load(settings: RunSettings, rng: np.random.Generator) -> Data:
    """Load the data, or make them of the arrays that were given."""
    if settings.given is None:
        return settings.data.load(rng)
    if not isinstance(settings.data, DatasetOfArrays):
        raise ConfigurationError(
            "data: arrays were given, but this dataset loads its own; expected one of arrays"
        )
    return settings.data.load_arrays(settings.given, rng)


def sized(plans: tuple[LayerPlan, ...], outputs: int) -> list[LayerPlan]:
    """Give the output layer as many units as the loss needs outputs."""
    return [
        replace(plan, layer=replace(plan.layer, **{"units": outputs}))
        if plan.sized_by_data
        else plan
        for plan in plans
    ]


def _check_outputs(network: Network, outputs: int, data: Data, registry: Registry) -> None:
    if network.outputs != (outputs,):
        what = "values a row" if data.target_kind == "values" else "classes"
        has = f"{data.source} has {data.outputs} {what}"
        if outputs != data.outputs:
            has += f", for which {registry.name_of(network.loss)} needs {outputs} outputs"
        raise ConfigurationError(
            f"model: the last layer, '{network.layers[-1].label}', gives outputs of shape"
            f" {network.outputs}, but {has}; expected ({outputs},)"
        )
