"""Durations of which some were cut off before their end: survival curves, percentiles and restricted means."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from netsim.errors import ModelError
from netsim.outcome.censoring import TOLERANCE, estimate, survival_curve
from netsim.statistics.intervals import Interval, t_interval

__all__ = [
    "SurvivalCurve",
    "kaplan_meier",
    "percentile_censored",
    "percentile_interval",
    "restricted_mean",
]

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class SurvivalCurve:
    """The share of durations longer than t: 1 before the first of *times*, then *survival* from each of them on."""

    times: FloatArray
    """Distinct ends, ascending, in the unit of the durations."""
    survival: FloatArray
    last: float
    """The longest duration seen, ended or not: beyond it nothing is known."""

    def percentile(self, q: float) -> float:
        """Return the least t by which a share *q* has ended, NaN if so many never did.

        Raise `ModelError` unless 0 < q <= 1.
        """
        _must_be_share(q)
        # A product of fractions may miss the share by a rounding error, which must not move us to the next time.
        reached = self.survival <= 1 - q + TOLERANCE
        return float(self.times[np.argmax(reached)]) if reached.any() else math.nan


def kaplan_meier(
    durations: ArrayLike, observed: ArrayLike | None = None, *, weights: ArrayLike | None = None
) -> SurvivalCurve:
    """Return the survival curve of *durations*, some of which were cut off before their end.

    *observed* tells which ended (default: all), *weights* how often each counts. What was cut off at t is still at
    risk at t. Raise `ModelError` for unequal lengths, negative or missing durations, or negative weights. Source:
    Kaplan and Meier 1958.
    """
    times, ended, counts = _durations(durations, observed, weights)
    times, ended, counts = times[counts > 0], ended[counts > 0], counts[counts > 0]
    distinct, survival = survival_curve(times, ~ended, weights=counts)
    return SurvivalCurve(distinct, survival, float(times.max()) if times.size else math.nan)


def percentile_censored(durations: ArrayLike, observed: ArrayLike | None = None, *, q: float) -> float:
    """Return the *q* quantile (0.9 for P90) of durations of which some were cut off; NaN if it is not reached.

    It is the least t by which a share *q* has ended; without cut-offs the ceil(q n)-th smallest. Arguments and errors
    as in `kaplan_meier`; raise `ModelError` unless 0 < q <= 1.
    """
    _must_be_share(q)
    times, ended, _ = _durations(durations, observed, None)
    return float(estimate(times, ~ended, shares=(q,)).percentiles[0, 0])


def restricted_mean(durations: ArrayLike, observed: ArrayLike | None = None, *, horizon: float) -> float:
    """Return the mean of min(duration, *horizon*), counting what was cut off for as long as it was seen.

    NaN if nobody was followed up to *horizon* and some were cut off. Source: Irwin 1949.
    """
    times, ended, _ = _durations(durations, observed, None)
    # Seen up to the horizon is seen to the end, as what comes later does not count.
    return float(estimate(np.minimum(times, horizon), ~ended & (times < horizon)).mean[0])


def percentile_interval(
    samples: Sequence[ArrayLike], q: float, *, observed: Sequence[ArrayLike] | None = None, level: float = 0.95
) -> Interval:
    """Return the interval of the *q* quantile (0.9 for P90) over replications, each one's own percentile a value.

    *samples* holds the durations of each replication, *observed* whether each ended. If a replication does not reach
    the percentile the mean is NaN, as leaving it out would flatter; *n* counts those that do.
    """
    flags = [None] * len(samples) if observed is None else observed
    found = np.array([percentile_censored(*pair, q=q) for pair in zip(samples, flags, strict=True)], dtype=np.float64)
    if np.isnan(found).any():
        return Interval(math.nan, math.nan, int((~np.isnan(found)).sum()), level)
    return t_interval(found, level=level)


def _must_be_share(q: float) -> None:
    if not 0 < q <= 1:
        raise ModelError(f"percentile {q}: give a share above 0 and at most 1, such as 0.9 for P90")


def _durations(
    durations: ArrayLike, observed: ArrayLike | None, weights: ArrayLike | None
) -> tuple[FloatArray, NDArray[np.bool_], FloatArray]:
    times = np.atleast_1d(np.asarray(durations, dtype=np.float64))
    ended = np.ones(times.size, dtype=bool) if observed is None else np.atleast_1d(np.asarray(observed, dtype=bool))
    counts = np.ones(times.size) if weights is None else np.atleast_1d(np.asarray(weights, dtype=np.float64))
    if not times.size == ended.size == counts.size:
        raise ModelError(f"{times.size} durations, {ended.size} flags, {counts.size} weights: give one of each")
    if not (np.all(times >= 0) and np.all(counts >= 0)):
        raise ModelError("durations and weights must be 0 or more, without gaps")
    return times, ended, counts
