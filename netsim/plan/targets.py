"""Targets: a fill rate asked for becomes stock levels, month by month, by theory for Poisson demand.

A level covers the demand that is expected while a piece used is on its way to being replaced, the *exposure*: its
core's repair loop for as long as the position counts on the core, then an order if no good part came of it; with
periodic review one whole review period more. The rate of a month is the mean expected over the exposure that begins
with the month, as a forecast from the installed base would see it.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import numpy.typing as npt

from netsim.model.model import Model, StockRule
from netsim.plan.expected import Expectation
from netsim.theory.spares import size_base_stock, size_reorder_point

__all__ = ["NEGLIGIBLE", "exposures", "mean_rates", "size_levels"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

NEGLIGIBLE = 1e-6
"""Pieces expected within exposure and a month below which nothing is stocked: fill has no meaning without demand."""

_DAY = 86_400
_MONTH = 365 * _DAY // 12
_WHOLE = 2.0**32


def exposures(model: Model, expectation: Expectation) -> Floats:
    """Return the exposure of each stock point in seconds: c x loop + (1 - p) x order (+ review).

    p is the share of demand that comes back as good parts. c is the share whose cores the position counts: all cores
    at weight 1 (one that is scrapped is found out at the end of its loop, and ordered only then), p if they count by
    expected yield. Where they do not count, c and p are 0.
    """
    weight = model.stock.count_cores / _WHOLE
    back = np.where(weight > 0, expectation.per_piece(expectation.returned), 0.0)
    counted = weight * expectation.per_piece(expectation.cores)
    seconds = counted * expectation.loop_time + (1 - back) * expectation.order_time
    for point in np.flatnonzero(model.stock.rule == StockRule.ORDER_UP_TO):
        row = int(model.stock.review[point])
        if row >= 0 and len(model.departures[row]) > 1:
            looks = model.departures[row]
            seconds[point] += float(looks[-1] - looks[0]) / (len(looks) - 1)
    return np.asarray(seconds, dtype=np.float64)


def mean_rates(daily: Floats, day_starts: Ints, *, at: Ints, window: Floats) -> Floats:
    """Return the mean of *daily* [day, column] over *window* seconds (one a column) from each second of *at*.

    The result is [at, column], a day. Where a window runs past the last day, the mean is over the days there are.
    """
    edges = np.append(day_starts, day_starts[-1] + _DAY).astype(np.float64)
    rates = np.zeros((len(at), daily.shape[1]))
    for column in range(daily.shape[1]):
        so_far = np.append(0.0, np.cumsum(daily[:, column]))
        begin = np.minimum(at.astype(np.float64), edges[-1] - 1)
        end = np.minimum(begin + max(float(window[column]), 1.0), edges[-1])
        rates[:, column] = (np.interp(end, edges, so_far) - np.interp(begin, edges, so_far)) * _DAY / (end - begin)
    return np.maximum(rates, 0.0)


def size_levels(model: Model, expectation: Expectation, *, day_starts: Ints, times: Ints) -> tuple[Ints, Ints]:
    """Return *low* and *high* [time, stock point] for each of *times*; stock points without a target keep theirs.

    Base-stock and order-up-to: the smallest S with P(Poisson <= S - 1) >= target. Reorder-point: the smallest s >= 0
    whose fill, averaged over the positions s + 1 .. s + Q, reaches it, Q being the lot. Min-max: the same s, and
    S = s + lot. Where practically nothing is expected S is 0 and s is -1: nothing is bought before it is asked for.
    """
    stock = model.stock
    low = np.tile(stock.low.astype(np.int64), (len(times), 1))
    high = np.tile(stock.high.astype(np.int64), (len(times), 1))
    sized = np.flatnonzero(stock.target > 0)
    exposure = exposures(model, expectation)[sized]
    asked = expectation.asked[:, sized]
    # A level holds for its whole month, so on a ramp it must also do at the month's end.
    rates = np.maximum(
        mean_rates(asked, day_starts, at=times, window=exposure),
        mean_rates(asked, day_starts, at=np.append(times[1:], times[-1] + _MONTH), window=exposure),
    )
    for column, point in enumerate(sized.tolist()):
        target, rule, lot = float(stock.target[point]) / _WHOLE, int(stock.rule[point]), max(int(stock.lot[point]), 1)
        for row, rate in enumerate(rates[:, column].tolist()):
            idle = rate * (exposure[column] + _MONTH) / _DAY < NEGLIGIBLE
            pipeline = rate * float(exposure[column]) / _DAY
            if rule in (StockRule.REORDER_POINT, StockRule.MIN_MAX):
                low[row, point] = -1 if idle else _reorder_point(target, pipeline, lot)
                high[row, point] = lot if rule == StockRule.REORDER_POINT else low[row, point] + lot
            else:
                high[row, point] = 0 if idle else _base_stock(target, pipeline)
    return low, high


@lru_cache(maxsize=1 << 14)
def _base_stock(target: float, pipeline: float) -> int:
    return size_base_stock(target, pipeline)


@lru_cache(maxsize=1 << 14)
def _reorder_point(target: float, pipeline: float, lot: int) -> int:
    return size_reorder_point(target, pipeline, quantity=lot)
