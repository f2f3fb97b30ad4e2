"""Trajectories: levels that step up and down, such as a stock, and their averages over a window."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from netsim.engine.records import Table
from netsim.outcome.compiled_sums import sum_periods
from netsim.outcome.groups import Floats
from netsim.outcome.kernels import follow_levels, kernel
from netsim.units import DAY

__all__ = ["Levels", "averages_of", "daily_averages", "follow_groups", "in_time_order", "stock_changes"]

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Levels:
    """Steps sorted by *key*, then as they happened: from *time* to the key's next step the level is *level*.

    *size* is the number of keys; before its first step a key has level 0.
    """

    key: Ints
    time: Ints
    level: Ints
    size: int

    @classmethod
    def of(cls, key: npt.NDArray[Any], time: npt.NDArray[Any], delta: npt.NDArray[Any], size: int) -> Levels:
        """Return the levels that the steps *delta* make; steps of one key and second may stand in any order."""
        order = np.lexsort((time, key))
        return cls.of_sorted(key[order], time[order], delta[order], size)

    @classmethod
    def of_sorted(cls, key: npt.NDArray[Any], time: npt.NDArray[Any], delta: npt.NDArray[Any], size: int) -> Levels:
        """Return the levels of steps that are sorted already."""
        keys = key.astype(np.int64)
        total = np.cumsum(delta.astype(np.int64))
        if len(keys):
            first = np.flatnonzero(np.r_[True, keys[1:] != keys[:-1]])
            before = np.r_[0, total[first[1:] - 1]]
            total = total - np.repeat(before, np.diff(np.r_[first, len(keys)]))
        return cls(keys, time.astype(np.int64), total, size)

    def seconds(self, begin: int, end: int) -> Ints:
        """Return how long each step's level lasts within [begin, end)."""
        if not len(self.key):
            return np.zeros(0, dtype=np.int64)
        until = np.r_[self.time[1:], end]
        until[np.r_[self.key[1:] != self.key[:-1], True]] = end
        lasts: Ints = np.clip(until, begin, end) - np.clip(self.time, begin, end)
        return lasts

    def average(self, begin: int, end: int) -> Floats:
        """Return the time average of each key's level over [begin, end)."""
        area = np.bincount(self.key, weights=self.level * self.seconds(begin, end), minlength=self.size)
        return area / (end - begin)

    def positive(self, begin: int, end: int) -> Floats:
        """Return the seconds of [begin, end) in which each key's level is above 0."""
        lasts = (self.level > 0) * self.seconds(begin, end)
        return np.bincount(self.key, weights=lasts, minlength=self.size).astype(np.float64)

    def highest(self, begin: int, end: int) -> Ints:
        """Return the highest level of each key that lasts for any time within [begin, end)."""
        found = np.zeros(self.size, dtype=np.int64)
        lasting = self.seconds(begin, end) > 0
        np.maximum.at(found, self.key[lasting], self.level[lasting])
        return found

    def at(self, when: int) -> Ints:
        """Return each key's level just before second *when*."""
        found = np.zeros(self.size, dtype=np.int64)
        past = self.time < when
        found[self.key[past]] = self.level[past]  # the last step of a key wins, as assignment goes in order
        return found


def stock_changes(moves: Table, states: tuple[int, ...], parts: int) -> tuple[Ints, Ints, Ints, Ints]:
    """Return (key, time, delta, row) of every step in or out of *states*; the key is place * parts + part."""
    pieces = []
    for place, state, sign in (("from_place", "from_state", -1), ("to_place", "to_state", 1)):
        row = np.flatnonzero(np.isin(moves[state], states) if len(states) > 1 else moves[state] == states[0])
        key = moves[place][row].astype(np.int64) * parts + moves["part"][row]
        pieces.append((key, moves["time"][row].astype(np.int64), sign * moves["qty"][row].astype(np.int64), row))
    key, time, delta, row = (np.concatenate(columns) for columns in zip(*pieces, strict=True))
    order = np.argsort(key * max(1, len(moves["time"])) + row, kind="stable")  # out before in within a row
    return key[order], time[order], delta[order], row[order]


def in_time_order(*steps: tuple[npt.NDArray[Any], ...]) -> tuple[npt.NDArray[Any], ...]:
    """Return steps of several kinds, each (time, ...) of arrays, as one, in order of time.

    Kinds that are in order by themselves, as tables are, cost a merge and no sort.
    """
    columns = [np.concatenate(column) for column in zip(*steps, strict=True)]
    order = np.argsort(columns[0], kind="stable")
    return tuple(column[order] for column in columns)


def follow_groups(
    steps: tuple[npt.NDArray[Any], npt.NDArray[Any], npt.NDArray[Any]], keys: int, group: int, *, begin: int, end: int
) -> tuple[Ints, Ints]:
    """Return each key's area over [begin, end), and the highest level of each group of *group* keys, and of all (last).

    *steps* are time, key from 0 to below *keys*, and step, in order of time. A level counts as the highest, at least 0,
    if it lasts for any time.
    """
    time, key, delta = steps
    size = keys // group
    fast = kernel(follow_levels, len(key))
    if fast is not None:
        area, (since, level, highest) = np.zeros(keys, np.int64), np.zeros((3, size + 1), np.int64)
        fast(key, time, delta, begin, end, group, area, since, level, highest)
        return area, highest
    lasts = (end - np.clip(time, begin, end)).astype(np.int64)
    area = np.bincount(key, delta * lasts, keys).astype(np.int64)
    at = key // group
    order = np.argsort(at, kind="stable")
    by_group = Levels.of_sorted(at[order], time[order], delta[order], size).highest(begin, end)
    of_all = Levels.of_sorted(np.zeros(len(time), np.int64), time, delta, 1).highest(begin, end)
    return area, np.append(by_group, of_all)


def daily_averages(time: npt.NDArray[Any], delta: npt.NDArray[Any], horizon: int, *, step: int = DAY) -> Floats:
    """Return the time average of a level in every *step* seconds from 0 to *horizon* (the last one may be shorter).

    *time* and *delta* are the level's steps in any order.
    """
    periods = -(-horizon // step)
    fast = kernel(sum_periods, len(time))
    if fast is not None:
        steps, moments = np.zeros(periods, dtype=np.int64), np.zeros(periods, dtype=np.int64)
        fast(time, delta, horizon, step, steps, moments)
        return averages_of(steps, moments, horizon, step=step)
    period = time // step
    if len(time) and int(time.max()) >= horizon:
        kept = time < horizon
        time, delta, period = time[kept], delta[kept], period[kept]
    within = (time - period * step).astype(np.float64) * delta
    return averages_of(np.bincount(period, delta, periods), np.bincount(period, within, periods), horizon, step=step)


def averages_of(steps: npt.NDArray[Any], moments: npt.NDArray[Any], horizon: int, *, step: int = DAY) -> Floats:
    """Return the averages of `daily_averages` from the *steps* of each period, and those times the seconds into it."""
    bounds = np.r_[np.arange(0, horizon, step), horizon].astype(np.int64)
    # Up to second b the level has covered the sum of delta x (b - time) over the steps before: two sums by period.
    since = moments + steps * bounds[:-1]
    upto = bounds[1:] * np.cumsum(steps) - np.cumsum(since)
    averages: Floats = np.diff(upto, prepend=0) / np.diff(bounds)
    return averages
