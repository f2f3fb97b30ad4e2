"""Demand: how many claims each zone sends on each local day, by product, failure mode, month of sale and warranty.

The intensity of a local day is the one at its noon and is spread evenly over its contact hours (a day of 23 or 25
hours counts as one day). It is the same for every zone but for the zone's share of sales, so it is computed once for
the whole market.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from math import ceil
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np

from netsim.errors import ModelError, did_you_mean
from netsim.spec.world import World
from netsim.tape.market import Floats, Ints, Market, make_market

__all__ = ["BASE", "LARGEST_TAPE", "Demand", "catalogue", "demand"]

BASE = "base"
"""The pseudo product of zones that state an installed base and faults by part; one mode a part."""
LARGEST_TAPE = 100_000_000
"""Expected claims above which a tape is refused: more is a slip in a unit, or would not fit in memory."""

_DAY = 86_400
_CONTACT = (time(8), time(22))


@dataclass(frozen=True, slots=True)
class Demand:
    """Expected claims of every zone from *start* (a date, 00:00 UTC) over *horizon* seconds.

    Day 0 is the local date *first_day*, one before *start*; *days* local dates cover the horizon in every time zone.
    *national* [day, mode, warranty] is the whole market in claims a day, *shares* a zone's part of it and *static*
    [zone, mode] its claims a day from an installed base. *windows* are (opens, closes) in seconds of each local day's
    contact hours, *window* the row for each zone. *products* are names and positions in the catalogue. *kept* holds
    what follows from all this, is asked for again in every replication, and has been worked out once.
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
    kept: dict[str, Any] = field(default_factory=dict, init=False, repr=False, compare=False)

    def __getstate__(self) -> tuple[Any, ...]:
        """Return everything but what is kept."""
        return tuple(getattr(self, each.name) for each in fields(self) if each.init)

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        for each, value in zip((each for each in fields(self) if each.init), state, strict=True):
            object.__setattr__(self, each.name, value)
        object.__setattr__(self, "kept", {})

    def expected(self, zone: int | str) -> Floats:
        """Return expected claims as an array [local day, mode, warranty], warranty 0 out and 1 in.

        Day i is the date `first_day` + i. The first day lies wholly or partly before second 0, and the last partly
        or wholly after the horizon: they are told whole. Raise ModelError for an unknown zone.
        """
        at = self.zone(zone)
        claims: Floats = self.national * self.shares[at]
        claims[:, :, 1] += self.static[at]
        return claims

    def totals(self) -> Floats:
        """Return the claims a day of the whole market as an array [product, local day]."""
        totals: Floats | None = self.kept.get("totals")
        if totals is None:
            totals = np.zeros((len(self.products), self.days))
            for row, (_, modes) in enumerate(self.products):
                # Added one by one, so that the order of additions never depends on the length of the array.
                for mode in modes:
                    totals[row] += self.national[:, mode, 0] + self.national[:, mode, 1]
            self.kept["totals"] = totals
        return totals

    def daily(self, zone: int | str) -> Ints:
        """Return the integer intensity [local day, product] in 2^-32 claims a day."""
        at = self.zone(zone)
        base = [self.static[at, modes.start : modes.stop].sum() for _, modes in self.products]
        claims = self.totals() * self.shares[at] + np.array(base).reshape(-1, 1)
        return np.asarray(np.rint(claims.T * 2.0**32, order="C"), dtype=np.int64)

    def cumulative(self, zone: int | str) -> Ints:
        """Return the cumulative intensity at the begin of each local day and the end of the last, in 2^-32 claims."""
        total = np.zeros(self.days + 1, dtype=np.int64)
        np.cumsum(self.daily(zone).sum(axis=1), out=total[1:])
        return total

    def cumulatives(self) -> Ints:
        """Return the cumulative intensity [zone, begin of local day, or end of the last] of all zones."""
        found: Ints | None = self.kept.get("cumulatives")
        if found is None:
            found = np.zeros((len(self.zones), self.days + 1), dtype=np.int64)
            totals, claims = self.totals(), np.empty((len(self.products), self.days))
            plain = (self.static == 0).all(axis=1).tolist()
            most = float(totals.sum(axis=0).max(initial=0.0))
            for zone, share in enumerate(self.shares.tolist()):
                if plain[zone] and most * share < 1 << 20:  # then sums in float64 are exact
                    np.multiply(totals, share * 2.0**32, out=claims)
                    found[zone, 1:] = np.rint(claims, out=claims).sum(axis=0)
                else:
                    found[zone, 1:] = self.daily(zone).sum(axis=1)
            np.cumsum(found, axis=1, out=found)
            self.kept["cumulatives"] = found
        return found

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
        market = make_market(world, name, modes, start, days)
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
