from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from netsim.statistics.anytime import anytime_interval, anytime_t


def exceeds_somewhere(rng: np.random.Generator, trials: int, runs: int, level: float) -> float:
    """Return how often normal values leave the bound at any of the first *runs* replications."""
    values = rng.standard_normal((trials, runs))
    n = np.arange(1, runs + 1)
    sums, squares = np.cumsum(values, axis=1), np.cumsum(values**2, axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        error = np.sqrt((squares - sums**2 / n) / (n - 1) / n)
        t = np.abs(sums / n) / error
    bound = np.array([anytime_t(count, level) for count in n])
    return float((t[:, 1:] > bound[1:]).any(axis=1).mean())


def test_the_bound_is_left_at_any_time_at_most_as_often_as_it_says():
    trials = 4000
    share = exceeds_somewhere(np.random.default_rng(11), trials, 1000, 0.90)
    assert share <= stats.binom.ppf(1 - 1e-6, trials, 0.10) / trials
    assert share > 0.02  # and is not simply infinite


def test_a_fixed_bound_would_be_left_far_more_often():
    rng = np.random.default_rng(12)
    values = rng.standard_normal((2000, 300))
    n = np.arange(1, 301)
    sums, squares = np.cumsum(values, axis=1), np.cumsum(values**2, axis=1)
    t = np.abs(sums / n)[:, 9:] / np.sqrt((squares - sums**2 / n)[:, 9:] / (n[9:] - 1) / n[9:])
    assert (t > stats.t.ppf(0.95, n[9:] - 1)).any(axis=1).mean() > 0.25


def test_the_bound_is_the_root_of_the_likelihood_ratio():
    n, level = 40, 0.95
    x = anytime_t(n, level) ** 2 / (n - 1)
    ratio = (1 + n) ** -0.5 * ((1 + x) / (1 + x / (1 + n))) ** (n / 2)
    assert ratio == pytest.approx(1 / (1 - level), rel=1e-9)


def test_the_likelihood_ratio_has_mean_one_without_an_effect():
    # Integrated over Student's t of n - 1 degrees, which t follows if the mean is 0.
    n = 12
    nodes = np.linspace(-2000, 2000, 4_000_001)
    x = nodes**2 / (n - 1)
    ratio = (1 + n) ** -0.5 * ((1 + x) / (1 + x / (1 + n))) ** (n / 2)
    assert np.trapezoid(ratio * stats.t.pdf(nodes, n - 1), nodes) == pytest.approx(1, abs=1e-3)


def test_few_values_say_nothing():
    assert math.isinf(anytime_t(1, 0.95))
    assert math.isinf(anytime_t(2, 0.999999))
    assert math.isnan(anytime_interval(np.array([1.0]), np.ones(1), level=0.95).half)
    assert anytime_interval(np.array([1.0]), np.ones(1), level=0.95).mean == 1


def test_values_that_do_not_vary_are_known():
    found = anytime_interval(np.full(5, 3.0), np.ones(5), level=0.95)
    assert (found.mean, found.half) == (3, 0)


def test_a_ratio_is_that_of_the_sums():
    tops, bottoms = np.array([1.0, 6.0, 4.0, np.nan]), np.array([2.0, 8.0, 6.0, 4.0])
    found = anytime_interval(tops, bottoms, level=0.9)
    assert found.mean == 11 / 16
    assert found.n == 3
