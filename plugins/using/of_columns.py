"""How far predicted values are from true ones, for each column of them."""

from __future__ import annotations

from typing import Any

import numpy as np

from framework import Array


def figures_of_values(targets: Array, predicted: Array, names: list[str]) -> list[dict[str, Any]]:
    """Return errors and the explained share of the variance for each column, in float64.

        bias = mean(predicted - true)    mae = mean |predicted - true|
        rmse = sqrt(mean (predicted - true)²)
        r2   = 1 - Σ (predicted - true)² / Σ (true - mean(true))²       None where true is constant

    >>> row, = figures_of_values(np.array([[0.0], [2.0]]), np.array([[1.0], [2.0]]), ["y"])
    >>> row["bias"], row["mae"], row["r2"]
    (0.5, 0.5, 0.5)
    """
    true = targets.astype(np.float64)
    error = predicted.astype(np.float64) - true
    squares, spread = (error**2).sum(axis=0), ((true - true.mean(axis=0)) ** 2).sum(axis=0)
    return [
        {
            "column": name,
            "rows": len(error),
            "bias": float(error[:, i].mean()),
            "mae": float(np.abs(error[:, i]).mean()),
            "rmse": float(np.sqrt(squares[i] / len(error))),
            "largest": float(np.abs(error[:, i]).max()),
            "r2": float(1 - squares[i] / spread[i]) if spread[i] else None,
        }
        for i, name in enumerate(names)
    ]
