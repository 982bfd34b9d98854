"""How much each training row counts in the loss: by the data's weights, and by its class."""

from __future__ import annotations

import numpy as np

from framework.components.base import Array
from framework.components.dataset import Data
from framework.components.loss import Loss
from framework.engine.weighted_loss import takes_weights
from framework.errors import ConfigurationError
from framework.training.settings import TrainerSettings

_CLASS_WEIGHT = "trainer.class_weight"


def training_weights(data: Data, loss: Loss, settings: TrainerSettings, name: str) -> Array | None:
    """Return the weight of each training row, of mean 1; None where all count alike.

    It is that of the split, times that of its class.

    Parameters
    ----------
    name : the loss's, for messages.

    Raises
    ------
    ConfigurationError : when classes cannot be weighed, or the loss cannot.
    """
    own = data.train.relative_weights()
    of_classes = _of_classes(data, settings)
    given = [weights for weights in (own, of_classes) if weights is not None]
    if not given:
        return None
    if loss.whole_batch and not takes_weights(loss):
        by = f"{data.source} has" if of_classes is None else f"{_CLASS_WEIGHT} gives"
        raise ConfigurationError(
            f"loss: {name} looks at the whole batch, and {by} weights of samples; expected a loss"
            " of single samples, or one whose evaluate takes weights"
        )
    product = np.prod(given, axis=0)
    mean = float(product.mean())
    if not mean:
        raise ConfigurationError(f"{_CLASS_WEIGHT}: leaves no training row a weight above 0")
    return np.asarray(product / mean)


def _of_classes(data: Data, settings: TrainerSettings) -> Array | None:
    """Return what each training row weighs by its class; None for nothing."""
    chosen = settings.class_weight
    if chosen is None:
        return None
    if data.classes is None:
        raise ConfigurationError(
            f"{_CLASS_WEIGHT}: weighs labels, but {data.source} gives {data.targets()};"
            " expected null"
        )
    labels = data.train.targets
    if chosen == "balanced":
        return balanced(labels)[labels]
    if len(chosen) != data.classes:
        raise ConfigurationError(
            f"{_CLASS_WEIGHT}: has {len(chosen)} numbers, but {data.source} has {data.classes}"
            " classes; expected one for each"
        )
    return np.asarray(chosen, np.float64)[labels]


def balanced(labels: Array) -> Array:
    """Return a weight for each class, N / (K n_k), so that all K that occur count alike.

    As scikit-learn's ``compute_class_weight("balanced", …)`` does; 0 for those that do not occur.

    >>> balanced(np.array([0, 0, 0, 2]))
    array([0.66666667, 0.        , 2.        ])
    """
    counts = np.bincount(labels)
    present = counts > 0
    weights = np.zeros(len(counts))
    weights[present] = len(labels) / (np.count_nonzero(present) * counts[present])
    return weights
