"""Shares: the tables against which the marks of claims choose product, failure mode, month of sale and warranty.

They are the same in every replication, so each `Demand` keeps those that it has been asked for.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from netsim.tape.demand import Demand
from netsim.tape.market import Floats, Ints, Market

__all__ = ["Choice", "Shares", "choose", "limits"]

_WHOLE = 1 << 32
_MOST_KEPT = 1 << 22  # entries of the cohorts' tables: 32 MiB; more are made anew for every tape

Marks = npt.NDArray[np.integer]


def limits(weights: Floats) -> Ints:
    """Return cumulative shares [row, option] in 2^-32 of the row's total, rounded down (full in a row of zeros)."""
    running = np.cumsum(weights, axis=1)
    whole = running[:, -1:]
    # Division is exact to the last bit on every machine, and the last option with weight always ends at 2**32.
    shares = np.divide(running, whole, out=np.ones_like(running), where=whole > 0)
    shares *= _WHOLE
    return np.asarray(np.floor(shares, out=shares), dtype=np.int64)


def choose(cumulative: Ints, row: Ints, mark: Marks) -> Ints:
    """Return the option of each mark: the first whose cumulative share in its *row* exceeds the mark.

    An option without weight is never chosen.
    """
    return Choice.of(cumulative).choose(row, mark)


@dataclass(frozen=True, slots=True)
class Choice:
    """Cumulative shares, each row's above those of the row before: *flat* rises along the whole array."""

    flat: Ints
    options: int

    @classmethod
    def of(cls, cumulative: Ints) -> Choice:
        """Return the choice with these cumulative shares [row, option], as `limits` gives them; it takes them over."""
        cumulative += np.arange(cumulative.shape[0], dtype=np.int64)[:, None] << 33
        return cls(cumulative.ravel(), cumulative.shape[1])

    def choose(self, row: Marks, mark: Marks) -> Ints:
        """Return the option of each mark in its *row*."""
        rows = row.astype(np.int64)
        found = np.searchsorted(self.flat, (rows << 33) + mark, side="right")
        return np.asarray(found - rows * self.options, dtype=np.int64)


@dataclass(slots=True)
class Shares:
    """The tables of one `Demand`."""

    demand: Demand
    _modes: dict[int, Choice] = field(default_factory=dict)
    _cohorts: dict[int, Choice] = field(default_factory=dict)
    _national: Choice | None = None
    _kept: int = 0

    @classmethod
    def of(cls, demand: Demand) -> Shares:
        """Return the tables of *demand*, always the same object."""
        found = demand.kept.get("shares")
        if found is None:
            found = demand.kept["shares"] = cls(demand)
        assert isinstance(found, Shares)
        return found

    def modes(self, number: int) -> Choice:
        """Return the choice of a mode of product *number*: a row a day, or a row a zone for an installed base."""
        found = self._modes.get(number)
        if found is None:
            modes = self.demand.products[number][1]
            if self.demand.markets[number] is None:
                weights = self.demand.static[:, modes.start : modes.stop]
            else:
                weights = self.demand.national[:, modes.start : modes.stop].sum(axis=2)
            found = self._modes[number] = Choice.of(limits(weights))
        return found

    def cohorts(self, market: Market, mode: int) -> Choice:
        """Return the choice of 2 x cohort + warranty for *mode* of the catalogue: a row a day."""
        found = self._cohorts.get(mode)
        if found is None:
            found = Choice.of(limits(market.by_cohort(mode - market.modes.start)))
            if self._kept + found.flat.size <= _MOST_KEPT:
                self._kept += found.flat.size
                self._cohorts[mode] = found
        return found

    def product(self, zone: Ints, day: Ints, mass: Ints, mark: Marks) -> Ints:
        """Return the product of each claim, *mass* being the intensity of its zone on its day.

        A zone's shares are the nation's but for the rounding of its intensities to 2^-32 claims. That moves a limit by
        at most the number of products over the mass, so only marks closer to a limit than that are looked up in the
        zone's own table, and those of zones with an installed base.
        """
        demand, count = self.demand, len(self.demand.products)
        if self._national is None:
            self._national = Choice.of(limits(demand.totals().T))
        national = self._national
        found = national.choose(day, mark)
        at = day * count + found
        slack = count * _WHOLE // mass + 4
        place = (day << 33) + mark
        sure = (place + slack < national.flat[at]) & ((found == 0) | (place - slack >= national.flat[at - 1]))
        sure &= np.all(demand.static == 0, axis=1, keepdims=True)[zone, 0]
        open_ = np.flatnonzero(~sure)
        for each in np.unique(zone[open_]).tolist():
            mine = open_[zone[open_] == each]
            found[mine] = choose(limits(demand.daily(each).astype(np.float64)), day[mine], mark[mine])
        return found
