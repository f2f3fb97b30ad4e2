"""Points crossed with replications: one outcome for every point of a sweep on every tape, and what chance adds to it.

Replication r of every point sees the same tape, so that values [point, replication] are a table with two margins, not
a bag of runs. A square of means over replications holds chance as well as signal; products of different replications
do not (their chance is independent), whatever the points have in common. All variances of this package that claim to
be free of chance are means of such products; their intervals leave out one replication at a time.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from netsim.errors import ModelError
from netsim.statistics.intervals import Interval, student_interval

__all__ = [
    "Crossed",
    "chance",
    "crossed",
    "cut_share",
    "gram",
    "jackknife_error",
    "jackknife_interval",
    "name_factors",
    "share_ends",
    "two_way_interval",
    "without_chance",
]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

_ENOUGH = 5
_NEAR = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class Crossed:
    """The complete part of a table of values: no gaps, and which points and replications it holds."""

    values: FloatArray
    """Shape [point, replication]."""
    points: IntArray
    replications: IntArray

    @property
    def means(self) -> FloatArray:
        """Return the mean over replications of each point."""
        return np.asarray(self.values.mean(axis=1))

    @property
    def n(self) -> int:
        """Return the number of replications."""
        return len(self.replications)


def crossed(values: ArrayLike) -> Crossed:
    """Return the part of *values* [point, replication], NaN for gaps, that has no gaps.

    Points with fewer than five values that are also less than half as many as the fullest one has are left out (they
    failed); then replications that lack a value at any other point, since a mean over fewer points is no mean of the
    same thing. Where a stopping rule gave each point a number of its own, these are the replications that all have.
    One value for each point alone is taken for one replication. Raise `ModelError` for another shape.
    """
    table = np.asarray(values, dtype=np.float64)
    table = table[:, None] if table.ndim == 1 else table
    if table.ndim != 2 or not len(table):
        raise ModelError(
            f"values of shape {table.shape}: give one row for each point and in it one value per replication"
        )
    known = ~np.isnan(table)
    often = known.sum(axis=1)
    points = np.flatnonzero((often >= min(_ENOUGH, often.max() / 2)) & (often > 0))
    replications = np.flatnonzero(known[points].all(axis=0)) if len(points) else np.zeros(0, dtype=np.int64)
    return Crossed(table[np.ix_(points, replications)], points.astype(np.int64), replications.astype(np.int64))


def gram(parts: FloatArray) -> FloatArray:
    """Return the mean over rows of the products of each pair of replications, for *parts* [row, replication]."""
    return np.asarray(parts.T @ parts / len(parts))


def without_chance(products: FloatArray) -> tuple[float, FloatArray]:
    """Return the mean product of two different replications, and the same without each replication in turn.

    *products* is [replication, replication], such as a `gram`: its expectation is the mean square of what is no
    chance. With one replication it is the plain square; without three the second result is empty.
    """
    n = len(products)
    if n == 1:
        return float(products[0, 0]), np.zeros(0)
    own, rows = np.diag(products), products.sum(axis=1)
    total, trace = rows.sum(), own.sum()
    estimate = float((total - trace) / (n * (n - 1)))
    if n < 3:
        return estimate, np.zeros(0)
    left = (total - 2 * rows + own) - (trace - own)
    return estimate, np.asarray(left / ((n - 1) * (n - 2)))


def chance(products: FloatArray) -> tuple[float, FloatArray]:
    """Return the variance between replications at a row, mean over rows, and the same without each replication.

    *products* is the `gram` of values or of contrasts. With one replication it is 0: chance cannot be told apart.
    """
    n = len(products)
    if n == 1:
        return 0.0, np.zeros(0)
    own, rows = np.diag(products), products.sum(axis=1)
    total, trace = rows.sum(), own.sum()
    estimate = float((trace - total / n) / (n - 1))
    if n < 3:
        return estimate, np.zeros(0)
    left = (trace - own) - (total - 2 * rows + own) / (n - 1)
    return estimate, np.asarray(left / (n - 2))


def jackknife_error(left_out: FloatArray) -> float:
    """Return the standard error of an estimate from its values without each of n units; NaN for fewer than 3."""
    n = len(left_out)
    if n < 3:
        return math.nan
    return math.sqrt((n - 1) / n * float(((left_out - left_out.mean()) ** 2).sum()))


def jackknife_interval(estimate: float, left_out: FloatArray, *, n: int, level: float) -> Interval:
    """Return the interval of *estimate* on n - 1 degrees of freedom. Source: Tukey 1958; Miller 1974."""
    return student_interval(estimate, jackknife_error(left_out), n, level, n - 1)


def two_way_interval(
    estimate: float, *, by_points: float, points: int, by_replications: float, n: int, level: float
) -> Interval:
    """Return the interval of an estimate that hangs on which points were drawn and on which tapes were.

    The two standard errors are added as variances, degrees of freedom by Satterthwaite 1946. Chance of a single run
    is in both, so that the interval errs on the wide side. With fewer than three replications, where an error over
    them cannot be had, it is that over points alone.
    """
    errors = [(by_points, points - 1)] + ([] if math.isnan(by_replications) else [(by_replications, n - 1)])
    half, degrees = _reach(errors, level)
    return Interval(estimate, half, n, level, degrees)


def share_ends(share: float, left_out: Sequence[tuple[FloatArray, int]], *, level: float) -> tuple[float, float, float]:
    """Return the ends of the interval of a *share* within 0 .. 1, and its degrees of freedom.

    *left_out* holds, for each kind of unit, the share without each of them and the number of units. The interval is on
    the logit scale, where shares of variance are less skew. A share that is nearer to 0 or 1 than half its standard
    error cannot be told from it: there the logit says nothing, and the interval is on the plain scale and cut.
    """
    kept = [(each, units) for each, units in left_out if len(each) > 2]
    errors = [(jackknife_error(each), units - 1) for each, units in kept]
    if math.isnan(share) or not errors or any(math.isnan(error) for error, _ in errors):
        return math.nan, math.nan, math.nan
    half, degrees = _reach(errors, level)
    if math.hypot(*(error for error, _ in errors)) * _NEAR >= min(share, 1 - share):
        return min(max(share - half, 0.0), 1.0), max(min(share + half, 1.0), 0.0), degrees
    middle, half = math.log(share / (1 - share)), half / (share * (1 - share))
    if all(((each > 0) & (each < 1)).all() for each, _ in kept):
        logits = [(jackknife_error(np.log(each / (1 - each))), units - 1) for each, units in kept]
        half, degrees = _reach(logits, level)
    return 1 / (1 + math.exp(half - middle)), 1 / (1 + math.exp(-half - middle)), degrees


def _reach(errors: Sequence[tuple[float, int]], level: float) -> tuple[float, float]:
    """Return the half width from standard errors that add as variances, and the degrees of freedom of their sum."""
    total = sum(error**2 for error, _ in errors)
    spread = sum(error**4 / degrees for error, degrees in errors)
    degrees = total**2 / spread if spread > 0 else float(errors[0][1])
    return student_interval(0.0, math.sqrt(total), 0, level, degrees).half, degrees


def cut_share(interval: Interval) -> Interval:
    """Return *interval* of a share with its estimate cut to 0 .. 1; its width stays that of the estimate."""
    mean = min(max(interval.mean, 0.0), 1.0) if not math.isnan(interval.mean) else math.nan
    return Interval(mean, interval.half, interval.n, interval.level, interval.degrees)


def name_factors(names: object, factors: int) -> tuple[str, ...]:
    """Return *names* as a tuple, x1, x2, .. for None; raise `ModelError` unless there is one for each factor."""
    if names is None:
        return tuple(f"x{i + 1}" for i in range(factors))
    found = tuple(str(name) for name in names)  # type: ignore[attr-defined]
    if len(found) != factors:
        raise ModelError(f"{len(found)} names for {factors} factors; give one for each")
    return found
