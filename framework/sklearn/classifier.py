"""`MLPClassifier`, an estimator of scikit-learn."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import ClassifierMixin
from sklearn.utils import compute_sample_weight
from sklearn.utils.metaestimators import available_if
from sklearn.utils.multiclass import (
    _check_partial_fit_first_call,
    check_classification_targets,
    type_of_target,
)
from sklearn.utils.validation import column_or_1d, validate_data

from framework.components.base import Array
from framework.sklearn.estimator import FLOATS, Estimator
from framework.training.measured import makes_probabilities


def _makes_probabilities(estimator: MLPClassifier) -> bool:
    if not hasattr(estimator, "network_"):
        return True
    network = estimator.network_
    if makes_probabilities(network.loss, network.outputs[0]):
        return True
    raise AttributeError(f"the loss, {type(network.loss).__name__}, makes no probabilities")


class MLPClassifier(ClassifierMixin, Estimator):
    """Return a classifier for scikit-learn: a network of the framework behind ``fit`` and
    ``predict``.

    Any component is given by the name of a choice or as an instance, as `framework.train` takes
    them; None is what the experiment ``estimator/classifier`` says (``estimator/multi_label`` where
    ``y`` are sets of classes, ``[N, K]`` of 0 and 1). Training writes no file.

    Parameters
    ----------
    hidden : units of each hidden layer, unless `layers` are given.
    activation, norm, dropout : the layers behind each hidden layer, or a list of them.
    layers : the whole network instead: layers by name, as instances or nodes; the last one's units
        may be left to the data.
    loss, update_rule, initializer, regularizer, constraint : components.
    learning_rate : a number, or a schedule; it is as long as a call of ``fit``.
    transforms : what is done to inputs, ``["standardize"]``; by default nothing, as in
        scikit-learn, where a `Pipeline` does it.
    metrics : components by name; the last one is the score that early stopping looks at.
    epochs : how often ``fit`` walks through all rows.
    batch_size : rows in a minibatch; "auto" is 200, or all where there are fewer.
    class_weight : as in scikit-learn: a mapping, or "balanced"; multiplied by `sample_weight`.
    early_stopping : whether to hold out `validation_fraction` of the rows, to stop when their score
        has not grown by `tol` for `n_iter_no_change` epochs, and to keep the best network.
    warm_start : whether ``fit`` goes on with the network there is, and all its update rules
        remember.
    random_state : decides everything that is random.
    verbose : whether to print a line for each epoch.
    overrides : what else a command line can say, ``["trainer.clip_norm=1"]``.

    Attributes
    ----------
    network_ : what was trained, a `framework.Network`; `framework.write_network` writes it.
    classes_ : the classes, sorted.
    loss_, loss_curve_ : the mean loss of the last epoch's steps, and of each.
    validation_scores_ : the score after each epoch, with early stopping.
    n_iter_ : how many epochs were trained.

    Raises
    ------
    FrameworkError, ValueError : one line saying what was wrong.

    Examples
    --------
    >>> X, y = [[0.0], [1.0], [2.0], [3.0]], ["few", "few", "many", "many"]
    >>> MLPClassifier((8,), random_state=0).fit(X, y).predict([[0.5], [2.5]])
    array(['few', 'many'], dtype='<U4')

    Differs: scikit-learn's own stops when the training loss stands still; adds an L2 penalty of
    1e-4 by default; and minimizes by L-BFGS, too.
    """

    classes_: Array

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
        batch_size: Any = "auto",
        class_weight: Any = None,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        n_iter_no_change: int = 10,
        tol: float = 1e-4,
        warm_start: bool = False,
        random_state: Any = None,
        verbose: bool = False,
        overrides: Sequence[str] = (),
    ) -> None:
        super().__init__(
            hidden,
            activation=activation,
            norm=norm,
            dropout=dropout,
            layers=layers,
            loss=loss,
            update_rule=update_rule,
            learning_rate=learning_rate,
            initializer=initializer,
            regularizer=regularizer,
            constraint=constraint,
            transforms=transforms,
            metrics=metrics,
            epochs=epochs,
            batch_size=batch_size,
            early_stopping=early_stopping,
            validation_fraction=validation_fraction,
            n_iter_no_change=n_iter_no_change,
            tol=tol,
            warm_start=warm_start,
            random_state=random_state,
            verbose=verbose,
            overrides=overrides,
        )
        self.class_weight = class_weight

    def fit(self, X: Any, y: Any, sample_weight: ArrayLike | None = None) -> Self:
        """Train on samples ``[N, D]`` and their classes ``[N]``, or sets of classes ``[N, K]``.

        Raises
        ------
        FrameworkError, ValueError : one line saying what was wrong.
        """
        inputs, y, several = self._validated(X, y, reset=True)
        classes = np.arange(y.shape[1]) if several else np.unique(y)
        goes_on = self._goes_on()
        if goes_on and not np.array_equal(classes, self.classes_):
            raise ValueError(
                f"y has the classes {classes.tolist()}, and warm_start goes on with"
                f" {self.classes_.tolist()}; expected the same"
            )
        self.classes_ = classes
        return self._train_on(
            inputs, y, several, sample_weight, epochs=self.epochs, afresh=not goes_on
        )

    def partial_fit(
        self,
        X: Any,
        y: Any,
        classes: ArrayLike | None = None,
        sample_weight: ArrayLike | None = None,
    ) -> Self:
        """Train one epoch on further rows, with the network there is.

        Parameters
        ----------
        classes : all there will ever be; needed in the first call.

        Raises
        ------
        FrameworkError, ValueError : one line saying what was wrong.
        """
        self._refuse_early_stopping()
        first = _check_partial_fit_first_call(self, classes)
        afresh = not hasattr(self, "network_")
        inputs, y, several = self._validated(X, y, reset=first and afresh)
        strange = np.setdiff1d(y, [0, 1] if several else self.classes_)
        if len(strange):
            raise ValueError(
                f"y has the classes {strange.tolist()}, which `classes` of the first call had not"
            )
        return self._train_on(inputs, y, several, sample_weight, epochs=1, afresh=afresh)

    def predict(self, X: Any) -> Array:
        """Return the class of each sample, ``[N]``, or its set of classes, ``[N, K]``."""
        inputs = self._inputs(X)
        decided = self.network_.predict(inputs)
        if self.network_.targets == "sets":
            return decided.astype(np.int64)
        return np.asarray(self.classes_[decided])

    @available_if(_makes_probabilities)
    def predict_proba(self, X: Any) -> Array:
        """Return the probability of each class, ``[N, K]``, in the order of `classes_`."""
        inputs = self._inputs(X)
        return self.network_.probabilities(inputs)

    @available_if(_makes_probabilities)
    def predict_log_proba(self, X: Any) -> Array:
        """Return the logarithms of the probabilities."""
        with np.errstate(divide="ignore"):
            return np.asarray(np.log(self.predict_proba(X)))

    def decision_function(self, X: Any) -> Array:
        """Return the logits, ``[N, K]``; of two classes that of the second less the other's."""
        inputs = self._inputs(X)
        z = self.network_.logits(inputs)
        if self.network_.targets == "sets" or z.shape[1] > 2:
            return z
        return z[:, -1] - z[:, 0] if z.shape[1] == 2 else z[:, 0]

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        return tags

    def _validated(self, X: Any, y: Any, *, reset: bool) -> tuple[Array, Array, bool]:
        """Return inputs, targets, and whether these are sets of classes."""
        inputs, y = validate_data(self, X, y, dtype=FLOATS, multi_output=True, reset=reset)
        check_classification_targets(y)
        kind = type_of_target(y, input_name="y")
        if kind == "multiclass-multioutput":
            raise ValueError(
                "y has several columns of classes; expected one, or columns of 0 and 1"
            )
        several = kind == "multilabel-indicator"
        return inputs, (y if several else column_or_1d(y, warn=True)), several

    def _train_on(
        self,
        inputs: Array,
        y: Array,
        several: bool,
        sample_weight: ArrayLike | None,
        *,
        epochs: int,
        afresh: bool,
    ) -> Self:
        weights = self._weights(sample_weight, inputs)
        if self.class_weight is not None:
            of_classes = compute_sample_weight(self.class_weight, y)
            weights = of_classes if weights is None else weights * of_classes
        if several:
            targets = y.astype(inputs.dtype)
            described: dict[str, Any] = {"sets": True}
        else:
            targets = np.searchsorted(self.classes_, y).astype(np.int64)
            described = {"classes": len(self.classes_)}
        if not several and len(self.classes_) < 2:
            raise ValueError(
                f"y has 1 class, {self.classes_[0]!r}; expected at least 2 classes to tell apart"
            )
        experiment = "estimator/multi_label" if several else "estimator/classifier"
        return self._train(
            inputs, targets, weights, experiment, described, epochs=epochs, afresh=afresh
        )
