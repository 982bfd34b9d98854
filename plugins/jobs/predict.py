"""The job that asks a trained network about new samples."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import get_args

import numpy as np
from tqdm import tqdm

from framework import (
    REQUIRED,
    Array,
    ConfigurationError,
    DataError,
    DrawingError,
    Invocation,
    Job,
    Network,
    Which,
    hyperparameter,
    load_network,
    nearest,
    painter,
)

from ..datasets.csv_text import CsvForm, Decimal
from ..datasets.whole_arrays import Preparation
from ..using import drawings
from ..using.array_rows import npy_samples, npz_samples
from ..using.csv_rows import csv_samples
from ..using.mnist_digits import prepare_digit
from ..using.output_names import output_names
from ..using.parquet_rows import parquet_samples
from ..using.picture_rows import ENDINGS, picture_samples, pictures_of
from ..using.pixel_units import unit_of
from ..using.samples import Samples, check_finite, wanted_by
from ..using.writing import SCREEN, Form, Predicted, check_ending, writing

log = logging.getLogger("framework")
_TEXTS = (".csv", ".tsv", ".txt")
_TABLES = (*_TEXTS, ".gz", ".npy", ".npz", ".parquet")
_SHOWN = 40  # pictures in the picture of what was seen


@dataclass(frozen=True)
class Predict(Job):
    """Write what a network decides for each sample of a file, and its probabilities."""

    run_directory: str = hyperparameter(
        REQUIRED, "the run's directory, or the file of a network; `run` for short"
    )
    input: str | tuple[str, ...] = hyperparameter(
        REQUIRED,
        "a .csv, .npy, .npz or .parquet file; a folder or list of pictures; - for CSV on standard"
        " input",
    )
    which: Which = hyperparameter("final", "which of its networks: final, best, last")
    columns: tuple[str, ...] | None = hyperparameter(
        None, "names of the columns that are the features, in order"
    )
    preparation: Preparation | None = hyperparameter(
        None,
        "mnist: digits become what MNIST's are; none; null: what the run's data say",
    )
    separator: str | None = hyperparameter(
        None, "between the cells of CSV; null: that of , ; | and tab that is most in its first line"
    )
    decimal: Decimal = hyperparameter(".", "the mark of decimals in CSV, . or ,")
    encoding: str = hyperparameter("utf-8", "of CSV, such as latin-1")
    output: str = hyperparameter(
        "predictions.csv", "a .csv, .npz or .parquet file; - for CSV on standard output"
    )

    def run(self, invocation: Invocation) -> None:
        network = load_network(
            Path(self.run_directory).expanduser(), self.which, invocation.registry
        )
        check_ending(self.output)
        seen: list[tuple[Array, str]] = []
        count = 0
        with self._samples(network) as samples:
            form = Form(samples.kind, network.targets, output_names(network))
            bar = tqdm(
                total=samples.total,
                unit=samples.unit,
                unit_scale=samples.unit == "B",
                disable=None,
                leave=False,
                file=sys.stderr,
            )
            with bar, writing(self.output, form) as writer:
                for block in samples.blocks:
                    check_finite(block, samples, missing=network.takes_missing)
                    predicted = _predicted(network, samples, block.inputs, block.labels)
                    writer.write(predicted)
                    if samples.kind == "file" and len(seen) < _SHOWN:
                        titles = form.columns(predicted).get("decision")
                        for i in range(min(len(block.labels), _SHOWN - len(seen))):
                            title = Path(block.labels[i]).name[:14]
                            said = "" if titles is None else f"\n{titles[i]}"
                            seen.append((block.inputs[i], f"{title}{said}"))
                    count += len(block.labels)
                    bar.update(block.done)
                if not count:
                    raise DataError(f"{samples.source}: has no rows; expected at least one")
        if self.output != SCREEN:
            print(f"{count:,} {samples.kind}s of {samples.source}: {self.output}")
            if samples.note:
                print(samples.note)
            if seen:
                self._draw(seen, network)

    @contextmanager
    def _samples(self, network: Network) -> Iterator[Samples]:
        """Yield the samples of the input; its file is closed afterwards."""
        wanted = wanted_by(network, self.columns)
        form = CsvForm(self.separator, self.decimal, self.encoding)
        if self.input == SCREEN:
            yield csv_samples(sys.stdin.buffer, "standard input", None, wanted, form)
            return
        names = (self.input,) if isinstance(self.input, str) else self.input
        paths = [Path(name).expanduser() for name in names]
        for path in paths:
            if not path.exists():
                raise DataError(f"{path}: there is no such file (input)")
            if path.resolve() == Path(self.output).expanduser().resolve():
                raise ConfigurationError(f"output: {path} is the input; expected another file")
        first = paths[0] if paths else Path()
        if len(paths) == 1 and first.suffix.lower() in _TABLES and first.is_file():
            if self.preparation not in (None, "none"):
                raise ConfigurationError(
                    f"preparation: {self.preparation} is for pictures, and {first} is none"
                )
            if first.suffix == ".gz" and Path(first.stem).suffix not in _TEXTS:
                raise DataError(f"input: {first}: expected a packed table, {_TEXTS[0]}.gz")
            if first.suffix == ".npy":
                yield npy_samples(first, wanted)
            elif first.suffix == ".npz":
                yield npz_samples(first, wanted)
            elif first.suffix == ".parquet":
                yield parquet_samples(first, wanted)
            else:
                with first.open("rb") as stream:
                    size = first.stat().st_size
                    yield csv_samples(stream, str(first), size, wanted, form)
            return
        files = [f for path in paths for f in (pictures_of(path) if path.is_dir() else [path])]
        for path in files or [Path()]:
            if path.suffix.lower() not in ENDINGS:
                known = (*_TABLES, *ENDINGS)
                raise DataError(
                    f"input: {path}: ends in '{path.suffix}'; {nearest(path.suffix, known)}"
                )
        given, name = self.preparation, network.trained_on.preparation if network.trained_on else ""
        if given is None and name and name not in get_args(Preparation):
            raise ConfigurationError(
                f"preparation: the network asks for '{name}', which this version has not; expected"
                " preparation=none, or mnist"
            )
        prepare = prepare_digit if (given or name) == "mnist" else None
        unit, always = unit_of(network), given is not None
        samples = picture_samples(files, wanted, prepare, unit, always=always)
        if given is None and prepare is not None:
            note = (
                f"preparation={name}, as the run's data say, but for pictures as large and dark as"
                f" samples; preparation=none and preparation={name} are for all"
            )
            samples = replace(samples, note=note)
        yield samples

    def _draw(self, seen: list[tuple[Array, str]], network: Network) -> None:
        path = Path(self.output).expanduser()
        path = path.with_name(f"{path.stem}_seen.png")
        side = round(float(np.sqrt(np.prod(network.inputs))))
        shape = (side, side) if len(network.inputs) == 1 else network.inputs
        images = np.stack([image.reshape(shape).squeeze() for image, _ in seen])
        titles = np.array([title for _, title in seen])
        rows = -(-len(seen) // 8)
        paint = painter()
        paint.ask(drawings.draw_seen, path, (9, 1.0 + 1.5 * rows), images=images, titles=titles)
        try:
            paint.wait()
        except DrawingError as error:
            log.warning("pictures: %s", error)
        else:
            print(f"what it saw: {path}")


def _predicted(network: Network, samples: Samples, inputs: Array, labels: object) -> Predicted:
    assert isinstance(labels, list)
    try:
        z = network.logits(inputs)
    except DataError as error:
        raise DataError(f"{samples.source}, from {samples.kind} {labels[0]} on: {error}") from error
    return Predicted(labels, np.asarray(network.loss.decide(z)), network.loss.probabilities(z))
