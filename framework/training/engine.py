"""Which engine takes the steps: numpy, or machine code that Numba makes of stated formulas.

Both come to the same up to rounding, so the choice decides the last digits of every figure. It is a
matter of the configuration, and of whether Numba is installed: never of what a cache holds.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec

from framework.components.loss import Loss
from framework.components.update_rule import UpdateRule
from framework.engine.compiled import NOTHING, Compiled
from framework.engine.compiled_layers import CompiledLayers
from framework.engine.compiled_loss import compiled_loss
from framework.engine.compiled_rules import compiled_rule, rules_with_formulas
from framework.engine.network import Network
from framework.engine.updates import Twins
from framework.errors import ConfigurationError, PluginError
from framework.training.settings import TrainerSettings

log = logging.getLogger("framework")
_ELEMENTS_PAY = 1.5e9  # moved in a run: what is won then, a second, is what compiling takes
_STEPS_PAY = 20_000  # each of which has some 20 microseconds less of Python


@dataclass(frozen=True, eq=False)
class Engine:
    """What takes the steps.

    Attributes
    ----------
    name : it and its version.
    compiled : what of a step runs as machine code.
    """

    name: str
    compiled: Compiled = field(default_factory=lambda: NOTHING)


NUMPY = Engine("numpy")


def engine_for(
    network: Network, settings: TrainerSettings, steps: int, loss: Loss | None = None
) -> Engine:
    """Choose the engine of a run of so many steps, and make what it needs.

    Parameters
    ----------
    loss : what outputs are compared by; without one, only update rules are compiled.

    Raises
    ------
    ConfigurationError : when Numba is asked for, and is not installed or cannot run a formula.
    """
    asked = settings.engine == "numba"
    installed = find_spec("numba") is not None
    if asked and not installed:
        raise ConfigurationError(
            "trainer.engine=numba: Numba is not installed; expected"
            " `pip install 'mlp-framework[fast]'`, or trainer.engine=auto"
        )
    if settings.engine == "numpy" or not installed:
        return NUMPY
    try:
        twins = _twins(network, steps, asked=asked)
        calls = asked or steps >= _STEPS_PAY
        stated = _stated(network, loss, asked=asked) if calls and loss is not None else NOTHING
    except ImportError as error:
        if asked:
            raise _refusal(error) from error
        log.warning("%s; numpy takes all steps", error)
        return NUMPY
    if not twins and stated.layers is None:
        return NUMPY
    return Engine(f"numba {_version()}", Compiled(twins, stated.layers, stated.loss))


def _twins(network: Network, steps: int, *, asked: bool) -> Twins:
    """Return the update rules that are worth compiling, compiled."""
    twins = {}
    for rule, elements in _moved(network):
        formulas = any(rules_with_formulas(rule))
        if not asked and not (formulas and elements * steps >= _ELEMENTS_PAY):
            continue
        try:
            if not formulas:
                raise PluginError(f"{type(rule).__name__} states no formula of single elements")
            twins[rule] = compiled_rule(rule, network.dtype)
        except PluginError as error:
            _decline(error, asked=asked)
    return twins


def _stated(network: Network, loss: Loss, *, asked: bool) -> Compiled:
    """Return the formulas of the loss and the layers, compiled."""
    of_loss = None
    try:
        if len(network.outputs) == 1:
            of_loss = compiled_loss(loss, network.outputs[0], network.dtype)
    except PluginError as error:
        _decline(error, asked=asked)
    layers = CompiledLayers(network)
    for declined in layers.declined:
        _decline(declined, asked=asked)
    return Compiled(layers=layers, loss=of_loss)


def _decline(error: PluginError, *, asked: bool) -> None:
    if asked:
        raise _refusal(error) from error
    log.warning("%s; numpy runs it", error)


def _refusal(error: Exception) -> ConfigurationError:
    return ConfigurationError(
        f"trainer.engine=numba: {error}; expected trainer.engine=auto, or numpy"
    )


def _moved(network: Network) -> Iterator[tuple[UpdateRule, int]]:
    """Give the rules that are not part of a product, and how many elements each moves."""
    for block in network.blocks:
        rule = block.update_rule
        if rule is not None and rule.plain_sgd_rate(0) is None:
            yield rule, block.parameters.size


def _version() -> str:
    try:
        return version("numba")
    except PackageNotFoundError:
        return "of an unknown version"
