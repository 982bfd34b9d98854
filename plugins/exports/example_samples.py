"""What a network was trained on, in an export: names, and samples to try it with."""

from __future__ import annotations

import numpy as np

from framework import Array, Network


def sampling_lines(network: Network, rows: int) -> list[str]:
    """Return lines that draw ``inputs`` from ``rng``: integers where those were trained on.

    Columns of categories are codes that they have.
    """
    shape, form = (rows, *network.inputs), network.trained_on
    if form is not None and form.dtype.startswith(("u", "i")):
        low, high = int(form.lowest), int(form.largest) + 1
        return [f"inputs = rng.integers({low}, {high}, {shape})"]
    lines = [f"inputs = rng.random({shape})"]
    categories = () if form is None else form.columns.categories
    for i, known in enumerate(categories):
        if known:
            lines.append(f"inputs[:, {i}] = rng.integers(0, {len(known)}, {rows})")
    return lines


def samples_for(network: Network, rows: int) -> Array:
    """Return such samples."""
    rng, form = np.random.default_rng(0), network.trained_on
    if form is not None and form.dtype.startswith(("u", "i")):
        return rng.integers(int(form.lowest), int(form.largest) + 1, (rows, *network.inputs))
    inputs = rng.random((rows, *network.inputs))
    for i, known in enumerate(() if form is None else form.columns.categories):
        if known:
            inputs[:, i] = rng.integers(0, len(known), rows)
    return inputs


def name_lines(network: Network) -> list[str]:
    """Return lines that give columns, their categories and classes by name, where they have any."""
    form = network.trained_on
    lines = []
    if form is not None and form.column_names:
        lines.append(f"COLUMNS = {list(form.column_names)!r}")
        named = {
            name: list(known)
            for name, known in zip(form.column_names, form.columns.categories, strict=True)
            if known
        }
        if named:
            lines.append(f"CATEGORIES = {named!r}  # a column has their numbers, from 0")
    if network.class_names:
        lines.append(f"CLASSES = {list(network.class_names)!r}")
    return lines
