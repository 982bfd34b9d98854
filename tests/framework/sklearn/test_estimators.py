"""The estimators for scikit-learn, as its own tools and its users take them."""

from __future__ import annotations

import pickle
import subprocess
import sys
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

import numpy as np
import pytest

if find_spec("sklearn") is None:
    pytest.skip("the extra `dev` brings scikit-learn", allow_module_level=True)
# It is imported by the tests: seconds, which whoever only collects them need not take.

from framework import FrameworkError, Layer

CHECKS_SKIPPED = {
    "check_array_api_input",  # unless an environment variable asks for it
    "check_classifier_data_not_an_array",  # without pandas, as the next two
    "check_regressor_data_not_an_array",
    "check_sample_weights_pandas_series",
}


@dataclass(frozen=True)
class Doubled(Layer):
    """Y = 2 X; no plugin brings it."""

    def forward(self, x, out, arrays):
        return np.multiply(x, 2, out=out)

    def input_gradient(self, x, y, g, out, arrays):
        return np.multiply(g, 2, out=out)


@pytest.fixture(scope="module")
def iris():
    from sklearn.datasets import load_iris

    return load_iris(return_X_y=True)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["MLPClassifier", "MLPRegressor"])
def test_scikit_learns_own_checks_pass(name):
    from sklearn.utils.estimator_checks import check_estimator

    import framework.sklearn

    results = check_estimator(getattr(framework.sklearn, name)(), on_skip=None, on_fail="raise")
    left = {result["check_name"] for result in results if result["status"] != "passed"}
    assert left <= CHECKS_SKIPPED
    assert len(results) > 50


def test_a_grid_over_components_in_a_pipeline(iris, registry, tmp_path, monkeypatch):
    from sklearn.model_selection import GridSearchCV
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    from framework.sklearn import MLPClassifier

    monkeypatch.chdir(tmp_path)
    pipeline = make_pipeline(
        StandardScaler(), MLPClassifier((8,), epochs=15, batch_size=5, random_state=0)
    )
    adamw = registry.entry("update_rule", "adamw").component()
    grid = {
        "mlpclassifier__update_rule": ["sgd", adamw],
        "mlpclassifier__learning_rate": [0.05],
        "mlpclassifier__activation": ["tanh"],
    }
    search = GridSearchCV(pipeline, grid, cv=2, error_score="raise").fit(*iris)
    assert search.best_score_ > 0.85
    assert len(search.cv_results_["params"]) == 2
    assert not list(tmp_path.iterdir())  # no file was asked for


def test_cross_validation_and_a_copy_by_pickle(iris):
    from sklearn.base import clone
    from sklearn.model_selection import cross_val_score

    from framework.sklearn import MLPClassifier

    X, y = iris
    estimator = MLPClassifier((8,), learning_rate=0.05, epochs=20, random_state=0)
    assert cross_val_score(estimator, X, y, cv=2, scoring="roc_auc_ovr").min() > 0.8
    estimator.fit(X, np.array(["a", "b", "c"])[y])
    assert set(estimator.predict(X)) <= {"a", "b", "c"}
    copy = pickle.loads(pickle.dumps(estimator))
    np.testing.assert_array_equal(copy.predict_proba(X), estimator.predict_proba(X))
    same = clone(estimator).fit(X, np.array(["a", "b", "c"])[y])
    np.testing.assert_array_equal(same.predict_proba(X), estimator.predict_proba(X))


def test_parts_of_a_training_are_the_whole(iris):
    """In batches of all rows, so that the order decides only last digits."""
    from framework.sklearn import MLPClassifier

    X, y = iris
    whole = MLPClassifier((8,), epochs=6, random_state=0).fit(X, y)
    parts = MLPClassifier((8,), random_state=0)
    for _ in range(6):
        parts.partial_fit(X, y, classes=[0, 1, 2])
    warm = MLPClassifier((8,), epochs=3, warm_start=True, random_state=0).fit(X, y).fit(X, y)
    assert parts.n_iter_ == warm.n_iter_ == len(whole.loss_curve_) == 6
    for other in (parts, warm):
        np.testing.assert_allclose(other.predict_proba(X), whole.predict_proba(X), rtol=1e-9)


def test_early_stopping_keeps_the_best(iris):
    from framework.sklearn import MLPClassifier

    X, y = iris
    estimator = MLPClassifier(
        (8,), epochs=400, learning_rate=0.05, early_stopping=True, n_iter_no_change=4, tol=0.0
    )
    estimator.set_params(validation_fraction=0.3, random_state=1).fit(X, y)
    scores = estimator.validation_scores_
    assert 4 < estimator.n_iter_ == len(scores) < 400
    assert int(np.argmax(scores)) == len(scores) - 5
    assert estimator.network_.clock[0] == len(scores) - 4  # one step an epoch


def test_layers_that_no_plugin_brings_and_averaged_weights(iris):
    from framework.sklearn import MLPClassifier

    X, y = iris
    layers = ["standardize", {"name": "dense", "units": 8}, "relu", Doubled(), {"name": "dense"}]
    estimator = MLPClassifier(layers=layers[1:], transforms=["standardize"], random_state=0)
    estimator.set_params(update_rule="ema", epochs=60, batch_size=6)
    assert estimator.fit(X.astype(np.float32), y).score(X, y) > 0.6
    assert estimator.network_.dtype == "float32"
    assert estimator.network_ is not estimator._trained


def test_sets_of_classes_and_columns_of_values():
    from sklearn.datasets import make_multilabel_classification, make_regression

    from framework.sklearn import MLPClassifier, MLPRegressor

    X, Y = make_multilabel_classification(80, 6, n_classes=3, random_state=0)
    several = MLPClassifier((16,), epochs=150, learning_rate=0.01, random_state=0).fit(X, Y)
    assert several.predict(X).shape == several.predict_proba(X).shape == (80, 3)
    assert np.mean(several.predict(X) == Y) > 0.8
    X, Y = make_regression(80, 4, n_targets=2, noise=1, random_state=0)
    Y /= Y.std()
    values = MLPRegressor((16,), epochs=200, learning_rate=0.01, loss="huber", random_state=0)
    assert values.fit(X, Y).score(X, Y) > 0.9
    assert values.predict(X).shape == (80, 2)


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "name": ({"update_rule": "adm"}, "did you mean 'adam'"),
    "epochs": ({"epochs": 0}, "epochs == 0, must be >= 1"),
    "batch": ({"batch_size": 0.5}, "batch_size must be an instance of int"),
    "loss": ({"loss": "huber"}, "takes values, but X gives labels"),
    "own key": ({"overrides": ["trainer.epochs=3"]}, "an estimator takes epochs"),
    "files": ({"overrides": ["checkpoint.keep=3"]}, "an estimator has no checkpoint"),
    "sweep": ({"overrides": ["trainer.clip_norm=1,2"]}, "trains once"),
    "key": ({"overrides": ["trainer.clip=1"]}, "trainer.clip"),
    "fraction": (
        {"early_stopping": True, "validation_fraction": 1.5},
        "validation_fraction == 1.5",
    ),
}


@pytest.mark.parametrize("mistake", WRONG)
def test_a_mistake_is_one_line(iris, mistake):
    from framework.sklearn import MLPClassifier

    parameters, says = WRONG[mistake]
    with pytest.raises((FrameworkError, ValueError, TypeError)) as raised:
        MLPClassifier(**parameters).fit(*iris)
    assert says in str(raised.value)
    assert "\n" not in str(raised.value).strip()


def test_mistakes_of_those_who_go_on(iris):
    from framework.sklearn import MLPClassifier, MLPRegressor

    X, y = iris
    warm = MLPClassifier((4,), epochs=1, warm_start=True).fit(X, y)
    with pytest.raises(ValueError, match=r"classes \[0, 1\], and warm_start goes on"):
        warm.fit(X[:100], y[:100])
    with pytest.raises(ValueError, match=r"classes \[2\], which `classes` of the first call"):
        MLPClassifier((4,)).partial_fit(X[:99], y[:99], classes=[0, 1]).partial_fit(X, y)
    with pytest.raises(ValueError, match="partial_fit does not hold rows out"):
        MLPRegressor(early_stopping=True).partial_fit(X, y)
    with pytest.raises(FrameworkError, match="has 2 columns, and the network to go on with"):
        MLPRegressor((4,), epochs=1, warm_start=True).fit(X, y).fit(X, np.stack([y, y], 1))


def test_without_scikit_learn_a_line_says_what_to_install():
    code = "import sys; sys.modules['sklearn'] = None; import framework.sklearn"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "pip install 'mlp-framework[sklearn]'" in done.stderr.splitlines()[-1]
