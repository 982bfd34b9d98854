"""What a layer promises: formulas that are functions, and keep to the arrays they are given."""

from __future__ import annotations

import numpy as np

from framework.components.dataset import Dataset
from framework.components.layer import Layer, Parameter
from framework.engine.affine import keeps_promise
from framework.testing.assertions import (
    close,
    normal,
)
from framework.testing.bound_layer import (
    SHAPES,
    BoundLayer,
    batches,
    examples,
    inputs,
    inputs_of,
    parameters_for,
    samples,
    takes,
)
from framework.testing.check import Check, UnansweredError, expect, promise
from framework.testing.checks import (
    layer_arrays,
    layer_extras,
    layer_formula,
    layer_gradients,
    layer_modes,
    layer_purity,
    layer_values,
    scalars,
)
from framework.testing.checks.expressions import layer_expression
from framework.testing.stand_in_data import Clouds, Examples
from framework.testing.tiny_run import expect_trains, sequence

_EXACT = 1e-9


@promise(
    "output_shape gives the shape of an output sample, or raises ValueError; every shape it takes"
    " works, for batches of `smallest_batch` and more."
)
def shapes(layer: Layer) -> None:
    taken = 0
    for shape in [x.shape[1:] for x in examples(layer, 3)] or SHAPES:
        try:
            given = layer.output_shape(shape)
        except ValueError as refused:
            expect(not examples(layer, 3), f"it gives example_inputs of {shape}, but {refused}")
            continue
        except Exception as failed:
            expect(False, f"for samples {shape} it raised {type(failed).__name__}: {failed}")
        whole = isinstance(given, tuple) and all(isinstance(n, int) and n > 0 for n in given)
        expect(whole, f"for samples {shape} it gave {given!r}, not a tuple of whole numbers")
        taken += 1
        for batch in batches(layer):
            where = f"output_shape takes samples {shape}, but a batch of {batch}"
            try:
                bound = BoundLayer(layer, inputs(layer, shape, batch, 0))
                y = bound.forward()
                bound.input_gradient(y, normal(y.shape, 1))
                bound.parameter_gradients(y, normal(y.shape, 1))
            except AssertionError as broken:
                expect(False, f"{where}: {broken}")
            except Exception as failed:
                expect(False, f"{where} raised {type(failed).__name__}: {failed}")
    if not taken:
        raise UnansweredError(
            f"it takes none of the samples {', '.join(map(str, SHAPES[:6]))}, …; give it"
            " `example_inputs`"
        )


@promise(
    "parameters, state and scratch are arrays with names of their own, the same whenever they are"
    " asked for."
)
def declarations(layer: Layer) -> None:
    shapes = [x.shape[1:] for x in examples(layer, 3)]
    for shape in shapes or [s for s in SHAPES if takes(layer, s)][:4]:
        parameters, again = list(layer.parameters(shape)), list(layer.parameters(shape))
        expect(parameters == again, f"parameters({shape}) gave two different lists")
        for parameter in parameters:
            expect(
                isinstance(parameter, Parameter), f"parameters gave {parameter!r}, not a Parameter"
            )
            whole = isinstance(parameter.shape, tuple) and all(
                int(n) == n > 0 for n in parameter.shape
            )
            expect(whole, f"parameter '{parameter.name}' has shape {parameter.shape!r}")
        state = layer.state(shape)
        x = np.zeros((3, *shape))
        scratch = layer.scratch(x, np.zeros((3, *layer.output_shape(shape))))
        names = [p.name for p in parameters] + list(state) + list(scratch)
        twice = {n for n in names if names.count(n) > 1 or n == "rng" or not n.isidentifier()}
        expect(not twice, f"the names {sorted(twice)} are taken twice, or are no names")


@promise("`affine = True` means forward is exactly x @ weights + bias, with these two parameters.")
def affine(layer: Layer) -> None:
    if not layer.affine:
        return
    for shape in samples(layer):
        parameters = tuple(layer.parameters(shape))
        expect(
            keeps_promise(layer, parameters),
            f"its parameters are {[(p.name, p.shape) for p in parameters]}; expected weights [D, M]"
            " and bias [M], in that order",
        )
        for training in (True, False):
            bound = BoundLayer(layer, 10 * normal((64, *shape), 3), training=training)
            given = parameters_for(layer, shape, "float64")
            expected = bound.x @ given["weights"] + given["bias"]
            expect(
                close(bound.forward(), expected, _EXACT),
                f"forward is not x @ weights + bias for samples {shape}",
            )


@promise(
    "networks train with it: the same bytes from the same seed, killed or not, every loss finite.",
    once=True,
)
def trains(layer: Layer) -> None:
    for number, shape in enumerate(samples(layer)[:2]):
        if inputs_of(layer) == "normal":
            again = takes(layer, layer.output_shape(shape))
            data: Dataset = Clouds(shape=shape)
        else:
            again, data = False, Examples(layer=layer, number=number)
        following = [layer, layer] if again else [layer]
        expect_trains(
            data,
            sample=shape,
            layers=lambda plans, f=following: sequence(plans, f),  # type: ignore[misc]
            data=data,
        )


CHECKS: tuple[Check, ...] = (
    shapes,
    declarations,
    *layer_gradients.CHECKS,
    *layer_arrays.CHECKS,
    *layer_values.CHECKS,
    *layer_purity.CHECKS,
    *layer_modes.CHECKS,
    *layer_extras.CHECKS,
    *layer_formula.CHECKS,
    layer_expression,
    affine,
    scalars.LAYER,
    scalars.inside,
    trains,
)
