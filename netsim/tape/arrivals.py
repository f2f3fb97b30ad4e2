"""Arrivals: when the claims of many zones come, a block of zones at a time.

Claim k of a zone comes where the zone's cumulative intensity reaches E0 + ... + Ek. All of it is integers, so the
sums of a block run on from zone to zone without a change to any.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from netsim.distributions import exponential_table, values
from netsim.tape.demand import Demand
from netsim.tape.draws import Marks
from netsim.tape.market import Ints
from netsim.tape.purposes import Purpose

__all__ = ["Arrivals", "arrivals", "blocks"]

_WHOLE = 1 << 32
_BITS = 45  # intensities above 2**45 (8,192 claims a day) drop low bits, so that times of a day's seconds fit int64
_BLOCK = 1 << 17  # draws whose arrays stay in the processor's cache


@dataclass(frozen=True, slots=True)
class Arrivals:
    """Claims of the zones *first* .. *first* + len(*counts*) - 1 in order of (zone, k), int64 each.

    *counts* a zone; *time* in seconds and local *day* a claim; *mass* the zone's intensity of that day, 2^-32 claims.
    """

    first: int
    counts: Ints
    time: Ints
    day: Ints
    mass: Ints


def blocks(demand: Demand) -> Iterator[range]:
    """Return ranges of zones, in order, each with about as many claims as are best made at once."""
    first, held = 0, 0.0
    for zone, total in enumerate(demand.cumulatives()[:, -1].tolist()):
        held += total / _WHOLE
        if held >= _BLOCK:
            yield range(first, zone + 1)
            first, held = zone + 1, 0.0
    if first < len(demand.zones):
        yield range(first, len(demand.zones))


def arrivals(demand: Demand, zones: range, marks: Marks) -> Arrivals:
    """Return the claims of *zones* before the horizon of *demand*, drawn from *marks*."""
    total = demand.cumulatives()[zones.start : zones.stop]
    days, windows = demand.days, demand.window[zones.start : zones.stop]
    first = _before_start(demand, total, windows)
    sums, ends = _exponential_sums([demand.zones[zone] for zone in zones], marks, total[:, -1] - first)
    drawn = np.diff(ends, prepend=0)
    reached = np.append(0, sums)[ends - drawn]
    # Begins of days on one scale with the sums, which rise from zone to zone once each has what lies before second 0
    # put in between. So every draw finds its day by one search, and there are fewer draws than days.
    before = np.cumsum(first)
    edges = (total + (reached - first + before)[:, None]).ravel()
    sums += np.repeat(before, drawn)
    zone = np.repeat(np.arange(len(zones)), drawn)
    cell = np.searchsorted(edges, sums, side="right") - 1  # zone x (days + 1) + day
    day = cell - zone * (days + 1)
    found = np.flatnonzero(day < days)  # what is beyond a zone's last day was drawn in excess
    zone, day, cell = zone[found], day[found], cell[found]
    mass, since = edges[cell + 1] - edges[cell], sums[found] - edges[cell]
    opens, closes = (np.array(edge)[windows[zone], day] for edge in zip(*demand.windows, strict=True))
    drop = 0 if not mass.size or int(mass.max()) < 1 << _BITS else np.maximum(np.frexp(mass * 1.0)[1] - _BITS, 0)
    time = np.maximum(opens + (since >> drop) * (closes - opens) // (mass >> drop), 0)
    inside = np.flatnonzero(time < demand.horizon)
    counts = np.bincount(zone[inside], minlength=len(zones))
    return Arrivals(zones.start, counts, time[inside], day[inside], mass[inside])


def _exponential_sums(names: list[str], marks: Marks, limits: Ints) -> tuple[Ints, Ints]:
    """Return the sums of all draws in 2^-32 claims, one zone after the other, and where each zone's draws end.

    Each zone's own part reaches at least its limit; a zone whose limit is not above 0 has no draws.
    """
    expected = np.maximum(limits, 0) / _WHOLE
    # What is drawn in excess changes nothing; four deviations too few come up once in 30,000 zones.
    counts = np.where(limits > 0, expected + 4 * np.sqrt(expected) + 8, 0).astype(np.int64)
    while True:
        draws = marks.columns(names, counts.tolist(), 0, Purpose.GAP)
        sums, ends = np.cumsum(values(exponential_table(), _WHOLE, draws)), np.cumsum(counts)
        short = np.diff(np.append(0, sums)[np.append(0, ends)]) < limits
        if not short.any():
            return sums, ends
        counts[short] += counts[short] // 8 + 8


def _before_start(demand: Demand, total: Ints, windows: Ints) -> Ints:
    """Return the cumulative intensity of each zone at second 0, rounded up; *total* is that of days, by zone."""
    opens, closes = (np.array(edge) for edge in zip(*demand.windows, strict=True))
    day = np.count_nonzero(closes <= 0, axis=1)[windows]  # the first whose contact hours end after second 0
    zone = np.arange(len(total))
    begun, length = np.maximum(-opens[windows, day], 0), closes[windows, day] - opens[windows, day]
    whole, rest = np.divmod(total[zone, day + 1] - total[zone, day], length)  # in two parts, to stay within a word
    return np.asarray(total[zone, day] + whole * begun + -(-rest * begun // length), dtype=np.int64)
