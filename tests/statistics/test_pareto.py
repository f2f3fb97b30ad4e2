"""Designs that nothing beats, by their means and by what the intervals support."""

import math

import numpy as np
import pytest

from netsim.errors import ModelError
from netsim.statistics.pareto import Domination, pareto_set

TOWARDS = {"cost": "lower", "arrival": "higher"}
NOISE = np.array([0.0, 1, -1, 2, -2, 0.5, -0.5, 0])


def test_four_designs() -> None:
    table = {
        "cheap": {"cost": 10 + NOISE, "arrival": 80 + NOISE},
        "good": {"cost": 20 + NOISE, "arrival": 95 + NOISE},
        "poor": {"cost": 25 + NOISE, "arrival": 85 + NOISE},
        "slightly worse than cheap": {"cost": 10.1 + NOISE[::-1] * 3, "arrival": 79.9 + NOISE},
    }
    found = pareto_set(table, TOWARDS)
    assert found.front == ("cheap", "good")
    assert found.contenders == ("cheap", "good", "slightly worse than cheap")
    assert found.dominations == (
        Domination("cheap", "slightly worse than cheap", is_supported=False),
        Domination("good", "poor", is_supported=True),
    )


def test_twins_do_not_dominate_each_other() -> None:
    table = {name: {"cost": NOISE, "arrival": NOISE} for name in ("one", "two")}
    found = pareto_set(table, TOWARDS)
    assert found.front == ("one", "two")
    assert found.dominations == ()


def test_equal_in_one_kpi_and_surely_better_in_the_other_is_supported() -> None:
    table = {"a": {"cost": 5 + NOISE, "arrival": NOISE}, "b": {"cost": 6 + NOISE, "arrival": NOISE}}
    assert pareto_set(table, TOWARDS).dominations == (Domination("a", "b", is_supported=True),)


def test_one_replication_supports_nothing() -> None:
    table = {"a": {"cost": [1]}, "b": {"cost": [2]}}
    found = pareto_set(table, {"cost": "lower"})
    assert found.front == ("a",)
    assert found.contenders == ("a", "b")


def test_the_front_is_what_a_brute_search_finds() -> None:
    values = np.random.default_rng().integers(0, 6, size=(30, 3)).astype(float)
    table = {str(i): {str(k): [row[k]] for k in range(3)} for i, row in enumerate(values)}
    found = pareto_set(table, {"0": "lower", "1": "lower", "2": "lower"})
    undominated = [
        str(i) for i, row in enumerate(values) if not any((o <= row).all() and (o < row).any() for o in values)
    ]
    assert list(found.front) == undominated


def test_a_design_without_a_value_is_named_and_not_ranked() -> None:
    table = {"a": {"cost": [1, 2]}, "b": {"cost": [math.nan, math.nan]}}
    found = pareto_set(table, {"cost": "lower"})
    assert (found.front, found.incomplete) == (("a",), ("b",))


def test_refusals() -> None:
    with pytest.raises(ModelError, match="cost: down"):
        pareto_set({"a": {"cost": [1]}}, {"cost": "down"})
    with pytest.raises(ModelError, match="none"):
        pareto_set({"a": {}}, {})
    with pytest.raises(ModelError, match="a lacks tat"):
        pareto_set({"a": {"cost": [1]}}, {"tat": "lower"})
