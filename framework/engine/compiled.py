"""What of a step runs as machine code: formulas of update rules, layers and the loss.

`Step` binds what is compiled in the place of what is not, and joins the calls that lie beside each
other then (`joined_step.py`). All comes to the same up to rounding.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from framework.engine.compiled_layers import CompiledLayers
from framework.engine.compiled_loss import CompiledLoss
from framework.engine.updates import NO_TWINS, Twins


@dataclass(frozen=True, eq=False)
class Compiled:
    """What of a step runs as machine code.

    Attributes
    ----------
    twins : the update rules that step in the place of others.
    layers : the formulas of layers; None where a step's calls are made by Python.
    loss : the formula of the loss; None where its own method is called.
    """

    twins: Twins = field(default_factory=lambda: NO_TWINS)
    layers: CompiledLayers | None = None
    loss: CompiledLoss | None = None


NOTHING = Compiled()
