"""What both estimators are: parameters in, a network out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from numbers import Integral, Real
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator
from sklearn.model_selection import train_test_split
from sklearn.utils import check_random_state, check_scalar
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data

from framework.components.base import Array
from framework.components.dataset import Data
from framework.components.split import Split
from framework.components.update_rule import UpdateRule
from framework.engine.network import Network
from framework.sklearn.composition import Composed, composed
from framework.sklearn.training import History, Patience, train

FLOATS = [np.float64, np.float32]
_LARGEST_BATCH = 200  # where none is asked for, as scikit-learn's
_KEYWORDS = {  # parameters that `framework.train` takes, by what it calls them
    "activation": "activation",
    "norm": "model__norm",
    "dropout": "model__dropout",
    "loss": "loss",
    "update_rule": "update_rule",
    "learning_rate": "learning_rate",
    "initializer": "initializer",
    "regularizer": "regularizer",
    "constraint": "constraint",
    "transforms": "transforms",
    "metrics": "metrics",
}


class Estimator(BaseEstimator):
    """A network of the framework as an estimator of scikit-learn; see `MLPClassifier`."""

    network_: Network
    loss_curve_: list[float]
    validation_scores_: list[float]
    _trained: Network

    def __init__(
        self,
        hidden: Sequence[int] = (100,),
        *,
        activation: Any = None,
        norm: Any = None,
        dropout: Any = None,
        layers: Sequence[Any] | None = None,
        loss: Any = None,
        update_rule: Any = None,
        learning_rate: Any = None,
        initializer: Any = None,
        regularizer: Any = None,
        constraint: Any = None,
        transforms: Sequence[Any] | None = None,
        metrics: Any = None,
        epochs: int = 200,
        batch_size: int | Literal["auto"] = "auto",
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        n_iter_no_change: int = 10,
        tol: float = 1e-4,
        warm_start: bool = False,
        random_state: Any = None,
        verbose: bool = False,
        overrides: Sequence[str] = (),
    ) -> None:
        self.hidden = hidden
        self.activation = activation
        self.norm = norm
        self.dropout = dropout
        self.layers = layers
        self.loss = loss
        self.update_rule = update_rule
        self.learning_rate = learning_rate
        self.initializer = initializer
        self.regularizer = regularizer
        self.constraint = constraint
        self.transforms = transforms
        self.metrics = metrics
        self.epochs = epochs
        self.batch_size = batch_size
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.n_iter_no_change = n_iter_no_change
        self.tol = tol
        self.warm_start = warm_start
        self.random_state = random_state
        self.verbose = verbose
        self.overrides = overrides

    def _train(
        self,
        inputs: Array,
        targets: Array,
        weights: Array | None,
        experiment: str,
        described: Mapping[str, Any],
        *,
        epochs: int,
        afresh: bool,
    ) -> Self:
        """Train on rows that were validated.

        Parameters
        ----------
        described : further fields of `Data`: classes, or whether targets are sets of them.
        epochs : how many.
        afresh : whether to begin with a new network.
        """
        seed = int(check_random_state(self.random_state).randint(np.iinfo(np.int32).max))
        rows = np.arange(len(inputs))
        held_out, patience = rows, None
        if self.early_stopping:
            patience = self._patience()
            rows, held_out = train_test_split(
                rows,
                test_size=self.validation_fraction,
                random_state=seed,
                stratify=targets if targets.ndim == 1 else None,
            )
        splits = [_split(inputs, targets, weights, part) for part in (rows, held_out)]
        data = Data(splits[0], splits[1], splits[1], source="X", **described)
        settings = self._composed(experiment, inputs.dtype, len(rows), epochs, seed)
        history = History() if afresh else History([*self.loss_curve_], [*self.validation_scores_])
        trained, self.network_ = train(
            settings,
            data,
            None if afresh else self._trained,
            history,
            patience=patience,
            report=self._report,
        )
        self._trained = trained
        self.loss_curve_, self.validation_scores_ = history.losses, history.scores
        self.loss_, self.n_iter_ = history.losses[-1], len(history.losses)
        return self

    def _goes_on(self) -> bool:
        return self.warm_start and hasattr(self, "network_")

    def _composed(
        self, experiment: str, dtype: np.dtype[Any], rows: int, epochs: int, seed: int
    ) -> Composed:
        keywords: dict[str, Any] = {
            keyword: getattr(self, name)
            for name, keyword in _KEYWORDS.items()
            if getattr(self, name) is not None
        }
        keywords |= {"hidden": self.hidden} if self.layers is None else {"layers": self.layers}
        if isinstance(self.update_rule, UpdateRule) and self.learning_rate is not None:
            keywords["update_rule"] = _at_rate(self.update_rule, keywords.pop("learning_rate"))
        read = composed(experiment, keywords, ("trainer.drop_last=false", *self.overrides))
        size: Any = self.batch_size
        if size == "auto":
            size = _LARGEST_BATCH
        else:
            check_scalar(size, "batch_size", Integral, min_val=1)
        trainer = replace(
            read.settings.trainer,
            epochs=int(check_scalar(epochs, "epochs", Integral, min_val=1)),
            batch_size=int(min(size, rows)),
        )
        settings = replace(read.settings, trainer=trainer, seed=seed)
        single = dtype == np.float32
        settings = replace(settings, dtype="float32" if single else "float64")
        return replace(read, settings=settings)

    def _patience(self) -> Patience:
        check_scalar(self.n_iter_no_change, "n_iter_no_change", Integral, min_val=1)
        check_scalar(self.tol, "tol", Real, min_val=0)
        check_scalar(
            self.validation_fraction,
            "validation_fraction",
            Real,
            min_val=0,
            max_val=1,
            include_boundaries="neither",
        )
        return Patience(int(self.n_iter_no_change), float(self.tol))

    def _report(self, epoch: int, history: History) -> None:
        if self.verbose:
            score = f", validation score {history.scores[-1]:.6g}" if history.scores else ""
            print(f"epoch {epoch}: loss {history.losses[-1]:.6g}{score}", flush=True)

    def _weights(self, sample_weight: ArrayLike | None, inputs: Array) -> Array | None:
        if sample_weight is None:
            return None
        weights = _check_sample_weight(sample_weight, inputs, ensure_non_negative=True)
        if not weights.any():
            raise ValueError("sample_weight is 0 for all samples; expected one above 0")
        return np.asarray(weights, np.float64)

    def _inputs(self, X: Any) -> Array:
        """Return inputs to predict for, checked against those of the training."""
        check_is_fitted(self)
        return np.asarray(validate_data(self, X, dtype=FLOATS, reset=False))

    def _refuse_early_stopping(self) -> None:
        if self.early_stopping:
            raise ValueError("partial_fit does not hold rows out; expected early_stopping=False")


def _at_rate(rule: UpdateRule, rate: Any) -> UpdateRule:
    """Return an update rule that was given as an instance, with another learning rate."""
    if not any(field.name == "learning_rate" for field in fields(rule)):
        raise ValueError(
            f"learning_rate: the update rule, {type(rule).__name__}, has none; expected None"
        )
    return replace(rule, **{"learning_rate": rate})


def _split(inputs: Array, targets: Array, weights: Array | None, rows: Array) -> Split:
    whole = len(rows) == len(inputs)
    of_rows = None if weights is None else weights if whole else weights[rows]
    if of_rows is not None and not of_rows.any():
        raise ValueError("sample_weight is 0 for all rows of a part; expected another seed")
    return Split(*((inputs, targets) if whole else (inputs[rows], targets[rows])), weights=of_rows)
