"""Intervals from replications, paired differences against a baseline, and durations that were cut off.

The replication is the unit of inference: arrays of values hold one value per replication, in one order for all
designs, so that the differences of two designs are paired on the shared tape. NaN means that a replication gave no
value (a ratio with denominator 0); intervals leave it out and report the number that is left as *n*.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from netsim.errors import ModelError
from netsim.outcome.censoring import TOLERANCE, estimate, survival_curve

__all__ = [
    "Interval",
    "PairedDifference",
    "SurvivalCurve",
    "compare_with_baseline",
    "holm_adjust",
    "kaplan_meier",
    "paired_difference",
    "percentile_censored",
    "percentile_interval",
    "ratio_interval",
    "restricted_mean",
    "t_interval",
    "variance_removed",
    "welch_interval",
]

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Interval:
    """An estimate with its confidence interval ``mean - half .. mean + half``; *half* is NaN if it cannot be had."""

    mean: float
    half: float
    n: int
    """Replications that gave a value."""
    level: float = 0.95
    degrees: float = math.nan
    """Degrees of freedom of the t quantile."""

    @property
    def low(self) -> float:
        """Return the lower end."""
        return self.mean - self.half

    @property
    def high(self) -> float:
        """Return the upper end."""
        return self.mean + self.half

    def excludes(self, value: float) -> bool:
        """Return whether *value* lies outside; an interval that cannot be had excludes nothing."""
        return self.low > value or self.high < value


@dataclass(frozen=True, slots=True)
class PairedDifference:
    """A design against the baseline on the same tapes."""

    design: str
    difference: Interval
    """Design minus baseline."""
    p_value: float
    """Two-sided, of no difference."""
    p_adjusted: float
    """Holm's, over all designs compared with this baseline."""
    variance_removed: float
    """Share of the variance of the difference that pairing took away."""

    @property
    def is_significant(self) -> bool:
        """Return whether the design differs at the level of the interval, all comparisons taken together."""
        return self.p_adjusted <= 1 - self.difference.level


def t_interval(values: ArrayLike, *, level: float = 0.95) -> Interval:
    """Return mean and half width by Student's t over replications. Source: Law and Kelton, section 9.4.1."""
    kept = _values(values)
    kept = kept[~np.isnan(kept)]
    mean = float(kept.mean()) if kept.size else math.nan
    error = float(kept.std(ddof=1)) / math.sqrt(kept.size) if kept.size > 1 else math.nan
    return _student(mean, error, kept.size, level, kept.size - 1)


def paired_difference(values: ArrayLike, baseline: ArrayLike, *, level: float = 0.95) -> Interval:
    """Return the interval of *values* minus *baseline*, replication by replication.

    Raise `ModelError` if the two do not hold the same number of replications.
    """
    mine, theirs = _pair(values, baseline)
    return t_interval(mine - theirs, level=level)


def variance_removed(values: ArrayLike, baseline: ArrayLike) -> float:
    """Return the share of the variance of the difference that common tapes took away.

    1 - Var(a - b) / (Var a + Var b): 0 for independent runs, 1 for a difference without noise, negative if pairing
    harms, NaN if neither varies.
    """
    mine, theirs = _pair(values, baseline)
    both = ~(np.isnan(mine) | np.isnan(theirs))
    if both.sum() < 2:
        return math.nan
    apart = float(mine[both].var(ddof=1) + theirs[both].var(ddof=1))
    return 1 - float((mine - theirs)[both].var(ddof=1)) / apart if apart > 0 else math.nan


def compare_with_baseline(
    table: Mapping[str, ArrayLike], baseline: str, *, level: float = 0.95
) -> list[PairedDifference]:
    """Return every other design of *table* against *baseline*, in the order of the table.

    *table* maps a design to its values by replication. Raise `ModelError` for a baseline that the table lacks, or
    for designs of unequal numbers of replications.
    """
    if baseline not in table:
        raise ModelError(f"baseline {baseline!r} is not among the designs {', '.join(map(repr, table))}")
    others = [design for design in table if design != baseline]
    differences = [paired_difference(table[design], table[baseline], level=level) for design in others]
    p_values = [_p_value(difference) for difference in differences]
    return [
        PairedDifference(design, difference, p, adjusted, variance_removed(table[design], table[baseline]))
        for design, difference, p, adjusted in zip(others, differences, p_values, holm_adjust(p_values), strict=True)
    ]


def holm_adjust(p_values: Sequence[float]) -> list[float]:
    """Return Holm's adjusted p values in the order given; NaN stays NaN and does not count.

    Source: Holm 1979: the i-th smallest of m is multiplied by m - i + 1, and none falls below its predecessor.
    """
    order = sorted((p, i) for i, p in enumerate(p_values) if not math.isnan(p))
    adjusted, least = [math.nan] * len(p_values), 0.0
    for rank, (p, i) in enumerate(order):
        least = max(least, min(1.0, p * (len(order) - rank)))
        adjusted[i] = least
    return adjusted


def welch_interval(values: ArrayLike, others: ArrayLike, *, level: float = 0.95) -> Interval:
    """Return the interval of the difference of two means from runs that share no tape.

    *n* is the smaller number of values. Source: Welch 1938; Law and Kelton, section 10.2.2.
    """
    parts = [kept[~np.isnan(kept)] for kept in (_values(values), _values(others))]
    means = [float(part.mean()) if part.size else math.nan for part in parts]
    n = min(part.size for part in parts)
    if n < 2:
        return Interval(means[0] - means[1], math.nan, n, level)
    errors = [float(part.var(ddof=1)) / part.size for part in parts]
    total = sum(errors)
    spread = sum(error**2 / (part.size - 1) for error, part in zip(errors, parts, strict=True))
    degrees = total**2 / spread if spread > 0 else float(n - 1)
    return _student(means[0] - means[1], math.sqrt(total), n, level, degrees)


def ratio_interval(numerators: ArrayLike, denominators: ArrayLike, *, level: float = 0.95) -> Interval:
    """Return the interval of sum(numerators) / sum(denominators), by the jackknife over replications.

    The ratio of the sums weighs each replication by its denominator, unlike the mean of the ratios; the jackknife
    gives its error alone, so that a share stays a share. NaN if the denominators sum to 0.
    Source: Miller 1974; Law and Kelton, section 9.5.3.
    """
    tops, bottoms = _pair(numerators, denominators)
    kept = ~(np.isnan(tops) | np.isnan(bottoms))
    tops, bottoms = tops[kept], bottoms[kept]
    n, top, bottom = tops.size, float(tops.sum()), float(bottoms.sum())
    if bottom == 0:
        return Interval(math.nan, math.nan, n, level)
    left = bottom - bottoms
    if n < 2 or np.any(left == 0):
        return Interval(top / bottom, math.nan, n, level)
    without_one = (top - tops) / left
    error = math.sqrt((n - 1) / n * float(((without_one - without_one.mean()) ** 2).sum()))
    return _student(top / bottom, error, n, level, n - 1)


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


def _must_be_share(q: float) -> None:
    if not 0 < q <= 1:
        raise ModelError(f"percentile {q}: give a share above 0 and at most 1, such as 0.9 for P90")


def _durations(
    durations: ArrayLike, observed: ArrayLike | None, weights: ArrayLike | None
) -> tuple[FloatArray, NDArray[np.bool_], FloatArray]:
    times = _values(durations)
    ended = np.ones(times.size, dtype=bool) if observed is None else np.atleast_1d(np.asarray(observed, dtype=bool))
    counts = np.ones(times.size) if weights is None else _values(weights)
    if not times.size == ended.size == counts.size:
        raise ModelError(f"{times.size} durations, {ended.size} flags, {counts.size} weights: give one of each")
    if not (np.all(times >= 0) and np.all(counts >= 0)):
        raise ModelError("durations and weights must be 0 or more, without gaps")
    return times, ended, counts


def _student(mean: float, error: float, n: int, level: float, degrees: float) -> Interval:
    from scipy.special import stdtrit

    if not 0 < level < 1:
        raise ModelError(f"confidence {level}: give a share between 0 and 1, such as 0.95")
    if math.isnan(error) or degrees <= 0:
        return Interval(mean, math.nan, n, level)
    return Interval(mean, float(stdtrit(degrees, (1 + level) / 2)) * error, n, level, degrees)


def _p_value(difference: Interval) -> float:
    from scipy.special import stdtr, stdtrit

    if math.isnan(difference.half):
        return math.nan
    if difference.half == 0:
        return 1.0 if difference.mean == 0 else 0.0
    error = difference.half / float(stdtrit(difference.degrees, (1 + difference.level) / 2))
    return 2 * float(stdtr(difference.degrees, -abs(difference.mean) / error))


def _values(values: ArrayLike) -> FloatArray:
    array = np.atleast_1d(np.asarray(values, dtype=np.float64))
    if array.ndim != 1:
        raise ModelError(f"an array of shape {array.shape}: give one value per replication")
    return array


def _pair(values: ArrayLike, others: ArrayLike) -> tuple[FloatArray, FloatArray]:
    mine, theirs = _values(values), _values(others)
    if mine.size != theirs.size:
        raise ModelError(f"{mine.size} and {theirs.size} replications cannot be paired: give the same ones of both")
    return mine, theirs
