"""Updates of parameters whose gradients were written down: an update rule over parts of a block.

What a rule is called for is its scope: stretches of neighbours in the parameter store, each
parameter in its own shape, or once everything that it moves. Weight decay comes first. (What is
fused with the product of its gradient needs none of this: `affine.py`.) Rules may have twins that
step by machine code: `compiled_rules.py`.

A layer that was frozen (`BoundLayer.frozen_until`) is moved as if training began when it no longer
is: its rule counts steps from there, while schedules go by the steps of the run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from types import MappingProxyType

import numpy as np

from framework.components.base import Array
from framework.components.layer import Parameter
from framework.components.update_rule import State, UpdateRule, decay_weights, scope_of
from framework.engine.compiled_rules import with_decay
from framework.engine.delayed_rules import delayed
from framework.engine.graph import BoundLayer
from framework.engine.parameter_store import Block

Update = Callable[[int], None]
Twins = Mapping[UpdateRule, UpdateRule]
NO_TWINS: Twins = MappingProxyType({})


def bind_updates(
    blocks: Sequence[Block],
    written: Sequence[BoundLayer],
    frozen: Sequence[BoundLayer] = (),
    twins: Twins = NO_TWINS,
) -> list[Update]:
    """Return the calls that move parameters, each to be given the number of steps taken.

    Parameters
    ----------
    written : the layers whose gradients are written down in a step.
    frozen : those that will be trained, but are not yet.
    twins : rules that step in the place of others.
    """
    updates: list[Update] = []
    for block in blocks:
        rule = block.update_rule
        layers = [bound for bound in written if bound.views.block is block]
        if rule is None or not layers:
            continue
        moving = twins.get(rule, rule)
        together = _with_decay(moving, layers) if rule.may_decay else None
        if together is not None:
            updates += together
            continue
        if rule.may_decay:
            updates += [
                partial(_decay, rule, p, parameter, scratch)
                for bound in layers
                for parameter, p, _, scratch, _ in _parameters(bound)
            ]
        if scope_of(rule) == "parameter":
            updates += [
                _bind_update(moving, p, g, State(slots, parameter), scratch, _began(bound))
                for bound in layers
                for parameter, p, g, scratch, slots in _parameters(bound)
            ]
        elif scope_of(rule) == "network":
            still = [bound.views.span for bound in frozen if bound.views.block is block]
            began = min(_began(bound) for bound in layers)
            updates.append(_keeping(block, still, _bind_part(block, moving, slice(None), began)))
        else:
            updates += [
                _bind_part(block, moving, part, began)
                for began in sorted({_began(bound) for bound in layers})
                for part in _parts([bound for bound in layers if _began(bound) == began])
            ]
    return updates


def _with_decay(twin: UpdateRule, layers: Sequence[BoundLayer]) -> list[Update] | None:
    """Return calls that decay and move each parameter at once; None where there are none such."""
    updates: list[Update] = []
    for bound in layers:
        for parameter, p, g, scratch, slots in _parameters(bound):
            moving = with_decay(twin, parameter)
            if moving is None or _began(bound):
                return None
            updates.append(_bind_update(moving, p, g, State(slots, parameter), scratch, 0))
    return updates


def _decay(rule: UpdateRule, p: Array, parameter: Parameter, scratch: Array, step: int) -> None:
    decay_weights(rule, step, p, parameter, scratch)


def _began(bound: BoundLayer) -> int:
    """Return the steps that were over when a layer that is trained first was."""
    return int(bound.frozen_until)


def _parameters(
    bound: BoundLayer,
) -> Iterator[tuple[Parameter, Array, Array, Array, dict[str, Array]]]:
    """Give each parameter of a layer, with its array, gradient, scratch and slots."""
    views = bound.views
    for parameter in bound.parameters:
        parts = (views.parameters, views.gradients, views.scratch)
        p, g, scratch = (getattr(part, parameter.name) for part in parts)
        yield parameter, p, g, scratch, views.slots(parameter)


def _parts(layers: Sequence[BoundLayer]) -> list[slice]:
    """Return the parts of a block's rows that some layers lie in, neighbours in one."""
    merged: list[slice] = []
    spans = (bound.views.span for bound in layers)
    for span in sorted(spans, key=lambda span: int(span.start)):
        if merged and merged[-1].stop == span.start:
            merged[-1] = slice(merged[-1].start, span.stop)
        else:
            merged.append(span)
    return merged


def _bind_part(block: Block, rule: UpdateRule, part: slice, began: int) -> Update:
    slots = {
        name: block.factors[name].reshape(()) if name in block.factors else block.row(name)[part]
        for name in block.slots
    }
    p, g, scratch = block.parameters[part], block.gradients[part], block.scratch[part]
    return _bind_update(rule, p, g, State(slots), scratch, began)


def _bind_update(
    rule: UpdateRule, p: Array, g: Array, state: State, scratch: Array, began: int
) -> Update:
    if not began:
        update = rule.step
        return lambda step: update(step, p, g, state, scratch)
    own = delayed(rule, began).step
    return lambda step: own(step - began, p, g, state, scratch)


def _keeping(block: Block, still: Sequence[slice], update: Update) -> Update:
    """Have a rule that is called for all parameters leave those of frozen layers as they are.

    Their gradients are 0, so that sums over all parameters are of those that are trained.
    """
    if not still:
        return update
    rows = [row[span] for row in block.rows for span in still]
    gradients = [block.gradients[span] for span in still]
    kept = [np.empty_like(row) for row in rows]

    def update_others(step: int) -> None:
        for gradient in gradients:
            gradient[...] = 0
        for copy, row in zip(kept, rows, strict=True):
            np.copyto(copy, row)
        update(step)
        for copy, row in zip(kept, rows, strict=True):
            np.copyto(row, copy)

    return update_others
