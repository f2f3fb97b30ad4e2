from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from netsim.model.calendars import (
    OpenHours,
    build_calendar,
    departure_seconds,
    holiday_dates,
    local_midnights,
    local_second,
    make_calendar,
    open_between,
)
from netsim.model.model import NEVER
from netsim.spec.schedules import ALWAYS, read_departures, read_shift

HOUR, DAY = 3600, 86400
TIJUANA, MADRID = "America/Tijuana", "Europe/Madrid"


def at(start: date, second: int, zone: str) -> str:
    """Return what a clock in the zone shows, computed the other way round."""
    base = int(datetime(start.year, start.month, start.day, tzinfo=UTC).timestamp())
    return datetime.fromtimestamp(base + second, ZoneInfo(zone)).strftime("%a %m-%d %H:%M")


def test_a_shift_is_local_in_winter_and_in_summer():
    start = date(2026, 1, 5)
    calendar = build_calendar("", read_shift("mon-sat 10:00-19:00"), zone=MADRID, start=start, until=365 * DAY)
    assert calendar.opens[0] == 9 * HOUR  # Monday 10:00 in Madrid is 09:00 UTC
    assert {at(start, second, MADRID)[-5:] for second in calendar.opens.tolist()} == {"10:00"}
    assert {at(start, second, MADRID)[-5:] for second in calendar.closes.tolist()} == {"19:00"}
    assert not any(at(start, second, MADRID).startswith("Sun") for second in calendar.opens.tolist())
    assert len(calendar.opens) == 313


def test_a_night_shift_is_an_hour_shorter_in_spring_and_longer_in_autumn():
    # Tijuana follows the United States: 8 March and 1 November 2026, at 02:00 local.
    start = date(2026, 3, 1)
    calendar = build_calendar("", read_shift("daily 22:00-06:00"), zone=TIJUANA, start=start, until=300 * DAY)
    lengths = {
        at(start, opens, TIJUANA)[4:9]: (closes - opens) // HOUR
        for opens, closes in zip(calendar.opens.tolist(), calendar.closes.tolist(), strict=True)
    }
    assert lengths["03-06"] == 8
    assert lengths["03-07"] == 7
    assert lengths["10-31"] == 9
    assert lengths["11-01"] == 8


def test_round_the_clock_is_one_interval_over_both_changes_of_the_clock():
    calendar = build_calendar("", ALWAYS, zone=MADRID, start=date(2026, 1, 5), until=400 * DAY)
    assert calendar.opens.tolist() == [0]
    assert calendar.closes.tolist() == [400 * DAY]


def test_holidays_shut_the_local_day():
    start = date(2026, 1, 5)
    shift = read_shift("daily 09:00-18:00")
    plain = build_calendar("", shift, zone=TIJUANA, start=start, until=365 * DAY)
    festive = build_calendar("", shift, zone=TIJUANA, start=start, until=365 * DAY, holidays="MX")
    shut = {at(start, second, TIJUANA)[4:9] for second in set(plain.opens.tolist()) - set(festive.opens.tolist())}
    # Ley Federal del Trabajo, article 74: Constitution, Juarez, Labour, Independence, Revolution, Christmas, New Year.
    assert shut == {"02-02", "03-16", "05-01", "09-16", "11-16", "12-25", "01-01"}
    assert date(2026, 3, 31) in holiday_dates("US-CA", 2026, 2026)  # César Chávez Day, in California only
    assert date(2026, 3, 31) not in holiday_dates("US", 2026, 2026)


def test_a_node_that_opens_later_is_shut_before():
    start = date(2026, 1, 5)
    calendar = build_calendar("", None, zone=MADRID, start=start, until=100 * DAY, opens=date(2026, 2, 1))
    assert calendar.opens.tolist() == [27 * DAY - HOUR]
    early = build_calendar("", None, zone=MADRID, start=start, until=100 * DAY, opens=date(2025, 2, 1))
    assert early.opens.tolist() == [0]


def test_departures_leave_at_the_same_local_time_all_year():
    start = date(2026, 1, 5)
    weekly = departure_seconds(read_departures("fri 18:00"), zone=MADRID, start=start, until=365 * DAY)
    assert {at(start, second, MADRID)[:3] + at(start, second, MADRID)[-5:] for second in weekly.tolist()} == {
        "Fri18:00"
    }
    assert len(weekly) == 52
    monthly = departure_seconds(read_departures("monthly 1 09:00"), zone=TIJUANA, start=start, until=365 * DAY)
    shown = [at(start, second, TIJUANA)[4:] for second in monthly.tolist()]
    assert shown == [f"{month:02d}-01 09:00" for month in (2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 1)]
    daily = departure_seconds(read_departures("daily 02:30"), zone=MADRID, start=start, until=365 * DAY)
    assert len(daily) == 365
    assert (np.diff(daily) > 0).all()


def test_midnights_are_23_24_or_25_hours_apart():
    midnights = local_midnights(MADRID, start=date(2026, 1, 5), until=365 * DAY)
    assert midnights[0] == 23 * HOUR
    assert np.unique(np.diff(midnights), return_counts=True)[1].tolist() == [1, len(midnights) - 3, 1]
    assert local_second(date(2026, 1, 5), DAY, zone=MADRID, start=date(2026, 1, 5)) == 23 * HOUR


def test_work_may_end_exactly_at_closing_and_no_work_ends_where_it_starts():
    hours = OpenHours(make_calendar("", [(10, 20), (30, 40)]))
    assert hours.end_of_work(10, 10) == 20
    assert hours.end_of_work(10, 11) == 31
    assert hours.end_of_work(20, 1) == 31
    assert hours.end_of_work(25, 0) == 25
    assert hours.end_of_work(0, 20) == 40
    assert hours.end_of_work(0, 21) == NEVER
    assert (hours.next_open(0), hours.next_open(19), hours.next_open(20), hours.next_open(40)) == (10, 19, 30, NEVER)
    assert [hours.length_at(t) for t in (9, 10, 19, 20, 35)] == [0, 10, 10, 0, 10]


def test_a_calendar_that_never_opens():
    calendar = make_calendar("", [])
    hours = OpenHours(calendar)
    assert not hours.is_open(5)
    assert hours.next_open(5) == NEVER
    assert hours.end_of_work(5, 1) == NEVER
    assert open_between(calendar, [0], [100]).tolist() == [0]


SPANS = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 12)).map(lambda s: (s[0], s[0] + s[1])), max_size=8)


@settings(deadline=None)  # seconds on a shared machine are no property of the code
@given(SPANS, st.integers(0, 80), st.integers(0, 80), st.integers(0, 80))
def test_open_hours_agree_with_counting_every_second(spans, start, other, work):
    # Second t is the unit of time (t, t + 1]; it counts if some span holds it.
    is_open = [any(opens <= t < closes for opens, closes in spans) for t in range(200)]
    calendar = make_calendar("", spans)
    hours = OpenHours(calendar)
    assert (calendar.opens[1:] > calendar.closes[:-1]).all()
    assert [hours.is_open(t) for t in range(100)] == is_open[:100]
    assert hours.next_open(start) == next((t for t in range(start, 200) if is_open[t]), NEVER)
    a, b = sorted((start, other))
    assert hours.open_between(a, b) == sum(is_open[a:b])
    assert open_between(calendar, [a, 0], [b, b]).tolist() == [sum(is_open[a:b]), sum(is_open[:b])]
    ends = [t for t in range(start, 200) if sum(is_open[start:t]) == work]
    assert hours.end_of_work(start, work) == (ends[0] if ends else NEVER)
