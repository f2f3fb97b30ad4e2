"""Hours and dates of many places at once: open time by calendar, and local dates by country, as arrays."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from netsim.model.calendars import local_midnights
from netsim.model.model import Calendar
from netsim.outcome.compiled_sums import count_open
from netsim.outcome.kernels import kernel
from netsim.units import DAY

__all__ = ["Hours", "count_midnights"]

Ints = npt.NDArray[np.int64]
Times = npt.NDArray[np.integer]


class _Rows:
    """Rising numbers in several rows, for counting by row and day at once how many there are up to a second."""

    def __init__(self, rows: Sequence[Ints], until: int) -> None:
        self.days = until // DAY + 2
        bounds = np.arange(self.days + 1, dtype=np.int64) * DAY
        self.offset = np.zeros(len(rows) + 1, dtype=np.int64)
        np.cumsum([len(row) for row in rows], out=self.offset[1:])
        before = [np.searchsorted(row, bounds, side="left") for row in rows]
        self.most = max((int(np.diff(counts).max()) for counts in before), default=0)
        # Each row ends in a number that is never reached, for looking one beyond; places are those in all *values*.
        none = np.full(1, 2**31 - 1)
        self.values = np.concatenate([none, *(part for row in rows for part in (row, none))]).astype(np.int32)
        self.offset += np.arange(1, len(rows) + 2)
        self.place = np.array(before, dtype=np.int32).reshape(len(rows), self.days + 1)
        self.place += self.offset[:-1, None].astype(np.int32)

    def count(self, row: Times, time: Times) -> Ints:
        """Return how many numbers of each *row* are no later than *time*, a second of the run."""
        return self.find(row, time) - self.offset[row]

    def find(self, row: Times, time: Times) -> npt.NDArray[np.int32]:
        """Return the place of the first number of each *row* that is later than *time*."""
        at: npt.NDArray[np.int32] = self.place[row, np.minimum(time // DAY, self.days - 1)]
        for _ in range(self.most):
            at += self.values[at] <= time
        return at


class Hours:
    """The opening hours of all calendars of a model, for arrays of seconds of the run."""

    def __init__(self, calendars: Sequence[Calendar], *, until: int | None = None) -> None:
        latest = max((int(c.closes[-1]) for c in calendars if len(c.closes)), default=0)
        self._rows = _Rows([c.opens for c in calendars], latest if until is None else until)
        # Laid out as the openings are found, each calendar's after a place that stands for the time before its first.
        none = np.zeros(1, dtype=np.int64)
        self.opens, self.closes, self.before = (
            np.concatenate([none, *(part for c in calendars for part in (getattr(c, name), none))])
            for name in ("opens", "closes", "before")
        )

    def look(self, calendar: Times, time: Times) -> tuple[Ints, npt.NDArray[np.bool_]]:
        """Return `open_until`, and whether each *time* is neither in an opening of its *calendar* nor at one's end."""
        if not len(self._rows.place):
            return time.astype(np.int64), np.zeros(len(time), dtype=np.bool_)
        known = np.maximum(calendar, 0)
        opening = self._rows.find(known, time) - 1
        closes = self.closes[opening]
        # Before a calendar's first opening stands one of no length.
        passed = self.before[opening] + np.minimum(time, closes) - self.opens[opening]
        outside = (opening < self._rows.offset[known]) | (time > closes)
        if len(calendar) and int(calendar.min()) < 0:
            passed, outside = np.where(calendar < 0, time, passed), outside & (calendar >= 0)
        return passed, outside

    def open_until(self, calendar: Times, time: Times) -> Ints:
        """Return the open seconds from 0 to *time*; all of them without a calendar (-1)."""
        fast, rows = kernel(count_open, len(time)), self._rows
        if fast is None or not len(rows.place):
            return self.look(calendar, time)[0]
        found = np.empty(len(time), dtype=np.int64)
        fast(calendar, time, rows.place, rows.values, self.opens, self.closes, self.before, DAY, found)
        return found

    def open_between(self, calendar: Times, a: Times, b: Times) -> Ints:
        """Return the open seconds in (a, b], of all hours where there is no calendar."""
        return self.open_until(calendar, b) - self.open_until(calendar, a)


def count_midnights(zones: Sequence[str], zone: Times, time: Times, *, start: date, horizon: int) -> Ints:
    """Return how many local midnights of the run lie no later than each *time*, in *zones*[*zone*]."""
    return _midnights(tuple(zones), start, horizon).count(zone, time)


@lru_cache(maxsize=8)
def _midnights(zones: tuple[str, ...], start: date, horizon: int) -> _Rows:
    return _Rows([_of_zone(zone, start, horizon) for zone in zones], horizon)


@lru_cache(maxsize=256)
def _of_zone(zone: str, start: date, horizon: int) -> Ints:
    return local_midnights(zone, start=start, until=horizon)
