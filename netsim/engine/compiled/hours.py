"""Opening hours: `netsim.model.calendars.OpenHours` on the kernel's arrays.

All that is asked lies close to the present second, so each calendar remembers where it was asked last and goes on from
there: a step or two instead of a search through the year.
"""

from __future__ import annotations

from netsim.engine.compiled.codes import NEVER
from netsim.engine.compiled.jit import inline, subroutine

__all__ = ["end_of_work", "first_after", "is_open", "length_at", "next_open", "open_between"]


@inline
def first_after(times, size, t):
    """Return the index of the first of *times*, which rise, that is later than *t*."""
    low, high = 0, size
    while low < high:
        middle = (low + high) >> 1
        if times[middle] <= t:
            low = middle + 1
        else:
            high = middle
    return low


@inline
def _last_opening(calendar, t):
    """Return the index of the last opening at or before second *t*, or -1."""
    opens, i = calendar.opens, calendar.last
    while i + 1 < calendar.size and opens[i + 1] <= t:
        i += 1
    while i >= 0 and opens[i] > t:
        i -= 1
    calendar.last = i
    return i


@inline
def is_open(calendar, t):
    """Return whether it is open at second *t*."""
    i = _last_opening(calendar, t)
    return i >= 0 and t < calendar.closes[i]


@inline
def next_open(calendar, t):
    """Return the first second from *t* on at which it is open."""
    i = _last_opening(calendar, t)
    if i >= 0 and t < calendar.closes[i]:
        return t
    return calendar.opens[i + 1] if i + 1 < calendar.size else NEVER


@inline
def length_at(calendar, t):
    """Return the length of the opening that holds second *t*, in seconds; 0 while it is shut."""
    i = _last_opening(calendar, t)
    return calendar.closes[i] - calendar.opens[i] if i >= 0 and t < calendar.closes[i] else 0


@inline
def _open_until(calendar, t):
    i = _last_opening(calendar, t)
    return calendar.before[i] + min(t, calendar.closes[i]) - calendar.opens[i] if i >= 0 else 0


@subroutine
def open_between(calendar, a, b):
    """Return the open seconds in (*a*, *b*]."""
    from_start = _open_until(calendar, a)
    return _open_until(calendar, b) - from_start


@subroutine
def end_of_work(calendar, start, work):
    """Return the least second t such that the open time in (*start*, t] equals *work* seconds."""
    if work <= 0:
        return start
    total = _open_until(calendar, start) + work
    i = max(calendar.last, 0)  # where *start* lies
    while i + 1 < calendar.size and calendar.before[i + 1] < total:
        i += 1
    if i >= calendar.size:
        return NEVER
    end = calendar.opens[i] + total - calendar.before[i]
    return end if end <= calendar.closes[i] else NEVER
