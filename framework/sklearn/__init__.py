"""Estimators for scikit-learn: `MLPClassifier` and `MLPRegressor`.

Nothing else of the framework imports this room; it needs the extra `sklearn`.
"""

from importlib.util import find_spec

if find_spec("sklearn") is None:
    raise ImportError("framework.sklearn needs scikit-learn: pip install 'mlp-framework[sklearn]'")

from framework.sklearn.classifier import MLPClassifier
from framework.sklearn.regressor import MLPRegressor

__all__ = ["MLPClassifier", "MLPRegressor"]
