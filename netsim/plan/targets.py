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
from netsim.theory.spares import palm, size_base_stock

__all__ = ["NEGLIGIBLE", "base_stocks", "exposures", "reorder_points", "size_levels"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

NEGLIGIBLE = 1e-6
"""Pieces expected within exposure and a month below which nothing is stocked: fill has no meaning without demand."""

_DAY = 86_400
_MONTH = 365 * _DAY // 12
_WHOLE = 2.0**32
_LARGEST_MEAN = 10_000.0  # pieces; the few stock points above are sized one by one


def exposures(model: Model, expectation: Expectation) -> Floats:
    """Return the exposure of each stock point in seconds: c x loop + (1 - p) x order (+ review).

    p is the share of demand that comes back as good parts. c is the share whose cores the position counts: all cores
    at weight 1 (one that is scrapped is found out at the end of its loop, and ordered only then), p if they count by
    expected yield. Where they do not count, c and p are 0.
    """
    weight = model.stock.count_cores / _WHOLE
    back = np.where(weight > 0, expectation.per_piece(expectation.good), 0.0)
    counted = weight * expectation.per_piece(expectation.born)
    seconds = counted * expectation.loop_time + (1 - back) * expectation.order_time
    for point in np.flatnonzero(model.stock.rule == StockRule.ORDER_UP_TO):
        row = int(model.stock.review[point])
        if row >= 0 and len(model.departures[row]) > 1:
            looks = model.departures[row]
            seconds[point] += float(looks[-1] - looks[0]) / (len(looks) - 1)
    return np.asarray(seconds, dtype=np.float64)


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
    at = np.append(times, times[-1] + _MONTH)
    rates = expectation.everybody.mean_rates(sized, day_starts, at=at, window=exposure)
    # A level holds for its whole month, so on a ramp it must also do at the month's end.
    rates = np.maximum(rates[:-1], rates[1:])
    idle, pipeline = rates * (exposure + _MONTH) / _DAY < NEGLIGIBLE, rates * exposure / _DAY
    rule, aim, lots = stock.rule[sized], stock.target[sized], np.maximum(stock.lot[sized], 1)
    by_point = (rule == StockRule.REORDER_POINT) | (rule == StockRule.MIN_MAX)
    for target in np.unique(aim).tolist():
        mine = np.flatnonzero((aim == target) & ~by_point)
        high[:, sized[mine]] = np.where(idle[:, mine], 0, base_stocks(target / _WHOLE, pipeline[:, mine]))
        mine = np.flatnonzero((aim == target) & by_point)
        if mine.size:
            points, lot = sized[mine], lots[mine]
            found = reorder_points(target / _WHOLE, pipeline[:, mine], np.broadcast_to(lot, (len(times), len(lot))))
            low[:, points] = np.where(idle[:, mine], -1, found)
            high[:, points] = np.where(rule[mine] == StockRule.REORDER_POINT, lot, low[:, points] + lot)
    return low, high


def base_stocks(target: float, pipeline: Floats) -> Ints:
    """Return `size_base_stock` of each mean number of pieces in *pipeline*.

    P(Poisson(m) <= S - 1) falls in m through the target at a mean m(S) of its own, so a level is found by where its
    pipeline lies between these; next to one of them, by `size_base_stock` itself.
    """
    from scipy.special import gammainccinv

    least = _base_stock(target, 0.0)  # also refuses a target that no stock reaches
    means = pipeline.ravel()
    most = float(means[means <= _LARGEST_MEAN].max(initial=0.0))
    edges = np.asarray(gammainccinv(np.arange(1, int(most + 10 * most**0.5) + 20), target))
    while edges[-1] <= most:  # a target close to 1 needs many more pieces than are asked for
        edges = np.asarray(gammainccinv(np.arange(1, 2 * len(edges)), target))
    found = np.searchsorted(edges, means)
    near = np.minimum(np.abs(edges[np.minimum(found, len(edges) - 1)] - means), np.abs(edges[found - 1] - means))
    levels = (found + least).astype(np.int64)
    for at in np.flatnonzero((near <= 1e-7 * means) | (means > _LARGEST_MEAN)).tolist():
        levels[at] = _base_stock(target, float(means[at]))
    return levels.reshape(pipeline.shape)


def reorder_points(target: float, pipeline: Floats, lots: Ints) -> Ints:
    """Return `size_reorder_point` of each mean in *pipeline*, with the lot beside it: the same halving, all at once."""
    mean, lot = pipeline.ravel(), lots.ravel()
    _base_stock(target, 0.0)  # refuses a target that no stock reaches

    def reached(level: Ints) -> npt.NDArray[np.bool_]:
        surplus = palm(np.stack((level, level + lot)), mean).on_hand
        return np.asarray((surplus[1] - surplus[0]) / lot >= target)

    high = np.maximum(1, mean.astype(np.int64))
    while not (enough := reached(high)).all():
        high[~enough] *= 2
    low = np.full_like(high, -1)
    while (high - low > 1).any():
        middle = (low + high) // 2
        enough = reached(np.maximum(middle, 0)) & (middle >= 0)
        low, high = np.where(enough, low, middle), np.where(enough, middle, high)
    return high.reshape(pipeline.shape)


@lru_cache(maxsize=1 << 14)
def _base_stock(target: float, pipeline: float) -> int:
    return size_base_stock(target, pipeline)
