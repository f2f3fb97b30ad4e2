"""Loops that sum and count rows of long tables, which numba compiles: see `netsim.outcome.kernels`."""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = [
    "count_open", "find_peak", "follow_survival", "share_charges", "sum_at_once", "sum_cells", "sum_held",
    "sum_periods",
]  # fmt: skip


def sum_periods(time: Any, delta: Any, horizon: int, length: int, steps: Any, moments: Any) -> None:
    """Add *delta* before *horizon* to *steps* by period of *length* seconds, and its moment in that to *moments*."""
    for i in range(len(time)):
        if time[i] < horizon:
            period = time[i] // length
            steps[period] += delta[i]
            moments[period] += delta[i] * (time[i] - period * length)


def sum_held(
    time: Any, qty: Any, from_state: Any, to_state: Any, held: Any, horizon: int, length: int,
    steps: Any, moments: Any,
) -> None:  # fmt: skip
    """Do what `sum_periods` does for the pieces that moves take in and out of the states *held* (1; else 0)."""
    begin, until, step, moment = 0, 0, 0, 0  # rows in order of time need one division a period
    for i in range(len(time)):
        now = time[i]
        if now >= horizon:
            continue
        if now >= until or now < begin:
            if until > 0:
                steps[begin // length] += step
                moments[begin // length] += moment
            begin = now // length * length
            until, step, moment = begin + length, 0, 0
        change = (held[to_state[i]] - held[from_state[i]]) * qty[i]
        step += change
        moment += change * (now - begin)
    if until > 0:
        steps[begin // length] += step
        moments[begin // length] += moment


def find_peak(came: Any, gone: Any, first: int, last: int) -> int:
    """Return the most that have *came* and not *gone* at any of the arrivals *first* to before *last*, at least 0.

    Both are seconds that rise; who goes in the second in which another comes has gone.
    """
    highest, left = 0, 0
    for i in range(first, last):
        while left < len(gone) and gone[left] <= came[i]:
            left += 1
        highest = max(highest, i + 1 - left)
    return highest


def sum_cells(code: Any, weights: Any, sums: Any) -> None:
    """Add *weights* to *sums* by *code*, without first copying them to another type."""
    for i in range(len(code)):
        sums[code[i]] += weights[i]


def sum_at_once(
    rows: Any, time: Any, qty: Any, subject: Any, place: Any, requested: Any, node: Any, pieces: Any
) -> None:
    """Add to *pieces*, by line, what the moves *rows* reserve at its own *node* in the second that it was *requested*.

    Of all moves *subject* is the line, -1 for none.
    """
    for i in range(len(rows)):
        row = rows[i]
        line = subject[row]
        if line >= 0 and time[row] == requested[line] and place[row] == node[line]:
            pieces[line] += qty[row]


def count_open(
    calendar: Any, time: Any, place: Any, values: Any, opens: Any, closes: Any, before: Any, day: int, found: Any
) -> None:
    """Write the open seconds up to each *time*, all of them without a *calendar* (-1).

    *place* is by calendar and day where among *values*, the openings, those later than the day's begin stand.
    """
    last = place.shape[1] - 2
    for i in range(len(time)):
        now = time[i]
        if calendar[i] < 0:
            found[i] = now
            continue
        at = place[calendar[i], min(now // day, last)]
        while values[at] <= now:
            at += 1
        found[i] = before[at - 1] + min(now, closes[at - 1]) - opens[at - 1]


def share_charges(
    row: Any, kg: Any, m3: Any, pieces: Any, goods: Any, lane: Any, ordered: Any, prices: Any, freight: Any, share: Any
) -> None:
    """Write each entry's *freight* and its *share* of its consignment; *row* says which, *lane* and *ordered* by that.

    *prices* have one row a lane: volumetric kg, per shipment, kg, piece, order, m3, of value, minimum, 1 + fuel.
    """
    count = len(lane)
    whole, charge = np.zeros((count, 6)), np.zeros(count)  # kg, m3, pieces, goods, the weight that shares, entries
    for i in range(len(row)):
        at = row[i]
        whole[at, 0] += kg[i]
        whole[at, 1] += m3[i]
        whole[at, 2] += pieces[i]
        whole[at, 3] += goods[i]
        whole[at, 4] += max(kg[i], prices[lane[at], 0] * m3[i])
        whole[at, 5] += 1.0
    for at in range(count):
        price = prices[lane[at]]
        charges = price[1] + price[2] * max(whole[at, 0], price[0] * whole[at, 1])
        charges += price[3] * whole[at, 2]
        if ordered[at]:
            charges += price[4]
        charges += price[5] * whole[at, 1]
        charges += price[6] * whole[at, 3]
        charge[at] = max(charges, price[7]) * price[8]
    for i in range(len(row)):
        at = row[i]
        if whole[at, 4] > 0:
            share[i] = max(kg[i], prices[lane[at], 0] * m3[i]) / whole[at, 4]
        elif whole[at, 2] > 0:
            share[i] = pieces[i] / whole[at, 2]
        else:
            share[i] = 1.0 / whole[at, 5]
        freight[i] = charge[at] * share[i]


def follow_survival(
    time: Any, lost: Any, group: Any, enough: Any,
    at_risk: Any, hidden: Any, total: Any, area: Any, alive: Any, percentiles: Any,
) -> None:  # fmt: skip
    """Follow each *group*'s survival through its durations, which rise, ends before those that are *lost*.

    *at_risk* is each group's number of durations and is used up; *alive* is all 1, *percentiles* all NaN. Found are
    *hidden* (lost durations), *total* of all, *area* under the curve, the last survival (*alive*), and the first
    duration from which it is at most each of *enough*.
    """
    since, upto, among = np.zeros(len(alive)), alive.copy(), at_risk.copy()
    for i in range(len(time)):
        at = group[i]
        if at < 0:
            continue
        now = float(time[i])
        total[at] += now
        area[at] += alive[at] * (now - since[at])
        since[at] = now
        at_risk[at] -= 1
        if lost[i]:
            hidden[at] += 1
            upto[at], among[at] = alive[at], at_risk[at]
        else:  # (n-1)/n (n-2)/(n-1) ... since the last one that was lost
            alive[at] = upto[at] * (at_risk[at] / among[at])
        for k in range(len(enough)):
            if alive[at] <= enough[k] and np.isnan(percentiles[at, k]):
                percentiles[at, k] = now
