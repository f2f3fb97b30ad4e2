"""Claims: expected intensities become dated claims, in integers, many zones at a time.

What a claim is about (product, mode, month of sale and warranty) are marks against the shares of its day. Neither
these nor its time know of other zones or of the horizon, so both may grow without moving a claim.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from netsim.tape.arrivals import arrivals, blocks
from netsim.tape.demand import Demand
from netsim.tape.draws import Marks
from netsim.tape.market import Ints
from netsim.tape.purposes import Purpose
from netsim.tape.shares import Shares, choose, limits

__all__ = ["NO_COHORT", "Claims", "choose", "limits", "make_claims"]

NO_COHORT = -1
"""Cohort of claims of an installed base that has no months of sale."""

Small = npt.NDArray[np.int32]
Words = npt.NDArray[np.uint32]


@dataclass(frozen=True, slots=True)
class Claims:
    """Claims in order of (time, zone, k), int64 each.

    *time* in seconds; *zone* number; *k* counts the zone's claims from 0; *mode* is the position in the catalogue;
    *cohort* the month of sale (year x 12 + month - 1, or `NO_COHORT`); *warranty* 1 in and 0 out of warranty.
    """

    time: Ints
    zone: Ints
    k: Ints
    mode: Ints
    cohort: Ints
    warranty: Ints

    def __len__(self) -> int:
        return int(self.time.size)


def make_claims(demand: Demand, marks: Marks) -> Claims:
    """Return all claims of *demand* before its horizon, drawn from *marks*."""
    parts = [_block(demand, zones, marks) for zones in blocks(demand)]
    if not parts:
        empty = np.zeros(0, dtype=np.int64)
        return Claims(empty, empty, empty, empty, empty, empty)
    time, zone, k, day, product, mode_mark, cohort_mark = (
        np.concatenate(column) for column in zip(*parts, strict=True)
    )
    del parts
    order = _by_time(time)  # stable, and zone and k rise already
    time, zone, day = time[order], zone[order].astype(np.int64), day[order]
    mode = _modes(demand, zone, day, product[order], mode_mark[order])
    cohort, warranty = _cohorts(demand, day, mode, cohort_mark[order])
    return Claims(time, zone, k[order].astype(np.int64), mode, cohort, warranty)


def _block(demand: Demand, zones: range, marks: Marks) -> tuple[Ints, Small, Small, Small, Small, Words, Words]:
    """Return time, zone, k, day, product and the marks of mode and cohort of the claims of *zones*."""
    found = arrivals(demand, zones, marks)
    counts, names = found.counts, [demand.zones[zone] for zone in zones]
    zone = np.repeat(np.arange(zones.start, zones.stop), counts)
    k = np.arange(found.time.size) - np.repeat(np.cumsum(counts) - counts, counts)

    def column(purpose: Purpose, *, asked: bool = True) -> Words:
        # Draws have addresses: what nobody asks for need not be drawn.
        return marks.columns(names, counts.tolist(), 0, purpose) if asked else np.zeros(zone.size, dtype=np.uint32)

    if len(demand.products) > 1:
        product = Shares.of(demand).product(zone, found.day, found.mass, column(Purpose.PRODUCT))
    else:
        product = np.zeros_like(zone)
    # Half as wide, for millions of them are put in order.
    zone_, k_, day, product_ = (each.astype(np.int32) for each in (zone, k, found.day, product))
    mode = column(Purpose.MODE, asked=any(len(modes) > 1 for _, modes in demand.products))
    cohort = column(Purpose.COHORT, asked=any(market is not None for market in demand.markets))
    return found.time, zone_, k_, day, product_, mode, cohort


def _modes(demand: Demand, zone: Ints, day: Small, product: Small, mark: Words) -> Ints:
    mode, shares = np.zeros(product.size, dtype=np.int64), Shares.of(demand)
    for number, mine in _groups(product, len(demand.products)):
        market = demand.markets[number]
        modes = demand.products[number][1]
        if len(modes) == 1:
            mode[mine] = modes.start
            continue
        row = zone[mine] if market is None else day[mine]
        mode[mine] = modes.start + shares.modes(number).choose(row, mark[mine])
    return mode


def _cohorts(demand: Demand, day: Small, mode: Ints, mark: Words) -> tuple[Ints, Ints]:
    cohort, warranty, shares = np.full_like(mode, NO_COHORT), np.ones_like(mode), Shares.of(demand)
    owners = {each: market for (_, modes), market in zip(demand.products, demand.markets, strict=True)
              for each in modes}  # fmt: skip
    for each, mine in _groups(mode, len(demand.catalogue)):
        market = owners[each]
        if market is not None:
            found = shares.cohorts(market, each).choose(day[mine], mark[mine])
            cohort[mine], warranty[mine] = market.months[found >> 1], found & 1
    return cohort, warranty


def _groups(labels: Ints | Small, count: int) -> list[tuple[int, Ints]]:
    """Return each label that occurs with the positions where it stands, in order."""
    ends = np.cumsum(np.bincount(labels, minlength=count)).tolist()
    if count == 1:
        return [(0, np.arange(labels.size))] if labels.size else []
    # NumPy sorts 16 bits by counting, in a fraction of the time.
    order = np.argsort(labels.astype(np.int16) if count < 1 << 15 else labels, kind="stable")
    return [(label, order[begin:end]) for label, (begin, end) in enumerate(pairwise([0, *ends])) if end > begin]


def _by_time(time: Ints) -> Ints:
    """Return the stable order of *time*, which is not negative."""
    bits = max(int(time.size).bit_length(), 1)
    if not time.size or int(time.max()).bit_length() + bits > 63:
        return np.argsort(time, kind="stable")
    # One sort of single words, position packed below the time; a stable one only merges the zones, which are in order.
    packed = np.sort((time << bits) | np.arange(time.size), kind="stable")
    return np.asarray(packed & ((1 << bits) - 1), dtype=np.int64)
