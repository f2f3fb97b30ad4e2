"""Durations that nobody saw the end of: Kaplan-Meier percentiles and means, by group.

Source: E. L. Kaplan and P. Meier (1958), Nonparametric estimation from incomplete observations, JASA 53, 457-481.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from netsim.outcome.compiled_sums import follow_survival
from netsim.outcome.groups import Floats
from netsim.outcome.kernels import kernel

__all__ = ["TOLERANCE", "Lifetimes", "estimate", "estimate_sorted", "survival_curve"]

_GONE = -50.0
"""Logarithm that stands for a survival of zero; no survival of a sample that fits a computer comes near it."""
TOLERANCE = 1e-9
"""By so much an estimated survival may miss a share through rounding."""


@dataclass(frozen=True, slots=True)
class Lifetimes:
    """Estimates of each group.

    *count* and *censored* are numbers of durations. *mean* is NaN where the longest duration is censored (the curve
    never reaches zero) and in empty groups; *restricted* is the mean up to the group's longest duration, always
    known. *percentiles* has one row a group and one column a share: NaN where the curve stays above.
    """

    count: npt.NDArray[np.int64]
    censored: npt.NDArray[np.int64]
    mean: Floats
    restricted: Floats
    percentiles: Floats


def estimate(
    duration: npt.NDArray[Any],
    censored: npt.NDArray[Any],
    *,
    group: npt.NDArray[Any] | None = None,
    groups: int = 1,
    shares: tuple[float, ...] = (0.5, 0.9, 0.95),
) -> Lifetimes:
    """Return Kaplan-Meier estimates of *duration*, where *censored* marks those that lasted at least that long.

    *group* numbers each duration's group from 0 to *groups* - 1. The percentile of a share p is the least duration t
    with estimated P(T <= t) >= p; without censoring it is the order statistic of rank ceil(p n), and the mean is the
    plain mean. A duration censored at t counts as at risk at t.
    """
    index = np.zeros(len(duration), dtype=np.int16) if group is None else group
    lost = censored.astype(bool)
    order = np.lexsort((lost, duration))
    return estimate_sorted(duration[order], lost[order], index[order], groups=groups, shares=shares)


def estimate_sorted(
    time: npt.NDArray[Any],
    lost: npt.NDArray[np.bool_],
    index: npt.NDArray[Any],
    *,
    groups: int,
    shares: tuple[float, ...],
) -> Lifetimes:
    """Return what `estimate` does of durations that rise, ends before censorings; those of a negative *index* are left.

    Groups numbered in 16 bits take one pass to tell apart.
    """
    fast = kernel(follow_survival, len(time))
    if fast is not None:
        return _follow(fast, time, lost, index, groups, shares)
    if groups > 1:
        order = np.argsort(index, kind="stable")[np.count_nonzero(index < 0) :]
        time, lost, index = time[order], lost[order], index[order]
    time = time.astype(np.float64)
    count = np.bincount(index, minlength=groups)
    hidden = np.bincount(index[lost], minlength=groups)
    restricted = np.full(groups, np.nan)
    mean = restricted.copy()
    percentiles = np.full((groups, len(shares)), np.nan)
    if len(time):
        filled = np.flatnonzero(count)
        size = count[filled]
        last = np.cumsum(size) - 1
        first = last - size + 1
        survival = _survival_of_ones(lost, first, size)
        earlier = np.r_[0.0, time[:-1]]
        alive = np.r_[1.0, survival[:-1]]
        earlier[first], alive[first] = 0.0, 1.0
        plain = hidden[filled] == 0
        totals = np.add.reduceat(time, first)
        areas = np.add.reduceat(alive * (time - earlier), first)
        restricted[filled] = np.where(plain, totals / size, areas)
        mean[filled] = np.where(lost[last], np.nan, restricted[filled])
        for column, share in enumerate(shares):
            reached = np.where(survival <= 1 - share + TOLERANCE, time, np.inf)
            least = np.minimum.reduceat(reached, first)
            percentiles[filled, column] = np.where(np.isinf(least), np.nan, least)
    return Lifetimes(count, hidden, mean, restricted, percentiles)


def _follow(
    fast: Callable[..., Any],
    time: npt.NDArray[Any],
    lost: npt.NDArray[np.bool_],
    index: npt.NDArray[Any],
    groups: int,
    shares: tuple[float, ...],
) -> Lifetimes:
    """Return what `estimate_sorted` does, in one walk through all durations."""
    count = np.bincount(index[index >= 0] if len(index) and int(index.min()) < 0 else index, minlength=groups)
    hidden, total, area, alive = np.zeros(groups, np.int64), np.zeros(groups), np.zeros(groups), np.ones(groups)
    percentiles = np.full((groups, len(shares)), np.nan)
    enough = 1 - np.array(shares) + TOLERANCE
    fast(time, lost, index, enough, count.copy(), hidden, total, area, alive, percentiles)
    restricted = np.where(hidden > 0, area, total / np.maximum(count, 1))
    restricted[count == 0] = np.nan
    return Lifetimes(count, hidden, np.where(alive > 0, np.nan, restricted), restricted, percentiles)


def survival_curve(
    duration: npt.NDArray[Any], censored: npt.NDArray[Any], *, weights: npt.NDArray[Any] | None = None
) -> tuple[Floats, Floats]:
    """Return the distinct durations that ended, rising, and the estimated survival from each of them on.

    *weights*, above 0, say how often each duration counts; None: once.
    """
    if not len(duration):
        return np.zeros(0), np.zeros(0)
    lost = censored.astype(bool)
    order = np.lexsort((lost, duration))
    time, lost = duration[order].astype(np.float64), lost[order]
    count = np.ones(len(time)) if weights is None else weights[order].astype(np.float64)
    survival = _survival(lost, np.zeros(1, dtype=np.int64), np.array([len(time)]), count)
    ended = np.flatnonzero(~lost)
    last = ended[np.r_[time[ended][1:] != time[ended][:-1], True]] if len(ended) else ended
    return time[last], survival[last]


def _survival_of_ones(lost: npt.NDArray[np.bool_], first: npt.NDArray[np.int64], size: npt.NDArray[np.int64]) -> Floats:
    """Return what `_survival` does where each duration counts once: those at risk are then whole numbers."""
    number = np.arange(1, int(size.max()) + 1)
    left = np.log1p(-1.0 / np.maximum(number, 2))
    left[0] = _GONE
    at_risk = np.repeat(first + size, size) - np.arange(len(lost))
    logs = left[at_risk - 1]
    logs[lost] = 0.0
    return _exponential(logs, first, size)


def _survival(
    lost: npt.NDArray[np.bool_], first: npt.NDArray[np.int64], size: npt.NDArray[np.int64], weights: Floats
) -> Floats:
    """Return the estimated survival just after each duration; they are sorted within groups, ends before censorings."""
    total = np.cumsum(weights)
    whole = total[first + size - 1]
    at_risk = np.repeat(whole, size) - total + weights
    # One factor per end: (n-1)/n (n-2)/(n-1) ... equals the factor (n-d)/n of d ends in one second.
    logs = np.zeros(len(lost))
    left = 1 - weights / at_risk
    many = ~lost & (left > TOLERANCE)
    logs[many] = np.log1p(-weights[many] / at_risk[many])
    logs[~lost & ~many] = _GONE
    return _exponential(logs, first, size)


def _exponential(logs: Floats, first: npt.NDArray[np.int64], size: npt.NDArray[np.int64]) -> Floats:
    """Return the survival that logarithms of factors add up to, group by group."""
    summed = np.cumsum(logs)
    summed -= np.repeat(np.r_[0.0, summed[first[1:] - 1]], size)
    survival: Floats = np.where(summed <= _GONE / 2, 0.0, np.exp(summed))
    return survival
