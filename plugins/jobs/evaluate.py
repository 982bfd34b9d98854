"""The job that measures a trained network."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from framework import (
    REQUIRED,
    Array,
    Data,
    DataError,
    DrawingError,
    Invocation,
    Job,
    Network,
    RunError,
    Split,
    Which,
    as_trained,
    hyperparameter,
    load_data_of,
    load_network,
    make_directory,
    measure,
    nearest,
    painter,
    refuse_link,
    reopen,
    shown_figure,
    table,
    write_json,
)

from ..callbacks import drawings as drawings_of_runs
from ..callbacks.pictures import worst_pairs
from ..datasets.safe_npy import read_archive
from ..using import drawings, of_classes, of_columns
from ..using.evaluated_table import TABLES, rows_of_table

log = logging.getLogger("framework")
_NAMES = ("inputs", "targets", "test_inputs", "test_targets")
_MOST_POINTS = 5000  # of a picture
_MOST_PANELS = 4


@dataclass(frozen=True)
class Evaluate(Job):
    """Measure a finished or stopped run's network on its test split, or on another file.

    Overrides of `data` and `metrics` change the run's own: `data.path=…` where a file was moved.
    """

    changes_a_run: ClassVar[bool] = True

    run_directory: str = hyperparameter(REQUIRED, "the run's directory; `run` for short")
    which: Which = hyperparameter("final", "which of its networks: final, best, last")
    input: str | None = hyperparameter(
        None, "an .npz, or a table (.csv, .parquet), with targets; null: the run's own test split"
    )
    output: str | None = hyperparameter(
        None, "folder for evaluation.json and pictures; null: the run's"
    )

    def run(self, invocation: Invocation) -> None:
        directory = Path(self.run_directory).expanduser()
        if not directory.is_dir():
            raise RunError(f"{directory}: there is no such directory (run)")
        registry = invocation.registry
        settings = reopen(directory, registry, invocation.overrides, may_change=("data", "metrics"))
        network = load_network(directory, self.which, registry)
        if self.input is None:
            data = load_data_of(settings, directory, registry)
            data = as_trained(data, network.trained_on, _classes(network))
            split, source = data.test, f"the test split of {data.source}"
        else:
            path = Path(self.input).expanduser()
            if path.suffix.lower() not in (".npz", *TABLES):
                known = nearest(path.suffix, (".npz", *TABLES))
                raise DataError(f"{path}: ends in '{path.suffix}'; {known} (input)")
            if path.suffix.lower() in TABLES:
                data = rows_of_table(path, settings.data, network)
                data = as_trained(data, network.trained_on, _classes(network))
                _check_shapes(path, data, network, _outputs(network))
                data.check(settings.dtype, missing=network.takes_missing)
            else:
                data = _of_file(path, network, settings.dtype)
            split, source = data.test, self.input
        predicted = network.predict(split.inputs)
        figures = measure(network, settings, registry, data, split)
        parts = _parts(data, split, predicted)
        folder = directory if self.output is None else Path(self.output).expanduser()
        refuse_link(folder / "evaluation.json")
        make_directory(folder, "output")
        about = {"run": str(directory), "which": self.which, "input": source, "rows": len(split)}
        write_json(folder / "evaluation.json", {**about, "figures": figures, **parts})
        print(f"{directory} ({self.which}) on {source}, {len(split)} rows\n")
        print(table(["figure", "value"], [[n, shown_figure(v)] for n, v in figures.items()]))
        _print_parts(parts)
        _draw(folder, data, split, predicted)
        print(f"\n{folder / 'evaluation.json'}")


def _of_file(path: Path, network: Network, dtype: str) -> Data:
    """Read inputs and targets of a file, in the form the network was trained on.

    Raises
    ------
    DataError : naming the file and what does not fit.
    """
    if not path.is_file():
        raise DataError(f"{path}: there is no such file (input)")
    arrays, names = read_archive(path, _NAMES)
    base = "" if "inputs" in arrays else "test_"
    if not {f"{base}inputs", f"{base}targets"} <= arrays.keys():
        raise DataError(
            f"{path}: holds {', '.join(names)[:200] or 'nothing'}; expected inputs and targets, or"
            " test_inputs and test_targets (input)"
        )
    inputs, targets = arrays[f"{base}inputs"], arrays[f"{base}targets"]
    if inputs.ndim > 1 and inputs.size == len(inputs) * int(np.prod(network.inputs)):
        inputs = inputs.reshape(len(inputs), *network.inputs)
    if network.targets == "values" and targets.ndim == 1:
        targets = targets.reshape(-1, 1)
    columns = _outputs(network)
    split = Split(inputs, targets)
    data = Data(
        *(split, split, split),
        classes=columns if network.targets == "labels" else None,
        scale=network.scale,
        source=str(path),
        sets=network.targets == "sets",
        class_names=network.class_names,
    )
    _check_shapes(path, data, network, columns)
    data.check(dtype, missing=network.takes_missing)
    return data


def _outputs(network: Network) -> int:
    """Return how many classes a network tells apart, or columns of values it gives."""
    nothing = np.zeros((0, *network.outputs), network.dtype)
    if network.targets != "labels":
        return int(network.loss.decide(nothing).shape[1])
    probabilities = network.loss.probabilities(nothing)
    return int((nothing if probabilities is None else probabilities).shape[1])


def _classes(network: Network) -> int | None:
    return _outputs(network) if network.targets == "labels" else None


def _check_shapes(path: Path, data: Data, network: Network, columns: int) -> None:
    inputs, targets = data.test.shapes
    rows = "rows," if network.targets == "labels" else f"rows, {columns}"
    if inputs[1:] != network.inputs or len(inputs) < 2:
        shape = ", ".join(map(str, network.inputs))
        raise DataError(f"{path}: inputs have shape {inputs}; the network takes (rows, {shape})")
    if targets[1:] != (() if network.targets == "labels" else (columns,)) or not targets:
        raise DataError(
            f"{path}: targets have shape {targets}; the network gives {network.targets} ({rows})"
        )


def _parts(data: Data, split: Split, predicted: Array) -> dict[str, Any]:
    """Return what is measured of each class or column."""
    names = [data.class_name(i) for i in range(data.outputs)]
    if data.target_kind == "values":
        return {"columns": of_columns.figures_of_values(split.targets, predicted, names)}
    if data.target_kind == "sets":
        sets = split.targets.astype(np.int64)
        return {"classes": of_classes.figures_of_sets(sets, predicted, names)}
    labels = split.targets.astype(np.int64)
    parts: dict[str, Any] = {
        "classes": of_classes.figures_of_labels(labels, predicted, names),
    }
    if data.outputs <= of_classes.MOST_CLASSES:
        counts = of_classes.confusion(labels, predicted, data.outputs)
        parts["confusion"] = {"rows": "label", "columns": "predicted", "counts": counts.tolist()}
    return parts


def _print_parts(parts: Mapping[str, Any]) -> None:
    for rows in (parts.get("classes"), parts.get("columns")):
        if rows:
            some = rows[: of_classes.MOST_CLASSES]
            print(f"\n{table(list(rows[0]), [of_classes.shown(row) for row in some])}")
            if len(some) < len(rows):
                print(f"… and {len(rows) - len(some)} more, in evaluation.json")


def _names(data: Data) -> Array:
    return np.array([data.class_name(i) for i in range(data.outputs)])


def _draw(folder: Path, data: Data, split: Split, predicted: Array) -> None:
    """Draw what suits the targets; a picture that cannot be drawn costs no figure."""
    paint = painter()
    if data.target_kind == "labels":
        labels, path = split.targets.astype(np.int64), folder / "evaluation_confusion.png"
        if data.outputs <= of_classes.MOST_CLASSES:
            counts = of_classes.confusion(labels, predicted, data.outputs)
            shown = {"counts": counts, "names": _names(data)}
            paint.ask(drawings_of_runs.draw_confusion, path, (6.5, 5.5), **shown)
        else:
            pairs = worst_pairs(labels, predicted)
            paint.ask(drawings_of_runs.draw_mistakes, path, (6.5, 5.5), names=_names(data), **pairs)
    elif data.target_kind == "values":
        thin = slice(None, None, -(-len(split) // _MOST_POINTS))
        true = split.targets[thin, :_MOST_PANELS].astype(np.float64)
        said = predicted[thin, :_MOST_PANELS].astype(np.float64)
        names = [str(i) for i in range(true.shape[1])]
        size = (1.0 + 4.2 * len(names), 4.5)
        for name, draw in (
            ("predicted", drawings.draw_predicted),
            ("residuals", drawings.draw_residuals),
        ):
            path = folder / f"evaluation_{name}.png"
            paint.ask(draw, path, size, true=true, predicted=said, names=np.array(names))
    try:
        paint.wait()
    except DrawingError as error:
        log.warning("pictures: %s", error)
