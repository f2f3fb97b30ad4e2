"""How much of a series to leave out at its beginning, so that a network that began empty does not blur its long run.

MSER leaves out as many batches as make the standard error of the mean of the rest least: leaving out a transient
lowers it, leaving out good data raises it. Batches of five periods make it MSER-5; averaging over replications before
makes the transient stand out from the noise.

Sources: White 1997; White, Cobb and Spratt 2000; Hoad, Robinson and Davies 2010 (averaged replications, and what is
no answer).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from netsim.errors import ModelError

__all__ = ["Truncation", "batch_means", "bias_left", "truncate"]

FloatArray = NDArray[np.float64]

LEAST_BATCHES = 10
"""Fewer batches than these say nothing."""
LAST_BATCHES = 5
"""Batches at the end at which no truncation may lie: a few values can be alike by chance."""


@dataclass(frozen=True, slots=True)
class Truncation:
    """Where a series settles: leave out *periods*; they mean something only if it is *settled*."""

    periods: int
    """Periods to leave out, whole batches."""
    settled: bool
    """Whether the point lies in the first half and the series has ten batches: later, the series is too short."""
    batches: int
    """Batches of the series that hold a value."""
    error: float
    """Standard error by MSER's own measure at the point; NaN if there is none."""


def truncate(numerators: ArrayLike, denominators: ArrayLike | None = None, *, batch: int = 5) -> Truncation:
    """Return where the series [replication, period] settles, by MSER over *batch* means of averaged replications.

    A series of one dimension is one replication. With *denominators* a batch is the ratio of its sums over
    replications and periods. What is left over at the end is no batch. Periods without a value are NaN. Raise
    `ModelError` for shapes that do not go together, or a batch of no period.

    The point is the least d that minimises sum((Z_i - mean)^2, i > d) / (m - d)^2 over m batch means Z.
    """
    means = batch_means(numerators, denominators, batch=batch)
    there = ~np.isnan(means)
    held = int(there.sum())
    last = len(means) - LAST_BATCHES
    if held < LEAST_BATCHES:
        return Truncation(0, False, held, math.nan)
    # Around the mean of all, so that the differences of sums of squares lose no digits.
    values = np.where(there, means - means[there].mean(), 0.0)
    count = there[::-1].cumsum()[::-1].astype(np.float64)
    total = values[::-1].cumsum()[::-1]
    squares = (values**2)[::-1].cumsum()[::-1]
    with np.errstate(invalid="ignore", divide="ignore"):
        spread = np.maximum(squares - total**2 / count, 0.0)
        measure = spread / count**2
    scale = spread[0] / count[0] ** 2
    # Equal but for rounding is equal: of a series that never moves nothing is left out.
    best = int(np.flatnonzero(measure[: last + 1] <= np.nanmin(measure[: last + 1]) + 1e-12 * scale)[0])
    return Truncation(best * batch, 2 * best <= len(means), held, math.sqrt(measure[best]))


def batch_means(numerators: ArrayLike, denominators: ArrayLike | None = None, *, batch: int = 5) -> FloatArray:
    """Return the means of each *batch* of periods over all replications, NaN for a batch without a value."""
    tops, bottoms = _tables(numerators, denominators)
    if batch < 1:
        raise ModelError(f"batches of {batch} periods: give 1 or more")
    count = tops.shape[1] // batch
    sums = [
        np.where(np.isnan(tops), 0.0, table)[:, : count * batch].reshape(-1, count, batch).sum(axis=(0, 2))
        for table in (tops, bottoms)
    ]
    means: FloatArray = np.divide(sums[0], sums[1], out=np.full(count, np.nan), where=sums[1] != 0)
    return means


def bias_left(
    numerators: ArrayLike, denominators: ArrayLike | None = None, *, chosen: int, settled: int
) -> tuple[float, float, float]:
    """Return the mean from period *chosen* on less that from *settled* on, the error of this, and the latter mean.

    The error is the standard error over replications, NaN for a single one; all NaN if either has no value.
    """
    tops, bottoms = _tables(numerators, denominators)
    tops, bottoms = np.where(np.isnan(tops), 0.0, tops), np.where(np.isnan(tops), 0.0, bottoms)
    parts = [(tops[:, start:].sum(axis=1), bottoms[:, start:].sum(axis=1)) for start in (chosen, settled)]
    (top, base), (later_top, later_base) = parts
    if base.sum() == 0 or later_base.sum() == 0:
        return math.nan, math.nan, math.nan
    early, later = top.sum() / base.sum(), later_top.sum() / later_base.sum()
    n = len(top)
    if n < 2:
        return float(early - later), math.nan, float(later)
    # Each replication's part in the difference of the two ratios, to first order.
    parts_of = (top - early * base) / base.mean() - (later_top - later * later_base) / later_base.mean()
    return float(early - later), float(parts_of.std(ddof=1) / math.sqrt(n)), float(later)


def _tables(numerators: ArrayLike, denominators: ArrayLike | None) -> tuple[FloatArray, FloatArray]:
    tops = np.atleast_2d(np.asarray(numerators, dtype=np.float64))
    bottoms = np.ones(tops.shape) if denominators is None else np.atleast_2d(np.asarray(denominators, dtype=np.float64))
    if tops.ndim != 2 or tops.shape != bottoms.shape:
        raise ModelError(f"series of shapes {tops.shape} and {bottoms.shape}: give both by replication and period")
    gaps = np.isnan(tops) | np.isnan(bottoms)
    return np.where(gaps, np.nan, tops), np.where(gaps, np.nan, bottoms)
