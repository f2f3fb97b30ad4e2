"""Opening hours and departures: what they mean, and what they may not be."""

from __future__ import annotations

import pytest

from netsim.spec.schedules import ALWAYS, Schedule, format_shift, read_departures, read_shift
from netsim.units import QuantityError

H = 3600


def test_a_span_of_days_repeats_its_hours() -> None:
    assert read_shift("mon-wed 10:00-19:00") == tuple((day, 10 * H, 19 * H) for day in (0, 1, 2))


def test_spans_of_days_may_wrap_around_the_week() -> None:
    assert [day for day, _, _ in read_shift("sat-mon 10:00-11:00")] == [0, 5, 6]


def test_several_texts_and_several_hours_add_up() -> None:
    want = ((0, 8 * H, 12 * H), (0, 13 * H, 17 * H), (5, 9 * H, 12 * H))
    assert read_shift("mon 08:00-12:00, 13:00-17:00; sat 09:00-12:00") == want
    assert read_shift(["mon 08:00-12:00 13:00-17:00", "sat 09:00-12:00"]) == want


def test_a_night_shift_is_split_at_midnight() -> None:
    assert read_shift("sun 22:00-06:00") == ((0, 0, 6 * H), (6, 22 * H, 24 * H))


def test_touching_spans_become_one() -> None:
    assert read_shift("mon 08:00-12:00; mon 12:00-24:00") == ((0, 8 * H, 24 * H),)


def test_always_is_every_second_of_the_week() -> None:
    assert read_shift("always") == read_shift("daily 00:00-24:00") == ALWAYS
    assert sum(end - start for _, start, end in ALWAYS) == 7 * 24 * H


@pytest.mark.parametrize("text", ["mon-sat 10:00-19:00", "always", "fri 22:00-06:00; tue 09:30-10:45"])
def test_printed_hours_read_back(text: str) -> None:
    assert read_shift(format_shift(read_shift(text))) == read_shift(text)


@pytest.mark.parametrize(
    ("value", "what"),
    [
        ("mo 10:00-19:00", "`mo` in `mo 10:00-19:00` is not a weekday"),
        ("mon-so 10:00-19:00", "`so` in"),
        ("mon 10-19", "`10` in `mon 10-19` is not a time of day"),
        ("mon 10:00", "is not a span of hours"),
        ("mon 10:00-25:00", "`25:00` in"),
        ("mon 10:75-19:00", "`10:75` in"),
        ("mon 10:00-10:00", "is empty"),
        ("mon", "is not opening hours"),
        ("mon 10:00-19:00; mon 18:00-20:00", "overlap on mon at 18:00"),
        ("mon,mon 10:00-19:00", "names a weekday twice"),
        ("", "the list of times is empty"),
        ([], "the list of times is empty"),
        (8, "`8` is not a text"),
    ],
)
def test_what_are_no_opening_hours(value: object, what: str) -> None:
    with pytest.raises(QuantityError) as caught:
        read_shift(value)
    assert what in caught.value.what
    assert caught.value.remedy


def test_departures_by_weekday_are_sorted() -> None:
    assert read_departures("fri 18:00") == Schedule("weekly", ((4, 18 * H),))
    assert read_departures("thu,mon 09:00") == Schedule("weekly", ((0, 9 * H), (3, 9 * H)))
    assert len(read_departures("daily 18:00").entries) == 7
    assert read_departures(["fri 18:00", "fri 06:00"]).entries == ((4, 6 * H), (4, 18 * H))


def test_departures_by_the_day_of_the_month() -> None:
    assert read_departures("monthly 1,15 09:00") == Schedule("monthly", ((1, 9 * H), (15, 9 * H)))


@pytest.mark.parametrize("text", ["mon,thu 09:00", "monthly 1 09:00"])
def test_printed_departures_read_back(text: str) -> None:
    assert read_departures(str(read_departures(text))) == read_departures(text)


@pytest.mark.parametrize(
    ("value", "what"),
    [
        ("friday 18:00", "`friday`"),
        ("18:00", "is not a departure"),
        ("fri 24:00", "past the end of the day"),
        ("fri 18h", "not a time of day"),
        ("monthly 31 09:00", "not a day of every month"),
        ("monthly one 09:00", "not a day of every month"),
        (["fri 18:00", "monthly 1 09:00"], "mix weekdays and days of the month"),
        (["fri 18:00", "fri 18:00"], "names one departure twice"),
        (None, "is not a text"),
    ],
)
def test_what_is_no_departure(value: object, what: str) -> None:
    with pytest.raises(QuantityError) as caught:
        read_departures(value)
    assert what in caught.value.what
    assert caught.value.remedy
