"""A network as expressions, for whoever writes it down in another form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from framework.components.base import Array
from framework.components.expression import Expression, Expressions
from framework.components.join import Join
from framework.engine.network import Network
from framework.errors import RunError


@dataclass(frozen=True, eq=False)
class NetworkExpression:
    """What a network does in inference, layer by layer.

    Attributes
    ----------
    inputs : stands for samples, ``[B, *sample shape]``, in the network's dtype.
    layers : label and output of each layer, in order; the last one's are the outputs.
    arrays : every parameter and state, by the name its expression has.
    probabilities, decisions : what the loss makes of the outputs; None where it does not say.
    """

    inputs: Expression
    layers: tuple[tuple[str, Expression], ...]
    arrays: Mapping[str, Array]
    probabilities: Expression | None
    decisions: Expression | None

    @property
    def outputs(self) -> Expression:
        """The outputs, ``[B, outputs]``."""
        return self.layers[-1][1]


def network_expression(network: Network) -> NetworkExpression:
    """Return a network as expressions.

    Raises
    ------
    RunError : naming the layers whose class does not say what its expression is.
    """
    inputs = Expression.named("inputs")
    made = [inputs if network.scale is None else inputs * network.scale]
    arrays: dict[str, Array] = {}
    layers, silent = [], []
    for bound in network.layers:
        own = {
            **{p.name: getattr(bound.views.parameters, p.name) for p in bound.parameters},
            **vars(bound.state),
        }
        arrays |= {f"{bound.label}.{name}": array for name, array in own.items()}
        named = {n: Expression.named(f"{bound.label}.{n}") for n in own}
        values = Expressions(network.dtype, **named)
        given = [made[number] for number in bound.sources]
        try:
            if isinstance(bound.layer, Join):
                made.append(bound.layer.expression(given))
            else:
                made.append(bound.layer.expression(given[0], values, bound.inputs))
        except NotImplementedError:
            silent.append(f"'{bound.label}' ({type(bound.layer).__name__})")
            made.append(given[0])
        layers.append((bound.label, made[-1]))
    if silent:
        raise RunError(
            f"layer {', '.join(silent)}: has no expression, so it cannot be exported; a layer's"
            " method 'expression' gives one"
        )
    loss = network.loss
    probabilities = loss.probabilities_expression(made[-1])
    decisions = loss.decide_expression(made[-1])
    return NetworkExpression(inputs, tuple(layers), arrays, probabilities, decisions)
