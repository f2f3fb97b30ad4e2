"""Paths: the estimates of one KPI of every design, as they move from replication to replication.

A mean and a ratio of sums are one thing here: an estimate is the sum of *tops* over the sum of *bottoms*, and the
bottoms of a mean are ones. What varies in it is linearised: ``(top - estimate x bottom) / mean bottom`` has mean 0 and,
to first order, the variance of the estimate times the number of replications (Cochran 1977, section 6.3). For a mean
this is exact; for a ratio it holds for many replications, or bottoms that vary little.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from netsim.statistics.sample import Sample

__all__ = ["Paths", "linearise", "paths_of"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Paths:
    """Numerators and denominators [design, replication] of one KPI; NaN where a run is missing or gives no value."""

    designs: tuple[str, ...]
    tops: FloatArray
    bottoms: FloatArray
    lengths: tuple[int, ...]
    """Replications run of each design, those without a value included."""

    @property
    def runs(self) -> int:
        """Return the number of replications of the design that has most."""
        return int(self.tops.shape[1])

    def signed(self, sign: float) -> Paths:
        """Return the paths with their estimates times *sign*: -1 lets lower be better where higher is."""
        return replace(self, tops=self.tops * sign)

    def above(self, bound: float, first: int) -> Paths:
        """Return the paths of the mean of ``top - bound x bottom``, above 0 where the estimate is above *bound*.

        For a ratio this is exact: on which side of *bound* it lies is known without an estimate of it. Divided by the
        mean bottom of each design's *first* replications, so that it is in the unit of the KPI.
        """
        early = np.where(self._seen, self.bottoms, 0.0)[:, :first]
        count = np.maximum(np.count_nonzero(self._seen[:, :first], axis=1), 1)
        scale = early.sum(axis=1, keepdims=True) / count[:, None]
        with np.errstate(invalid="ignore", divide="ignore"):
            tops = (self.tops - bound * self.bottoms) / scale
        return replace(self, tops=tops, bottoms=np.where(self._seen, 1.0, np.nan))

    @property
    def _seen(self) -> NDArray[np.bool_]:
        return ~(np.isnan(self.tops) | np.isnan(self.bottoms))

    def counts(self) -> IntArray:
        """Return the number of replications of each design that gave a value."""
        return np.asarray(np.count_nonzero(self._seen, axis=1), dtype=np.int64)

    def estimates(self) -> FloatArray:
        """Return the estimate of each design from all its replications; NaN for none."""
        seen = self._seen
        with np.errstate(invalid="ignore", divide="ignore"):
            found: FloatArray = np.where(seen, self.tops, 0.0).sum(axis=1) / np.where(seen, self.bottoms, 0.0).sum(
                axis=1
            )
        return found

    def variances(self) -> FloatArray:
        """Return the variance of one replication of each design, linearised; NaN for less than two."""
        return _variance(linearise(self.tops, self.bottoms))

    def sums(self, first: int) -> tuple[IntArray, FloatArray, FloatArray]:
        """Return counts and sums [design, replication] as they grow, and the variance of the first *first* values.

        A sum is the count times the estimate so far. A variance is missing (NaN) as long as there are fewer values.
        """
        seen = self._seen
        counts = np.cumsum(seen, axis=1, dtype=np.int64)
        tops, bottoms = np.where(seen, self.tops, 0.0), np.where(seen, self.bottoms, 0.0)
        with np.errstate(invalid="ignore", divide="ignore"):
            sums = counts * _grow(tops, bottoms)
        spread = _variance(_linear(tops, bottoms, seen & (counts <= first)))
        return counts, sums, np.where(self.counts() >= first, spread, np.nan)

    def differences(self, design: int, first: int | None = None) -> tuple[IntArray, FloatArray, FloatArray]:
        """Return how *design* goes against each design after it: counts, sums [other, replication] and variances.

        A count is of the replications that gave a value of both; a sum is that count times the difference of the
        estimates so far, design minus other; a variance is of the differences of the first *first* such replications,
        and missing (NaN) as long as there are fewer; without *first* it is of all of them.
        """
        seen = self._seen
        both = seen[design] & seen[design + 1 :]
        counts = np.cumsum(both, axis=1, dtype=np.int64)
        mine, theirs = (
            (np.where(both, tops, 0.0), np.where(both, bottoms, 0.0))
            for tops, bottoms in (
                (self.tops[design], self.bottoms[design]),
                (self.tops[design + 1 :], self.bottoms[design + 1 :]),
            )
        )
        with np.errstate(invalid="ignore", divide="ignore"):
            sums = counts * (_grow(*mine) - _grow(*theirs))
        early = both if first is None else both & (counts <= first)
        spread = _variance(_linear(*mine, early) - _linear(*theirs, early))
        return counts, sums, np.where(both.sum(axis=1) >= (first or 2), spread, np.nan)


def paths_of(samples: Mapping[str, Sample]) -> Paths:
    """Return the paths of the *samples* of one KPI by design; shorter ones are filled up with missing values."""
    runs = max((len(sample.values) for sample in samples.values()), default=0)
    tops, bottoms = np.full((2, len(samples), runs), np.nan)
    for row, sample in enumerate(samples.values()):
        length = len(sample.values)
        if sample.numerators is None or sample.denominators is None:
            tops[row, :length] = sample.values
            bottoms[row, :length] = np.where(np.isnan(sample.values), np.nan, 1.0)
        else:
            tops[row, :length], bottoms[row, :length] = sample.numerators, sample.denominators
    return Paths(tuple(samples), tops, bottoms, tuple(len(sample.values) for sample in samples.values()))


def linearise(tops: FloatArray, bottoms: FloatArray) -> FloatArray:
    """Return the values of mean 0 that vary as the ratio of the sums does; NaN where there is no value."""
    seen = ~(np.isnan(tops) | np.isnan(bottoms))
    found: FloatArray = _linear(np.where(seen, tops, 0.0), np.where(seen, bottoms, 0.0), seen)
    return found


def _grow(tops: FloatArray, bottoms: FloatArray) -> FloatArray:
    return np.asarray(np.cumsum(tops, axis=-1) / np.cumsum(bottoms, axis=-1))


def _linear(tops: FloatArray, bottoms: FloatArray, among: NDArray[np.bool_]) -> FloatArray:
    """Return the linearised values of those *among*, NaN elsewhere."""
    count = among.sum(axis=-1, keepdims=True)
    top, bottom = (np.where(among, each, 0.0).sum(axis=-1, keepdims=True) for each in (tops, bottoms))
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.where(among, (tops - top / bottom * bottoms) * count / bottom, np.nan))


def _variance(values: FloatArray) -> FloatArray:
    """Return the sample variance along the last axis without what is missing; NaN for less than two values."""
    seen = ~np.isnan(values)
    count = seen.sum(axis=-1)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.where(seen, values, 0.0).sum(axis=-1) / count
        squares = np.where(seen, values - mean[..., None], 0.0) ** 2
        return np.asarray(np.where(count > 1, squares.sum(axis=-1) / (count - 1), np.nan))
