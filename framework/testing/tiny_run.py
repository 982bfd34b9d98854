"""A tiny training run, through the core as it is, with one component of one's own in it."""

from __future__ import annotations

import contextlib
import dataclasses
import io
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np

from framework.components.base import Array, Component, Shape
from framework.components.callback import Callback
from framework.components.kinds import kind_of
from framework.components.layer import Layer
from framework.engine.plan import LayerPlan
from framework.errors import FrameworkError
from framework.registry.origin import Entry, Origin
from framework.registry.registry import Registry
from framework.runs.run import Run
from framework.runs.runner import train as train_settings
from framework.settings.settings import RunSettings, read_settings
from framework.testing import stand_ins
from framework.testing.check import expect
from framework.testing.seeded import seeded_by
from framework.testing.stand_in_callbacks import Crash
from framework.testing.stand_in_layers import Flat

Plans = tuple[LayerPlan, ...]


def registry_with(*components: Component) -> Registry:
    """Return a registry of the kit's stand-ins and of the classes of some components."""
    registry = Registry()
    registry.load_modules([stand_ins.__name__])
    for component in components:
        adopt(registry, type(component))
        for field in dataclasses.fields(component):
            inner = getattr(component, field.name)
            for nested in inner if isinstance(inner, tuple) else (inner,):
                if isinstance(nested, Component):
                    adopt(registry, type(nested))
    return registry


def adopt(registry: Registry, cls: type[Component]) -> None:
    """Register a class under its own name, unless it is registered."""
    if any(entry.is_of(cls) for entry in registry.entries.values()):
        return
    kind, name = kind_of(cls), f"checked_{cls.__name__}"
    registry.entries[kind.name, name] = Entry(name, kind, cls, Origin("the conformance kit"))


def tiny(
    registry: Registry, sample: Shape, epochs: int = 2, dtype: str = "float32", outputs: int = 3
) -> RunSettings:
    """Return the settings of a run of the kit's stand-ins: six units, 50 points, batches of 8."""
    training = {
        "initializer": "conformance_normal",
        "regularizer": "conformance_no_penalty",
        "update_rule": "conformance_descent",
    }
    hidden: dict[str, Any] = {"name": "conformance_affine", "units": 6}
    layers: list[Any] = [hidden, "conformance_scaled_tanh", {**hidden, "units": outputs}]
    return read_settings(
        {
            "seed": 1,
            "dtype": dtype,
            "layer": {"name": "conformance_affine", **training},
            "model": {"layers": layers if len(sample) == 1 else ["conformance_flat", *layers]},
            "loss": "conformance_cross_entropy",
            "data": {"name": "conformance_clouds", "shape": list(sample)},
            "metrics": {"loss": "conformance_mean_loss"},
            "trainer": {"epochs": epochs, "batch_size": 8, "drop_last": False, "threads": 1},
            "callbacks": {},
        },
        registry,
    )


def sequence(plans: Plans, layers: Sequence[Layer]) -> Plans:
    """Put layers in the place of the hidden ones."""
    training = plans[-1].training
    inside = [LayerPlan(f"checked_{i}", layer, training) for i, layer in enumerate(layers)]
    return (*inside, LayerPlan("flat", Flat(), training), plans[-1])


def trained_by(plans: Plans, **changes: Any) -> Plans:
    """Return layers with another initializer, regularizer, constraint or update rule."""
    return tuple(
        dataclasses.replace(plan, training=dataclasses.replace(plan.training, **changes))
        for plan in plans
    )


def run_in(
    directory: Path,
    registry: Registry,
    settings: RunSettings,
    *,
    resume: Literal["never", "auto"] = "never",
    **changes: Any,
) -> Run:
    """Train in a directory."""
    changed = dataclasses.replace(settings, **changes)
    return train_settings(changed, registry, directory, {}, cores=1, resume=resume)


def expect_runs(callback: Callback) -> None:
    """Hold that a run with a callback comes to its end."""
    registry = registry_with(callback)
    with tempfile.TemporaryDirectory() as folder, quietly():
        settings = tiny(registry, (6,))
        run = run_in(Path(folder) / "run", registry, settings, callbacks={"checked": callback})
        expect(not run.failures, "; ".join(run.failures))


@contextlib.contextmanager
def quietly() -> Iterator[None]:
    """Drop what is printed."""
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        yield


def expect_trains(
    *components: Component,
    sample: Shape = (6,),
    outputs: int = 3,
    layers: Callable[[Plans], Plans] | None = None,
    **changes: Any,
) -> None:
    """Hold that runs with a component give the same bytes, killed or not, and finite losses.

    Parameters
    ----------
    components : those whose classes must be in the run's registry.
    sample, outputs : shape of a sample, and how many outputs the network has.
    layers : from the tiny run's layers to those to train; by default as they are.
    changes : fields of the settings to replace.
    """
    crash = Crash(step=int(seeded_by(*components).integers(3, 13)))
    registry = registry_with(*components, crash)
    settings = tiny(registry, sample, outputs=outputs)
    plans = settings.layers if layers is None else layers(settings.layers)
    for plan in plans:
        adopt(registry, type(plan.layer))
    checkpoint = dataclasses.replace(settings.checkpoint, epochs=None, steps=4)
    settings = dataclasses.replace(
        settings, layers=plans, checkpoint=checkpoint, callbacks={"crash": crash}, **changes
    )
    with tempfile.TemporaryDirectory() as folder, quietly():
        whole = _end(Path(folder) / "first", registry, settings)
        losses = whole[0]
        expect(
            bool(np.all(np.isfinite(losses))),
            f"the loss became {losses[~np.isfinite(losses)][:1]} in step"
            f" {int(np.argmin(np.isfinite(losses)))} of a tiny run",
        )
        place = Path(folder) / "killed"
        with contextlib.suppress(KeyboardInterrupt):
            run_in(place, registry, settings)
        try:
            resumed = _end(place, registry, settings, resume="auto")
        except FrameworkError:
            resumed = []
        if [array.tobytes() for array in resumed] == [array.tobytes() for array in whole]:
            return
        again = _end(Path(folder) / "second", registry, settings)
        equal = all(a.tobytes() == b.tobytes() for a, b in zip(whole, again, strict=True))
        expect(equal, "two runs from the same seed ended with different bytes")
        if not resumed:
            _end(place, registry, settings, resume="auto")  # raises what it raised
        expect(
            False,
            f"killed after step {crash.step} and resumed, a run ends with other bytes: what is kept"
            " from step to step belongs into state, which checkpoints hold",
        )


def _end(
    place: Path,
    registry: Registry,
    settings: RunSettings,
    resume: Literal["never", "auto"] = "never",
) -> list[Array]:
    """Return a run's losses, figures and parameters; a crash that is due is not its."""
    if resume == "never":
        place.with_suffix(".crashed").touch()
    run = run_in(place, registry, settings, resume=resume)
    figures = np.array([list(record.figures.values()) for record in run.metrics])
    return [run.losses, figures, *(a.copy() for a in run.network.parameters().values())]
