"""Second-order Monte Carlo: what is uncertain because inputs are not known, and what differs by chance.

The outer loop draws uncertain inputs (points), the inner one runs each with several replications. The outcome of point
p on tape r is mean + P_p + C_r + (PC)_pr, and the variance of a single run is the sum of three: that of P, the
expected outcome over the inputs, which knowing them would remove; that of C, what a tape does to all points alike; and
that of PC, what a tape does at one point and not at another. The last two are chance, which stays whatever is known.
Source: Searle, Casella and McCulloch 1992, chapters 3 and 4.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from netsim.errors import ModelError
from netsim.statistics.crossed import Crossed, crossed, share_ends
from netsim.statistics.intervals import Interval, student_interval

__all__ = ["Outlook", "Range", "VariancePart", "VarianceSplit", "outlook", "split_crossed", "split_nested"]

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Range:
    """An estimate with an interval ``low .. high`` that need not lie evenly about it; NaN if it cannot be had."""

    estimate: float
    low: float
    high: float
    level: float = 0.95


@dataclass(frozen=True, slots=True)
class VariancePart:
    """One source of variance: in the unit of the outcome squared, and its share of the variance of a single run."""

    variance: float
    """Unbiased, hence below 0 where there is next to none."""
    share: Range


@dataclass(frozen=True, slots=True)
class VarianceSplit:
    """The variance of a single run with inputs that are not known, by what it comes from."""

    inputs: VariancePart
    """Of the expected outcome: gone once the inputs are known."""
    chance: VariancePart
    """Of what a tape does to all points alike; of all that is chance where points share no tapes."""
    both: VariancePart | None
    """Of what a tape does at one point and not at another; None where points share no tapes."""
    total: float
    points: int
    replications: int


@dataclass(frozen=True, slots=True)
class Outlook:
    """What to expect, in percentiles: of each an estimate and its interval, in the order of *shares*."""

    shares: tuple[float, ...]
    mean: Interval
    expected: tuple[Range, ...]
    """Of the expected outcome over the inputs: what is not known."""
    chance: tuple[Range, ...]
    """Of a single run with the inputs known, moved to the mean of all: what differs by chance."""
    single: tuple[Range, ...]
    """Of a single run with the inputs not known: both together."""


def split_crossed(values: ArrayLike, *, level: float = 0.95) -> VarianceSplit:
    """Return the split for points that all ran on the same tapes, from *values* [point, replication].

    Components are those of a two-way random-effects analysis of variance, which asks for no law of the outcome; the
    intervals of the shares leave out one point and one replication at a time (`share_ends`). Points are
    taken for independent draws, which is on the wide side for a Latin hypercube. Raise `ModelError` unless three
    points and two replications are complete.
    """
    table = _complete(values)
    y = table.values - table.values.mean()
    points, n = y.shape
    whole = _Sums(np.array((y**2).sum()), np.array((y.sum(axis=1) ** 2).sum()), np.array((y.sum(axis=0) ** 2).sum()),
                  np.array(y.sum() ** 2))  # fmt: skip
    parts = whole.components(points, n)
    by_points = _shares(_without_points(y).components(points - 1, n))
    by_replications = _shares(_without_points(y.T).turned().components(points, n - 1)) if n > 2 else None
    shares = _shares(parts)
    total = float(parts.sum())

    def part(i: int) -> VariancePart:
        left_out = [(by_points[i], points), *([] if by_replications is None else [(by_replications[i], n)])]
        low, high, _ = share_ends(float(shares[i]), left_out, level=level)
        cut = min(max(float(shares[i]), 0.0), 1.0)
        return VariancePart(float(parts[i]), Range(cut, low, high, level))

    return VarianceSplit(part(0), part(1), part(2), total, points, n)


def split_nested(values: ArrayLike, *, level: float = 0.95) -> VarianceSplit:
    """Return the split for points that ran on tapes of their own, from *values* [point, replication].

    One-way random-effects analysis of variance; the interval of the share of inputs is exact for normal outcomes with
    one variance (Searle, Casella and McCulloch 1992, chapter 3). Raise `ModelError` as `split_crossed` does.
    """
    from scipy.special import fdtri

    table = _complete(values)
    points, n = table.values.shape
    between = n * float(table.means.var(ddof=1))
    within = float(table.values.var(axis=1, ddof=1).mean())
    inputs = (between - within) / n
    total = inputs + within
    tail = (1 - level) / 2
    ends = [math.nan, math.nan]
    if within > 0:
        degrees = (points - 1, points * (n - 1))
        ends = [(between / within / float(fdtri(*degrees, p)) - 1) / n for p in (1 - tail, tail)]
        ends = [max(end, 0.0) / (1 + max(end, 0.0)) for end in ends]
    share = min(max(inputs / total, 0.0), 1.0) if total > 0 else math.nan
    return VarianceSplit(
        inputs=VariancePart(inputs, Range(share, ends[0], ends[1], level)),
        chance=VariancePart(within, Range(1 - share, 1 - ends[1], 1 - ends[0], level)),
        both=None,
        total=total,
        points=points,
        replications=n,
    )


def outlook(
    values: ArrayLike,
    *,
    shares: Sequence[float] = (0.05, 0.5, 0.95),
    level: float = 0.95,
    resamples: int = 500,
    seed: int = 1,
) -> Outlook:
    """Return percentiles of the expected outcome over the inputs, and of a single run, from *values* on common tapes.

    The mean of a few replications holds chance: means are drawn in towards their mean until they vary as much as the
    expected outcome does (Louis 1984), and residuals are spread out likewise. Intervals are Student's with the error of
    *resamples* bootstrap samples of points and of replications at once, which errs on the wide side (Owen 2007). Raise
    `ModelError` as `split_crossed` does, or for shares outside 0 .. 1.
    """
    if not all(0 <= share <= 1 for share in shares):
        raise ModelError(f"percentiles at {list(shares)}; give shares between 0 and 1, such as 0.95")
    table = _complete(values)
    points, n = table.values.shape
    generator = np.random.default_rng(seed)
    found = _percentiles(table.values, shares)
    drawn = np.empty((resamples, *found.shape))
    for k in range(resamples):
        rows, columns = generator.integers(points, size=points), generator.integers(n, size=n)
        drawn[k] = _percentiles(table.values[np.ix_(rows, columns)], shares)
    # Few tapes vary less in a bootstrap than in truth, by (n - 1) / n, and Student's quantile knows how few they are.
    error = drawn.std(axis=0, ddof=1) * math.sqrt(n / (n - 1))
    half = student_interval(0.0, 1.0, n, level, n - 1).half * error
    low, high = found - half, found + half
    ranges = [
        tuple(Range(float(a), float(b), float(c), level) for a, b, c in zip(found[k], low[k], high[k], strict=True))
        for k in range(3)
    ]
    return Outlook(tuple(shares), _mean(table, level), ranges[0], ranges[1], ranges[2])


@dataclass(frozen=True, slots=True, eq=False)
class _Sums:
    """Sums of squares of one table or of many: of values, of sums by point, of sums by replication, of all."""

    values: FloatArray
    by_point: FloatArray
    by_replication: FloatArray
    whole: FloatArray

    def turned(self) -> _Sums:
        """Return the same with points and replications in each other's place."""
        return _Sums(self.values, self.by_replication, self.by_point, self.whole)

    def components(self, points: int, n: int) -> FloatArray:
        """Return the variances of inputs, of chance and of both, [3, ..], of a table of so many rows and columns."""
        mean = self.whole / (points * n)
        rows, columns = self.by_point / n - mean, self.by_replication / points - mean
        both = (self.values - mean - rows - columns) / ((points - 1) * (n - 1))
        return np.stack(((rows / (points - 1) - both) / n, (columns / (n - 1) - both) / points, both))


def _without_points(y: FloatArray) -> _Sums:
    """Return the sums without each row of *y* in turn."""
    rows, columns = y.sum(axis=1), y.sum(axis=0)
    squares = (y**2).sum(axis=1)
    return _Sums(
        squares.sum() - squares,
        (rows**2).sum() - rows**2,
        (columns**2).sum() - 2 * y @ columns + squares,
        (rows.sum() - rows) ** 2,
    )


def _shares(parts: FloatArray) -> FloatArray:
    total = parts.sum(axis=0)
    return np.where(total > 0, parts / np.where(total > 0, total, 1.0), math.nan)


def _complete(values: ArrayLike) -> Crossed:
    table = crossed(values)
    if len(table.points) < 3 or table.n < 2:
        raise ModelError(f"{len(table.points)} points with {table.n} complete replications; three points with two are "
                         "the least that tell inputs from chance")  # fmt: skip
    return table


def _mean(table: Crossed, level: float) -> Interval:
    points, n = table.values.shape
    errors = ((float(table.means.var(ddof=1)) / points, points - 1),
              (float(table.values.mean(axis=0).var(ddof=1)) / n, n - 1))  # fmt: skip
    total = sum(error for error, _ in errors)
    spread = sum(error**2 / degrees for error, degrees in errors)
    degrees = total**2 / spread if spread > 0 else n - 1
    return student_interval(float(table.means.mean()), math.sqrt(total), n, level, degrees)


def _percentiles(values: FloatArray, shares: Sequence[float]) -> FloatArray:
    """Return the percentiles of expected outcomes, of chance alone and of single runs: [3, share]."""
    points, n = values.shape
    means, centre = values.mean(axis=1), values.mean()
    seen = float(means.var(ddof=1))
    residuals = values - means[:, None]
    own = float(((residuals - residuals.mean(axis=0)) ** 2).sum()) / ((points - 1) * (n - 1))
    kept = math.sqrt(max(seen - own / n, 0.0) / seen) if seen > 0 else 0.0
    expected = centre + kept * (means - centre)
    chance = centre + math.sqrt(n / (n - 1)) * residuals
    single = expected[:, None] + chance - centre
    return np.array([np.quantile(each, shares) for each in (expected, chance, single)])
