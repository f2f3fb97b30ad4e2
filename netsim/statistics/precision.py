"""Precision on demand: replications until every mean is known as closely as was asked, and what closer would take.

After each round a design's interval is compared with the width that was asked for. Looking again and again finds, some
day, a sample that varies too little by luck, and stops on it. Three things guard against that: at least ten
replications; few looks, each after a tenth to a doubling of the replications, as a forecast of the need tells; and a
variance taken at the upper end of its 75 % bound, which costs half as much again at ten replications and nothing in
the long run. What these are worth is measured in ``docs/background/stopping.md``.

Sources: Law and Kelton, section 9.4.1 (the adjusted width gamma / (1 + gamma)); Chow and Robbins 1965 and Glynn and
Whitt 1992 (that such rules are right in the limit); Singham and Schruben 2012 (that they are not before it);
Hickernell, Jiang, Liu and Owen 2013 (a variance inflated by what its own sample may hide).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Protocol

from netsim.errors import ModelError
from netsim.statistics.intervals import Interval, sample_interval
from netsim.statistics.sample import Sample

__all__ = ["Precision", "guard", "is_constant", "replications_needed", "widened"]

GUARD = 0.75
"""Confidence of the upper bound of the variance that a stop rests on."""
HOPE = 0.01
"""Chance that what is called out of reach is within it, for normal values."""
GROWTH, LEAST_GROWTH = 2.0, 0.1
"""A round takes the replications to at most so many times as many, and adds at least this share of them."""


class _Asked(Protocol):
    @property
    def until(self) -> float | None: ...
    @property
    def within(self) -> float | None: ...
    @property
    def of(self) -> tuple[str, ...]: ...
    @property
    def confidence(self) -> float | None: ...
    @property
    def jointly(self) -> bool: ...
    @property
    def at_least(self) -> int: ...
    @property
    def at_most(self) -> int: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Precision:
    """How closely the *kpis* of every design are to be known: a `netsim.statistics.sample.Rule`.

    Give *relative*, a share: with confidence *level* the true mean is within this share of itself from the mean found,
    for which the interval's half width must be at most relative / (1 + relative) of the mean. Or give *absolute*, a
    half width in the KPI's unit, for means that may be 0. The level holds for each KPI of each design by itself; with
    *jointly* for all of them together (Bonferroni). All designs get equal numbers of replications, so that they stay
    paired; with *apart* each goes on by itself, as the points of a sweep do.

    No design gets fewer than *at_least* replications or more than *at_most*. What needs more than these even by a
    hopeful forecast is out of reach, as is the relative width of a mean near 0; it asks for no replications, nor does
    what gives no value. Values that are all equal are taken for a constant once 3 / (1 - level) of them are equal.

    Raise `ModelError` for numbers without sense.
    """

    kpis: tuple[str, ...]
    relative: float | None = None
    absolute: float | None = None
    level: float = 0.95
    jointly: bool = False
    at_least: int = 10
    at_most: int = 500
    apart: bool = False

    def __post_init__(self) -> None:
        if (self.relative is None) == (self.absolute is None):
            raise ModelError("precision: give either a relative or an absolute half width")
        if self.relative is not None and not 0 < self.relative < 1:
            raise ModelError(f"relative half width {self.relative}: give a share between 0 and 1, such as 0.02")
        if self.absolute is not None and not 0 < self.absolute < math.inf:
            raise ModelError(f"absolute half width {self.absolute}: give a number above 0, in the KPI's unit")
        if not 0 < self.level < 1:
            raise ModelError(f"confidence {self.level}: give a share between 0 and 1, such as 0.95")
        if not 2 <= self.at_least <= self.at_most:
            raise ModelError(
                f"at least {self.at_least} and at most {self.at_most} replications: "
                "a width takes 2, and the most must not be below the least"
            )
        if not self.kpis:
            raise ModelError("precision of no KPI: name at least one")

    @classmethod
    def of(cls, asked: _Asked, kpis: tuple[str, ...], level: float, *, apart: bool = False) -> Precision:
        """Return the precision that a study file asks for; *kpis* and *level* are those of its comparison."""
        return cls(
            kpis=asked.of or kpis,
            relative=asked.until,
            absolute=asked.within,
            level=level if asked.confidence is None else asked.confidence,
            jointly=asked.jointly,
            at_least=asked.at_least,
            at_most=asked.at_most,
            apart=apart,
        )

    def next(self, seen: Mapping[str, Mapping[str, Sample]]) -> dict[str, int]:
        """Return the replications that each design shall have in all; the rule is done if it has them.

        It looks at *seen* anew from the first round on, so that the number is the same whatever more has been run: a
        design that has more than its number went on for another reason.
        """
        level = self.level_of(len(seen))
        if not self.apart:
            count = self._count([sample for kpis in seen.values() for sample in self._chosen(kpis)], level)
            return dict.fromkeys(seen, count)
        return {design: self._count(self._chosen(kpis), level) for design, kpis in seen.items()}

    def level_of(self, designs: int) -> float:
        """Return the level of each interval when there are so many designs."""
        return 1 - (1 - self.level) / (len(self.kpis) * max(designs, 1)) if self.jointly else self.level

    def target(self, mean: float) -> float:
        """Return the half width to come down to for an estimate *mean*."""
        if self.absolute is not None:
            return self.absolute
        assert self.relative is not None
        return self.relative / (1 + self.relative) * abs(mean)

    def reached(self, interval: Interval) -> bool:
        """Return whether a look at *interval* may stop."""
        if is_constant(interval):
            return interval.n >= _to_be_constant(interval.level)
        return widened(interval).half <= self.target(interval.mean)

    def out_of_reach(self, interval: Interval) -> bool:
        """Return whether *at_most* replications would not do, even if chance has made *interval* look too wide."""
        if math.isnan(interval.half):
            return math.isnan(interval.mean)
        mean, half = abs(interval.mean) + interval.half, guard(interval.n, HOPE) * interval.half
        return replications_needed(Interval(mean, half, interval.n, interval.level), self, guarded=False) > self.at_most

    def _chosen(self, kpis: Mapping[str, Sample]) -> list[Sample | None]:
        return [kpis.get(kpi) for kpi in self.kpis]

    def _count(self, samples: list[Sample | None], level: float) -> int:
        """Return the replications at which the samples can stop, or after which they must be looked at again."""
        there = [sample for sample in samples if sample is not None]
        run = min((len(sample.values) for sample in there), default=0)
        count = self.at_least
        while count <= run and count < self.at_most:
            needed = 0
            for sample in there:
                interval = sample_interval(sample.first(count), level=level)
                if not self.reached(interval) and not self.out_of_reach(interval):
                    needed = max(needed, _next_look(count, interval, self))
            if not needed:
                break
            count = min(needed, self.at_most)
        return count


def replications_needed(interval: Interval, precision: Precision, *, guarded: bool = True) -> float:
    """Return the replications by which *interval* would have come down to *precision*; infinite where none would do.

    The least n with t(n - 1) s / sqrt(n) at most the width asked for, if s stays what it is (Law and Kelton, section
    9.4.1); *guarded* as the rule stops, with a variance as great as it may well be. NaN if *interval* has no width.
    """
    if math.isnan(interval.half):
        return math.nan
    if is_constant(interval):
        return _to_be_constant(interval.level)
    target = precision.target(interval.mean)
    if target == 0:
        return math.inf
    # Widths but for the square root of n, of one replication's spread s.
    spread = interval.half * math.sqrt(interval.n) / _quantile(interval.n - 1, interval.level)

    def too_wide(n: int) -> bool:
        factor = guard(n, GUARD) if guarded else 1.0
        return factor * _quantile(n - 1, interval.level) * spread / math.sqrt(n) > target

    high = 2
    while too_wide(high):
        high *= 2
        if high > 1e15:
            return math.inf
    low = high // 2
    while low < high:
        middle = (low + high) // 2
        low, high = (middle + 1, high) if middle < 2 or too_wide(middle) else (low, middle)
    return float(high)


def widened(interval: Interval) -> Interval:
    """Return *interval* with a half width as great as its own variance may well hide: what a stop rests on.

    This is the one to quote of a study that stopped by its own results, as it is narrow by choice.
    """
    if math.isnan(interval.half):
        return interval
    return replace(interval, half=guard(interval.n, GUARD) * interval.half)


@lru_cache(maxsize=4096)
def guard(n: int, share: float) -> float:
    """Return the factor that takes the standard deviation of *n* normal values to its upper bound.

    sqrt((n - 1) / q), where chi-square with n - 1 degrees of freedom exceeds q with probability *share*, the confidence
    of the bound; a small *share* gives a factor below 1.
    """
    from scipy.special import chdtri

    return math.sqrt((n - 1) / float(chdtri(n - 1, share)))


def is_constant(interval: Interval) -> bool:
    """Return whether its values were all equal, but for rounding in their sum."""
    return interval.half <= 1e-12 * abs(interval.mean)


def _next_look(count: int, interval: Interval, precision: Precision) -> int:
    """Return the replications after which to look again at what is not reached at *count*."""
    needed = replications_needed(interval, precision) * count / max(interval.n, 1)  # some runs may give no value
    most, least = math.ceil(count * GROWTH), count + math.ceil(count * LEAST_GROWTH)
    # Means move little, so that the forecast is good; without one, as far as a round may go.
    return most if not math.isfinite(needed) else max(least, min(most, int(needed)))


def _to_be_constant(level: float) -> int:
    """Return how many equal values make a constant: what comes in 1 - level of the runs would have shown.

    Source: the rule of three, Hanley and Lippman-Hand 1983.
    """
    return math.ceil(round(3 / (1 - level), 9))


@lru_cache(maxsize=4096)
def _quantile(degrees: int, level: float) -> float:
    from scipy.special import stdtrit

    return float(stdtrit(degrees, (1 + level) / 2))
