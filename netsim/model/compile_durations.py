"""What the parts of the compiler share: numbers for names, durations, calendars and schedules, each told once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Generic, TypeVar

import numpy as np
import numpy.typing as npt

from netsim.distributions import Distribution, quantile_table
from netsim.model.calendars import MARGIN, build_calendar, departure_seconds, local_second
from netsim.model.model import Calendar, Durations
from netsim.spec.schedules import ALWAYS, Schedule, Shift, format_shift

if TYPE_CHECKING:
    from netsim.spec.countries import Country

__all__ = ["Clock", "DurationList", "Numbered", "ints", "threshold"]

Ints = npt.NDArray[np.int64]
K = TypeVar("K")

ONE = 2**32
"""A certain event: the threshold that every 32-bit mark is below."""


def ints(values: Sequence[int] | Sequence[bool]) -> Ints:
    """Return the values as an int64 array."""
    return np.array(values, dtype=np.int64)


def threshold(probability: float) -> int:
    """Return the threshold of a probability against 32-bit marks."""
    return round(probability * ONE)


class Numbered(Generic[K]):
    """Gives each different key a number, in the order in which the keys come."""

    def __init__(self) -> None:
        self._numbers: dict[K, int] = {}

    def number(self, key: K) -> int:
        """Return the number of *key*, a new one if it has none yet."""
        return self._numbers.setdefault(key, len(self._numbers))

    def listed(self) -> list[K]:
        """Return all keys in order of their numbers."""
        return list(self._numbers)


class DurationList:
    """Collects durations: equal ones share a number, equal shapes share a table, number 0 takes no time."""

    def __init__(self) -> None:
        self._durations: Numbered[tuple[int, int]] = Numbered()
        self._shapes: Numbered[tuple[str, tuple[float, ...]]] = Numbered()
        self._tables: list[Ints] = []
        self._known: dict[Distribution, int] = {}
        self._durations.number((0, -1))

    def number(self, distribution: Distribution) -> int:
        """Return the number of a duration."""
        number = self._known.get(distribution)
        if number is None:
            number = self._known[distribution] = self._number(distribution)
        return number

    def _number(self, distribution: Distribution) -> int:
        if distribution.seconds == 0 or distribution.family == "fixed":
            return self._durations.number((distribution.seconds, -1))
        table = self._shapes.number(distribution.shape)
        if table == len(self._tables):
            self._tables.append(np.array(quantile_table(distribution).view, dtype=np.int64))
        return self._durations.number((distribution.seconds, table))

    def done(self) -> Durations:
        """Return the durations collected."""
        pairs = self._durations.listed()
        return Durations(ints([mean for mean, _ in pairs]), ints([table for _, table in pairs]), tuple(self._tables))


class Clock:
    """Turns local shifts and schedules into calendars and rows of departures, each kept once."""

    def __init__(self, start: date, horizon: int) -> None:
        self._start, self._until = start, horizon + MARGIN
        self._calendars: Numbered[tuple[str, str, Shift | None, date | None]] = Numbered()
        self._departures: Numbered[tuple[str, Schedule]] = Numbered()

    def calendar(self, country: Country, shift: Shift | None, opens: date | None) -> int:
        """Return the number of the opening hours of a node, -1 if it never shuts.

        Without a shift a node never shuts, on holidays neither.
        """
        if shift is None or (shift == ALWAYS and not country.holidays):
            never_shut = self.second(country, opens) == 0
            return -1 if never_shut else self._calendars.number((country.time_zone, "", None, opens))
        return self._calendars.number((country.time_zone, country.holidays, shift, opens))

    def departures(self, country: Country, schedule: Schedule | None) -> int:
        """Return the row of local departure or review times, -1 if there is no schedule."""
        return -1 if schedule is None else self._departures.number((country.time_zone, schedule))

    def second(self, country: Country, day: date | None) -> int:
        """Return the second at which a local day begins, 0 for None or a day that has begun before second 0."""
        return 0 if day is None else max(0, local_second(day, 0, zone=country.time_zone, start=self._start))

    def calendars(self) -> tuple[Calendar, ...]:
        """Return all calendars, each named by its zone, holidays and hours."""
        return tuple(
            build_calendar(
                " ".join(
                    (zone, *([f"holidays {holidays}"] if holidays else []), format_shift(shift) if shift else "always")
                    + ((f"from {opens}",) if opens else ())
                ),
                shift,
                zone=zone,
                start=self._start,
                until=self._until,
                holidays=holidays,
                opens=opens,
            )
            for zone, holidays, shift, opens in self._calendars.listed()
        )

    def rows(self) -> tuple[Ints, ...]:
        """Return all rows of departure and review times."""
        return tuple(
            departure_seconds(schedule, zone=zone, start=self._start, until=self._until)
            for zone, schedule in self._departures.listed()
        )
