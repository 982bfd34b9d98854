"""The points of a sweep, in the order in which they are run."""

from __future__ import annotations

import pytest

from framework.configuration.override import parse
from framework.errors import ConfigurationError
from framework.sweeps.grid import effective, points


def test_the_last_values_change_fastest():
    jobs = points(parse(["a=1,2", "b=3,4"]), {})
    assert jobs == [["a=1", "b=3"], ["a=1", "b=4"], ["a=2", "b=3"], ["a=2", "b=4"]]


def test_zipped_values_stand_side_by_side_and_cross_the_others():
    jobs = points(parse(["a=zip(1,2)", "b=zip(3,4)", "c=5,6"]), {})
    assert [sorted(job) for job in jobs] == [
        ["a=1", "b=3", "c=5"],
        ["a=2", "b=4", "c=5"],
        ["a=1", "b=3", "c=6"],
        ["a=2", "b=4", "c=6"],
    ]


def test_a_later_override_replaces_an_earlier_one_of_its_key():
    assert [o.text for o in effective(parse(["a=1,2", "a=3"]))] == ["a=3"]


def test_zipped_lists_of_different_lengths_are_refused():
    with pytest.raises(ConfigurationError, match="a 2, b 3"):
        points(parse(["a=zip(1,2)", "b=zip(3,4,5)"]), {})
