"""A run's complete state: what it takes to resume it as if nothing had happened.

Arrays have the names that users know, so that a checkpoint outlives changes of how the parameter
store lays them out:

    hidden_1.weights                             a parameter
    update_rule/hidden_1.weights/mean_square     a slot of the update rule, for it
    update_rule/hidden_1/scale                   one for all that the rule moves, by the first layer
    layer/norm_2/running_mean                    a layer's own state
    callbacks/<name>/<key>                       what a callback gave
    schedule/hidden_1.update_rule.learning_rate/best
                                                 what a schedule remembers of figures
    run/losses, run/figures, …                   the history
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from framework.components.base import Array
from framework.components.epoch import Epoch
from framework.components.update_rule import scope_of
from framework.engine.network import Network
from framework.errors import RunError
from framework.runs.callback_state import SplitState, join_state
from framework.runs.checkpoint_file import Checkpoint
from framework.runs.hearing import remembered
from framework.training.progress import EpochSteps, Position

if TYPE_CHECKING:
    from framework.runs.run import Run

_HISTORY = 1 << 30  # bytes that losses, figures and callbacks may take up in a checkpoint

_Made = TypeVar("_Made", Position, EpochSteps)

States = Mapping[str, Mapping[str, Any]]
"""What callbacks gave to keep: the callback's name → key → value."""


def capture(
    run: Run,
    unevaluated: EpochSteps | None,
    states: Mapping[str, SplitState],
    about: Mapping[str, Any],
) -> Checkpoint:
    """Take the state of a run between two steps; the arrays are views, to be written at once.

    Parameters
    ----------
    unevaluated : the epoch that has just ended, when it is not evaluated yet.
    states : what the callbacks want to keep.
    about : further facts to write down.
    """
    network = run.trainer.network  # never the one that is evaluated
    arrays = {
        f"callbacks/{name}/{key}": array
        for name, kept in states.items()
        for key, array in kept.arrays.items()
    }
    names = list(run.metrics[0].figures) if run.metrics else []
    arrays |= network_arrays(network) | remembered(run.hearing)
    arrays |= {
        "run/losses": run.losses,
        "run/steps": np.array([epoch.steps for epoch in run.metrics], np.int64),
        "run/seconds": np.array([epoch.seconds for epoch in run.metrics], np.float64),
        "run/batch_loss": np.array([epoch.batch_loss for epoch in run.metrics], np.float64),
        "run/figures": np.array(
            [[epoch.figures[name] for name in names] for epoch in run.metrics], np.float64
        ).reshape(len(run.metrics), len(names)),
    }
    return Checkpoint(
        arrays,
        {
            "position": dict(vars(run.trainer.position)),
            "walk": dict(vars(unevaluated)) if unevaluated else None,
            "best": run.best.number if run.best else None,
            "figures": names,
            "generators": {
                link.label: link.rng.bit_generator.state for link in run.trainer.network.layers
            },
            "callbacks": {name: kept.about() for name, kept in states.items()},
            **evaluated_names(network),
            **about,
        },
    )


def restore(run: Run, checkpoint: Checkpoint) -> tuple[EpochSteps | None, States]:
    """Put a run into a state that was captured, all of it or, on an error, none.

    Returns
    -------
    unevaluated : the epoch that has just ended, when it is not evaluated yet.
    states : what the callbacks had kept.

    Raises
    ------
    RunError : when the state does not fit the run; the text says where.
    """
    about = checkpoint.about
    network = run.trainer.network
    try:
        position = _made(Position, about["position"], "position")
        unevaluated = None if about["walk"] is None else _made(EpochSteps, about["walk"], "walk")
        names, generators = about["figures"], about["generators"]
        states = {
            name: join_state(
                kept, {key: checkpoint.arrays[f"callbacks/{name}/{key}"] for key in kept["arrays"]}
            )
            for name, kept in about["callbacks"].items()
        }
        _check_position(run, position, unevaluated, stopped=bool(about.get("stopped")))
        _check_figures(run, names)
        epochs = position.epoch - (unevaluated is not None)
        remembering = remembered(run.hearing)
        expected = _expected(network_arrays(network) | remembering) | {
            "run/losses": (network.dtype, (position.steps,)),
            "run/steps": ("int64", (epochs,)),
            "run/seconds": ("float64", (epochs,)),
            "run/batch_loss": ("float64", (epochs,)),
            "run/figures": ("float64", (epochs, len(names))),
        }
        given = [
            f"callbacks/{name}/{key}"
            for name, kept in about["callbacks"].items()
            for key in kept["arrays"]
        ]
        _check_arrays(checkpoint.arrays, expected, given)
        records = _records(checkpoint.arrays, names)
        if set(generators) != {link.label for link in network.layers}:
            raise RunError(f"has generators for {', '.join(generators)}")
        for link in network.layers:
            np.random.default_rng(0).bit_generator.state = generators[link.label]
        run.trainer.go_to(position, checkpoint.arrays["run/losses"])
    except KeyError as error:
        raise RunError(f"missing or malformed field {error}") from error
    except (LookupError, TypeError, ValueError, AttributeError, ArithmeticError) as error:
        raise RunError(f"missing or malformed field: {type(error).__name__}: {error}") from error
    for link in network.layers:
        link.rng.bit_generator.state = generators[link.label]
    for name, array in (network_arrays(network) | remembering).items():
        np.copyto(array, checkpoint.arrays[name])
    run.metrics[:] = records
    return unevaluated, states


def evaluated_names(network: Network) -> dict[str, dict[str, str]]:
    """Return, as `evaluated`, which array is measured in a parameter's place; {} for none."""
    names = {
        f"{link.label}.{parameter.name}": f"update_rule/{link.label}.{parameter.name}/{slot}"
        for link in network.layers
        if (rule := link.views.block.update_rule) is not None
        and (slot := rule.evaluated) is not None
        for parameter in link.parameters
    }
    return {"evaluated": names} if names else {}


def network_arrays(network: Network) -> dict[str, Array]:
    """Return every array a network holds, by name: parameters, their rule's state, its layers'."""
    arrays = network.parameters()
    for link in network.layers:
        for parameter in link.parameters:
            for name, array in link.views.slots(parameter).items():
                arrays[f"update_rule/{link.label}.{parameter.name}/{name}"] = array
    for block in network.blocks:
        if block.update_rule is not None and scope_of(block.update_rule) == "network":
            first = next(link.label for link in network.layers if link.views.block is block)
            for name, array in block.factors.items():
                arrays[f"update_rule/{first}/{name}"] = array
    return arrays | network.state()


def largest_checkpoint(network: Network) -> int:
    """Return how many bytes of a file are read as a checkpoint of this network's run."""
    return 4 * _bytes(network) + _HISTORY


def largest_states(network: Network) -> int:
    """Return how many bytes callbacks' arrays may take up in it, beside what is the run's own."""
    return 2 * _bytes(network) + _HISTORY // 2


def _bytes(network: Network) -> int:
    return sum(array.nbytes for array in network_arrays(network).values())


def _made(kind: type[_Made], node: object, key: str) -> _Made:
    names = [field.name for field in fields(kind)]
    if not isinstance(node, Mapping) or set(node) != set(names):
        raise RunError(
            f"missing or malformed field '{key}': expected a mapping of {', '.join(names)}"
        )
    return kind(**node)


def _check_position(
    run: Run, position: Position, unevaluated: EpochSteps | None, *, stopped: bool
) -> None:
    per_epoch = run.trainer.minibatches.steps
    numbers = (position.epoch, position.step, position.steps)
    if not all(type(number) is int and number >= 0 for number in numbers):
        raise RunError(f"is at an impossible place: {position}")
    seconds = (
        position.seconds,
        *((unevaluated.seconds, unevaluated.batch_loss) if unevaluated else ()),
    )
    if not all(type(number) in (int, float) for number in seconds):
        raise RunError(f"says {seconds} where numbers are needed")
    before = position.steps - position.step
    whole = position.epoch * per_epoch
    if position.step > per_epoch or not (
        before == whole
        if run.settings.trainer.steps is None and not stopped
        else position.epoch <= before <= whole  # the last epoch may have ended early
    ):
        raise RunError(
            f"is at step {position.step} of epoch {position.epoch + 1}, {position.steps} steps in"
            f" all; this run has {per_epoch} per epoch"
        )
    at = (position.epoch, position.steps)
    if unevaluated is not None and (position.step or (unevaluated.number, unevaluated.steps) != at):
        raise RunError(
            f"waits for the figures of epoch {unevaluated.number}, at epoch {position.epoch}"
        )


def _check_figures(run: Run, names: object) -> None:
    measured = [figure for metric in run.measured for figure in metric.figures]
    expected = [f"{split}_{name}" for split in ("train", "validation") for name in measured]
    if names not in ([], expected):
        raise RunError(f"has the figures {names!r}; this run measures {', '.join(expected)}")


def _expected(arrays: Mapping[str, Array]) -> dict[str, tuple[str, tuple[int, ...]]]:
    return {name: (str(a.dtype), a.shape) for name, a in arrays.items()}


def _check_arrays(
    arrays: Mapping[str, Array],
    expected: Mapping[str, tuple[str, tuple[int, ...]]],
    of_callbacks: Sequence[str],
) -> None:
    given = arrays.keys() - set(of_callbacks)
    for what, names in (("lacks", expected.keys() - given), ("has", given - expected.keys())):
        if names:
            more = f" and {len(names) - 1} more" if len(names) > 1 else ""
            tail = ", which this run does not have" if what == "has" else ""
            raise RunError(f"{what} '{min(names)}'{more}{tail}")
    for name, (dtype, shape) in expected.items():
        array = arrays[name]
        if (str(array.dtype), array.shape) != (dtype, shape):
            raise RunError(
                f"has '{name}' of {array.dtype} {list(array.shape)}; expected {dtype} {list(shape)}"
            )


def _records(arrays: Mapping[str, Array], names: list[str]) -> list[Epoch]:
    columns = (arrays[f"run/{name}"].tolist() for name in ("steps", "seconds", "batch_loss"))
    rows = zip(*columns, arrays["run/figures"].tolist(), strict=True)
    return [
        Epoch(number, steps, seconds, loss, dict(zip(names, figures, strict=True)))
        for number, (steps, seconds, loss, figures) in enumerate(rows, start=1)
    ]
