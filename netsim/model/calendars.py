"""Opening hours and departures: local rules of a country as seconds, and work that pauses at closing.

Second 0 is 00:00 UTC of the scenario's first day. A local time that the clock skips in spring counts as that much
later, and one that comes twice in autumn is the first of the two, as the zone database has it.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from netsim.model.model import NEVER, Calendar
from netsim.units import DAY

if TYPE_CHECKING:
    from netsim.spec.schedules import Schedule, Shift

__all__ = [
    "MARGIN",
    "OpenHours",
    "build_calendar",
    "departure_seconds",
    "holiday_dates",
    "local_midnights",
    "local_second",
    "make_calendar",
    "open_between",
]

Ints = npt.NDArray[np.int64]

MARGIN = 400 * DAY
"""Calendars and departures reach this far beyond the horizon, for work and goods that are under way at its end."""


class OpenHours:
    """The opening hours of one calendar, for an engine: scalar functions of whole seconds.

    An interval is open at its first second and shut at its last: [opens, closes). Beyond the last interval everything
    is shut, and what would happen then happens at `NEVER`.
    """

    __slots__ = ("before", "closes", "opens")

    def __init__(self, calendar: Calendar) -> None:
        self.opens: list[int] = calendar.opens.tolist()
        self.closes: list[int] = calendar.closes.tolist()
        self.before: list[int] = calendar.before.tolist()

    def is_open(self, t: int) -> bool:
        """Return whether it is open at second *t*."""
        i = bisect_right(self.opens, t) - 1
        return i >= 0 and t < self.closes[i]

    def next_open(self, t: int) -> int:
        """Return the first second from *t* on at which it is open."""
        i = bisect_right(self.closes, t)
        return max(t, self.opens[i]) if i < len(self.opens) else NEVER

    def length_at(self, t: int) -> int:
        """Return the length of the opening that holds second *t*, in seconds; 0 while it is shut."""
        i = bisect_right(self.opens, t) - 1
        return self.closes[i] - self.opens[i] if i >= 0 and t < self.closes[i] else 0

    def open_until(self, t: int) -> int:
        """Return the open seconds from 0 to *t*."""
        i = bisect_right(self.opens, t) - 1
        return self.before[i] + min(t, self.closes[i]) - self.opens[i] if i >= 0 else 0

    def open_between(self, a: int, b: int) -> int:
        """Return the open seconds in (*a*, *b*]."""
        return self.open_until(b) - self.open_until(a)

    def end_of_work(self, start: int, work: int) -> int:
        """Return the least second t such that the open time in (*start*, t] equals *work* seconds.

        Work may thus end exactly at closing; no work ends at its start, open or not.
        """
        if work <= 0:
            return start
        total = self.open_until(start) + work
        i = bisect_left(self.before, total) - 1
        if i < 0:
            return NEVER
        end = self.opens[i] + total - self.before[i]
        return end if end <= self.closes[i] else NEVER


def open_between(calendar: Calendar, a: npt.ArrayLike, b: npt.ArrayLike) -> Ints:
    """Return the open seconds in (a, b] for arrays *a* and *b* of one shape."""
    return _open_until(calendar, b) - _open_until(calendar, a)


def _open_until(calendar: Calendar, t: npt.ArrayLike) -> Ints:
    times = np.asarray(t, dtype=np.int64)
    if not len(calendar.opens):
        return np.zeros_like(times)
    i = np.searchsorted(calendar.opens, times, side="right") - 1
    known = np.maximum(i, 0)
    passed = calendar.before[known] + np.minimum(times, calendar.closes[known]) - calendar.opens[known]
    return np.where(i < 0, 0, passed).astype(np.int64)


def make_calendar(name: str, spans: Iterable[tuple[int, int]]) -> Calendar:
    """Return the calendar that is open in the *spans* (from, to) of seconds; spans that touch or overlap are merged."""
    merged: list[list[int]] = []
    for opens, closes in sorted(spans):
        if closes <= opens:
            continue
        if merged and opens <= merged[-1][1]:
            merged[-1][1] = max(merged[-1][1], closes)
        else:
            merged.append([opens, closes])
    array = np.array(merged, dtype=np.int64).reshape(-1, 2)
    length = array[:, 1] - array[:, 0]
    return Calendar(name, array[:, 0].copy(), array[:, 1].copy(), np.cumsum(length) - length)


def build_calendar(
    name: str,
    shift: Shift | None,
    *,
    zone: str,
    start: date,
    until: int,
    holidays: str = "",
    opens: date | None = None,
) -> Calendar:
    """Return the open intervals of a weekly local *shift* (None: around the clock) from second 0 to *until*.

    *zone* is an IANA name, *start* the scenario's first day, *holidays* a country code whose public holidays are shut
    all (local) day, *opens* the first local day of service.
    """
    first = local_second(opens, 0, zone=zone, start=start) if opens else 0
    if shift is None:
        return make_calendar(name, [(max(first, 0), until)])
    hours: dict[int, list[tuple[int, int]]] = {}
    for weekday, begin, end in shift:
        hours.setdefault(weekday, []).append((begin, end))
    clock = _LocalClock(zone, start, until)
    days = clock.days
    shut = holiday_dates(holidays, days[0].year, days[-1].year) if holidays else frozenset()
    spans = [
        (clock.second(number, begin), clock.second(number, end))
        for number, day in enumerate(days)
        if day not in shut
        for begin, end in hours.get(day.weekday(), ())
    ]
    return make_calendar(name, [(max(begin, first, 0), min(end, until)) for begin, end in spans])


def departure_seconds(schedule: Schedule, *, zone: str, start: date, until: int) -> Ints:
    """Return the seconds of a local *schedule* within [0, *until*], rising."""
    times: dict[int, list[int]] = {}
    for day, second in schedule.entries:
        times.setdefault(day, []).append(second)
    clock = _LocalClock(zone, start, until)
    found = {
        clock.second(number, second)
        for number, day in enumerate(clock.days)
        for second in times.get(day.weekday() if schedule.kind == "weekly" else day.day, ())
    }
    return np.array(sorted(second for second in found if 0 <= second <= until), dtype=np.int64)


def local_midnights(zone: str, *, start: date, until: int) -> Ints:
    """Return the second at which each local day begins, within [0, *until*]."""
    found = _midnights(zone, start, until)[1][:-1]
    return np.array([second for second in found if 0 <= second <= until], dtype=np.int64)


def local_second(day: date, second: int, *, zone: str, start: date) -> int:
    """Return the second that a clock in *zone* shows as *second* seconds after midnight of *day*.

    86,400 is the midnight that ends the day. Clocks are read, not run: noon is noon on a day of 23 hours too.
    """
    day, second = day + timedelta(days=second // DAY), second % DAY
    clock = datetime.combine(day, time(second // 3600, second % 3600 // 60, second % 60), _zone(zone))
    return round((clock - datetime(start.year, start.month, start.day, tzinfo=UTC)).total_seconds())


class _LocalClock:
    """`local_second` for the days of `_days`: on a day without a change of the clock it is its midnight and so on."""

    def __init__(self, zone: str, start: date, until: int) -> None:
        self._zone, self._start = zone, start
        self.days, self._midnights = _midnights(zone, start, until)

    def second(self, number: int, second: int) -> int:
        """Return the second that the clock shows as *second* seconds after midnight of day *number*."""
        midnight = self._midnights[number]
        if 0 <= second <= DAY and self._midnights[number + 1] == midnight + DAY:
            return midnight + second
        return local_second(self.days[number], second, zone=self._zone, start=self._start)


@lru_cache(maxsize=256)
def _midnights(zone: str, start: date, until: int) -> tuple[tuple[date, ...], tuple[int, ...]]:
    """Return the days of `_days` and the second at which each begins, and the last one ends."""
    days = tuple(_days(start, until))
    edges = (*days, days[-1] + timedelta(days=1))
    return days, tuple(local_second(day, 0, zone=zone, start=start) for day in edges)


@lru_cache(maxsize=256)
def holiday_dates(code: str, first_year: int, last_year: int) -> frozenset[date]:
    """Return the public holidays of a country (``MX``) or a part of it (``US-CA``) in the years given, both included.

    Raise NotImplementedError if the code is unknown to the package `holidays`.
    """
    import holidays

    country, _, part = code.partition("-")
    years = range(first_year, last_year + 1)
    return frozenset(holidays.country_holidays(country, subdiv=part or None, years=years))


@lru_cache(maxsize=256)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def _days(start: date, until: int) -> Iterator[date]:
    """Yield every local day that can touch [0, until] in any time zone."""
    for offset in range(-2, until // DAY + 3):
        yield start + timedelta(days=offset)
