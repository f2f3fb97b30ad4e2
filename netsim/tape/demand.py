"""Demand: how many claims each zone sends on each local day, by product, failure mode, month of sale and warranty.

Units sold come in cohorts, one a calendar month, sold evenly over the days of the month. What is discrete: the
intensity of a local day is the one at its noon and is spread evenly over its contact hours (a day of 23 or 25 hours
counts as one day). What is exact: the hazard is integrated in closed form over the ages found in a cohort at that
noon, retirement included, and split at the age where warranty ends.

All of this is the same for every zone but for the zone's share of sales, so it is computed once for the whole market.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from math import ceil, exp, lgamma, log
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
import numpy.typing as npt

from netsim.errors import ModelError, did_you_mean
from netsim.spec.world import FailureMode, Hazard, Product, Sales, World

__all__ = ["BASE", "LARGEST_TAPE", "Demand", "Market", "catalogue", "demand"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

BASE = "base"
"""The pseudo product of zones that state an installed base and faults by part; one mode a part."""
LARGEST_TAPE = 100_000_000
"""Expected claims above which a tape is refused: more is a slip in a unit, or would not fit in memory."""

_DAY = 86_400
_CONTACT = (time(8), time(22))
_MONTH_DAYS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


@dataclass(frozen=True, slots=True)
class Market:
    """A product's cohorts and hazards in the whole market, days counted from `Demand.first_day`.

    *modes* are its positions in the catalogue. One entry a cohort: *months* (year x 12 + month - 1), *begins* and
    *ends* (sold on days begins .. ends - 1), *density* (units sold a day). *ages* has for each mode two arrays, out of
    and in warranty: the claims so far of one unit sold i - 1/2 days ago, per season index 1. *season* has the index of
    each day.
    """

    name: str
    modes: range
    months: Ints
    begins: Ints
    ends: Ints
    density: Floats
    ages: tuple[tuple[Floats, Floats], ...]
    season: Floats

    def by_cohort(self, mode: int) -> Floats:
        """Return claims a day as an array [day, 2 x cohort + warranty] of the product's *mode* (0 is its first)."""
        days = np.arange(self.season.size)[:, None]
        youngest = np.maximum(days + 1 - self.ends, 0)  # at noon of day d a unit sold at begin has d + 1/2 - begin days
        oldest = np.maximum(days + 1 - self.begins, 0)
        rates = np.empty((self.season.size, self.months.size, 2))
        for warranty, so_far in enumerate(self.ages[mode]):
            rates[:, :, warranty] = (so_far[oldest] - so_far[youngest]) * self.density
        rates *= self.season[:, None, None]
        return np.maximum(rates, 0.0).reshape(self.season.size, -1)


@dataclass(frozen=True, slots=True)
class Demand:
    """Expected claims of every zone from *start* (a date, 00:00 UTC) over *horizon* seconds.

    Day 0 is the local date *first_day*, one before *start*; *days* local dates cover the horizon in every time zone.
    *national* [day, mode, warranty] is the whole market in claims a day, *shares* a zone's part of it and *static*
    [zone, mode] its claims a day from an installed base. *windows* are (opens, closes) in seconds of each local day's
    contact hours, *window* the row for each zone. *products* are names and positions in the catalogue.
    """

    start: date
    horizon: int
    first_day: date
    days: int
    catalogue: tuple[tuple[str, str], ...]
    products: tuple[tuple[str, range], ...]
    zones: tuple[str, ...]
    fleets: tuple[str, ...]
    fleet_units: tuple[int, ...]
    markets: tuple[Market | None, ...]
    national: Floats
    shares: Floats
    static: Floats
    windows: tuple[tuple[Ints, Ints], ...]
    window: Ints

    def expected(self, zone: int | str) -> Floats:
        """Return expected claims as an array [local day, mode, warranty], warranty 0 out and 1 in.

        Day i is the date `first_day` + i. The first day lies wholly or partly before second 0, and the last partly
        or wholly after the horizon: they are told whole. Raise ModelError for an unknown zone.
        """
        at = self.zone(zone)
        claims: Floats = self.national * self.shares[at]
        claims[:, :, 1] += self.static[at]
        return claims

    def daily(self, zone: int | str) -> Ints:
        """Return the integer intensity [local day, product] in 2^-32 claims a day."""
        at = self.zone(zone)
        claims = np.zeros((self.days, len(self.products)))
        for column, (_, modes) in enumerate(self.products):
            # Added one by one, so that the order of additions never depends on the length of the array.
            for mode in modes:
                claims[:, column] += self.national[:, mode, 0] + self.national[:, mode, 1]
            claims[:, column] = claims[:, column] * self.shares[at] + self.static[at, modes.start : modes.stop].sum()
        return np.rint(claims * 2.0**32).astype(np.int64)

    def cumulative(self, zone: int | str) -> Ints:
        """Return the cumulative intensity at the begin of each local day and the end of the last, in 2^-32 claims."""
        total = np.zeros(self.days + 1, dtype=np.int64)
        np.cumsum(self.daily(zone).sum(axis=1), out=total[1:])
        return total

    def zone(self, name: int | str) -> int:
        """Return the number of a zone given by number or name; ModelError if there is none such."""
        if isinstance(name, str):
            if name not in self.zones:
                raise ModelError(f"no zone `{name}`; {did_you_mean(name, self.zones) or 'see Demand.zones'}")
            return self.zones.index(name)
        if not 0 <= name < len(self.zones):
            raise ModelError(f"no zone number {name}: they are 0 to {len(self.zones) - 1}")
        return int(name)

    def day_starts(self) -> Ints:
        """Return the seconds of 00:00 UTC of each day; dates are local, so this is right to within the time zone."""
        return (np.arange(self.days, dtype=np.int64) + (self.first_day - self.start).days) * _DAY


def catalogue(world: World) -> tuple[tuple[str, str], ...]:
    """Return all (product, mode) pairs, sorted by product, then mode; fleets come last, each with mode ``failure``.

    Zones with an installed base (`units`, `failures`) give the pseudo product ``base``, one mode a part. Raise
    ModelError if a real product has that name as well.
    """
    pairs = {(name, mode) for name, product in world.products.items() for mode in product.modes}
    static = {(BASE, part) for zone in world.zones.values() if zone.units > 0 for part in zone.failures}
    if static and BASE in world.products:
        raise ModelError(f"a product is named `{BASE}`, which stands for the installed base of zones; rename it")
    return (*sorted(pairs | static), *((f"fleet:{name}", "failure") for name in world.fleets))


def demand(world: World, start: date, horizon: int) -> Demand:
    """Return the expected claims of every zone of *world* for *horizon* seconds from 00:00 UTC of *start*.

    Raise ModelError for a horizon that is not positive, sales without exactly one form, a season without meaning, an
    unknown country or time zone, or more than `LARGEST_TAPE` expected claims.
    """
    if horizon <= 0:
        raise ModelError(f"a horizon of {horizon} s covers nothing; use a positive number of seconds")
    first_day, days = start - timedelta(days=1), ceil(horizon / _DAY) + 2
    pairs = catalogue(world)
    products = _products(pairs[: len(pairs) - len(world.fleets)])
    national = np.zeros((days, len(pairs), 2))
    markets: list[Market | None] = []
    for name, modes in products:
        if name not in world.products:
            markets.append(None)
            continue
        market = _market(world, name, modes, start, days)
        markets.append(market)
        for mode in modes:
            rates = market.by_cohort(mode - modes.start)
            # Sums over cohorts run one after the other: a longer horizon appends cohorts, which must not regroup them.
            national[:, mode, 0] = np.cumsum(rates[:, 0::2], axis=1)[:, -1]
            national[:, mode, 1] = np.cumsum(rates[:, 1::2], axis=1)[:, -1]
    shares = np.array([zone.share for zone in world.zones.values()], dtype=np.float64)
    static = _static(world, pairs)
    windows, window = _windows(world, first_day, days)
    total = float(national.sum() * shares.sum() + static.sum() * days)
    if not total <= LARGEST_TAPE:
        raise ModelError(
            f"{total:.3g} claims are expected, above the limit of {LARGEST_TAPE:,}; "
            "check units, shares and failure rates, or take a shorter horizon"
        )
    return Demand(
        start=start,
        horizon=horizon,
        first_day=first_day,
        days=days,
        catalogue=pairs,
        products=products,
        zones=tuple(world.zones),
        fleets=tuple(world.fleets),
        fleet_units=tuple(fleet.units for fleet in world.fleets.values()),
        markets=tuple(markets),
        national=national,
        shares=shares,
        static=static,
        windows=windows,
        window=window,
    )


def _products(pairs: Sequence[tuple[str, str]]) -> tuple[tuple[str, range], ...]:
    names = [product for product, _ in pairs]
    firsts = {name: names.index(name) for name in dict.fromkeys(names)}
    return tuple((name, range(first, first + names.count(name))) for name, first in firsts.items())


def _market(world: World, name: str, modes: range, start: date, days: int) -> Market:
    product, first = world.products[name], start - timedelta(days=1)
    months, begins, ends, sold = _cohorts(name, product.sales, start, first, days)
    no_fault = world.rates.no_fault if product.no_fault is None else product.no_fault
    decay = 0.0 if product.half_life is None else log(2) * _DAY / product.half_life
    oldest = days + 1 - int(begins.min(initial=0))
    age = np.maximum(np.arange(oldest) - 0.5, 0.0)
    in_warranty = np.minimum(age, product.warranty / _DAY)
    ages = []
    for mode in (product.modes[each] for each in sorted(product.modes)):
        claims, covered = _faults(mode, decay, age), _faults(mode, decay, in_warranty)
        claims_out = (claims - covered) * (product.report_out * mode.capture / (1 - no_fault))
        ages.append((claims_out, covered * (product.report_in * mode.capture / (1 - no_fault))))
    season = _season(name, product)
    dates = [(first + timedelta(days=day)).month - 1 for day in range(days)]
    return Market(name, modes, months, begins, ends, sold, tuple(ages), season[dates])


def _faults(mode: FailureMode, decay: float, age: Floats) -> Floats:
    """Return the expected faults of one unit up to *age* in days, given that it retires at the rate *decay* a day.

    The integral of h(a) exp(-decay a): for a Weibull hazard an incomplete gamma function of order shape.
    """
    if not isinstance(mode.hazard, Hazard):
        return mode.hazard * (-np.expm1(-decay * age) / decay if decay else age)
    shape, scale = mode.hazard.weibull.shape, mode.hazard.weibull.scale / _DAY
    if not decay:
        return np.asarray((age / scale) ** shape, dtype=np.float64)
    from scipy.special import gammainc

    return np.asarray(exp(lgamma(shape + 1) - shape * log(scale * decay)) * gammainc(shape, decay * age))


def _cohorts(name: str, sales: Sales, start: date, first: date, days: int) -> tuple[Ints, Ints, Ints, Floats]:
    """Return month number, first day, day after the last and units a day of each cohort sold within the horizon.

    Sales begin with the calendar month of *start*, `months_before` earlier. Month i of a table is the i-th from
    there; a logistic ramp counts its time from the first day of the first month.
    """
    begin_month = start.year * 12 + start.month - 1 - sales.months_before
    stop = first + timedelta(days=days)
    months = np.arange(begin_month, stop.year * 12 + stop.month)
    edges = np.array([(_month_start(int(month)) - first).days for month in (*months, months[-1] + 1)], dtype=np.int64)
    begins, ends = edges[:-1], edges[1:]
    if sales.plateau is not None:
        units = np.full(months.size, sales.plateau)
    elif sales.monthly is not None:
        units = np.zeros(months.size)
        table = np.array(sales.monthly[: months.size])
        units[: table.size] = table
    else:
        assert sales.logistic is not None
        ramp = sales.logistic
        since = ((edges - edges[0]) * _DAY - ramp.midpoint) / ramp.scale
        risen = np.logaddexp(0.0, since) * (ramp.scale / _DAY)  # the integral of 1 / (1 + exp(-x)) is log(1 + exp(x))
        units = ramp.plateau * np.diff(risen) / (ends - begins)
    if not (np.isfinite(units).all() and (units >= 0).all()):
        raise ModelError(f"sales of `{name}` hold a negative or missing number; use units a month from 0 up")
    density = units / (ends - begins)
    if sales.end is not None:
        ends = np.minimum(ends, round(sales.end / _DAY) + (start - first).days)
    kept = (ends > begins) & (begins < days)
    return months[kept], begins[kept], ends[kept], density[kept]


def _month_start(month: int) -> date:
    return date(month // 12, month % 12 + 1, 1)


def _season(name: str, product: Product) -> Floats:
    season = np.array(product.season, dtype=np.float64)
    mean = float(season @ _MONTH_DAYS) / 365
    if not (np.isfinite(season).all() and (season >= 0).all() and mean > 0):
        raise ModelError(f"the season of `{name}` must be 12 numbers from 0 up, not all 0")
    return season / mean


def _static(world: World, pairs: tuple[tuple[str, str], ...]) -> Floats:
    static = np.zeros((len(world.zones), len(pairs)))
    position = {pair: index for index, pair in enumerate(pairs)}
    for row, zone in enumerate(world.zones.values()):
        if zone.units > 0:
            for part, rate in zone.failures.items():
                static[row, position[BASE, part]] = zone.units * rate / (1 - world.rates.no_fault)
    return static


def _windows(world: World, first: date, days: int) -> tuple[tuple[tuple[Ints, Ints], ...], Ints]:
    kinds: dict[tuple[str, str], int] = {}
    rows = []
    for name, zone in world.zones.items():
        if zone.country not in world.countries:
            raise ModelError(f"zone `{name}` lies in `{zone.country}`, which is not in world.countries")
        rows.append(kinds.setdefault((world.countries[zone.country].time_zone, zone.contact), len(kinds)))
    return tuple(_contact(*kind, first, days) for kind in kinds), np.array(rows, dtype=np.int64)


@lru_cache(maxsize=64)
def _contact(time_zone: str, contact: str, first: date, days: int) -> tuple[Ints, Ints]:
    """Return the seconds, from 00:00 UTC of the day after *first*, between which claims arise on each local day."""
    try:
        zone = ZoneInfo(time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ModelError(f"`{time_zone}` is not an IANA time zone; write a name such as `Europe/Madrid`") from None
    zero = round(datetime.combine(first + timedelta(days=1), time(0), tzinfo=ZoneInfo("UTC")).timestamp())

    def seconds(clock: time, shift: int) -> list[int]:
        dates = (first + timedelta(days=day + shift) for day in range(days))
        return [round(datetime.combine(day, clock, tzinfo=zone).timestamp()) - zero for day in dates]

    opens, closes = (time(0), time(0)) if contact == "always" else _CONTACT
    window = (
        np.array(seconds(opens, 0), dtype=np.int64),
        np.array(seconds(closes, 1 if contact == "always" else 0), dtype=np.int64),
    )
    for edge in window:
        edge.setflags(write=False)  # shared by all who ask
    return window
