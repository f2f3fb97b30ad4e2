"""Confidence intervals from independent replications: means, ratios, and differences of runs that share no tape.

The replication is the unit of inference: arrays of values hold one value per replication. NaN means that a replication
gave no value (a ratio with denominator 0); intervals leave it out and report the number that is left as *n*.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from netsim.errors import ModelError
from netsim.statistics.sample import as_pairs, as_values

__all__ = ["Interval", "ratio_interval", "student_interval", "t_interval", "welch_interval"]


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
    gives its error alone, so that a share stays a share. NaN if the denominators sum to 0.
    Source: Miller 1974; Law and Kelton, section 9.5.3.
    """
    tops, bottoms = as_pairs(numerators, denominators)
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
    return student_interval(top / bottom, error, n, level, n - 1)


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
