"""Decisions taken once: newsvendor and last-time buy; and the mean number of renewals of an Erlang-2 life."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from netsim.errors import ModelError
from netsim.theory.spares import palm, size_base_stock

__all__ = ["critical_ratio", "erlang2_renewals", "last_time_buy", "last_time_buy_cost", "newsvendor"]

FloatArray = NDArray[np.float64]


def critical_ratio(understock: float, overstock: float) -> float:
    """Return the chance of no shortage that costs least: understock / (understock + overstock).

    *understock* is the cost of one piece too few, *overstock* of one too many, in one currency. Raise `ModelError`
    for a negative cost or two zero costs. Source: Arrow, Harris and Marschak 1951.
    """
    if not (understock >= 0 and overstock >= 0 and understock + overstock > 0):
        raise ModelError(f"critical_ratio({understock}, {overstock}): give costs of 0 or more, not both 0")
    return understock / (understock + overstock)


def newsvendor(understock: float, overstock: float, *, quantile: Callable[[float], float]) -> float:
    """Return the quantity of least expected cost when demand has the quantile function *quantile*.

    *quantile* takes a probability and returns pieces. Costs and errors as in `critical_ratio`.
    """
    return float(quantile(critical_ratio(understock, overstock)))


def last_time_buy(mean_demand: float, *, understock: float, overstock: float, variance_ratio: float = 1.0) -> int:
    """Return the last purchase Q of least expected cost: the smallest with P(D <= Q) >= the critical ratio.

    D, the demand until the end of service, is Poisson of *mean_demand* pieces, or negative binomial when
    *variance_ratio* exceeds 1. Raise `ModelError` if *overstock* is 0: then no quantity is large enough.
    """
    if overstock == 0:
        raise ModelError("overstock=0: pieces left over cost nothing, so no quantity is large enough; give their cost")
    ratio = critical_ratio(understock, overstock)
    return max(size_base_stock(ratio, mean_demand, variance_ratio=variance_ratio) - 1, 0)


def last_time_buy_cost(
    quantity: ArrayLike, mean_demand: ArrayLike, *, understock: float, overstock: float, variance_ratio: float = 1.0
) -> FloatArray:
    """Return the expected cost of pieces short and pieces left over after a last purchase of *quantity*.

    Arguments as in `last_time_buy`; *quantity* and *mean_demand* may be arrays of one shape.
    """
    outcome = palm(quantity, mean_demand, variance_ratio=variance_ratio)
    return understock * outcome.backorders + overstock * outcome.on_hand


def erlang2_renewals(rate: ArrayLike, time: ArrayLike) -> FloatArray:
    """Return the mean number of renewals by *time* when each life is the sum of two exponentials of *rate*.

    Both may be arrays, in one time unit. Source: Cox, Renewal Theory, 1962: rate t/2 - (1 - exp(-2 rate t))/4.
    """
    steps = np.asarray(rate, dtype=np.float64) * np.asarray(time, dtype=np.float64)
    if not np.all(steps >= 0):
        raise ModelError("erlang2_renewals: give a rate and a time that are 0 or more")
    return np.asarray(steps / 2 + np.expm1(-2 * steps) / 4, dtype=np.float64)
