"""Stock of spare parts with known answers: one stock point, a depot with its bases, and first levels from a target.

Demand is Poisson and one piece at a time unless a variance ratio says otherwise. *pipeline* is the mean number of
pieces on order: demand rate x mean replenishment lead time. Rates and times of one call are in one time unit.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from netsim.errors import ModelError
from netsim.theory.queues import erlang_b

__all__ = [
    "StockPerformance",
    "TwoEchelon",
    "base_pipeline",
    "graves",
    "lost_sales_fill",
    "metric",
    "order_up_to_fill",
    "palm",
    "periodic_ss_cost",
    "reorder_point_cost",
    "reorder_point_fill",
    "size_base_stock",
    "size_order_up_to",
    "size_reorder_point",
    "two_echelon",
    "wait_within",
]

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class StockPerformance:
    """The long run of one stock point, or of many: every field has the shape of the arguments."""

    fill: FloatArray
    """Share of demand met at once from free stock, P(D <= S - 1)."""
    ready: FloatArray
    """Share of time with free stock; equal to *fill*, as Poisson arrivals see time averages."""
    no_backlog: FloatArray
    """Share of time without a backorder, P(D <= S); some texts call this the ready rate."""
    backorders: FloatArray
    """Mean number of backorders; divided by the demand rate it is the mean wait."""
    on_hand: FloatArray
    """Mean free stock."""


def palm(stock: ArrayLike, pipeline: ArrayLike, *, variance_ratio: float = 1.0) -> StockPerformance:
    """Return fill, ready rate, backorders and stock on hand of a base-stock point with backorders.

    *stock* is the base-stock level. With independent lead times only their mean matters. A *variance_ratio* above 1
    takes a negative binomial pipeline of that variance-to-mean ratio. Raise `ModelError` for a negative stock or
    pipeline. Sources: Palm 1938; Feeney and Sherbrooke 1966; Sherbrooke 2004, ch. 2.
    """
    level, mean = np.broadcast_arrays(_stock(stock), _at_least_zero(pipeline, "pipeline"))
    fill = _cdf(level - 1, mean, variance_ratio)
    on_hand = _expected_surplus(level, mean, variance_ratio)
    return StockPerformance(fill, fill, _cdf(level, mean, variance_ratio), on_hand + mean - level, on_hand)


def wait_within(stock: ArrayLike, rate: ArrayLike, *, lead_time: ArrayLike, window: ArrayLike) -> FloatArray:
    """Return the share of demand met within *window* of a base-stock point with one constant *lead_time*.

    A demand at t is met by t + w exactly if fewer than S demands fall in a stretch of L - w, so the share is
    P(Poisson(rate (L - w)) <= S - 1), and 1 from w = L on for S >= 1. Source: Sherbrooke 2004, ch. 2.
    """
    level = _stock(stock)
    left = np.maximum(np.asarray(lead_time, dtype=np.float64) - _at_least_zero(window, "window"), 0.0)
    within = _cdf(level - 1, _at_least_zero(rate, "rate") * left, 1.0)
    # Without stock every demand waits the whole lead time for its own order.
    return np.asarray(np.where(left > 0, within, 1.0), dtype=np.float64)


def lost_sales_fill(stock: ArrayLike, pipeline: ArrayLike) -> FloatArray:
    """Return the fill of a base-stock point whose unmet demand is met elsewhere and never joins its queue.

    Any lead-time law of the same mean gives the same share. Source: Erlang's loss formula, 1 - B(S, pipeline).
    """
    return 1.0 - erlang_b(stock, pipeline)


def size_base_stock(target_fill: float, mean_demand_over_leadtime: float, *, variance_ratio: float = 1.0) -> int:
    """Return the smallest base-stock level S with P(D <= S - 1) >= *target_fill*.

    D is Poisson, or negative binomial when *variance_ratio* (variance over mean) exceeds 1. Raise `ModelError` for
    a target outside 0 <= target < 1, a negative mean or a ratio below 1.
    """
    mean = _one_mean(mean_demand_over_leadtime)
    return _smallest(target_fill, mean, variance_ratio, lambda level: float(_cdf(level - 1.0, mean, variance_ratio)))


def order_up_to_fill(
    level: int, mean_over_leadtime: float, *, mean_over_review: float, variance_ratio: float = 1.0
) -> float:
    """Return the fill of a periodic order-up-to point (R,S): the average over one review interval.

    A demand u after a delivery is met at once if the demand over lead time + u is at most S - 1. Both means are in
    pieces; variance ratio and errors as in `size_base_stock`. Source: Hadley and Whitin 1963, ch. 5.
    """
    lead, review = _one_mean(mean_over_leadtime), _one_mean(mean_over_review)
    if review == 0:
        return float(_cdf(level - 1.0, lead, variance_ratio))
    if variance_ratio == 1:  # the integral of P(Poisson(x) <= S - 1) from 0 to y is E[min(Poisson(y), S)]
        met = np.diff([lead, lead + review] - _expected_shortage(float(level), np.array([lead, lead + review]), 1.0))
        return float(met[0] / review)
    points, weights = np.polynomial.legendre.leggauss(64)
    means = lead + review * (points + 1) / 2
    return float(weights @ _cdf(level - 1.0, means, variance_ratio) / 2)


def size_order_up_to(
    target_fill: float, mean_over_leadtime: float, *, mean_over_review: float, variance_ratio: float = 1.0
) -> int:
    """Return the smallest order-up-to level S of a periodic review with `order_up_to_fill` >= *target_fill*.

    *mean_over_leadtime* and *mean_over_review* are mean demands in pieces. Errors as in `size_base_stock`.
    """
    lead, review = _one_mean(mean_over_leadtime), _one_mean(mean_over_review)

    def fill(level: int) -> float:
        return order_up_to_fill(level, lead, mean_over_review=review, variance_ratio=variance_ratio)

    return _smallest(target_fill, lead + review, variance_ratio, fill)


def reorder_point_fill(reorder_point: int, quantity: int, *, mean: float, variance_ratio: float = 1.0) -> float:
    """Return the fill of (s,Q) under continuous review: the average over positions s + 1 .. s + Q.

    *mean* is the mean demand over the lead time. Orders are placed when the position falls to s, so it is uniform
    on s + 1 .. s + Q and independent of later demand. Source: Hadley and Whitin 1963; Zipkin 2000, ch. 6.
    """
    _whole_quantity(quantity)
    ends = np.array([reorder_point, reorder_point + quantity], dtype=np.float64)
    return float(np.diff(_expected_surplus(ends, np.float64(_one_mean(mean)), variance_ratio))[0] / quantity)


def size_reorder_point(
    target_fill: float, mean_demand_over_leadtime: float, *, quantity: int, variance_ratio: float = 1.0
) -> int:
    """Return the smallest reorder point s >= 0 of (s,Q) with `reorder_point_fill` >= *target_fill*.

    Raise `ModelError` for a *quantity* below 1, and as `size_base_stock` does.
    """
    mean = _one_mean(mean_demand_over_leadtime)
    _whole_quantity(quantity)

    def fill(reorder_point: int) -> float:
        return reorder_point_fill(reorder_point, quantity, mean=mean, variance_ratio=variance_ratio)

    return _smallest(target_fill, mean, variance_ratio, fill)


def reorder_point_cost(
    reorder_point: int, quantity: int, *, rate: float, lead_time: float, order: float, holding: float, backorder: float
) -> float:
    """Return the mean cost per time of (s,Q), Poisson demand, constant lead time and backorders.

    *order* is the cost of one order, *holding* and *backorder* the cost of one piece per time. Source: Snyder and
    Shen, Fundamentals of Supply Chain Theory, 2nd ed., section 5.5, where s is called r.
    """
    _whole_quantity(quantity)
    mean = np.float64(rate * lead_time)
    positions = np.arange(reorder_point + 1, reorder_point + quantity + 1, dtype=np.float64)
    surplus = _expected_surplus(positions, mean, 1.0)
    piece_cost = holding * surplus + backorder * (surplus + mean - positions)
    return float(order * rate / quantity + piece_cost.mean())


def periodic_ss_cost(
    reorder_point: int, order_up_to: int, *, mean: float, order: float, holding: float, backorder: float
) -> float:
    """Return the mean cost per period of periodic (s,S) with Poisson demand of *mean* a period and no lead time.

    At each review a position of s or less is raised to S; then the period's demand falls, and *holding* or
    *backorder* is paid for each piece over or short at its end. Sources: Veinott and Wagner 1965; Snyder and Shen,
    Fundamentals of Supply Chain Theory, 2nd ed., section 4.4.
    """
    if order_up_to <= reorder_point:
        raise ModelError(f"periodic_ss_cost({reorder_point}, {order_up_to}): S must exceed s")
    if not mean > 0:
        raise ModelError(f"mean={mean}: an (s,S) cycle needs a positive mean demand")
    span = order_up_to - reorder_point
    pmf = _pmf(span, mean)
    visits = np.zeros(span)  # mean number of periods of one cycle that start at position S - j
    visits[0] = 1 / (1 - pmf[0])
    for drop in range(1, span):
        visits[drop] = visits[:drop] @ pmf[drop:0:-1] / (1 - pmf[0])
    positions = np.arange(order_up_to, reorder_point, -1, dtype=np.float64)
    surplus = _expected_surplus(positions, np.float64(mean), 1.0)
    piece_cost = holding * surplus + backorder * (surplus + mean - positions)
    return float((order + visits @ piece_cost) / visits.sum())


@dataclass(frozen=True, slots=True)
class TwoEchelon:
    """The long run of a depot and its bases; *bases* holds arrays with one value per base, *depot* single values."""

    bases: StockPerformance
    depot: StockPerformance


def base_pipeline(
    share: float, *, depot_rate: float, depot_stock: int, depot_lead: float, transport: float, size: int
) -> FloatArray:
    """Return the exact probabilities that a base has 0, 1, ... *size* - 1 pieces on order at its depot.

    *share* is the base's part of the depot's Poisson demand *depot_rate*; the depot has base stock *depot_stock*, an
    ample replenishment (repair) of mean *depot_lead* and any law, serves first come first served, and every piece
    travels the constant *transport*. The depot's backorders belong to the base each with probability *share*
    (binomial), and what the base orders during *transport* comes on top (Poisson). P(base backorders = k > 0) is
    element S + k. Sources: Graves 1985; Axsater 1993, Handbooks in OR and MS 4, ch. 4.
    """
    from scipy.special import gammaln, xlog1py, xlogy

    backorders = _depot_backorders(depot_rate * depot_lead, depot_stock)
    total, own = np.arange(backorders.size)[:, None], np.arange(size)[None, :]
    rest = np.maximum(total - own, 0)
    log_ways = gammaln(total + 1) - gammaln(own + 1) - gammaln(rest + 1)
    binomial = np.where(own <= total, np.exp(log_ways + xlogy(own, share) + xlog1py(rest, -share)), 0.0)
    waiting = backorders @ binomial
    travelling = _pmf(size, depot_rate * share * transport)
    return np.asarray(np.convolve(waiting, travelling)[:size], dtype=np.float64)


def two_echelon(
    rates: ArrayLike, stocks: ArrayLike, *, transport: float, depot_stock: int, depot_lead: float
) -> TwoEchelon:
    """Return the exact long run of a depot with base-stock bases below it, all lines backordered and FIFO.

    *rates* and *stocks* hold the demand rate and the base stock of each base. Assumptions and sources: see
    `base_pipeline`. The defective piece enters the depot's repair at the failure. Raise `ModelError` for shapes that
    differ, negative numbers or no demand at all.
    """
    rate, level, depot = _echelons(rates, stocks, transport, depot_stock, depot_lead)
    depot_rate = float(rate.sum())
    mean = rate * (transport + float(depot.backorders) / depot_rate)
    fill, no_backlog, on_hand = np.zeros_like(rate), np.zeros_like(rate), np.zeros_like(rate)
    for pair in sorted(set(zip(rate.tolist(), level.tolist(), strict=True))):
        same = (rate == pair[0]) & (level == pair[1])
        size = int(pair[1]) + 1
        chances = base_pipeline(
            pair[0] / depot_rate,
            depot_rate=depot_rate,
            depot_stock=depot_stock,
            depot_lead=depot_lead,
            transport=transport,
            size=size,
        )
        fill[same], no_backlog[same] = chances[:-1].sum(), chances.sum()
        on_hand[same] = chances @ np.arange(size - 1, -1, -1)
    return TwoEchelon(StockPerformance(fill, fill, no_backlog, on_hand + mean - level, on_hand), depot)


def metric(rates: ArrayLike, stocks: ArrayLike, *, transport: float, depot_stock: int, depot_lead: float) -> TwoEchelon:
    """Return METRIC's approximation of `two_echelon`: a Poisson pipeline at each base with the exact mean.

    It understates the backorders of the bases. Source: Sherbrooke 1968.
    """
    rate, level, depot = _echelons(rates, stocks, transport, depot_stock, depot_lead)
    mean = rate * (transport + float(depot.backorders) / float(rate.sum()))
    return TwoEchelon(palm(level, mean), depot)


def graves(rates: ArrayLike, stocks: ArrayLike, *, transport: float, depot_stock: int, depot_lead: float) -> TwoEchelon:
    """Return Graves' approximation of `two_echelon`: negative binomial pipelines with exact mean and variance.

    Source: Graves 1985, Management Science 31(10): two moments of the base's outstanding orders.
    """
    rate, level, depot = _echelons(rates, stocks, transport, depot_stock, depot_lead)
    depot_rate = float(rate.sum())
    chances = _depot_backorders(depot_rate * depot_lead, depot_stock)
    counts = np.arange(chances.size)
    depot_mean = float(chances @ counts)
    depot_variance = float(chances @ (counts - depot_mean) ** 2)
    share = rate / depot_rate
    mean = share * depot_mean + rate * transport
    variance = share**2 * depot_variance + share * (1 - share) * depot_mean + rate * transport
    ratio = np.maximum(np.divide(variance, mean, out=np.ones_like(mean), where=mean > 0), 1.0)
    parts = [palm(s, m, variance_ratio=float(v)) for s, m, v in zip(level, mean, ratio, strict=True)]
    names = ("fill", "ready", "no_backlog", "backorders", "on_hand")
    return TwoEchelon(StockPerformance(*(np.array([getattr(part, name) for part in parts]) for name in names)), depot)


def _echelons(
    rates: ArrayLike, stocks: ArrayLike, transport: float, depot_stock: int, depot_lead: float
) -> tuple[FloatArray, FloatArray, StockPerformance]:
    rate, level = np.atleast_1d(_at_least_zero(rates, "rates")), np.atleast_1d(_stock(stocks))
    if rate.shape != level.shape or rate.ndim != 1 or not rate.sum() > 0 or transport < 0 or depot_lead < 0:
        raise ModelError(
            f"two echelons with {rate.size} rates and {level.size} stocks, "
            f"transport={transport}, depot_lead={depot_lead}: give one rate and one stock per base, "
            "at least one positive rate, and times that are 0 or more"
        )
    return rate, level, palm(depot_stock, rate.sum() * depot_lead)


def _depot_backorders(pipeline: float, stock: int) -> FloatArray:
    """Return P(depot backorders = 0, 1, ...), cut where less than 1e-15 is left."""
    reach = int(pipeline + 12 * np.sqrt(pipeline) + 40)
    pmf = _pmf(max(reach, stock + 1) + 1, pipeline)
    return np.concatenate(([pmf[: stock + 1].sum()], pmf[stock + 1 :]))


def _pmf(size: int, mean: float) -> FloatArray:
    from scipy.special import gammaln, xlogy

    counts = np.arange(size)
    return np.asarray(np.exp(xlogy(counts, mean) - mean - gammaln(counts + 1)), dtype=np.float64)


def _cdf(count: ArrayLike, mean: ArrayLike, variance_ratio: float) -> FloatArray:
    """Return P(D <= count) for Poisson demand, or negative binomial of the given variance-to-mean ratio."""
    from scipy.special import betainc, gammaincc

    top = np.asarray(count, dtype=np.float64) + 1.0  # below zero pieces the chance is nil
    positive, m = np.maximum(top, 1.0), np.asarray(mean, dtype=np.float64)
    if variance_ratio == 1:
        chance = gammaincc(positive, m)
    else:
        # With no demand at all the order r is 0 and the incomplete beta function is 1, as it should be.
        order = m / (_ratio(variance_ratio) - 1)
        chance = np.where(order > 0, betainc(np.maximum(order, 1e-300), positive, 1 / variance_ratio), 1.0)
    return np.asarray(np.where(top > 0, chance, 0.0), dtype=np.float64)


def _expected_surplus(level: ArrayLike, mean: ArrayLike, variance_ratio: float) -> FloatArray:
    """Return E[(level - D)+], from the identity E[D; D <= n] = mean x P(D' <= n - 1)."""
    y, m = np.asarray(level, dtype=np.float64), np.asarray(mean, dtype=np.float64)
    # D' is D again for Poisson demand; for negative binomial demand its order r is one higher.
    shifted = m if variance_ratio == 1 else m + (variance_ratio - 1)
    surplus = y * _cdf(y - 1, m, variance_ratio) - m * _cdf(y - 2, shifted, variance_ratio)
    return np.asarray(np.maximum(surplus, 0.0), dtype=np.float64)


def _expected_shortage(level: ArrayLike, mean: ArrayLike, variance_ratio: float) -> FloatArray:
    y, m = np.asarray(level, dtype=np.float64), np.asarray(mean, dtype=np.float64)
    return _expected_surplus(y, m, variance_ratio) + m - y


def _smallest(target: float, mean: float, variance_ratio: float, fill: Callable[[int], float]) -> int:
    """Return the smallest level >= 0 whose fill, which rises with the level, reaches *target*."""
    if not 0 <= target < 1:
        raise ModelError(f"target_fill={target}: give a share from 0 up to, but not including, 1")
    _ratio(variance_ratio)
    high = max(1, int(mean))
    while fill(high) < target:
        high *= 2
        if high > 2**60:
            raise ModelError(f"target_fill={target}: too close to 1 to be told from 1; ask for less")
    low = -1  # fill(low) < target <= fill(high), taking a negative level to fill nothing
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if fill(middle) >= target else (middle, high)
    return high


def _stock(value: ArrayLike) -> FloatArray:
    level = _at_least_zero(value, "stock")
    if not np.all(level == np.floor(level)):
        raise ModelError(f"stock={value!r}: give whole numbers")
    return level


def _at_least_zero(value: ArrayLike, name: str) -> FloatArray:
    array = np.asarray(value, dtype=np.float64)
    if not np.all(array >= 0):
        raise ModelError(f"{name}={value!r}: give numbers that are 0 or more")
    return array


def _one_mean(value: float) -> float:
    if not (value >= 0 and np.isfinite(value)):
        raise ModelError(f"mean demand {value}: give a number that is 0 or more")
    return float(value)


def _ratio(value: float) -> float:
    if not value >= 1:
        raise ModelError(f"variance_ratio={value}: give 1 (Poisson) or more")
    return value


def _whole_quantity(quantity: int) -> None:
    if quantity < 1:
        raise ModelError(f"quantity={quantity}: order at least one piece at a time")
