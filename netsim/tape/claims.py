"""Claims: expected intensities become dated claims, in integers, a whole zone at a time.

Claim k of a zone comes where the zone's cumulative intensity reaches E0 + ... + Ek, unit exponentials drawn at the
zone's own addresses. What the claim is about (product, mode, month of sale and warranty) are marks against the
shares of its day. Neither knows of other zones or of the horizon, so both may grow without moving a claim.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from netsim.distributions import exponential_table, values
from netsim.tape.demand import Demand, Floats, Ints
from netsim.tape.draws import Marks, name_hash
from netsim.tape.purposes import Purpose

__all__ = ["NO_COHORT", "Claims", "choose", "claim_days", "limits", "make_claims"]

NO_COHORT = -1
"""Cohort of claims of an installed base that has no months of sale."""

_WHOLE = 1 << 32
_BITS = 45  # intensities above 2**45 (8,192 claims a day) drop low bits, so that times of a day's seconds fit int64


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
    parts = [_zone_claims(demand, zone, marks) for zone in range(len(demand.zones))]
    if not parts:
        empty = np.zeros(0, dtype=np.int64)
        return Claims(empty, empty, empty, empty, empty, empty)
    time, day, product, mode, mode_mark, cohort_mark = (np.concatenate(column) for column in zip(*parts, strict=True))
    counts = [part[0].size for part in parts]
    zone = np.repeat(np.arange(len(parts), dtype=np.int64), counts)
    k = np.concatenate([np.arange(count, dtype=np.int64) for count in counts])
    cohort, warranty = np.full_like(mode, NO_COHORT), np.ones_like(mode)
    for number, ((_, modes), market) in enumerate(zip(demand.products, demand.markets, strict=True)):
        if market is None:
            continue
        here = np.flatnonzero(product == number)
        if not here.size:
            continue
        national = demand.national[:, modes.start : modes.stop].sum(axis=2)
        mode[here] = modes.start + choose(limits(national), day[here], mode_mark[here])
        for each in modes:
            mine = here[mode[here] == each]
            if mine.size:
                found = choose(limits(market.by_cohort(each - modes.start)), day[mine], cohort_mark[mine])
                cohort[mine], warranty[mine] = market.months[found >> 1], found & 1
    order = np.lexsort((k, zone, time))
    return Claims(*(column[order] for column in (time, zone, k, mode, cohort, warranty)))


def claim_days(demand: Demand, zone: int, marks: Marks) -> tuple[Ints, Ints]:
    """Return the time in seconds and the local day of each claim of *zone* before the horizon, in order."""
    opens, closes = demand.windows[demand.window[zone]]
    total = demand.cumulative(zone)
    sums = _exponential_sums(demand.zones[zone], marks, int(total[-1]) - (first := _before_start(total, opens, closes)))
    sums += first
    sums = sums[: np.searchsorted(sums, total[-1])]
    day = np.searchsorted(total, sums, side="right") - 1
    mass = np.diff(total)
    drop = np.maximum(np.frexp(mass.astype(np.float64))[1] - _BITS, 0)
    seconds = ((sums - total[day]) >> drop[day]) * (closes - opens)[day] // (mass >> drop)[day]
    time = np.maximum(opens[day] + seconds, 0)
    inside = int(np.searchsorted(time, demand.horizon))
    return time[:inside], day[:inside]


def limits(weights: Floats) -> Ints:
    """Return cumulative shares [row, option] in 2^-32 of the row's total, rounded down (full in a row of zeros)."""
    running = np.cumsum(weights, axis=1)
    whole = running[:, -1:]
    # Division is exact to the last bit on every machine, and the last option with weight always ends at 2**32.
    shares = np.divide(running, whole, out=np.ones_like(running), where=whole > 0)
    return np.asarray(np.floor(shares * _WHOLE), dtype=np.int64)


def choose(cumulative: Ints, row: Ints, mark: npt.NDArray[np.integer]) -> Ints:
    """Return the option of each mark: the first whose cumulative share in its *row* exceeds the mark.

    An option without weight is never chosen.
    """
    rows = np.arange(cumulative.shape[0], dtype=np.int64)[:, None]
    flat = (cumulative + (rows << 33)).ravel()  # rises along the whole array, one row after the other
    found = np.searchsorted(flat, (row << 33) + mark.astype(np.int64), side="right")
    return np.asarray(found - row * cumulative.shape[1], dtype=np.int64)


def _zone_claims(demand: Demand, zone: int, marks: Marks) -> tuple[Ints, Ints, Ints, Ints, Ints, Ints]:
    """Return time, day, product and mode (of the installed base only) and the marks of mode and cohort."""
    time, day = claim_days(demand, zone, marks)
    name = demand.zones[zone]

    def column(purpose: Purpose) -> Ints:
        return marks.column(name, name_hash(name), 0, time.size, 0, purpose).astype(np.int64)

    if len(demand.products) > 1:
        product = choose(limits(demand.daily(zone).astype(np.float64)), day, column(Purpose.PRODUCT))
    else:
        product = np.zeros_like(time)
    mode, mode_mark = np.zeros_like(time), column(Purpose.MODE)
    for number, ((_, modes), market) in enumerate(zip(demand.products, demand.markets, strict=True)):
        if market is None:
            here = np.flatnonzero(product == number)
            static = limits(demand.static[zone : zone + 1, modes.start : modes.stop])
            mode[here] = modes.start + choose(static, np.zeros_like(here), mode_mark[here])
    return time, day, product, mode, mode_mark, column(Purpose.COHORT)


def _exponential_sums(name: str, marks: Marks, limit: int) -> Ints:
    """Return the sums E0, E0 + E1, ... in 2^-32 claims, at least up to *limit* (empty if there is nothing to reach)."""
    expected = limit / _WHOLE
    count = int(expected + 5 * expected**0.5 + 8)
    blocks: list[Ints] = []
    drawn = reached = 0
    while reached < limit:
        draws = marks.column(name, name_hash(name), drawn, count, 0, Purpose.GAP)
        sums = np.cumsum(values(exponential_table(), _WHOLE, draws)) + reached
        blocks.append(sums)
        drawn, reached = drawn + count, int(sums[-1])
        count = int(count / 8) + 8
    return np.concatenate(blocks) if blocks else np.zeros(0, dtype=np.int64)


def _before_start(total: Ints, opens: Ints, closes: Ints) -> int:
    """Return the cumulative intensity at second 0, rounded up."""
    day = int(np.searchsorted(closes, 0, side="right"))  # the first day whose contact hours end after second 0
    begun = max(-int(opens[day]), 0)
    mass, length = int(total[day + 1] - total[day]), int(closes[day] - opens[day])
    return int(total[day]) + -(-mass * begun // length)
