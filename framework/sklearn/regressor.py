"""`MLPRegressor`, an estimator of scikit-learn."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import RegressorMixin
from sklearn.utils.validation import check_array, validate_data

from framework.components.base import Array
from framework.sklearn.estimator import FLOATS, Estimator


class MLPRegressor(RegressorMixin, Estimator):
    """Return a regressor for scikit-learn: a network of the framework behind ``fit`` and
    ``predict``.

    Parameters and attributes are those of `MLPClassifier`, without what is of classes; None is what
    the experiment ``estimator/regressor`` says. Targets of one or several columns.

    Raises
    ------
    FrameworkError, ValueError : one line saying what was wrong.

    Examples
    --------
    >>> X, y = [[0.0], [1.0], [2.0], [3.0]], [0.0, 2.0, 4.0, 6.0]
    >>> MLPRegressor((8,), epochs=2000, random_state=0).fit(X, y).predict([[1.5]]).round()
    array([3.])

    Differs: scikit-learn's own minimizes half the squared error, adds an L2 penalty of 1e-4 by
    default, and stops when the training loss stands still.
    """

    def fit(self, X: Any, y: Any, sample_weight: ArrayLike | None = None) -> Self:
        """Train on samples ``[N, D]`` and their values, ``[N]`` or ``[N, K]``.

        Raises
        ------
        FrameworkError, ValueError : one line saying what was wrong.
        """
        goes_on = self._goes_on()
        return self._fit(X, y, sample_weight, epochs=self.epochs, afresh=not goes_on, reset=True)

    def partial_fit(self, X: Any, y: Any, sample_weight: ArrayLike | None = None) -> Self:
        """Train one epoch on further rows, with the network there is.

        Raises
        ------
        FrameworkError, ValueError : one line saying what was wrong.
        """
        self._refuse_early_stopping()
        afresh = not hasattr(self, "network_")
        return self._fit(X, y, sample_weight, epochs=1, afresh=afresh, reset=afresh)

    def predict(self, X: Any) -> Array:
        """Return the value of each sample, ``[N]``; ``[N, K]`` where there are several."""
        inputs = self._inputs(X)
        values = self.network_.predict(inputs)
        return values[:, 0] if self._flat and values.shape[1] == 1 else values

    def _fit(
        self,
        X: Any,
        y: Any,
        sample_weight: ArrayLike | None,
        *,
        epochs: int,
        afresh: bool,
        reset: bool,
    ) -> Self:
        inputs, y = validate_data(
            self, X, y, dtype=FLOATS, multi_output=True, y_numeric=True, reset=reset
        )
        y = check_array(y, dtype=inputs.dtype, ensure_2d=False, input_name="y")
        targets = np.ascontiguousarray(y.reshape(len(y), -1))
        self._flat = y.ndim == 1
        weights = self._weights(sample_weight, inputs)
        return self._train(
            inputs, targets, weights, "estimator/regressor", {}, epochs=epochs, afresh=afresh
        )

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags
