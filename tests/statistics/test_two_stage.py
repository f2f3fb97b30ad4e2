from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from netsim.errors import ModelError
from netsim.statistics.constants import equicoordinate_t
from netsim.statistics.sample import Sample
from netsim.statistics.selection import Goal
from netsim.statistics.two_stage import TwoStage, interaction_variance, replications_needed
from tests.statistics.trials import as_samples, draw, play, slippage

COST = Goal("cost", "lower")


def test_the_interaction_variance_by_hand():
    # After rows and columns are taken off, ((1, 2), (3, 8)) leaves +-1: twice the sum of squares 4, over 1 x 1.
    assert interaction_variance(np.array([[1.0, 2.0], [3.0, 8.0]])) == pytest.approx(8)


def test_the_interaction_variance_of_two_designs_is_that_of_their_differences():
    values = draw(np.random.default_rng(1), np.array([0.0, 5.0]), 30, correlation=0.5)
    assert interaction_variance(values) == pytest.approx(np.var(values[0] - values[1], ddof=1))


def test_the_interaction_variance_estimates_the_variance_of_a_difference():
    values = draw(np.random.default_rng(2), np.arange(5.0), 40_000, correlation=0.7, sd=2.0)
    assert interaction_variance(values) == pytest.approx(2 * 4 * (1 - 0.7), rel=0.02)


def test_the_number_of_replications_follows_the_published_rule():
    assert replications_needed(4.0, 2.25, 1.0, first=10) == math.ceil(2.25**2 * 4)
    assert replications_needed(0.1, 2.25, 1.0, first=10) == 10


def test_all_designs_get_one_number_after_the_first_stage():
    values = draw(np.random.default_rng(3), slippage(4, 0.5), 500, correlation=0.5)
    played = play(TwoStage(COST, 0.3), as_samples(values))
    g = equicoordinate_t(0.95, 3, 27)
    expected = replications_needed(interaction_variance(values[:, :10]), g, 0.3, first=10)
    assert played.counts == dict.fromkeys(played.counts, expected)
    assert len(played.rounds) == 2


def test_a_tie_is_called_a_tie_and_the_intervals_say_so():
    values = draw(np.random.default_rng(4), np.array([0.0, 0.05, 3.0]), 500, correlation=0.5)
    verdict = play(TwoStage(COST, 0.5), as_samples(values)).verdict
    assert verdict.is_tie
    assert verdict["d2"].status == "worse"
    assert verdict["d2"].behind.low == 0
    assert all(s.behind.low < 0 < s.behind.high for s in verdict.standings if s.status in ("best", "tied"))


def test_a_clear_winner_is_not_a_tie():
    verdict = play(TwoStage(COST, 0.5), as_samples(draw(np.random.default_rng(5), slippage(4, 3.0), 500))).verdict
    assert verdict.headline == "best: d0"
    assert verdict["d0"].behind.high == 0


def test_higher_can_be_better():
    values = draw(np.random.default_rng(6), np.array([0.0, 2.0, 3.0]), 500)
    low = play(TwoStage(COST, 0.5), as_samples(values)).verdict
    high = play(TwoStage(Goal("cost", "higher"), 0.5), as_samples(-values)).verdict
    assert (low.best, high.best) == ("d0", "d0")
    assert high["d1"].behind.high == 0
    assert high["d1"].behind.low == pytest.approx(-low["d1"].behind.high)


@pytest.mark.parametrize("stop", [{"at_most": 12}, {"budget": 40}])
def test_a_second_stage_that_is_cut_short_has_no_winner(stop):
    played = play(TwoStage(COST, 0.05, **stop), as_samples(draw(np.random.default_rng(7), np.zeros(3), 500)))
    assert played.verdict.best is None
    assert not played.verdict.guaranteed
    assert sum(played.counts.values()) <= 40


def test_runs_that_failed_are_made_up_for():
    values = draw(np.random.default_rng(8), slippage(3, 0.5), 500, correlation=0.5)
    values[1, 3] = np.nan
    played = play(TwoStage(COST, 0.5), as_samples(values))
    whole = np.delete(values, 3, axis=1)
    g = equicoordinate_t(0.95, 2, 18)
    assert set(played.counts.values()) == {
        1 + replications_needed(interaction_variance(whole[:, :10]), g, 0.5, first=10)
    }


def test_a_ratio_is_that_of_the_sums():
    rng = np.random.default_rng(9)
    lines = rng.poisson(200, 800).astype(float)
    samples = {
        f"d{i}": {"rate": Sample(h / lines, h, lines)}
        for i, share in enumerate((0.97, 0.93))
        for h in [rng.binomial(lines.astype(int), share).astype(float)]
    }
    verdict = play(TwoStage(Goal("rate", "higher"), 0.01), samples).verdict
    count = verdict["d0"].replications
    sample = samples["d0"]["rate"]
    assert verdict.best == "d0"
    assert verdict["d0"].estimate.mean == pytest.approx(
        sample.numerators[:count].sum() / sample.denominators[:count].sum()
    )


def test_one_design_is_the_best_and_a_silly_bound_is_refused():
    assert play(TwoStage(COST, 0.5), as_samples(np.zeros((1, 20)))).verdict.best == "d0"
    with pytest.raises(ModelError, match="at most 3"):
        TwoStage(COST, 0.5, at_most=3)


def outcome(trials, k, *, correlation, seed, delta=0.4):
    """Return how often the best was selected, and how often all intervals held."""
    rng, means = np.random.default_rng(seed), slippage(k, delta)
    apart = means - np.array([np.delete(means, i).min() for i in range(k)])
    hits = held = 0
    for _ in range(trials):
        verdict = play(TwoStage(COST, delta), as_samples(draw(rng, means, 900, correlation=correlation))).verdict
        hits += verdict.best == "d0"
        gaps = [standing.behind for standing in verdict.standings]
        held += all(gap.low - 1e-12 <= truth <= gap.high + 1e-12 for gap, truth in zip(gaps, apart, strict=True))
    return hits, held


def test_the_best_is_selected_as_often_as_promised_in_short():
    hits, held = outcome(150, 4, correlation=0.5, seed=10)
    assert min(hits, held) >= stats.binom.ppf(0.001, 150, 0.95)


@pytest.mark.long
@pytest.mark.parametrize("k", [4, 10])
@pytest.mark.parametrize("correlation", [0.0, 0.8])
def test_the_best_is_selected_as_often_as_promised(k, correlation):
    trials = 1000
    hits, held = outcome(trials, k, correlation=correlation, seed=11)
    assert min(hits, held) >= stats.binom.ppf(0.001, trials, 0.95)
    # With equal correlations and means at the edge of the zone the promise is exact, up to whole replications.
    assert hits <= stats.binom.ppf(0.999, trials, 0.97)
