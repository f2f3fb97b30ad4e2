"""Differences of designs that share tapes, replication by replication, and what several of them say together."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from netsim.errors import ModelError
from netsim.statistics.intervals import Interval, t_interval
from netsim.statistics.sample import as_pairs

__all__ = ["PairedDifference", "compare_with_baseline", "holm_adjust", "paired_difference", "variance_removed"]


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


def paired_difference(values: ArrayLike, baseline: ArrayLike, *, level: float = 0.95) -> Interval:
    """Return the interval of *values* minus *baseline*, replication by replication.

    Raise `ModelError` if the two do not hold the same number of replications.
    """
    mine, theirs = as_pairs(values, baseline)
    return t_interval(mine - theirs, level=level)


def variance_removed(values: ArrayLike, baseline: ArrayLike) -> float:
    """Return the share of the variance of the difference that common tapes took away.

    1 - Var(a - b) / (Var a + Var b): 0 for independent runs, 1 for a difference without noise, negative if pairing
    harms, NaN if neither varies.
    """
    mine, theirs = as_pairs(values, baseline)
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


def _p_value(difference: Interval) -> float:
    from scipy.special import stdtr, stdtrit

    if math.isnan(difference.half):
        return math.nan
    if difference.half == 0:
        return 1.0 if difference.mean == 0 else 0.0
    error = difference.half / float(stdtrit(difference.degrees, (1 + difference.level) / 2))
    return 2 * float(stdtr(difference.degrees, -abs(difference.mean) / error))
