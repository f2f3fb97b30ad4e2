from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import binom, spearmanr

from netsim.errors import ModelError
from netsim.statistics.regression import rank_regression, standardised_regression
from netsim.statistics.sampling import factorial, latin_hypercube
from tests.statistics.known import LINEAR, linear, linear_indices, on_tapes


def means(intervals):
    return np.array([interval.mean for interval in intervals])


def test_squared_coefficients_of_a_linear_function_are_its_indices():
    points = latin_hypercube(2000, 4, seed=3)
    found = standardised_regression(linear(points), points, names=["a", "b", "c", "d"], resamples=50)
    assert found.r_squared.mean == pytest.approx(1)
    assert means(found.coefficients) ** 2 == pytest.approx(linear_indices()[1], abs=0.02)
    assert (found.names, found.points, found.replications) == (("a", "b", "c", "d"), 2000, 1)


def test_a_factorial_gives_the_coefficients_in_closed_form():
    points = factorial([5, 3]).astype(float)
    values = 4 * points[:, 0] - 10 * points[:, 1]
    found = standardised_regression(values, points, resamples=20)
    spread = math.sqrt(16 * 2 + 100 * 2 / 3)
    assert means(found.coefficients) == pytest.approx([4 * math.sqrt(2) / spread, -10 * math.sqrt(2 / 3) / spread])


def test_ranks_see_a_relation_that_only_rises():
    points = latin_hypercube(200, 1, seed=3)
    found = rank_regression(np.exp(30 * points[:, 0]), points, resamples=20)
    assert means(found.coefficients) == pytest.approx([1])
    assert found.on_ranks
    assert standardised_regression(np.exp(30 * points[:, 0]), points, resamples=20).r_squared.mean < 0.5


def test_one_factor_on_ranks_is_the_correlation_of_spearman():
    generator = np.random.default_rng(8)
    x, y = generator.random(40), generator.random(40)
    assert rank_regression(y, x[:, None], resamples=5).coefficients[0].mean == pytest.approx(spearmanr(x, y).statistic)


def test_a_relation_that_turns_is_seen_by_neither_and_r_squared_says_so():
    points = latin_hypercube(400, 1, seed=3)
    found = standardised_regression((points[:, 0] - 0.5) ** 2, points, resamples=50)
    assert found.r_squared.mean < 0.05


def test_factors_and_outcomes_that_do_not_vary_are_no_trouble():
    points = np.column_stack((latin_hypercube(20, 1, seed=1), np.full(20, 3.0)))
    assert standardised_regression(points[:, 0], points, resamples=20).coefficients[1].mean == 0
    assert means(standardised_regression(np.ones(20), points, resamples=20).coefficients).tolist() == [0, 0]


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: standardised_regression(np.zeros(3), np.zeros((3, 1))), "at least 4 points"),
        (lambda: standardised_regression(np.zeros(9), np.zeros((8, 1))), "for 9 points"),
        (lambda: rank_regression(np.zeros(9), np.full((9, 1), np.nan)), "a number for each"),
    ],
)
def test_mistakes_are_told(call, says):
    with pytest.raises(ModelError, match=says):
        call()


@pytest.mark.long
def test_coverage_of_coefficients():
    """1,000 macro-replications with slopes that differ by tape: 95 % stated, at least 92 % found."""
    repeats, hits = 1000, np.zeros(4)
    known = LINEAR / np.linalg.norm(LINEAR)
    for k in range(repeats):
        generator = np.random.default_rng(k)
        points = generator.random((60, 4))
        slopes = 0.5 * generator.standard_normal((4, 10))
        runs = on_tapes(linear(points), 10, own=0.1, shared=2.0, seed=k) + points @ slopes
        # Chance at a point is small in the mean of ten runs, but lowers all coefficients a little.
        found = standardised_regression(runs, points, resamples=200, seed=k)
        hits += [not i.excludes(v) for i, v in zip(found.coefficients, known, strict=True)]
    assert (hits >= binom.ppf(1e-6, repeats, 0.92)).all(), hits / repeats
