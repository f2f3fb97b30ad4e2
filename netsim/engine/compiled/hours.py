"""Opening hours: `netsim.model.calendars.OpenHours` on the kernel's arrays."""

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


@subroutine
def is_open(calendar, t):
    """Return whether it is open at second *t*."""
    i = first_after(calendar.opens, calendar.size, t) - 1
    return i >= 0 and t < calendar.closes[i]


@subroutine
def next_open(calendar, t):
    """Return the first second from *t* on at which it is open."""
    i = first_after(calendar.closes, calendar.size, t)
    return max(t, calendar.opens[i]) if i < calendar.size else NEVER


@subroutine
def length_at(calendar, t):
    """Return the length of the opening that holds second *t*, in seconds; 0 while it is shut."""
    i = first_after(calendar.opens, calendar.size, t) - 1
    return calendar.closes[i] - calendar.opens[i] if i >= 0 and t < calendar.closes[i] else 0


@subroutine
def _open_until(calendar, t):
    i = first_after(calendar.opens, calendar.size, t) - 1
    return calendar.before[i] + min(t, calendar.closes[i]) - calendar.opens[i] if i >= 0 else 0


@inline
def open_between(calendar, a, b):
    """Return the open seconds in (*a*, *b*]."""
    return _open_until(calendar, b) - _open_until(calendar, a)


@subroutine
def end_of_work(calendar, start, work):
    """Return the least second t such that the open time in (*start*, t] equals *work* seconds."""
    if work <= 0:
        return start
    total = _open_until(calendar, start) + work
    i = first_after(calendar.before, calendar.size, total - 1) - 1
    if i < 0:
        return NEVER
    end = calendar.opens[i] + total - calendar.before[i]
    return end if end <= calendar.closes[i] else NEVER
