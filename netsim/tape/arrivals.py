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
    days, windows = demand.days, demand.window[zones.start : zones.stop].tolist()
    first = np.array([_before_start(row, *demand.windows[kind]) for row, kind in zip(total, windows, strict=True)],
                     dtype=np.int64)  # fmt: skip
    sums, ends = _exponential_sums([demand.zones[zone] for zone in zones], marks, total[:, -1] - first)
    starts = np.append(0, ends[:-1])
    reached = np.append(0, sums)[starts]
    # The claims from each day's begin on, as positions in the draws; those before second 0 begin with the zone.
    edges = total + (reached - first)[:, None]
    at = np.clip(np.searchsorted(sums, edges), starts[:, None], ends[:, None])
    held = np.diff(at, axis=1)
    number = held.sum(axis=1)
    drawn = np.arange(int(number.sum())) + np.repeat(starts - np.cumsum(number) + number, number)
    cell = np.repeat(np.arange(held.size), held.ravel())  # zone x days + day
    mass = np.diff(total, axis=1).ravel()[cell]
    since = sums[drawn] - edges[:, :-1].ravel()[cell]
    opens, length = (
        np.stack(edge)[windows].ravel()[cell]
        for edge in zip(*((opens, closes - opens) for opens, closes in demand.windows), strict=True)
    )
    drop = 0 if not mass.size or int(mass.max()) < 1 << _BITS else np.maximum(np.frexp(mass * 1.0)[1] - _BITS, 0)
    time = np.maximum(opens + (since >> drop) * length // (mass >> drop), 0)
    inside = time < demand.horizon
    counts = np.bincount(cell[inside] // days, minlength=len(zones))
    return Arrivals(zones.start, counts, time[inside], cell[inside] % days, mass[inside])


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


def _before_start(total: Ints, opens: Ints, closes: Ints) -> int:
    """Return the cumulative intensity at second 0, rounded up."""
    day = int(np.searchsorted(closes, 0, side="right"))  # the first day whose contact hours end after second 0
    begun = max(-int(opens[day]), 0)
    mass, length = int(total[day + 1] - total[day]), int(closes[day] - opens[day])
    return int(total[day]) + -(-mass * begun // length)
