"""Small things that messages get right."""

from __future__ import annotations

import pytest

from tests.end_to_end.command import framework


@pytest.mark.parametrize(
    ("word", "said"),
    [
        (
            "~data.cache",
            "error: ~data.cache: its value is null, which is as good as none: there is",
        ),
        ("layer.initializer=3", "layer.initializer: expected an initializer (name: one of "),
        ("layer.update_rule=3", "layer.update_rule: expected an update rule (name: one of "),
        ("layer.regularizer=3", "layer.regularizer: expected a regularizer (name: one of "),
    ],
)
def test_a_mistake_is_called_what_it_is(tmp_path, word, said):
    done = framework(word, cwd=tmp_path)
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert said in line


def test_small_losses_have_digits_and_a_guess_is_called_one(tmp_path):
    quick = ("data=spirals", "model.hidden=[8]", "callbacks=default", "~callbacks.pictures")
    guessing = framework(
        *quick, "trainer.epochs=2", "layer.update_rule.learning_rate=1e-6",
        "data.points=2000", cwd=tmp_path,
    )  # fmt: skip
    assert guessing.returncode == 0, guessing.stderr
    assert "nothing was learnt: the loss has stayed near ln(3) = 1.0986" in guessing.stderr
