"""Early stopping: when it stops, which weights are final, and what it says of a wrong figure."""

import math

import numpy as np
import pytest

import framework as fw

QUICK = (
    *("data=spirals", "data.points=300", "model.hidden=[8]", "layer=dense_xavier"),
    *("callbacks=none", "checkpoint=none", "trainer.epochs=12"),
    "layer.update_rule.learning_rate=0.5",
)


def stopped_after(figures, patience, higher):
    """Return the epoch it stops after, and the best, by the definition."""
    best, best_epoch = -math.inf if higher else math.inf, 0
    for epoch, figure in enumerate(figures, start=1):
        if figure > best if higher else figure < best:
            best, best_epoch = figure, epoch
        elif epoch - best_epoch >= patience:
            return epoch, best_epoch
    return len(figures), best_epoch


@pytest.mark.parametrize(
    ("figure", "higher"), [("train_loss", False), ("validation_accuracy", True), (None, True)]
)
@pytest.mark.sampled(1)
def test_it_stops_by_any_figure_and_the_best_weights_are_final(tmp_path, figure, higher):
    name = figure or "validation_accuracy"
    whole = fw.train(*QUICK, directory=tmp_path / "whole")
    curve = [record.figures[name] for record in whole.metrics]
    last, best = stopped_after(curve, 2, higher)
    run = fw.train(
        *QUICK,
        f"+callbacks.stop={{name: early_stopping, patience: 2, figure: {figure or 'null'}}}",
        "+callbacks.weights.name=weights",
        directory=tmp_path / "run",
    )
    assert [record.figures[name] for record in run.metrics] == curve[:last]
    assert bool(run.stopped) == (last < 12 or last - best >= 2)
    assert run.summary["final_epoch"] == best
    assert run.summary["figures"][name] == curve[best - 1]
    to_best = fw.train(*QUICK, f"trainer.epochs={best}", directory=tmp_path / "best")
    final = fw.load(tmp_path / "run")
    for array, name in zip(final.parameters().values(), to_best.network.parameters(), strict=True):
        np.testing.assert_array_equal(array, to_best.network.parameters()[name])
    assert run.summary["figures"]["test_loss"] == to_best.summary["figures"]["test_loss"]


def test_a_figure_that_is_not_measured_is_a_line_before_training(tmp_path):
    with pytest.raises(fw.ConfigurationError, match="not measured; did you mean 'validation_loss'"):
        fw.train(
            *QUICK,
            "+callbacks.stop={name: early_stopping, figure: validation_los}",
            directory=tmp_path / "run",
        )
    assert not (tmp_path / "run").exists()


def test_the_plateau_of_an_accuracy_is_no_fall(tmp_path):
    remembered = {}
    for mode in ("auto", "max", "min"):
        run = fw.train(
            *QUICK,
            "trainer.epochs=5",
            "layer.update_rule.learning_rate={name: reduce_on_plateau, figure: train_accuracy,"
            f" mode: {mode}, patience: 0}}",
            directory=tmp_path / mode,
        )
        (schedule,) = run.hearing.values()
        assert schedule.memory is not None
        remembered[mode] = {name: float(a) for name, a in schedule.memory.arrays().items()}
    assert remembered["auto"] == remembered["max"] != remembered["min"]
