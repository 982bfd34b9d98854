"""Updates of parameters whose gradients were written down: an update rule over parts of a block.

What a rule is called for is its scope: stretches of neighbours in the parameter store, each
parameter in its own shape, or once everything that it moves. Weight decay comes first. (What is
fused with the product of its gradient needs none of this: `affine.py`.)
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial

from framework.components.base import Array
from framework.components.layer import Parameter
from framework.components.update_rule import State, UpdateRule, decay_weights, scope_of
from framework.engine.graph import BoundLayer
from framework.engine.parameter_store import Block

Update = Callable[[int], None]


def bind_updates(blocks: Sequence[Block], written: Sequence[BoundLayer]) -> list[Update]:
    """Return the calls that move parameters, each to be given the number of steps taken.

    Parameters
    ----------
    written : the layers whose gradients are written down in a step.
    """
    updates: list[Update] = []
    for block in blocks:
        rule = block.update_rule
        layers = [bound for bound in written if bound.views.block is block]
        if rule is None or not layers:
            continue
        if decays(rule):
            updates += [
                partial(_decay, rule, p, parameter, scratch)
                for parameter, p, _, scratch, _ in _parameters(layers)
            ]
        if scope_of(rule) == "parameter":
            updates += [
                _bind_update(rule, p, g, State(slots, parameter), scratch)
                for parameter, p, g, scratch, slots in _parameters(layers)
            ]
        else:
            updates += [_bind_part(block, rule, part) for part in _parts(rule, layers)]
    return updates


def decays(rule: UpdateRule) -> bool:
    """Whether parameters may decay under a rule."""
    return type(rule).decay_share is not UpdateRule.decay_share


def _decay(rule: UpdateRule, p: Array, parameter: Parameter, scratch: Array, step: int) -> None:
    decay_weights(rule, step, p, parameter, scratch)


def _parameters(
    layers: Sequence[BoundLayer],
) -> Iterator[tuple[Parameter, Array, Array, Array, dict[str, Array]]]:
    """Give each parameter of some layers, with its array, gradient, scratch and slots."""
    for bound in layers:
        views = bound.views
        for parameter in bound.parameters:
            parts = (views.parameters, views.gradients, views.scratch)
            p, g, scratch = (getattr(part, parameter.name) for part in parts)
            yield parameter, p, g, scratch, views.slots(parameter)


def _parts(rule: UpdateRule, layers: Sequence[BoundLayer]) -> list[slice]:
    """Return the parts of a block's rows that its rule is called for."""
    if scope_of(rule) == "network":
        return [slice(None)]
    merged: list[slice] = []
    spans = (bound.views.span for bound in layers)
    for span in sorted(spans, key=lambda span: int(span.start)):
        if merged and merged[-1].stop == span.start:
            merged[-1] = slice(merged[-1].start, span.stop)
        else:
            merged.append(span)
    return merged


def _bind_part(block: Block, rule: UpdateRule, part: slice) -> Update:
    slots = {
        name: block.factors[name].reshape(()) if name in block.factors else block.row(name)[part]
        for name in block.slots
    }
    p, g, scratch = block.parameters[part], block.gradients[part], block.scratch[part]
    return _bind_update(rule, p, g, State(slots), scratch)


def _bind_update(rule: UpdateRule, p: Array, g: Array, state: State, scratch: Array) -> Update:
    update = rule.step
    return lambda step: update(step, p, g, state, scratch)
