"""A layer: the formulas that take a batch forward, and its gradient back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, ClassVar, Literal, TypeAlias, get_args

import numpy as np

from framework.components.base import Array, Component, Shape
from framework.components.columns import Columns
from framework.components.expression import Expression, Expressions
from framework.components.formula import Formula
from framework.components.initializer import Initializer
from framework.components.layer_formula import stated_way
from framework.components.renamed import warn_of

Role: TypeAlias = Literal["weight", "bias", "scale", "table"]


@dataclass(frozen=True, init=False)
class Parameter:
    """One trainable array of a layer.

    Attributes
    ----------
    name, shape : what the layer calls it, and its shape.
    role : what it is to the layer. A ``weight``, or a ``table`` whose rows are looked up, is drawn
        by the layer's initializer and regularized; a ``bias`` or a ``scale`` starts at `initial`
        and is left alone by the regularizer. Weight decay, where a rule has it, is for weights.
    initial : the first value of a bias or scale; or the initializer that draws this parameter,
        whatever its role.
    """

    name: str
    shape: Shape
    role: Role
    initial: float | Initializer

    def __init__(
        self,
        name: str,
        shape: Shape,
        role: Role | bool = "weight",
        initial: float | Initializer = 0.0,
        *,
        weight: bool | None = None,
    ) -> None:
        old = role if isinstance(role, bool) else weight
        if old is not None:
            warn_of("a Parameter's 'weight=False'", "role='bias'")
            role = "weight" if old else "bias"
        if role not in get_args(Role):
            raise ValueError(
                f"parameter '{name}' has the role {role!r}; expected one of"
                f" {', '.join(get_args(Role))}"
            )
        values = {"name": name, "shape": shape, "role": role, "initial": initial}
        for key, given in values.items():
            object.__setattr__(self, key, given)

    @property
    def weight(self) -> bool:
        """Whether the layer's initializer draws it, and its regularizer is about it."""
        return self.role in ("weight", "table")


class Arrays(SimpleNamespace):
    """The arrays a layer or loss calls its own, by name: parameters, state and scratch.

    ``rng`` is a generator while training and None in inference; ``step`` is how many steps were
    taken before: a number that may be a schedule is ``value(self.rate, arrays.step)``.
    """

    rng: np.random.Generator | None = None
    step: int
    _clock: Array | None = None  # the network's, one number; an array called 'step' goes first

    def __getattr__(self, name: str) -> Any:
        if name == "step":
            return 0 if self._clock is None else int(self._clock[0])
        names = ", ".join(key for key in self.__dict__ if key != "_clock")
        raise AttributeError(f"'{name}' was not declared; there are {names}")


@dataclass(frozen=True)
class Layer(Component):
    """A function of a batch ``x`` and of parameters, and its two gradients.

    Every formula gets the array to fill as ``out``. It may fill it (``np.tanh(x, out=out)``) or
    return a new array (``return np.tanh(x)``): the first is faster, both are right. ``out`` never
    overlaps another argument, unless the layer is ``in_place``, and no other one may be changed.

    Arrays are ``[batch, *sample shape]``; their order in memory is the core's choice.
    """

    affine: ClassVar[bool] = False
    """True promises ``forward`` to be exactly ``x @ weights + bias``, with parameters ``weights``
    ``[D, M]`` and ``bias`` ``[M]`` in that order: the core may then fuse bias, gradient and update
    into single matrix products (``framework/engine/affine.py``)."""

    in_place: ClassVar[bool] = False
    """True promises that ``forward`` may be given ``x`` as its ``out``, and that
    ``input_gradient`` may be given ``g`` as its ``out``, with an ``x`` that holds ``y`` by then:
    fewer arrays then pass through the processor's cache. Only for layers without parameters whose
    output has the input's shape."""

    smallest_batch: ClassVar[int] = 1
    """How many rows ``forward`` needs at least in training: more than 1 for what looks at a batch
    as a whole. A run with a smaller batch is refused before it trains."""

    augments: ClassVar[bool] = False
    """True declares that training changes samples on purpose, on average too (flips, shifts); in
    inference they are left as they are."""

    surrogate_gradient: ClassVar[bool] = False
    """True declares that the ways back are on purpose not the derivatives of ``forward`` (a
    straight-through estimator, gradient reversal); the conformance kit then does not compare."""

    formula: ClassVar[Formula | None] = None
    """What ``forward`` makes of an element, as plain code over numbers
    (`framework/components/layer_formula.py`): a static method of `x` and of fields (or a property
    that chooses one). It is what ``forward`` does unless that is written out as well, and must then
    come to the same; the core may compile it. For layers without parameters whose output has the
    input's shape."""

    gradient_formula: ClassVar[Formula | None] = None
    """The same for ``input_gradient``: of `x`, `y`, `g` and fields, as many as it needs; without
    `x` where the layer works ``in_place``."""

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        for stated, way in (("formula", "forward"), ("gradient_formula", "input_gradient")):
            if isinstance(vars(cls).get(stated), staticmethod | property) and way not in vars(cls):
                setattr(cls, way, getattr(Layer, way))  # its parent's way is another's

    def over(self, columns: Columns) -> Layer:
        """Return this layer for data with these columns: names become numbers of columns.

        Called once, before anything is made of it, for a layer that is given the data as the
        transforms leave them; what it returns is kept with the network, in its fields.

        Raises
        ------
        ValueError : when there is no such column; the text says which there are.
        """
        return self

    def output_shape(self, inputs: Shape) -> Shape:
        """Return the shape of one output sample, from that of one input sample.

        Raises
        ------
        ValueError : when the layer cannot take such samples; the text says what it expects.
        """
        return inputs

    def parameters(self, inputs: Shape) -> Sequence[Parameter]:
        """Return the trainable arrays that this layer needs for samples of this shape."""
        return ()

    def state(self, inputs: Shape) -> Mapping[str, Array]:
        """Return first values of arrays that live as long as the network but are not trained."""
        return {}

    def scratch(self, x: Array, out: Array) -> Mapping[str, Array]:
        """Return further arrays to work in, made once for each batch size; ``x`` shows the form."""
        return {}

    def forward(self, x: Array, out: Array, arrays: Arrays) -> Array | None:
        """Map an input to an output; by `formula`, unless a layer says otherwise."""
        stated = stated_way(self, "forward")
        if stated is None:
            raise NotImplementedError
        return np.asarray(stated.formula(x=x, **stated.values(self, arrays.step)))

    def input_gradient(
        self, x: Array, y: Array, g: Array, out: Array, arrays: Arrays
    ) -> Array | None:
        """Return the loss's gradient for the input ``x``, from that for the output ``y``, ``g``."""
        stated = stated_way(self, "input_gradient")
        if stated is None:
            raise NotImplementedError
        given = {"x": x, "y": y, "g": g}
        arguments = {name: given[name] for name in stated.arrays}
        return np.asarray(stated.formula(**arguments, **stated.values(self, arrays.step)))

    def parameter_gradients(
        self, x: Array, y: Array, g: Array, gradients: Arrays, arrays: Arrays
    ) -> None:
        """Write the loss's gradient for each parameter into the array of its name."""

    def added_loss(self, y: Array, losses: Array, gradient: Array | None, arrays: Arrays) -> None:
        """Add to the loss in training: a penalty on this layer's output. By default nothing.

        Parameters
        ----------
        y : the output.
        losses : to be filled with what each sample adds, ``[B]``.
        gradient : to be filled with the gradient of their *mean* for ``y``, so divided by B; None
            when nothing below is trained.

        ``y`` is not to be changed; `input_gradient` is then given the sum of both gradients.
        """

    def adapt(self, x: Array) -> Mapping[str, Array]:
        """Return first values of parameters or state, by name, from inputs. By default none.

        Called once, before the first step, with what the layers below make of up to 1,000 rows of
        the training split; not to be changed.
        """
        return {}

    def expression(self, x: Expression, arrays: Expressions, inputs: Shape) -> Expression:
        """Return what `forward` does in inference as an expression: the layer can be exported.

        Parameters
        ----------
        x : stands for a batch, ``[B, *sample shape]``.
        arrays : stand for the layer's parameters and state, by name.
        inputs : the shape of a sample.
        """
        raise NotImplementedError

    def example_inputs(self, rng: np.random.Generator, batch: int) -> Sequence[Array]:
        """Return inputs to test it with, ``[batch, *sample shape]``, where not all numbers will do.

        For a layer that takes samples of one shape, or numbers of one range. An array of integers
        says that only integers have a meaning (the rows of a table): it arrives as floats,
        and has no gradient.
        """
        return ()
