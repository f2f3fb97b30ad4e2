"""Differences of designs that share tapes, replication by replication, and what several of them say together.

Samples are in one order of replications. Where two designs have unequal numbers of them, as a sequential rule leaves
them, the pair rests on those that both have. A ratio is compared as the ratio of its sums.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from netsim.errors import ModelError
from netsim.statistics.intervals import Interval, pseudo_values, student_interval
from netsim.statistics.sample import Sample, Sampled, as_sample

__all__ = [
    "PairedDifference",
    "compare_all_pairs",
    "compare_with_baseline",
    "holm_adjust",
    "paired_difference",
    "standing_values",
    "variance_removed",
]

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class PairedDifference:
    """A design against another one, its baseline, on the same tapes."""

    design: str
    baseline: str
    difference: Interval
    """Design minus baseline."""
    p_value: float
    """Two-sided, of no difference."""
    p_adjusted: float
    """Holm's, over all pairs that were compared together."""
    variance_removed: float
    """Share of the variance of the difference that pairing took away."""

    @property
    def is_significant(self) -> bool:
        """Return whether the design differs at the level of the interval, all comparisons taken together."""
        return self.p_adjusted <= 1 - self.difference.level


@dataclass(frozen=True, slots=True)
class _Pair:
    """Two samples on the replications that both have: the estimated difference, and the values that stand for each."""

    estimate: float
    values: tuple[FloatArray, FloatArray]

    @classmethod
    def of(cls, values: Sampled, baseline: Sampled) -> _Pair:
        mine, theirs = as_sample(values), as_sample(baseline)
        count = min(mine.values.size, theirs.values.size)
        mine, theirs = mine.first(count), theirs.first(count)
        both = mine.usable() & theirs.usable()
        (a, x), (b, y) = (standing_values(sample.only(both)) for sample in (mine, theirs))
        if not (mine.is_ratio or theirs.is_ratio) and x.size:
            return cls(float((x - y).mean()), (x, y))  # equal values differ by 0, whatever their means round to
        return cls(a - b, (x, y))

    @property
    def differences(self) -> FloatArray:
        return self.values[0] - self.values[1]


def standing_values(sample: Sample) -> tuple[float, FloatArray]:
    """Return the estimate of a sample without gaps, and values whose mean has its error: those of a ratio's jackknife.

    The difference of two ratios then has the error of its joint jackknife, each replication left out of both.
    """
    if sample.numerators is None or sample.denominators is None:
        return (float(sample.values.mean()) if sample.values.size else math.nan), sample.values
    bottom = float(sample.denominators.sum())
    ratio = float(sample.numerators.sum()) / bottom if bottom != 0 else math.nan
    return ratio, pseudo_values(sample.numerators, sample.denominators)


def paired_difference(values: Sampled, baseline: Sampled, *, level: float = 0.95) -> Interval:
    """Return the interval of *values* minus *baseline*, by Student's t over the replications that both have.

    Of ratios it is the difference of the two ratios of sums, with the error of the jackknife that leaves a replication
    out of both, which keeps what common tapes gained. Source: Law and Kelton, section 10.2.1; Miller 1974.
    """
    return _interval(_Pair.of(values, baseline), level)


def variance_removed(values: Sampled, baseline: Sampled) -> float:
    """Return the share of the variance of the difference that common tapes took away.

    1 - Var(a - b) / (Var a + Var b): 0 for independent runs, 1 for a difference without noise, negative if pairing
    harms, NaN if neither varies. Of ratios a and b are the jackknife's pseudo-values.
    """
    return _removed(_Pair.of(values, baseline))


def compare_with_baseline(
    table: Mapping[str, Sampled], baseline: str, *, level: float = 0.95
) -> list[PairedDifference]:
    """Return every other design of *table* against *baseline*, in the order of the table, with Holm over all of them.

    *table* maps a design to its sample. Raise `ModelError` for a baseline that the table lacks.
    """
    if baseline not in table:
        raise ModelError(f"baseline {baseline!r} is not among the designs {', '.join(map(repr, table))}")
    return _compare(table, [(design, baseline) for design in table if design != baseline], level)


def compare_all_pairs(table: Mapping[str, Sampled], *, level: float = 0.95) -> list[PairedDifference]:
    """Return each design of *table* against each one before it, with Holm over all pairs."""
    return _compare(table, [(design, other) for other, design in combinations(table, 2)], level)


def _compare(table: Mapping[str, Sampled], pairs: Iterable[tuple[str, str]], level: float) -> list[PairedDifference]:
    samples = {design: as_sample(values) for design, values in table.items()}
    found = [(design, other, _Pair.of(samples[design], samples[other])) for design, other in pairs]
    intervals = [_interval(pair, level) for _, _, pair in found]
    p_values = [_p_value(interval) for interval in intervals]
    return [
        PairedDifference(design, other, interval, p, adjusted, _removed(pair))
        for (design, other, pair), interval, p, adjusted in zip(
            found, intervals, p_values, holm_adjust(p_values), strict=True
        )
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


def _interval(pair: _Pair, level: float) -> Interval:
    n = pair.differences.size
    error = float(pair.differences.std(ddof=1)) / math.sqrt(n) if n > 1 else math.nan
    return student_interval(pair.estimate, error, n, level, n - 1)


def _removed(pair: _Pair) -> float:
    if pair.differences.size < 2:
        return math.nan
    apart = sum(float(values.var(ddof=1)) for values in pair.values)
    return 1 - float(pair.differences.var(ddof=1)) / apart if apart > 0 else math.nan


def _p_value(difference: Interval) -> float:
    from scipy.special import stdtr, stdtrit

    if math.isnan(difference.half):
        return math.nan
    if difference.half == 0:
        return 1.0 if difference.mean == 0 else 0.0
    error = difference.half / float(stdtrit(difference.degrees, (1 + difference.level) / 2))
    return 2 * float(stdtr(difference.degrees, -abs(difference.mean) / error))
