"""Confidence intervals from independent replications: means, ratios of sums, and differences without a common tape.

The replication is the unit of inference: arrays of values hold one value per replication. NaN means that a replication
gave no value (a ratio with denominator 0); intervals leave it out and report the number that is left as *n*.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from netsim.errors import ModelError
from netsim.statistics.sample import Sampled, as_pairs, as_sample, as_values

__all__ = [
    "Interval",
    "pseudo_values",
    "ratio_interval",
    "sample_interval",
    "student_interval",
    "t_interval",
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


def t_interval(values: ArrayLike, *, level: float = 0.95) -> Interval:
    """Return mean and half width by Student's t over replications. Source: Law and Kelton, section 9.4.1."""
    kept = as_values(values)
    kept = kept[~np.isnan(kept)]
    mean = float(kept.mean()) if kept.size else math.nan
    error = float(kept.std(ddof=1)) / math.sqrt(kept.size) if kept.size > 1 else math.nan
    return student_interval(mean, error, kept.size, level, kept.size - 1)


def welch_interval(values: ArrayLike, others: ArrayLike, *, level: float = 0.95) -> Interval:
    """Return the interval of the difference of two means from runs that share no tape.

    *n* is the smaller number of values. Source: Welch 1938; Law and Kelton, section 10.2.2.
    """
    parts = [kept[~np.isnan(kept)] for kept in (as_values(values), as_values(others))]
    means = [float(part.mean()) if part.size else math.nan for part in parts]
    n = min(part.size for part in parts)
    if n < 2:
        return Interval(means[0] - means[1], math.nan, n, level)
    errors = [float(part.var(ddof=1)) / part.size for part in parts]
    total = sum(errors)
    spread = sum(error**2 / (part.size - 1) for error, part in zip(errors, parts, strict=True))
    degrees = total**2 / spread if spread > 0 else float(n - 1)
    return student_interval(means[0] - means[1], math.sqrt(total), n, level, degrees)


def ratio_interval(numerators: ArrayLike, denominators: ArrayLike, *, level: float = 0.95) -> Interval:
    """Return the interval of sum(numerators) / sum(denominators), by the jackknife over replications.

    The ratio of the sums weighs each replication by its denominator, unlike the mean of the ratios; the jackknife
    gives its error alone, so that a share stays a share. NaN if the denominators sum to 0. It is exact for equal
    denominators and normal numerators, else for many replications. Source: Miller 1974; Law and Kelton, section 9.5.3.
    """
    tops, bottoms = as_pairs(numerators, denominators)
    kept = ~(np.isnan(tops) | np.isnan(bottoms))
    tops, bottoms = tops[kept], bottoms[kept]
    n, bottom = tops.size, float(bottoms.sum())
    mean = float(tops.sum()) / bottom if bottom != 0 else math.nan
    error = float(pseudo_values(tops, bottoms).std(ddof=1)) / math.sqrt(n) if n > 1 else math.nan
    return student_interval(mean, error, n, level, n - 1)


def sample_interval(sample: Sampled, *, level: float = 0.95) -> Interval:
    """Return the interval of a sample: of the ratio of the sums if it is a ratio, else of the mean."""
    found = as_sample(sample)
    if found.numerators is None or found.denominators is None:
        return t_interval(found.values, level=level)
    return ratio_interval(found.numerators, found.denominators, level=level)


def pseudo_values(numerators: ArrayLike, denominators: ArrayLike) -> FloatArray:
    """Return the jackknife's pseudo-values of the ratio of the sums, one for each replication (none may be missing).

    n r - (n - 1) r(i), where r is the ratio and r(i) that without replication i: they stand for the ratio as values
    stand for their mean. NaN if a ratio lacks its denominator, as where one replication alone has any.
    Source: Tukey 1958; Miller 1974.
    """
    tops, bottoms = as_pairs(numerators, denominators)
    n, top, bottom = tops.size, float(tops.sum()), float(bottoms.sum())
    left = bottom - bottoms
    if n < 2 or bottom == 0 or np.any(left == 0):
        return np.full(n, math.nan)
    return n * (top / bottom) - (n - 1) * (top - tops) / left


def student_interval(mean: float, error: float, n: int, level: float, degrees: float) -> Interval:
    """Return the interval of an estimate with standard *error* on so many *degrees* of freedom; no width for NaN.

    Raise `ModelError` for a level that is not between 0 and 1.
    """
    from scipy.special import stdtrit

    if not 0 < level < 1:
        raise ModelError(f"confidence {level}: give a share between 0 and 1, such as 0.95")
    if math.isnan(error) or degrees <= 0:
        return Interval(mean, math.nan, n, level)
    return Interval(mean, float(stdtrit(degrees, (1 + level) / 2)) * error, n, level, degrees)
