"""Weekly opening hours and departure times as a planner writes them: ``mon-sat 10:00-19:00``, ``mon,thu 09:00``.

All times are local. A weekday is 0 (Monday) to 6 (Sunday), a time of day is seconds after midnight.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from netsim.units import DAY, QuantityError

__all__ = ["ALWAYS", "WEEKDAYS", "Schedule", "Shift", "format_shift", "read_departures", "read_shift"]

Shift = tuple[tuple[int, int, int], ...]

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
ALWAYS: Shift = tuple((day, 0, DAY) for day in range(7))
_SHIFT_REMEDY = "write opening hours such as `mon-sat 10:00-19:00`, several separated by `;`, or `always`"
_DEPARTURE_REMEDY = "write departures such as `fri 18:00`, `mon,thu 09:00`, `daily 18:00` or `monthly 1 09:00`"
_TIME = re.compile(r"(\d{1,2}):(\d{2})")


@dataclass(frozen=True, slots=True)
class Schedule:
    """Local times of departures or reviews.

    *entries* are sorted pairs: (weekday 0-6, seconds) if *kind* is ``weekly``, (day of the month 1-28, seconds) if
    it is ``monthly``.
    """

    kind: Literal["weekly", "monthly"]
    entries: tuple[tuple[int, int], ...]

    def __str__(self) -> str:
        if self.kind == "monthly":
            return "; ".join(f"monthly {day} {_clock(at)}" for day, at in self.entries)
        return "; ".join(f"{WEEKDAYS[day]} {_clock(at)}" for day, at in self.entries)


def read_shift(value: object) -> Shift:
    """Return sorted, disjoint (weekday, start, end) of opening hours; nights are split at midnight (86400)."""
    if isinstance(value, str) and value.strip() == "always":
        return ALWAYS
    spans: list[tuple[int, int, int]] = []
    for text in _parts(value, _SHIFT_REMEDY):
        days, _, hours = text.strip().partition(" ")
        if not hours.strip():
            raise QuantityError(f"`{text.strip()}` is not opening hours", _SHIFT_REMEDY)
        for day in _weekdays(days, text, _SHIFT_REMEDY):
            for hour in re.split(r"\s*,\s*|\s+", hours.strip()):
                spans += _span(day, hour, text)
    spans.sort()
    merged: list[tuple[int, int, int]] = []
    for day, start, end in spans:
        if merged and merged[-1][0] == day and start < merged[-1][2]:
            raise QuantityError(f"opening hours overlap on {WEEKDAYS[day]} at {_clock(start)}", _SHIFT_REMEDY)
        if merged and merged[-1][0] == day and start == merged[-1][2]:
            merged[-1] = (day, merged[-1][1], end)
        else:
            merged.append((day, start, end))
    return tuple(merged)


def read_departures(value: object) -> Schedule:
    """Return the `Schedule` of one departure text or a list of them; all weekly or all monthly."""
    kinds: set[Literal["weekly", "monthly"]] = set()
    entries: set[tuple[int, int]] = set()
    for text in _parts(value, _DEPARTURE_REMEDY):
        words = text.split()
        monthly = words[:1] == ["monthly"]
        if len(words) != 2 + monthly:
            raise QuantityError(f"`{text.strip()}` is not a departure", _DEPARTURE_REMEDY)
        at = _seconds(words[-1], text, _DEPARTURE_REMEDY)
        if at >= DAY:
            raise QuantityError(f"`{text.strip()}` is past the end of the day", "write 00:00 of the next day")
        days = _month_days(words[1], text) if monthly else _weekdays(words[0], text, _DEPARTURE_REMEDY)
        kinds.add("monthly" if monthly else "weekly")
        for day in days:
            if (day, at) in entries and len(kinds) == 1:
                raise QuantityError(f"`{text.strip()}` names one departure twice", "write each departure once")
            entries.add((day, at))
    if len(kinds) > 1:
        raise QuantityError("departures mix weekdays and days of the month", "write weekly ones or monthly ones only")
    return Schedule(kinds.pop(), tuple(sorted(entries)))


def format_shift(shift: Shift) -> str:
    """Return opening hours as a text that `read_shift` reads back."""
    if shift == ALWAYS:
        return "always"
    return "; ".join(f"{WEEKDAYS[day]} {_clock(start)}-{_clock(end)}" for day, start, end in shift)


def _parts(value: object, remedy: str) -> list[str]:
    items = value if isinstance(value, list | tuple) else [value]
    texts = []
    for item in items:
        if not isinstance(item, str):
            raise QuantityError(f"`{item}` is not a text", remedy)
        texts += [part for part in item.split(";") if part.strip()]
    if not texts:
        raise QuantityError("the list of times is empty", remedy)
    return texts


def _weekdays(words: str, text: str, remedy: str) -> list[int]:
    if words.lower() == "daily":
        return list(range(7))
    days: list[int] = []
    for word in words.lower().split(","):
        first, dash, last = word.partition("-")
        if first not in WEEKDAYS or (dash and last not in WEEKDAYS):
            wrong = last if first in WEEKDAYS else first
            raise QuantityError(f"`{wrong}` in `{text.strip()}` is not a weekday (mon ... sun, daily)", remedy)
        start = WEEKDAYS.index(first)
        length = (WEEKDAYS.index(last) - start) % 7 if dash else 0
        days += [(start + offset) % 7 for offset in range(length + 1)]
    if len(set(days)) < len(days):
        raise QuantityError(f"`{text.strip()}` names a weekday twice", remedy)
    return days


def _month_days(words: str, text: str) -> list[int]:
    days = [int(word) if word.isdecimal() else 0 for word in words.split(",")]
    if not all(1 <= day <= 28 for day in days) or len(set(days)) < len(days):
        raise QuantityError(
            f"`{words}` in `{text.strip()}` is not a day of every month",
            "write different days from 1 to 28, such as `monthly 1 09:00`",
        )
    return days


def _span(day: int, hours: str, text: str) -> list[tuple[int, int, int]]:
    opens, dash, closes = hours.partition("-")
    if not dash:
        raise QuantityError(f"`{hours}` in `{text.strip()}` is not a span of hours", _SHIFT_REMEDY)
    start, end = _seconds(opens, text, _SHIFT_REMEDY), _seconds(closes, text, _SHIFT_REMEDY)
    if start in (end, DAY):
        raise QuantityError(f"`{hours}` in `{text.strip()}` is empty", _SHIFT_REMEDY)
    if start < end:
        return [(day, start, end)]
    night = [(day, start, DAY), ((day + 1) % 7, 0, end)]
    return [span for span in night if span[1] < span[2]]


def _seconds(clock: str, text: str, remedy: str) -> int:
    found = _TIME.fullmatch(clock.strip())
    seconds = int(found[1]) * 3600 + int(found[2]) * 60 if found and int(found[2]) < 60 else DAY + 1
    if seconds > DAY:
        raise QuantityError(f"`{clock.strip()}` in `{text.strip()}` is not a time of day", remedy)
    return seconds


def _clock(seconds: int) -> str:
    return f"{seconds // 3600:02d}:{seconds % 3600 // 60:02d}"
