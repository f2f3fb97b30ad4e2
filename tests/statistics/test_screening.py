from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from netsim.errors import ModelError
from netsim.statistics.constraints import Limit
from netsim.statistics.sample import Sample
from netsim.statistics.screening import screen
from netsim.statistics.selection import Goal
from tests.statistics.trials import draw, slippage

COST = Goal("cost", "lower")


def named(values):
    return {f"d{i}": {"cost": Sample(row)} for i, row in enumerate(values)}


def test_the_subset_by_hand():
    # Differences of b to a are 1, 2, 3: mean 2, deviation 1; t of 2 degrees at 0.95 is 2.92, over the root of 3 1.69.
    a, b = np.array([0.0, 0.0, 0.0]), np.array([1.0, 2.0, 3.0])
    assert screen(named([a, b]), COST).dropped == {"d1": "d0"}
    assert screen(named([a, b]), COST, confidence=0.99).kept == ("d0", "d1")  # 6.96 over the root of 3
    assert stats.t.ppf(0.95, 2) / np.sqrt(3) < 2 < stats.t.ppf(0.99, 2) / np.sqrt(3)


def test_an_indifference_makes_the_subset_smaller():
    a, b = np.array([0.0, 0.0, 0.0]), np.array([1.0, 2.0, 3.0])
    assert screen(named([a, b]), COST, confidence=0.99, indifference=3.0).kept == ("d0",)


def test_the_text_says_what_was_found():
    values = draw(np.random.default_rng(1), np.array([0.0, 0.1, 0.2, 4.0, 5.0]), 40, correlation=0.5)
    subset = screen(named(values), COST)
    assert str(subset).startswith("one of ")
    assert "of 5 designs by cost at 95 %, from 40 replications" in str(subset)
    assert set(subset.dropped) == {"d3", "d4"}


def test_the_tape_makes_the_subset_smaller():
    rng = np.random.default_rng(2)
    means = np.linspace(0, 1, 12)
    apart = sum(len(screen(named(draw(rng, means, 30)), COST).kept) for _ in range(20))
    paired = sum(len(screen(named(draw(rng, means, 30, correlation=0.9)), COST).kept) for _ in range(20))
    assert paired < 0.6 * apart


def test_higher_can_be_better_and_replications_may_be_missing():
    values = -draw(np.random.default_rng(3), np.array([0.0, 3.0, 3.0]), 40)
    values[0, 7] = np.nan
    samples = {**named(values), "none": {"cost": Sample(np.full(40, np.nan))}}
    subset = screen(samples, Goal("cost", "higher"))
    assert subset.kept == ("d0",)
    assert subset.unjudged == ("none",)
    assert "too few values: none" in str(subset)


def test_designs_that_are_the_same_are_both_kept():
    row = np.random.default_rng(4).standard_normal(20)
    assert screen(named([row, row]), COST).kept == ("d0", "d1")


def test_limits_are_kept_by_those_who_stay_and_by_those_who_send_away():
    rng = np.random.default_rng(7)
    seen = named(draw(rng, np.array([0.0, 2.0, 4.0, 6.0]), 60))
    for design, mean in zip(seen, (3.0, -0.05, -3.0, -3.0), strict=True):
        seen[design]["wait"] = Sample(mean + rng.standard_normal(60))
    subset = screen(seen, COST, limits=(Limit("wait", "<=", 0.0, 0.1),))
    # d1 is better than d2, but may break the limit; d2 keeps it for sure, and sends d3 away.
    assert subset.infeasible == {"d0": "wait <= 0"}
    assert subset.kept == ("d1", "d2")
    assert subset.dropped == {"d3": "d2"}
    assert "break a limit: d0" in str(subset)


def test_without_values_nothing_is_said():
    subset = screen({"a": {"cost": Sample(np.empty(0))}, "b": {"cost": Sample(np.empty(0))}}, COST)
    assert (subset.kept, subset.unjudged) == ((), ("a", "b"))
    assert str(subset).startswith("none of 2 designs")


def test_a_thousand_designs_are_screened_at_once():
    values = draw(np.random.default_rng(8), np.linspace(0, 20, 1000), 12, correlation=0.9)
    subset = screen(named(values), COST)
    assert "d0" in subset.kept
    assert len(subset.kept) < 500


def test_numbers_without_a_meaning_are_refused():
    with pytest.raises(ModelError, match="confidence"):
        screen({}, COST, confidence=0.3)
    with pytest.raises(ModelError, match="indifference"):
        screen({}, COST, indifference=-1)


def holds_best(trials, k, *, runs, correlation, seed):
    rng, hits = np.random.default_rng(seed), 0
    for _ in range(trials):
        values = draw(rng, slippage(k, 0.0), runs, correlation=correlation)
        hits += "d0" in screen(named(values), COST).kept
    return hits


def test_the_best_is_in_the_subset_as_often_as_promised_in_short():
    assert holds_best(300, 5, runs=20, correlation=0.5, seed=5) >= stats.binom.ppf(0.001, 300, 0.95)


@pytest.mark.long
@pytest.mark.parametrize("correlation", [0.0, 0.8])
def test_the_best_is_in_the_subset_as_often_as_promised(correlation):
    # All means equal: any design may be called the best, and each is kept as often as promised.
    assert holds_best(1000, 8, runs=12, correlation=correlation, seed=6) >= stats.binom.ppf(0.001, 1000, 0.95)
