"""A layer bound to arrays, as the core binds it, with everything unwritten poisoned."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import numpy as np

from framework.components.base import Array, Shape
from framework.components.initializer import Initializer
from framework.components.layer import Arrays, Layer
from framework.testing.assertions import laid_out, normal
from framework.testing.check import UnansweredError, expect

SHAPES: tuple[Shape, ...] = (
    (6,), (5,), (1,), (4, 4), (2, 3, 3), (16,), (8, 8, 1), (1, 8, 8), (8, 8, 3), (3, 8, 8),
    (28, 28), (784,),
)  # fmt: skip
BATCHES = (1, 3, 8)
_MOST = 4


def batches(layer: Layer) -> tuple[int, ...]:
    """Return sizes of batches that a layer trains with, the smallest first."""
    return tuple(sorted({max(batch, layer.smallest_batch) for batch in BATCHES}))


class BoundLayer:
    """One layer over one batch.

    `forward` and the ways back behave as in the core: `out` is given, what is returned instead is
    copied into it. Each `forward` begins at the layer's first state and the generator's first
    number, so that it is a function of ``x`` and the parameters alone. With ``in_place`` results
    are written over ``x`` and ``g``, as the core does for layers that promise it.
    """

    def __init__(
        self,
        layer: Layer,
        x: Array,
        *,
        training: bool = True,
        seed: int = 0,
        layout: str = "contiguous",
        state: Mapping[str, Array] | None = None,
        in_place: bool = False,
        step: int = 0,
    ) -> None:
        self.layer, self.training, self.seed, self.in_place = layer, training, seed, in_place
        inputs = x.shape[1:]
        self.outputs = tuple(layer.output_shape(inputs))
        self.x = laid_out(x, layout)
        self.out = (
            self.x if in_place else laid_out(np.zeros((len(x), *self.outputs), x.dtype), layout)
        )
        self.gx = laid_out(np.zeros_like(x), layout)
        self.parameters = parameters_for(layer, inputs, x.dtype)
        first = layer.state(inputs) if state is None else state
        self._first = {name: np.array(a, x.dtype) for name, a in first.items()}
        self.state = {name: a.copy() for name, a in self._first.items()}
        self.scratch = dict(layer.scratch(self.x, self.out))
        self.arrays = Arrays(**self.parameters, **self.state, **self.scratch)
        self.arrays._clock = np.array([step], np.int64)
        self.returned: Array | None = None
        self._made: tuple[int, np.random.Generator, Any] | None = None

    def forward(self, poison: float = np.nan) -> Array:
        """Return the output; `out` holds `poison` before."""
        for name, array in self.state.items():
            array[...] = self._first[name]
        self.arrays.rng = self._generator() if self.training else None
        if not self.in_place:
            self.out[...] = poison
        self.returned = self.layer.forward(self.x, self.out, self.arrays)
        return _settled("forward", self.returned, self.out)

    def _generator(self) -> np.random.Generator:
        """Return the generator at the first number of its seed: made once, as it is asked often."""
        if self._made is None or self._made[0] != self.seed or _has_children(self._made[1]):
            rng = np.random.default_rng(self.seed)
            self._made = self.seed, rng, rng.bit_generator.state
        _, rng, first = self._made
        rng.bit_generator.state = first
        return rng

    def input_gradient(self, y: Array, g: Array, poison: float = np.nan) -> Array:
        """Return the gradient for the input."""
        self.gx[...] = g if self.in_place else poison
        g = self.gx if self.in_place else g
        self.returned = self.layer.input_gradient(self.x, y, g, self.gx, self.arrays)
        return _settled("input_gradient", self.returned, self.gx)

    def parameter_gradients(self, y: Array, g: Array, poison: float = np.nan) -> dict[str, Array]:
        """Return each parameter's gradient."""
        gradients = {name: np.full_like(p, poison) for name, p in self.parameters.items()}
        if gradients:
            self.layer.parameter_gradients(self.x, y, g, Arrays(**gradients), self.arrays)
        return gradients

    def everything(self, g: Array) -> dict[str, Array]:
        """Go forward and back as the core does; give all results, copied."""
        y = self.forward()
        results = {"output": y.copy(), "input gradient": self.input_gradient(y, g).copy()}
        return results | {f"gradient of {n}": a for n, a in self.parameter_gradients(y, g).items()}


def _has_children(rng: np.random.Generator) -> bool:
    seeds: Any = rng.bit_generator.seed_seq
    return bool(seeds.n_children_spawned)


def _settled(what: str, returned: Any, out: Array) -> Array:
    if returned is None or returned is out:
        return out
    expect(isinstance(returned, np.ndarray), f"{what} gave {type(returned).__name__}")
    expect(
        returned.shape == out.shape,
        f"{what} gave shape {returned.shape}, the samples' shape says {out.shape}",
    )
    out[...] = returned
    return out


def parameters_for(layer: Layer, inputs: Shape, dtype: Any) -> dict[str, Array]:
    """Draw a layer's parameters: the same numbers for every batch."""
    rng = np.random.default_rng(7)
    drawn = {}
    for p in layer.parameters(inputs):
        spread = 0.4 if p.weight else 0.2
        middle: float | Array = 0.0
        if isinstance(p.initial, Initializer):
            middle = p.initial.draw(rng, p.shape)
        elif not p.weight:
            middle = p.initial
        drawn[p.name] = (middle + spread * rng.standard_normal(p.shape)).astype(dtype)
    return drawn


def samples(layer: Layer) -> list[Shape]:
    """Return some shapes of samples that a layer takes and works on.

    Raises
    ------
    UnansweredError : when it takes none of those that are tried.
    """
    given = examples(layer, 3)
    if given:
        return [x.shape[1:] for x in given][:_MOST]
    shapes: list[Shape] = []
    whole = inputs_of(layer) == "whole"
    for shape in SHAPES:
        if len(shapes) < _MOST and takes(layer, shape) and _works(layer, shape, whole=whole):
            shapes.append(shape)
    if not shapes:
        raise UnansweredError(
            "it works on none of the shapes of samples that are tried; give it `example_inputs`"
        )
    return shapes


def inputs(layer: Layer, shape: Shape, batch: int, seed: int, dtype: str = "float64") -> Array:
    """Draw a batch of samples that a layer takes: its own examples, or normal numbers."""
    for x in examples(layer, batch, seed):
        if x.shape[1:] == shape:
            return x.astype(dtype)
    if inputs_of(layer) == "whole":
        rng = np.random.default_rng(seed)
        return rng.integers(0, 2, (batch, *shape)).astype(dtype)
    return normal((batch, *shape), seed, dtype)


def examples(layer: Layer, batch: int, seed: int = 0) -> list[Array]:
    """Return the inputs that a layer wants to be tested with, if it says so.

    Raises
    ------
    PromiseError : when they are not what `Layer.example_inputs` is to give.
    """
    given = list(layer.example_inputs(np.random.default_rng(seed), batch))
    for x in given:
        proper = isinstance(x, np.ndarray) and x.ndim > 1 and len(x) == batch
        shown = x.shape if isinstance(x, np.ndarray) else type(x).__name__
        expect(proper, f"example_inputs gave {shown}, expected arrays ({batch}, *sample shape)")
    return given


def inputs_of(layer: Layer) -> str:
    """Return what a layer takes: "normal" numbers, "given" ones, or only "whole" ones.

    A layer that gives no examples and fails on normal numbers, but not on 0 and 1, is a table.
    """
    try:
        return _inputs_of(layer)
    except TypeError:  # it cannot be hashed: the check 'value' says so
        return _inputs_of.__wrapped__(layer)


@lru_cache(maxsize=64)
def _inputs_of(layer: Layer) -> str:
    given = examples(layer, 3)
    if given:
        return "whole" if all(x.dtype.kind in "iu" for x in given) else "given"
    taken = [shape for shape in SHAPES if takes(layer, shape)]
    if any(_works(layer, shape) for shape in taken):
        return "normal"
    whole = any(_works(layer, shape, whole=True) for shape in taken)
    return "whole" if whole else "normal"


def takes(layer: Layer, shape: Shape) -> bool:
    """Whether a layer says that it takes samples of a shape."""
    try:
        layer.output_shape(shape)
    except Exception:
        return False
    return True


def failure(layer: Layer) -> str:
    """Return how a layer fails on a shape that it takes; '' when on none."""
    for shape in [shape for shape in SHAPES if takes(layer, shape)][:1]:
        try:
            BoundLayer(layer, normal((3, *shape), 0)).forward()
        except Exception as error:
            return f"it raised {type(error).__name__}: {error} (samples {shape})"
    return ""


def _works(layer: Layer, shape: Shape, *, whole: bool = False) -> bool:
    x = normal((3, *shape), 0)
    try:
        BoundLayer(layer, np.asarray(x > 0, x.dtype) if whole else x).forward()
    except Exception:  # the check 'shapes' says so
        return False
    return True


def is_random(layer: Layer, shape: Shape) -> bool:
    """Whether a layer draws from the generator in training."""
    bound = BoundLayer(layer, inputs(layer, shape, 8, 3))
    bound.forward()
    generator = bound.arrays.rng
    assert generator is not None
    return generator.bit_generator.state != np.random.default_rng(bound.seed).bit_generator.state
