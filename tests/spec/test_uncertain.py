"""Levels and distributions of factors: what they are read as, and every mistake with its remedy."""

from __future__ import annotations

from typing import Any

import pytest

from netsim.spec.uncertain import Levels, Uncertain, level_name, read_levels
from netsim.units import QuantityError


@pytest.mark.parametrize(
    ("value", "family", "numbers", "unit"),
    [
        ({"uniform": ["2 %", "20 %"]}, "uniform", {"low": 2, "high": 20}, "%"),
        ({"uniform": [-1, 3]}, "uniform", {"low": -1, "high": 3}, ""),
        ({"loguniform": ["1 d", "30 d"]}, "loguniform", {"low": 1, "high": 30}, "d"),
        ({"integers": [1, 6]}, "integer", {"low": 1, "high": 6}, ""),
        ({"triangular": ["1 d", "2 d", "5 d"]}, "triangular", {"low": 1, "mode": 2, "high": 5}, "d"),
        ({"pert": ["1 EUR", "2 EUR", "5 EUR"]}, "pert", {"low": 1, "mode": 2, "high": 5}, "EUR"),
        ({"normal": "100 %", "sd": "10 %"}, "normal", {"mean": 100, "sd": 10}, "%"),
        (
            {"normal": 1, "sd": 0.1, "between": [0.8, 1.2]},
            "truncated_normal",
            {"mean": 1, "sd": 0.1, "low": 0.8, "high": 1.2},
            "",
        ),
        ({"lognormal": "36 h", "cv": 0.4}, "lognormal", {"mean": 36, "cv": 0.4}, "h"),
        ({"exponential": "6 d"}, "gamma", {"mean": 6, "cv": 1}, "d"),
        ({"erlang": "6 d", "k": 4}, "gamma", {"mean": 6, "cv": 0.5}, "d"),
        ({"beta": [2, 5], "between": ["0 %", "20 %"]}, "beta", {"a": 2, "b": 5, "low": 0, "high": 20}, "%"),
    ],
)
def test_a_distribution_is_read(value: Any, family: str, numbers: dict[str, float], unit: str) -> None:
    found = read_levels(value)
    assert isinstance(found, Uncertain)
    assert (found.family, dict(found.numbers), found.unit) == (family, numbers, unit)


def test_levels_are_values_names_or_weights() -> None:
    plain = read_levels([None, "50 km", {"lognormal": "2 d", "cv": 0.3}])
    assert isinstance(plain, Levels)
    assert plain.names == ("none", "50 km", "{lognormal: 2 d, cv: 0.3}")
    named = read_levels({"low": 1, "normal": 2, "high": 3})
    assert isinstance(named, Levels)
    assert (named.names, named.values) == (("low", "normal", "high"), (1, 2, 3))
    weighed = read_levels({"empirical": ["1 d", "2 d"], "weights": [3, 1]})
    assert isinstance(weighed, Levels)
    assert (weighed.values, weighed.weights) == (("1 d", "2 d"), (3.0, 1.0))
    assert level_name(True) is True


def test_drawn_values_are_written_in_their_unit() -> None:
    percent, bare = read_levels({"uniform": ["2 %", "20 %"]}), read_levels({"uniform": [1, 6]})
    assert isinstance(percent, Uncertain)
    assert isinstance(bare, Uncertain)
    assert percent.written(12.3456789012) == "12.345679 %"
    assert [bare.written(2.5), bare.written(4.0)] == [2.5, 4]
    assert type(bare.written(4.0)) is int


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("60 %", "is not a list of levels"),
        ([], "is not a list of levels"),
        ([1, 2, 1], "level `1` is there twice"),
        ({"unifrom": [1, 2]}, "did you mean `uniform`?"),
        ({"uniform": [1, 2, 3]}, "wants a list of low, high"),
        ({"uniform": ["1 d", "30 h"]}, "write all of its values in one unit"),
        ({"uniform": ["a", "b"]}, "is not an amount"),
        ({"normal": "1 d"}, "normal needs `sd`"),
        ({"normal": "1 d", "sd": "1 h"}, "is written in `d` and `h`"),
        ({"lognormal": "1 d", "cv": -1}, "has no meaning"),
        ({"lognormal": "1 d", "sd": "1 d"}, "`sd` is no parameter of lognormal"),
        ({"lognormal": "1 d", "cvv": 1, "cv": 1}, "did you mean `cv`?"),
        ({"beta": [1, 2]}, "beta needs `between`"),
        ({"empirical": [1, 2], "weights": [1]}, "as many weights as values"),
        ({"empirical": [1, 2], "weights": [0, 0]}, "not all 0"),
    ],
)
def test_bad_levels_are_refused_with_a_remedy(value: Any, told: str) -> None:
    with pytest.raises(QuantityError) as caught:
        read_levels(value)
    assert told in str(caught.value)
    assert caught.value.remedy
