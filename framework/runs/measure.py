"""A network measured on samples, as its run measures it."""

from __future__ import annotations

from framework.components.dataset import Data
from framework.components.split import Split
from framework.engine.network import Network
from framework.errors import ConfigurationError
from framework.registry.plugin_errors import naming_the_plugin
from framework.registry.registry import Registry
from framework.settings.settings import RunSettings
from framework.settings.targets import check_targets
from framework.training.evaluation import Evaluator


def measure(
    network: Network, settings: RunSettings, registry: Registry, data: Data, split: Split
) -> dict[str, float]:
    """Return the figures of a run's metrics for a network, by name, without the split's.

    Parameters
    ----------
    settings : the run's; its loss and metrics are used.
    data : what the split is of: how many classes there are, or columns.

    Raises
    ------
    ConfigurationError : when data, loss, metrics and network do not fit each other.
    """
    with naming_the_plugin(registry):
        outputs = check_targets(settings, registry, data)
        if (network.inputs, network.outputs) != (data.sample_shape, (outputs,)):
            raise ConfigurationError(
                f"{data.source}: has samples of shape {data.sample_shape} for which"
                f" {registry.name_of(settings.loss)} needs {outputs} outputs; the network takes"
                f" {network.inputs} and gives {network.outputs}"
            )
        rows = settings.trainer.evaluation_rows
        return Evaluator(network, settings.loss, settings.metrics, rows, data.outputs).measure(
            split
        )
