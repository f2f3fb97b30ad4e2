"""Series by day and by month, and the levels they are made of."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netsim.outcome.kpis import SERIES
from netsim.outcome.postings import month_starts
from netsim.outcome.series import build_series
from netsim.outcome.trajectories import Levels, daily_averages
from tests.outcome.story import DAY, Story, build_model


def test_months_are_calendar_months():
    assert month_starts("2026-01-05", 100 * DAY).tolist() == [0, 27 * DAY, 55 * DAY, 86 * DAY]
    assert month_starts("2026-01-01", 31 * DAY).tolist() == [0]
    assert len(month_starts("2023-12-31", 2 * 366 * DAY)) == 25


def points(story, *, horizon=60 * DAY):
    model = build_model(nodes={"shop": ("outlet", "PL")}, parts=("screen",), zones={"warsaw": "PL"})
    series = build_series(model, story.records(horizon))
    assert {name for name, *_ in series} <= set(SERIES)
    return {(name, group, period): (top, base) for name, group, period, top, base in series}


def test_series_of_a_small_story():
    story = Story()
    story.opening(0, 0, 2)
    story.order(created=DAY // 2, closed=2 * DAY)
    story.order(created=30 * DAY, closed=31 * DAY)
    for requested, arrived in ((DAY, DAY), (DAY + 5, 9 * DAY), (40 * DAY, 41 * DAY)):
        story.line(order=0, requested=requested, deadline=requested + 3 * DAY, reserved=arrived, arrived=arrived)
    found = points(story)
    assert found["arrivals", "all", 1] == (1, 2)
    assert ("arrivals", "all", 0) not in found
    assert [found["backlog", "all", day][0] for day in (0, 1, 2)] == [0.5, 1, 0]
    assert found["on_hand", "all", 59] == (2, 1)
    assert found["tat", "all", 0] == found["tat", "country=PL", 0] == (1.5, 1)
    assert found["tat", "all", 1] == (1, 1)
    assert found["orders", "all", 0] == (1, 1)
    assert found["arrival_rate", "country=PL", 0] == (1, 2)
    assert found["arrival_rate", "all", 1] == (1, 1)


def test_each_point_stands_once_and_days_cover_the_run():
    found = points(Story(), horizon=10 * DAY + 1)
    assert sorted(day for name, _, day in found if name == "backlog") == list(range(11))


steps = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 99), st.integers(-3, 4)), max_size=30)


@given(steps, st.integers(0, 60), st.integers(61, 100))
def test_levels_agree_with_counting_every_second(rows, begin, end):
    key, time, delta = (
        (np.array(column, dtype=np.int64) for column in zip(*rows, strict=True))
        if rows
        else [np.zeros(0, np.int64)] * 3
    )
    levels = Levels.of(key, time, delta, 3)
    for k in range(3):
        each = np.array([delta[(key == k) & (time <= second)].sum() for second in range(begin, end)])
        assert levels.average(begin, end)[k] == pytest.approx(each.mean())
        assert levels.positive(begin, end)[k] == (each > 0).sum()
        assert levels.highest(begin, end)[k] == max(0, each.max())
        assert levels.at(end)[k] == each[-1]
    total = [delta[time <= second].sum() for second in range(100)]
    by_ten = daily_averages(time, delta, 95, step=10)
    assert by_ten.tolist() == pytest.approx([np.mean(total[i : min(i + 10, 95)]) for i in range(0, 95, 10)])
