"""Sizes against Poisson theory summed term by term, and against what must be monotone."""

from itertools import pairwise
from math import exp, lgamma, log

import numpy as np
import pytest
from scipy.special import gammainccinv

from netsim.errors import ModelError
from netsim.model.model import StockRule
from netsim.plan.expected import expect
from netsim.plan.flow import mean_rates
from netsim.plan.targets import base_stocks, exposures, reorder_points, size_levels
from netsim.theory.spares import size_base_stock, size_reorder_point

DAY = 86_400
ONE = 2**32
E_BOARD, E_PHONE, E_SCREEN, W_BOARD, W_PHONE, W_SCREEN, H_BOARD, H_PHONE, H_SCREEN = range(9)
TIMES = np.array([0, 31 * DAY, 181 * DAY], dtype=np.int64)


def fill(level, mean):
    """Return P(Poisson(mean) <= level - 1) as a plain sum."""
    return sum(exp(n * log(mean) - mean - lgamma(n + 1)) for n in range(level))


def sized(small):
    model, demand = small.model(), small.demand
    expectation = expect(model, demand)
    low, high = size_levels(model, expectation, day_starts=demand.day_starts(), times=TIMES)
    exposure = exposures(model, expectation)
    now, later = (
        mean_rates(expectation.asked, demand.day_starts(), at=at, window=exposure)
        for at in (TIMES, np.append(TIMES[1:], TIMES[-1] + 365 * DAY // 12))
    )
    rates = np.maximum(now, later)  # a level lasts until the next one
    return low, high, rates * exposure / DAY


def test_the_exposure_is_the_order_time_where_no_cores_come_back(small):
    small.core_target = -1
    assert exposures(small.model(), expect(small.model(), small.demand)) / DAY == pytest.approx([2] * 6 + [18] * 3)


def test_a_core_counts_for_its_loop_and_is_ordered_after_it_if_it_was_scrapped(small):
    small.core_return, small.good = 0.9, 0.75
    loop = 5 + 1 / 3

    def exposure(point):
        return exposures(small.model(), expect(small.model(), small.demand))[point] / DAY

    assert exposure(H_BOARD) == pytest.approx(0.9 * loop + (1 - 0.9 * 0.75) * 18)
    assert exposure(H_SCREEN) == pytest.approx(18)
    small.count_cores = ONE * 3 // 4  # by expected yield: what will be scrapped is ordered at once
    assert exposure(H_BOARD) == pytest.approx(0.9 * 0.75 * loop + (1 - 0.9 * 0.75) * 18)
    small.count_cores = 0
    assert exposure(H_BOARD) == pytest.approx(18)


def test_periodic_review_adds_one_review_period(small):
    small.core_target, small.rule, small.review = -1, StockRule.ORDER_UP_TO, 0
    assert exposures(small.model(), expect(small.model(), small.demand)) / DAY == pytest.approx([9] * 6 + [25] * 3)


@pytest.mark.parametrize("rule", [StockRule.BASE_STOCK, StockRule.ORDER_UP_TO])
@pytest.mark.parametrize("target", [0.5, 0.95, 0.999])
def test_base_stock_is_the_smallest_level_that_reaches_the_target(small, rule, target):
    small.rule, small.target = rule, target
    low, high, pipeline = sized(small)
    for row in range(len(TIMES)):
        for point in (E_BOARD, W_BOARD, W_SCREEN, H_BOARD):
            level, mean = int(high[row, point]), float(pipeline[row, point])
            assert fill(level, mean) >= target - 1e-9
            assert fill(level - 1, mean) < target + 1e-9
    assert not low.any()


@pytest.mark.parametrize("rule", [StockRule.REORDER_POINT, StockRule.MIN_MAX])
def test_reorder_points_reach_the_target_on_average_over_the_lot(small, rule):
    small.rule, small.lot = rule, 7
    low, high, pipeline = sized(small)
    for point in (E_BOARD, W_BOARD, W_SCREEN):
        s, mean = int(low[2, point]), float(pipeline[2, point])

        def average(s, mean=mean):
            return sum(fill(level, mean) for level in range(s + 1, s + 8)) / 7

        assert average(s) >= 0.95 - 1e-9
        assert s == 0 or average(s - 1) < 0.95
        assert high[2, point] == (7 if rule == StockRule.REORDER_POINT else s + 7)


def test_levels_rise_with_the_target_and_with_the_base_in_the_field(small):
    levels = []
    for target in (0.6, 0.8, 0.9, 0.99):
        small.target = target
        levels.append(sized(small)[1])
    for lower, higher in pairwise(levels):
        assert (higher >= lower).all()
    assert (levels[3] > levels[0]).any()
    assert (np.diff(levels[2], axis=0) >= 0).all()
    assert levels[2][2, H_SCREEN] > levels[2][0, H_SCREEN]


def test_a_part_that_nobody_asks_for_is_not_stocked(small):
    _, high, _ = sized(small)
    assert not high[:, [E_PHONE, W_PHONE, H_PHONE]].any()
    assert (high[:, [E_BOARD, W_BOARD, H_BOARD]] > 0).all()
    small.rule, small.lot = StockRule.REORDER_POINT, 4
    low, high, _ = sized(small)
    assert (low[:, H_PHONE] == -1).all()  # nothing is ordered before the first backorder
    assert (high[:, H_PHONE] == 4).all()


def test_a_target_without_exposure_needs_one_piece(small):
    small.core_target = -1
    model = small.model()
    model.routes.nominal[0] = 0
    demand = small.demand
    _, high = size_levels(model, expect(model, demand), day_starts=demand.day_starts(), times=TIMES)
    assert (high[:, [E_BOARD, W_BOARD]] == 1).all()


def test_given_levels_are_kept(small):
    model = small.model()
    model.stock.target[E_BOARD] = 0
    _, high = size_levels(model, expect(model, small.demand), day_starts=small.demand.day_starts(), times=TIMES)
    assert (high[:, E_BOARD] == model.stock.high[E_BOARD]).all()


def test_rates_are_means_over_the_window_that_begins_with_the_month():
    daily = np.repeat([[1.0], [3.0], [5.0], [7.0]], 2, axis=1)
    starts = np.arange(4, dtype=np.int64) * DAY
    at = np.array([0, DAY, 3 * DAY], dtype=np.int64)
    found = mean_rates(daily, starts, at=at, window=np.array([1.5 * DAY, 10.0 * DAY]))
    assert found[:, 0] == pytest.approx([(1 + 0.5 * 3) / 1.5, (3 + 0.5 * 5) / 1.5, 7])
    assert found[:, 1] == pytest.approx([4, 5, 7])  # as far as the days go
    assert mean_rates(daily, starts, at=at, window=np.zeros(2))[:, 0] == pytest.approx([1, 3, 7])


@pytest.mark.parametrize("target", [0.01, 0.5, 0.9, 0.95, 0.999, 1 - 2**-32])
def test_many_levels_at_once_are_those_one_by_one(target):
    random = np.random.default_rng()
    means = np.concatenate(([0.0, 1e-12, 2e4], random.exponential(3, 60), random.uniform(0, 3000, 40)))
    edges = gammainccinv(np.arange(1, 30), target)  # where the level changes
    means = np.concatenate((means, edges, np.nextafter(edges, 0), np.nextafter(edges, 1e9))).reshape(-1, 2)
    assert base_stocks(target, means).tolist() == [[size_base_stock(target, m) for m in row] for row in means.tolist()]
    lots = random.integers(1, 30, means.shape)
    pairs = zip(means.ravel().tolist(), lots.ravel().tolist(), strict=True)
    expected = [size_reorder_point(target, mean, quantity=lot) for mean, lot in pairs]
    assert reorder_points(target, means, lots).ravel().tolist() == expected


def test_a_target_that_no_stock_reaches_is_refused():
    for size in (lambda: base_stocks(1.0, np.ones(2)), lambda: reorder_points(1.0, np.ones(2), np.ones(2, int))):
        with pytest.raises(ModelError, match="not including, 1"):
            size()
