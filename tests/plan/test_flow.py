"""Flows told by profiles: the same figures as day by day."""

import numpy as np
import pytest

from netsim.plan.expected import expect
from netsim.plan.flow import Flow, mean_rates

DAY = 86_400


@pytest.fixture
def flow():
    random = np.random.default_rng()
    profiles, part = random.random((3, 2, 50)), np.array([0, 1, 1, 0, 1])
    share = random.random((3, 5)) * (random.random((3, 5)) < 0.7)
    return Flow(profiles, part, share, {3: random.random(50), 4: random.random(50)})


def test_days_and_totals_are_sums_of_profiles(flow):
    daily = flow.daily()
    for point in (0, 4):
        made = sum(flow.share[k, point] * flow.profiles[k, flow.part[point]] for k in range(3))
        assert daily[:, point] == pytest.approx(made + flow.extra.get(point, 0.0))
    assert flow.total() == pytest.approx(daily.sum(axis=0))


def test_means_over_windows_are_those_of_the_days(flow):
    starts = np.arange(-1, 49, dtype=np.int64) * DAY
    at = np.array([0, 3 * DAY, 10 * DAY + 5000, 47 * DAY, 60 * DAY], dtype=np.int64)
    points, window = np.array([4, 0, 2, 3]), np.array([0.0, 0.3 * DAY, 7.25 * DAY, 100.0 * DAY])
    found = flow.mean_rates(points, starts, at=at, window=window)
    assert found == pytest.approx(mean_rates(flow.daily()[:, points], starts, at=at, window=window))


def test_a_stock_point_that_gets_more_back_than_it_asks_for_orders_nothing_of_its_source(small):
    small.core_target = 0  # the good parts of all cores go to the first outlet
    model = small.model()
    model.returns_next[:] = [3, 3, 0, 2, -1]
    model.returns_route[:] = [2, 2, 0, 3, -1]
    found = expect(model, small.demand)
    asked, returned = found.asked, found.returned
    for point, source in enumerate(found.source.tolist()):
        below = [p for p, s in enumerate(found.source.tolist()) if s == point]
        sent_up = sum(np.maximum(asked[:, p] - returned[:, p], 0.0) for p in below)
        assert asked[:, point] == pytest.approx(found.own[:, point] + sent_up), source
    assert (returned > asked + 1e-9).any()
