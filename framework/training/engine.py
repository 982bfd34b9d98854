"""Which engine runs the update rules: numpy, or machine code that Numba makes of their formulas.

Both come to the same up to rounding, so the choice decides the last digits of every figure. It is a
matter of the configuration, and of whether Numba is installed: never of what a cache holds.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec

from framework.components.update_rule import UpdateRule
from framework.engine.compiled_rules import compiled_rule, rules_with_formulas
from framework.engine.network import Network
from framework.engine.updates import NO_TWINS, Twins
from framework.errors import ConfigurationError, PluginError
from framework.training.settings import TrainerSettings

log = logging.getLogger("framework")
_PAYS = 1.5e9  # elements moved in a run: what is won then, a second, is what compiling takes


@dataclass(frozen=True, eq=False)
class Engine:
    """What moves the parameters.

    Attributes
    ----------
    name : it and its version.
    twins : the update rules that it runs in the place of others.
    """

    name: str
    twins: Twins = field(default_factory=lambda: NO_TWINS)


NUMPY = Engine("numpy")


def engine_for(network: Network, settings: TrainerSettings, steps: int) -> Engine:
    """Choose the engine of a run of so many steps, and make what it needs.

    Raises
    ------
    ConfigurationError : when Numba is asked for, and is not installed or cannot run a rule.
    """
    if settings.engine == "numpy":
        return NUMPY
    asked = settings.engine == "numba"
    moved = dict(_moved(network))
    if not asked:
        worth = {rule for rule, elements in moved.items() if elements * steps >= _PAYS}
        moved = {r: n for r, n in moved.items() if r in worth and any(rules_with_formulas(r))}
    if asked and find_spec("numba") is None:
        raise ConfigurationError(
            "trainer.engine=numba: Numba is not installed; expected"
            " `pip install 'mlp-framework[fast]'`, or trainer.engine=auto"
        )
    if not moved or find_spec("numba") is None:
        return NUMPY
    twins = {}
    for rule in moved:
        try:
            if asked and not any(rules_with_formulas(rule)):
                raise PluginError(f"{type(rule).__name__} states no formula of single elements")
            twins[rule] = compiled_rule(rule, network.dtype)
        except (PluginError, ImportError) as error:
            if asked:
                raise ConfigurationError(
                    f"trainer.engine=numba: {error}; expected trainer.engine=auto, or numpy"
                ) from error
            log.warning("%s; numpy runs it", error)
    return Engine(f"numba {_version()}", twins) if twins else NUMPY


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
