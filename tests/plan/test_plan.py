"""The Plan: one row for given levels, one a month for targets."""

from datetime import UTC, date, datetime

import numpy as np
import pytest

from netsim.errors import ModelError
from netsim.plan.plan import make_plan, month_starts

DAY = 86_400


def test_given_levels_make_one_row_and_need_no_demand(small):
    small.target = 0.0
    model = small.model()
    plan = make_plan(model)
    assert plan.times.tolist() == [0]
    assert plan.high.tolist() == [model.stock.high.tolist()]
    assert plan.low.tolist() == [model.stock.low.tolist()]
    assert plan.high.base is not model.stock.high


def test_targets_make_a_row_a_month(small):
    plan = make_plan(small.model(), small.demand)
    assert plan.times.tolist() == month_starts(small.start, small.horizon).tolist()
    assert plan.low.shape == plan.high.shape == (12, 9)
    assert plan.high.dtype == plan.low.dtype == plan.times.dtype == np.int64
    assert (np.diff(plan.high[:, 8]) > 0).any()


def test_the_world_may_stand_for_its_demand(small):
    one, other = make_plan(small.model(), small.demand), make_plan(small.model(), world=small.world)
    assert np.array_equal(one.high, other.high)


def test_targets_without_demand_or_with_that_of_another_start_are_refused(small):
    with pytest.raises(ModelError, match="give `demand` or `world`"):
        make_plan(small.model())
    model = small.model()
    small.start = date(2026, 2, 1)
    with pytest.raises(ModelError, match="make both from one scenario"):
        make_plan(model, small.demand)


def test_months_begin_at_midnight_utc():
    times = month_starts(date(2026, 11, 5), 120 * DAY)
    dates = [datetime(2026, 11, 5, tzinfo=UTC).timestamp() + second for second in times.tolist()]
    assert [datetime.fromtimestamp(each, UTC).isoformat()[:16] for each in dates] == [
        "2026-11-05T00:00", "2026-12-01T00:00", "2027-01-01T00:00", "2027-02-01T00:00", "2027-03-01T00:00",
    ]  # fmt: skip
    assert month_starts(date(2026, 1, 1), 31 * DAY).tolist() == [0]  # the next month begins after the horizon
    assert month_starts(date(2026, 1, 1), 31 * DAY + 1).tolist() == [0, 31 * DAY]
