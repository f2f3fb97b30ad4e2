from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import stdtrit

from netsim.errors import ModelError
from netsim.statistics.crossed import (
    chance,
    crossed,
    cut_share,
    gram,
    jackknife_error,
    jackknife_interval,
    name_factors,
    share_ends,
    two_way_interval,
    without_chance,
)
from netsim.statistics.intervals import Interval

SIZES = st.tuples(st.integers(1, 7), st.integers(2, 6), st.integers(0, 999))


def table_of(size):
    points, n, seed = size
    return np.random.default_rng(seed).normal(size=(points, n))


@given(SIZES)
def test_products_of_different_replications_are_what_their_sum_says(size):
    y = table_of(size)
    n = y.shape[1]
    estimate, left_out = without_chance(gram(y))
    pairs = [np.mean(y[:, r] * y[:, s]) for r, s in itertools.permutations(range(n), 2)]
    assert estimate == pytest.approx(np.mean(pairs))
    for r, value in enumerate(left_out):
        assert value == pytest.approx(without_chance(gram(np.delete(y, r, axis=1)))[0])
    assert len(left_out) == (n if n > 2 else 0)


@given(SIZES)
def test_chance_is_the_mean_variance_at_a_point(size):
    y = table_of(size)
    estimate, left_out = chance(gram(y))
    assert estimate == pytest.approx(y.var(axis=1, ddof=1).mean())
    for r, value in enumerate(left_out):
        assert value == pytest.approx(np.delete(y, r, axis=1).var(axis=1, ddof=1).mean())


def test_one_replication_has_no_chance_to_tell():
    y = np.array([[1.0], [3.0]])
    assert without_chance(gram(y))[0] == 5
    assert chance(gram(y))[0] == 0


def test_a_failed_point_goes_and_with_it_none_of_the_replications():
    y = np.ones((4, 6))
    y[2, 1:] = np.nan
    found = crossed(y)
    assert found.points.tolist() == [0, 1, 3]
    assert found.n == 6


def test_points_that_stopped_earlier_stay_and_the_replications_that_all_have_are_taken():
    y = np.arange(120.0).reshape(3, 40)
    y[1, 5:] = np.nan
    found = crossed(y)
    assert found.points.tolist() == [0, 1, 2]
    assert found.replications.tolist() == [0, 1, 2, 3, 4]
    assert found.means == pytest.approx(y[:, :5].mean(axis=1))


def test_one_value_a_point_is_one_replication():
    assert crossed([1.0, 2.0]).values.tolist() == [[1.0], [2.0]]
    assert crossed(np.full((2, 3), np.nan)).values.size == 0


@pytest.mark.parametrize("values", [np.zeros((2, 2, 2)), np.zeros((0, 3)), 5.0])
def test_another_shape_is_a_mistake(values):
    with pytest.raises(ModelError, match="one row for each point"):
        crossed(values)


def test_the_jackknife_of_a_mean_is_student():
    x = np.array([3.0, 1.0, 4.0, 1.0, 5.0])
    left_out = (x.sum() - x) / 4
    assert jackknife_error(left_out) == pytest.approx(x.std(ddof=1) / math.sqrt(5))
    found = jackknife_interval(x.mean(), left_out, n=5, level=0.9)
    assert found.half == pytest.approx(stdtrit(4, 0.95) * x.std(ddof=1) / math.sqrt(5))
    assert math.isnan(jackknife_error(left_out[:2]))


def test_two_errors_add_as_variances():
    found = two_way_interval(1.0, by_points=3.0, points=1_000_001, by_replications=4.0, n=1_000_001, level=0.95)
    assert found.half == pytest.approx(1.959964 * 5, rel=1e-5)
    assert found.degrees == pytest.approx(25**2 / (81 + 256) * 1e6)
    alone = two_way_interval(1.0, by_points=3.0, points=11, by_replications=math.nan, n=1, level=0.95)
    assert alone.half == pytest.approx(stdtrit(10, 0.975) * 3)
    assert two_way_interval(1.0, by_points=0.0, points=11, by_replications=0.0, n=5, level=0.95).half == 0


def test_shares_and_names():
    assert cut_share(Interval(-0.1, 0.2, 5)).mean == 0
    assert cut_share(Interval(1.1, 0.2, 5)).mean == 1
    assert math.isnan(cut_share(Interval(math.nan, 0.2, 5)).mean)
    assert name_factors(None, 2) == ("x1", "x2")
    with pytest.raises(ModelError, match="1 names for 2 factors"):
        name_factors(["a"], 2)


def test_ends_of_a_share_stay_within_and_are_plain_where_it_cannot_be_told_from_nothing():
    generator = np.random.default_rng(4)
    for share in (-0.1, 0.0, 0.01, 0.2, 0.5, 0.97, 1.0, 1.1):
        left_out = share + 0.01 * generator.standard_normal(9)
        low, high, degrees = share_ends(share, [(left_out, 9)], level=0.95)
        assert 0 <= low <= min(max(share, 0), 1) <= high <= 1
        assert degrees == pytest.approx(8)
    inside, other = (share_ends(s, [(s + np.linspace(-0.01, 0.01, 9), 9)], level=0.95) for s in (0.3, 0.7))
    assert inside[0] == pytest.approx(1 - other[1])
    assert inside[1] - 0.3 > 0.3 - inside[0], "longer towards the middle"
    nothing = share_ends(0.0, [(np.linspace(-0.01, 0.01, 9), 9)], level=0.95)
    assert nothing[:2] == pytest.approx((0, stdtrit(8, 0.975) * jackknife_error(np.linspace(-0.01, 0.01, 9))))
    assert all(map(math.isnan, share_ends(0.4, [(np.zeros(0), 2)], level=0.95)))
    assert share_ends(0.4, [(np.full(5, 0.4), 5)], level=0.95)[:2] == pytest.approx((0.4, 0.4))
