"""The small data sets that scikit-learn brings along."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from framework import ConfigurationError, Data, Dataset, hyperparameter

from .own_splits import OwnSplits
from .whole_arrays import Reading, data_of

ToySet = Literal["iris", "wine", "breast_cancer", "digits", "diabetes"]


@dataclass(frozen=True)
class _Which(Dataset):
    set: ToySet = hyperparameter("iris", "iris, wine, breast_cancer, digits or diabetes")


@dataclass(frozen=True)
class SklearnToy(OwnSplits, _Which):
    """Iris, wine, breast cancer and digits, which have classes, and diabetes, which has values.

    Columns and classes have their names; digits are pictures, of 8 by 8 pixels from 0 to 16, which
    reach the network as 0 to 1. Nothing is fetched: scikit-learn has them in its package,
    ``pip install 'mlp-framework[sklearn]'``. Rows are held out as `data=npz` holds them out.

    Fisher, "The use of multiple measurements in taxonomic problems", 1936 (iris); Aeberhard and
    Forina, 1991 (wine); Street, Wolberg and Mangasarian, 1993 (breast cancer); Alpaydin and Kaynak,
    1998 (digits); Efron, Hastie, Johnstone and Tibshirani, "Least angle regression", 2004
    (diabetes).
    """

    def load(self, rng: np.random.Generator) -> Data:
        bunch = _bunch(self.set)
        arrays: dict[str, Any] = {"inputs": bunch.data, "targets": bunch.target}
        scale = None
        if self.set == "digits":
            arrays["inputs"], scale = bunch.images.astype(np.uint8), 1 / 16
        else:
            arrays["columns"] = [str(name) for name in bunch.feature_names]
        if self.set != "diabetes":
            arrays["class_names"] = [str(name) for name in bunch.target_names]
        reading = Reading(None, scale, flatten=True)
        return data_of(arrays, reading, self.hold_out(), rng, self.set)


def _bunch(name: ToySet) -> Any:
    try:
        from sklearn import datasets
    except ImportError as error:
        raise ConfigurationError(
            f"data: {name} is one of scikit-learn's ({error}): pip install 'mlp-framework[sklearn]'"
        ) from error
    return getattr(datasets, f"load_{name}")()
