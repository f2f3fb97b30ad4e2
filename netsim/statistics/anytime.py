"""Intervals that hold at every number of replications at once, so that a rule may stop on what it saw.

An interval for a fixed number of replications covers less often than it says once the number depends on the values. One
that holds for all numbers at once covers whenever one stops; it is wider for that.
"""

from __future__ import annotations

import math

import numpy as np

from netsim.statistics.intervals import Interval
from netsim.statistics.paths import FloatArray, linearise

__all__ = ["anytime_interval", "anytime_t"]

SPREAD = 1.0
"""Variance, in variances of one replication, of the normal law of means that the bound is made for: how it shares its
width over small and large numbers."""


def anytime_t(n: int, level: float) -> float:
    """Return the t value that ``mean / standard error`` of normal values exceeds at no n at all with so high a *level*.

    Infinite while n is too small to say anything. With a normal law of variance g for mean over deviation the
    likelihood ratio of n values, ``(1 + n g)^(-1/2) ((1 + x) / (1 + x / (1 + n g)))^(n/2)`` with ``x = t² / (n - 1)``,
    is a martingale of mean 1 if the mean is 0, which by Ville's inequality ever reaches 1 / (1 - level) with a
    probability of at most 1 - level. Source: Wang and Ramdas 2025, Anytime-valid t-tests, after Lai 1976.
    """
    if n < 2:
        return math.inf
    wide = 1 + n * SPREAD
    reach = (math.sqrt(wide) / (1 - level)) ** (2 / n)
    return math.sqrt((n - 1) * (reach - 1) / (1 - reach / wide)) if reach < wide else math.inf


def anytime_interval(tops: FloatArray, bottoms: FloatArray, *, level: float, shown: float | None = None) -> Interval:
    """Return the interval of a ratio of sums (of a mean, with bottoms of ones) that holds at any stopping.

    *shown* is the level that the interval is said to have, where *level* is that of one of several. For a ratio it
    holds for many replications.
    """
    seen = ~(np.isnan(tops) | np.isnan(bottoms))
    n, bottom = int(seen.sum()), float(bottoms[seen].sum())
    mean = float(tops[seen].sum()) / bottom if bottom else math.nan
    said = level if shown is None else shown
    if n < 2 or not bottom:
        return Interval(mean, math.nan, n, said)
    error = float(linearise(tops[seen], bottoms[seen]).std(ddof=1)) / math.sqrt(n)
    factor = anytime_t(n, level)
    half = 0.0 if error == 0 else math.nan if math.isinf(factor) else factor * error
    return Interval(mean, half, n, said, n - 1)
