from __future__ import annotations

import numpy as np
import pytest

from netsim.errors import ModelError
from netsim.statistics.allocation import Allocation, allocate, best_of, share_out
from netsim.statistics.constraints import Limit
from netsim.statistics.sample import Sample
from netsim.statistics.selection import Goal
from tests.statistics.trials import as_samples, draw, play

COST = Goal("cost", "lower")


def test_the_published_shares_of_five_designs():
    # Chen and Lee 2010, Stochastic Simulation Optimization, p. 49: means 1 to 5, variances 1 1 9 9 4, 50 replications.
    shares = share_out([1, 2, 3, 4, 5], [1, 1, 9, 9, 4])
    assert np.round(50 * shares).tolist() == [11, 9, 19, 9, 2]


def test_the_published_allocation_of_a_hundred_replications():
    # Chen and Lee 2010, appendix, p. 215: the example of the program there.
    taken = [12, 6, 5, 5, 4]
    shares = share_out([1.2, 2.1, 3.4, 4.87, 6.05], [3.3, 2.0, 4.5, 5.3, 6.9])
    assert (allocate(shares, taken, 100, best=0) - taken).tolist() == [48, 38, 11, 2, 1]


def test_two_designs_share_as_their_deviations():
    # With two designs the rule is Neyman's: N_1 / N_2 = sd_1 / sd_2.
    shares = share_out([0.0, 1.0], [4.0, 1.0])
    assert shares == pytest.approx([2 / 3, 1 / 3])


def test_the_shares_are_near_the_best_that_can_be():
    # The bound on the probability of error with known means, over all allocations of 300 runs on a fine grid.
    from scipy.special import ndtr

    means, variances = np.array([0.0, 1.0, 2.0]), np.array([4.0, 4.0, 9.0])

    def risk(shares):
        error = variances[1:] / shares[1:] + variances[0] / shares[0]
        return float(ndtr(-(means[1:] - means[0]) / np.sqrt(error / 300)).sum())

    grid = np.linspace(0.02, 0.96, 95)
    best = min(risk(np.array([a, b, 1 - a - b])) for a in grid for b in grid if a + b < 0.99)
    assert risk(share_out(means, variances)) <= 1.5 * best  # the rule lets the number of runs go to infinity
    assert risk(np.full(3, 1 / 3)) > 2 * best


def test_nobody_loses_what_it_has_and_the_rest_is_shared_anew():
    shares = np.array([0.5, 0.3, 0.2])
    found = allocate(shares, [10, 10, 90], 30, best=0)
    assert found.tolist() == [32, 18, 90]  # 50 between the first two as 5 to 3, the part left to the best
    assert allocate(shares, [0, 0, 0], 10, best=0).tolist() == [5, 3, 2]


def test_equal_means_and_no_variance_do_not_divide_by_zero():
    assert share_out([1.0, 1.0], [1.0, 1.0]) == pytest.approx([0.5, 0.5])
    assert share_out([1.0, 2.0], [0.0, 0.0]).tolist() == [0.5, 0.5]
    assert share_out([1.0, 2.0, 3.0], [1.0, 0.0, 1.0])[1] == 0


def test_differences_below_the_zone_are_not_looked_into_further():
    near = share_out([0.0, 0.001, 1.0], [1.0, 1.0, 1.0])
    zone = share_out([0.0, 0.001, 1.0], [1.0, 1.0, 1.0], least=0.5)
    assert near[2] < 1e-4 < 0.05 < zone[2]


def test_with_limits_a_design_is_told_by_what_is_easier():
    # d1 is worse by 1 (rate 1 / 1) and breaks its limit by 2 (rate 4): a quarter of what its mean alone would take.
    shares = share_out(
        [0.0, 1.0, 1.0], [1.0, 1.0, 1.0], excesses=[[-9.0, 2.0, -9.0]], noise=[[1.0, 1.0, 1.0]]
    )  # fmt: skip
    assert shares[1] / shares[2] == pytest.approx(1 / 4)
    # A better design that breaks its limit is told by the limit alone; the best by what shows that it keeps its own.
    shares = share_out([-5.0, 0.0, 9.0], [1.0] * 3, excesses=[[1.0, -0.5, -9.0]], noise=[[1.0] * 3])
    assert shares[1] / shares[0] == pytest.approx(4)


def test_the_best_keeps_its_limits_if_any_does():
    assert best_of(np.array([1.0, 2.0, 3.0]), np.array([[0.1, -1.0, -1.0]])) == 1
    assert best_of(np.array([1.0, 2.0, 3.0]), np.array([[0.3, 0.1, 0.2]])) == 1
    assert best_of(np.array([1.0, 2.0]), np.zeros((0, 2))) == 0


def test_the_budget_is_spent_and_not_more():
    samples = as_samples(draw(np.random.default_rng(1), np.arange(6.0), 400, sd=3.0))
    played = play(Allocation(COST, budget=400), samples)
    assert sum(played.counts.values()) == 400
    assert played.counts["d0"] > played.counts["d5"]
    assert played.verdict.best == "d0"
    assert not played.verdict.guaranteed
    assert "estimated probability" in played.verdict.promise


def test_at_most_bounds_a_design():
    samples = as_samples(draw(np.random.default_rng(2), np.array([0.0, 0.1, 5.0]), 400))
    played = play(Allocation(COST, budget=400, at_most=50), samples)
    assert max(played.counts.values()) == 50


def test_a_budget_that_does_not_reach_is_refused():
    with pytest.raises(ModelError, match="budget of 20 replications does not give 3 designs 10 each"):
        play(Allocation(COST, budget=20), as_samples(np.zeros((3, 50))))
    with pytest.raises(ModelError, match="buys nothing"):
        Allocation(COST, budget=0)


def test_a_tie_is_called_a_tie():
    verdict = play(
        Allocation(COST, budget=300), as_samples(draw(np.random.default_rng(3), np.array([0.0, 0.0, 5.0]), 400))
    ).verdict
    assert verdict.is_tie
    assert {verdict.best, *verdict.tied} == {"d0", "d1"}


def test_a_design_without_values_gets_no_more():
    values = draw(np.random.default_rng(4), np.arange(3.0), 400)
    values[0] = np.nan
    played = play(Allocation(COST, budget=200), as_samples(values))
    assert played.counts["d0"] == 10
    assert played.verdict["d0"].status == "missing"
    assert played.verdict.best == "d1"


def test_limits_shape_the_verdict():
    rng = np.random.default_rng(5)
    samples = as_samples(draw(rng, np.array([0.0, 2.0, 4.0]), 400))
    for design, mean in zip(samples, (1.0, -1.0, -1.0), strict=True):
        samples[design]["wait"] = Sample(mean + rng.standard_normal(400))
    verdict = play(Allocation(COST, budget=300, limits=(Limit("wait", "<=", 0.0, 0.1),)), samples).verdict
    assert verdict.best == "d1"
    assert verdict["d0"].status == "infeasible"
    close = as_samples(draw(rng, np.array([0.0, 2.0]), 400))
    for design, mean in zip(close, (0.3, -1.0), strict=True):
        close[design]["wait"] = Sample(mean + 5 * (np.arange(400) % 2 - 0.5))
    verdict = play(Allocation(COST, budget=100, limits=(Limit("wait", "<=", 0.0, 0.1),)), close).verdict
    assert verdict.undecided == ("d0",)
    assert verdict.headline.endswith("unless d0 keep their limits")


def successes(trials, *, budget, seed, correlation=0.0):
    """Return how often the best of ten designs N(i, 36) is found by the rule and by equal shares of one budget.

    The experiment of Chen, Lin, Yucesan and Chick 2000, section 5.
    """
    rng, means = np.random.default_rng(seed), np.arange(10.0)
    mine = equal = 0
    for _ in range(trials):
        values = draw(rng, means, budget, sd=6.0, correlation=correlation)
        mine += play(Allocation(COST, budget=budget, step=20), as_samples(values)).verdict.best == "d0"
        equal += values[:, : budget // 10].mean(axis=1).argmin() == 0
    return mine, equal


def test_a_budget_does_more_than_equal_shares_in_short():
    mine, equal = successes(60, budget=600, seed=6)
    assert mine > equal


@pytest.mark.long
def test_a_budget_does_more_than_equal_shares():
    trials = 1000
    mine, equal = successes(trials, budget=700, seed=7)
    assert mine - equal > 3 * np.sqrt(trials * 0.25)  # more than chance gives two equal rules
    assert mine > 0.85 * trials
