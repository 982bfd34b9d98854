"""The real digits, from the user's cache or the network."""

from __future__ import annotations

import json

import pytest

from tests.end_to_end.command import framework, only_run

pytestmark = [pytest.mark.slow, pytest.mark.own_process]  # processes by the dozen


def test_an_epoch_of_the_reference_network_learns(tmp_path):
    done = framework("model=mlp_xavier", "trainer.epochs=1", cwd=tmp_path, timeout=400)
    assert done.returncode == 0, done.stderr
    run = only_run(tmp_path)
    summary = json.loads((run / "summary.json").read_text())
    assert summary["steps"] == 1562
    assert summary["figures"]["validation_accuracy"] > 0.93
    assert (run / "samples.png").exists()
    assert "1,562 steps" in done.stderr
