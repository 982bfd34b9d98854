"""Updates of parameters whose gradients were written down: an update rule over spans of a block.

Rules that treat each element alone are called for whole stretches of neighbours in the parameter
store, other rules once for everything they move. (What is fused with the product of its gradient
needs none of this: `affine.py`.)
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from framework.engine.graph import BoundLayer
from framework.engine.parameter_store import Block


def bind_updates(
    blocks: Sequence[Block], written: Sequence[BoundLayer]
) -> list[Callable[[int], None]]:
    """Return the calls that move parameters, each to be given the number of steps taken.

    Parameters
    ----------
    written : the layers whose gradients are written down in a step.
    """
    return [
        _bind_update(block, stretch)
        for block in blocks
        for stretch in _stretches(block, [b.views.span for b in written if b.views.block is block])
    ]


def _stretches(block: Block, spans: list[slice]) -> list[slice]:
    """Return the parts of a block that its rule is called for."""
    if block.update_rule is None or not spans:
        return []
    if not block.update_rule.elementwise:
        return [slice(None)]
    merged: list[slice] = []
    for span in sorted(spans, key=lambda span: int(span.start)):
        if merged and merged[-1].stop == span.start:
            merged[-1] = slice(merged[-1].start, span.stop)
        else:
            merged.append(span)
    return merged


def _bind_update(block: Block, stretch: slice) -> Callable[[int], None]:
    assert block.update_rule is not None
    update = block.update_rule.step
    p, g, scratch = block.parameters[stretch], block.gradients[stretch], block.scratch[stretch]
    state = [row[stretch] for row in block.state]
    return lambda step: update(step, p, g, state, scratch)
