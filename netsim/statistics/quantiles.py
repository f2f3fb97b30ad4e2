"""Quantiles of the distribution over replications, with intervals that hold whatever that distribution is.

Between the l-th and the u-th smallest of n independent values lies the q quantile with the probability that a binomial
variable of n trials of probability q is at least l and below u: exactly for a continuous distribution, and at least so
often for any other. Sources: David and Nagaraja 2003, Order Statistics, section 7.1; Conover 1999, Practical
Nonparametric Statistics, section 3.2.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike

from netsim.errors import ModelError
from netsim.statistics.sample import as_values

__all__ = ["QuantileInterval", "quantile_interval", "replications_for_quantile"]


@dataclass(frozen=True, slots=True)
class QuantileInterval:
    """A quantile over replications, and two of the values between which it lies; both are NaN if no two can tell."""

    value: float
    low: float
    high: float
    n: int
    """Replications that gave a value."""
    level: float
    """The confidence that was asked for."""
    coverage: float = math.nan
    """The confidence that the two values give, *level* or more."""


def quantile_interval(values: ArrayLike, q: float, *, level: float = 0.95) -> QuantileInterval:
    """Return the *q* quantile of *values* (the ceil(n q)-th smallest) with an interval between two order statistics.

    Of all pairs of ranks that reach *level* it is a closest one, and of those the one whose two errors are most alike.
    There is none below `replications_for_quantile` values; the estimate is then alone. NaN are left out. Raise
    `ModelError` unless *q* and *level* lie between 0 and 1.
    """
    kept = as_values(values)
    kept = np.sort(kept[~np.isnan(kept)])
    lower, upper, coverage = _ranks(kept.size, q, level)
    # A product such as 20 x 0.95 may miss its whole number by a rounding error, which must not move us on by one.
    rank = max(math.ceil(kept.size * q - 1e-9), 1)
    value = float(kept[rank - 1]) if kept.size else math.nan
    if not lower:
        return QuantileInterval(value, math.nan, math.nan, kept.size, level)
    return QuantileInterval(value, float(kept[lower - 1]), float(kept[upper - 1]), kept.size, level, coverage)


def replications_for_quantile(q: float, *, level: float = 0.95) -> int:
    """Return the least number of replications whose values can bound the *q* quantile: 59 for P95 or P5 at 95 %.

    The range from the least to the largest of n values misses it with probability q^n + (1 - q)^n. Raise `ModelError`
    unless *q* and *level* lie between 0 and 1.
    """
    _must_be_shares(q, level)
    n = max(math.floor(math.log(1 - level) / math.log(max(q, 1 - q))), 2)
    while q**n + (1 - q) ** n > 1 - level:
        n += 1
    return n


@lru_cache(maxsize=256)
def _ranks(n: int, q: float, level: float) -> tuple[int, int, float]:
    """Return the ranks of the two values, counted from 1, and their confidence; 0 if there are none."""
    from scipy.special import bdtr

    _must_be_shares(q, level)
    if n < 2:
        return 0, 0, math.nan
    # below[l]: the probability that fewer than l values lie below the quantile.
    below = np.array([0.0, *(float(bdtr(k, n, q)) for k in range(n))])
    best: tuple[int, float, int] | None = None
    for lower in range(1, n):
        reach = below[lower + 1 :] - below[lower] >= level  # up to the value of rank lower + 1, lower + 2, ... n
        if not reach.any():
            break  # what begins higher misses more
        upper = lower + 1 + int(np.argmax(reach))
        unlike = abs(below[lower] - (1 - below[upper]))
        if best is None or (upper - lower, unlike) < best[:2]:
            best = (upper - lower, unlike, lower)
    if best is None:
        return 0, 0, math.nan
    width, _, lower = best
    return lower, lower + width, float(below[lower + width] - below[lower])


def _must_be_shares(q: float, level: float) -> None:
    if not 0 < q < 1:
        raise ModelError(f"quantile {q}: give a share between 0 and 1, such as 0.95 for P95")
    if not 0 < level < 1:
        raise ModelError(f"confidence {level}: give a share between 0 and 1, such as 0.95")
