"""Kaplan-Meier estimates against hand calculation, the plain sample, and simulated exponentials."""

import numpy as np
import pytest

from netsim.outcome.censoring import estimate


def test_without_censoring_they_are_order_statistics_and_the_plain_mean():
    found = estimate(np.arange(1, 11), np.zeros(10), shares=(0.5, 0.9, 0.95))
    assert found.percentiles[0].tolist() == [5, 9, 10]
    assert found.mean[0] == found.restricted[0] == 5.5


def test_hand_worked_curve():
    # Ends at 1, 3, 4; censored at 2: S = 3/4 after 1, 3/4 * 1/2 = 3/8 after 3, 0 after 4.
    found = estimate(np.array([3, 1, 4, 2]), np.array([0, 0, 0, 1]), shares=(0.25, 0.5, 0.7))
    assert found.percentiles[0].tolist() == [1, 3, 4]
    # Area under the curve: 1 * 1 + (3 - 1) * 3/4 + (4 - 3) * 3/8.
    assert found.mean[0] == pytest.approx(1 + 1.5 + 0.375)
    assert (found.count[0], found.censored[0]) == (4, 1)


def test_published_example_of_remission_times():
    # 6-MP arm of Freireich et al. (1963): S(6) = 0.857, S(10) = 0.753, S(23) = 0.448, so the median is 23.
    ends = [6, 6, 6, 7, 10, 13, 16, 22, 23]
    lost = [6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35]
    found = estimate(np.array(ends + lost), np.array([0] * len(ends) + [1] * len(lost)), shares=(0.14, 0.24, 0.5, 0.6))
    assert found.percentiles[0, :3].tolist() == [6, 10, 23]
    assert np.isnan(found.percentiles[0, 3])
    assert np.isnan(found.mean[0])
    assert 23 < found.restricted[0] < 35


def test_an_open_end_leaves_the_mean_unknown_and_high_percentiles_too():
    found = estimate(np.array([1, 2, 9]), np.array([0, 0, 1]), shares=(0.5, 0.9))
    assert found.percentiles[0, 0] == 2
    assert np.isnan(found.percentiles[0, 1])
    assert np.isnan(found.mean[0])
    assert found.restricted[0] == pytest.approx(1 + 2 / 3 + 7 / 3)


def test_groups_are_estimated_apart():
    rng = np.random.default_rng(5)
    time, lost, group = rng.integers(1, 40, 500), rng.random(500) < 0.3, rng.integers(0, 7, 500)
    together = estimate(time, lost, group=group, groups=8)
    for i in range(7):
        alone = estimate(time[group == i], lost[group == i])
        np.testing.assert_allclose(together.percentiles[i], alone.percentiles[0])
        np.testing.assert_allclose(together.restricted[i], alone.restricted[0])
    assert together.count[7] == 0
    assert np.isnan(together.restricted[7])


def test_censoring_does_not_bias_the_median_of_an_exponential():
    rng = np.random.default_rng(11)
    time, limit = rng.exponential(10.0, 40_000), rng.exponential(20.0, 40_000)
    found = estimate(np.minimum(time, limit), time > limit, shares=(0.5,))
    # Standard error of the median is about 1.2 * 10 ln 2 / sqrt(40000) = 0.04, censoring included.
    assert found.percentiles[0, 0] == pytest.approx(10 * np.log(2), abs=0.25)


def test_no_durations_give_no_figures():
    found = estimate(np.zeros(0, int), np.zeros(0, bool))
    assert found.count[0] == 0
    assert np.isnan(found.percentiles).all()
