"""Hours and dates of many places at once agree with those of one place at a time."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from netsim.model.calendars import OpenHours, make_calendar, open_between
from netsim.outcome import hours as module
from netsim.outcome.hours import Hours
from tests.outcome.story import DAY, HOUR

SPANS = st.lists(st.tuples(st.integers(0, 400), st.integers(1, 40)), max_size=12)


@given(
    st.lists(SPANS, min_size=1, max_size=4), st.lists(st.tuples(st.integers(0, 3), st.integers(0, 500)), max_size=30)
)
def test_open_time_of_any_calendar_at_any_time(calendars, asked):
    made = [make_calendar("c", [(HOUR * a, HOUR * (a + b)) for a, b in spans]) for spans in calendars]
    hours = Hours(made, until=500 * HOUR)
    number = np.array([c % len(made) for c, _ in asked], dtype=np.int64)
    time = np.array([t * HOUR + 7 * (t % 3) for _, t in asked], dtype=np.int32)
    passed, outside = hours.look(number, time)
    kept, module.kernel = module.kernel, lambda function, rows: function
    try:
        assert hours.open_until(number, time).tolist() == passed.tolist()
    finally:
        module.kernel = kept
    for i, (calendar, t) in enumerate(zip(number.tolist(), time.tolist(), strict=True)):
        one = OpenHours(made[calendar])
        assert passed[i] == one.open_until(t)
        assert bool(outside[i]) == (not one.is_open(t) and t not in one.closes)
        assert open_between(made[calendar], 0, t) == passed[i]


def test_without_a_calendar_all_time_is_open():
    hours = Hours([make_calendar("day", [(9 * HOUR, 17 * HOUR)])])
    number, begin, end = np.array([-1, 0]), np.array([HOUR, HOUR]), np.array([DAY, DAY])
    assert hours.open_between(number, begin, end).tolist() == [DAY - HOUR, 8 * HOUR]
    assert Hours([]).open_between(np.array([-1]), begin[:1], end[:1]).tolist() == [DAY - HOUR]
    assert hours.look(number, begin)[1].tolist() == [False, True]
    kept, module.kernel = module.kernel, lambda function, rows: function
    try:
        assert hours.open_between(number, begin, end).tolist() == [DAY - HOUR, 8 * HOUR]
    finally:
        module.kernel = kept
