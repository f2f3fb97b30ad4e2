"""Who belongs to the Pareto set, and how probable that is."""

from __future__ import annotations

import math

import numpy as np
import pytest

from netsim.statistics.membership import pareto_probabilities, undominated
from netsim.statistics.pareto import pareto_set
from netsim.statistics.sample import Sample

BOTH = {"a": 1.0, "b": 1.0}


def brute(points: np.ndarray) -> list[bool]:
    return [not any((o <= p).all() and (o < p).any() for o in points) for p in points]


def test_undominated_is_what_a_brute_search_finds() -> None:
    generator = np.random.default_rng()
    for size in (1, 5, 60):
        points = generator.integers(0, 5, size=(size, 3)).astype(float)
        assert undominated(points).tolist() == brute(points)
    assert undominated(np.array([[1.0, math.nan], [2, 2], [0, 3]])).tolist() == [False, True, True]


def table_of(means: np.ndarray, runs: int, *, shared: float = 0.0) -> dict[str, dict[str, Sample]]:
    generator = np.random.default_rng()
    noise = generator.normal(0, 1, (len(means), 2, runs)) + shared * generator.normal(0, 1, (1, 2, runs))
    values = means[:, :, np.newaxis] + noise
    return {str(i): {"a": Sample(row[0]), "b": Sample(row[1])} for i, row in enumerate(values)}


def test_many_designs_are_judged_as_few_are() -> None:
    few = table_of(np.random.default_rng().normal(size=(20, 2)), 8)
    far = {f"far{i}": {kpi: Sample(few["0"][kpi].values + 1000 + i) for kpi in "ab"} for i in range(20)}
    found, alone = pareto_probabilities({**few, **far}, BOTH, draws=300), pareto_probabilities(few, BOTH, draws=300)
    # Estimates are rounded by the largest of all, which is farther off now: a draw in a million may differ by that.
    assert {name: found[name] for name in few} == pytest.approx(alone, abs=0.01)
    assert all(found[name] == 0 for name in far)


def test_what_is_clear_is_certain_and_what_is_equal_is_not() -> None:
    found = pareto_probabilities(table_of(np.array([[0.0, 0], [0, 0], [9, 9]]), 10), BOTH)
    assert found["2"] == 0
    assert found["0"] + found["1"] >= 1, "in each draw one of the two is undominated"
    twins = table_of(np.zeros((1, 2)), 10)
    assert pareto_probabilities({"one": twins["0"], "two": twins["0"]}, BOTH) == {"one": 1.0, "two": 1.0}


def test_equal_results_give_equal_probabilities() -> None:
    table = table_of(np.array([[0.0, 0.1], [0.1, 0], [0.2, 0.2]]), 9)
    assert pareto_probabilities(table, BOTH) == pareto_probabilities(table, BOTH)


def test_common_tapes_make_it_surer() -> None:
    """Noise shared by both designs, ten times their own, does not blur that one is worse by 3 in both."""
    generator = np.random.default_rng()
    tape, own = 10 * generator.normal(size=(1, 2, 12)), generator.normal(0, 1, (2, 2, 12))
    means = np.array([[0.0, 0], [3, 3]])[:, :, np.newaxis]
    values = means + tape + own
    table = {str(i): {"a": Sample(row[0]), "b": Sample(row[1])} for i, row in enumerate(values)}
    assert pareto_probabilities(table, BOTH)["1"] < 0.01


def test_ratios_are_drawn_as_ratios_of_sums() -> None:
    bottoms = np.array([1.0, 1, 1, 1000])
    good, poor = (
        Sample(np.array([0, 0, 0, 0.9]), np.array([0, 0, 0, 900.0]), bottoms),
        Sample(np.array([0.8, 0.8, 0.8, 0.8]), 0.8 * bottoms, bottoms),
    )
    found = pareto_set({"good": {"rate": good}, "poor": {"rate": poor}}, {"rate": "higher"})
    # By the mean of the ratios poor would be better. In a draw without the fourth replication it is: (3/4)^4 of them.
    assert found.front == ("good",)
    assert found.probabilities["poor"] == pytest.approx(0.75**4, abs=5.2 * math.sqrt(0.32 * 0.68 / 2000))
    assert found.undecided == ("good", "poor")


def test_one_replication_tells_nothing() -> None:
    found = pareto_set({"a": {"cost": [1]}, "b": {"cost": [2]}}, {"cost": "lower"})
    assert all(math.isnan(p) for p in found.probabilities.values())
    assert found.undecided == ()
    assert pareto_set({}, {"cost": "lower"}).probabilities == {}


def test_designs_are_judged_on_the_replications_that_all_have() -> None:
    found = pareto_set({"a": {"cost": [5, 5, 5, 0]}, "b": {"cost": [4, 4, 4]}}, {"cost": "lower"})
    assert found.front == ("b",)
    assert found.probabilities == {"a": 0.0, "b": 1.0}
