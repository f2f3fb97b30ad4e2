"""What became of the precision that was asked for, and how many replications a closer one would take."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from netsim.statistics.intervals import Interval, sample_interval
from netsim.statistics.precision import Precision, is_constant, replications_needed, widened
from netsim.statistics.sample import Sample

__all__ = ["Forecast", "Verdict", "clock", "forecast", "judge", "tightened"]


_NOTHING = Sample(np.empty(0))


@dataclass(frozen=True, slots=True)
class Verdict:
    """How closely one KPI of one design is known, and whether that is as closely as was asked."""

    design: str
    kpi: str
    interval: Interval
    """Widened by what its variance may hide, as stops rest on; its level is above the study's for a joint precision."""
    target: float
    """Half width that was asked for, in the KPI's unit."""
    limit: str = ""
    """What stood in the way: empty if nothing did."""
    needed: float = math.nan
    """Replications that would do by a forecast; infinite if none would, NaN if nothing can be said."""

    @property
    def reached(self) -> bool:
        """Return whether the interval is as narrow as was asked."""
        return not self.limit

    @property
    def relative(self) -> float:
        """Return the half width as a share of the mean; infinite for a mean of 0, NaN without a width."""
        half, mean = self.interval.half, abs(self.interval.mean)
        return half / mean if mean > 0 else 0.0 if half == 0 else half * math.inf

    @property
    def text(self) -> str:
        """Return the verdict as a line to print."""
        line = f"{self.design} · {self.kpi}: {_number(self.interval.mean)}"
        if not math.isnan(self.interval.half):
            line += f" ± {_number(self.interval.half)}"
            line += f" ({_percent(self.relative)})" if math.isfinite(self.relative) else ""
        return f"{line} with {self.interval.n} replications{f'; {self.limit}' if self.limit else ''}"


@dataclass(frozen=True, slots=True)
class Forecast:
    """What a precision would take in all, if means and variances stay what they are."""

    needed: Mapping[str, float]
    """Replications of each design; infinite where none would do."""
    more: float
    """Runs beyond those there are, of all designs together."""
    seconds: float
    """Computing time of these runs, on one processor; NaN if the time of a run is not known."""

    @property
    def text(self) -> str:
        """Return the forecast as a line to print."""
        counts = sorted(set(self.needed.values()))
        if not counts:
            return "nothing was run yet, so that nothing can be forecast"
        if counts[-1] == math.inf:
            return "no number of replications would do for a mean of 0; give an absolute half width"
        told = " to ".join(f"{count:,.0f}" for count in dict.fromkeys((counts[0], counts[-1])))
        line = f"about {told} replications of each design, {self.more:,.0f} more runs"
        return line if math.isnan(self.seconds) else f"{line} ({clock(self.seconds)} on one processor)"


def judge(seen: Mapping[str, Mapping[str, Sample]], precision: Precision) -> list[Verdict]:
    """Return a verdict on each KPI of each design, from all their replications."""
    level = precision.level_of(len(seen))
    return [
        _judge(design, kpi, kpis.get(kpi, _NOTHING), precision, level)
        for design, kpis in seen.items()
        for kpi in precision.kpis
    ]


def forecast(
    seen: Mapping[str, Mapping[str, Sample]],
    precision: Precision,
    *,
    seconds: Mapping[str, float] | float = math.nan,
) -> Forecast:
    """Return what *precision* would take in all, whatever its ``at_most``; *seconds* are those of one run, by design.

    KPIs that gave no value, or only one, count for nothing.
    """
    level = precision.level_of(len(seen))
    needed = {}
    for design, kpis in seen.items():
        counts = [
            replications_needed(interval, precision) * len(sample.values) / interval.n
            for kpi in precision.kpis
            if (sample := kpis.get(kpi)) is not None
            for interval in [sample_interval(sample, level=level)]
            if not math.isnan(interval.half)
        ]
        if counts:
            needed[design] = max(precision.at_least, *map(_whole, counts))
    if not precision.apart and needed:
        needed = dict.fromkeys(needed, max(needed.values()))
    run = {design: max((len(sample.values) for sample in kpis.values()), default=0) for design, kpis in seen.items()}
    more = {design: max(count - run[design], 0.0) for design, count in needed.items()}
    times = seconds if isinstance(seconds, Mapping) else dict.fromkeys(seen, seconds)
    cost = sum(count * times.get(design, math.nan) for design, count in more.items() if count)
    return Forecast(needed, sum(more.values()), float(cost))


def tightened(precision: Precision, factor: float = 0.5) -> Precision:
    """Return *precision* with its half width times *factor*."""
    if precision.relative is not None:
        return replace(precision, relative=precision.relative * factor)
    assert precision.absolute is not None
    return replace(precision, absolute=precision.absolute * factor)


def _judge(design: str, kpi: str, sample: Sample, precision: Precision, level: float) -> Verdict:
    interval = sample_interval(sample, level=level)
    target = precision.target(interval.mean) if not math.isnan(interval.mean) else math.nan
    needed = replications_needed(interval, precision)
    if interval.n > 0:
        needed *= len(sample.values) / interval.n
    limit = _limit(sample, interval, precision, target, needed)
    return Verdict(design, kpi, widened(interval), target, limit, needed)


def _limit(sample: Sample, interval: Interval, precision: Precision, target: float, needed: float) -> str:
    """Return what stands in the way of *interval*; nothing if it is narrow enough."""
    if math.isnan(interval.mean):
        return "no replication gave a value"
    if math.isnan(interval.half):
        return "too few replications gave a value for an interval"
    if precision.reached(interval):
        return ""
    if is_constant(interval):
        return f"all values are equal so far; {needed:,.0f} of them are taken for a constant"
    if precision.relative is None:
        asked = f"± {_number(target)} is not reached"
    else:
        asked = f"{_percent(precision.relative)} is not reached"
        if abs(interval.mean) <= interval.half:
            return f"{asked}: the mean is near 0, where a relative width means little; give an absolute one"
    would = f"about {needed:,.0f} would do" if math.isfinite(needed) else "no number would do"
    if len(sample.values) >= precision.at_most or precision.out_of_reach(interval):
        return f"{asked} with at most {precision.at_most:,} replications; {would}"
    return f"{asked}; {would}"


def _whole(count: float) -> float:
    return math.ceil(round(count, 6)) if math.isfinite(count) else count


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 10_000 else f"{value:.4g}"


def _percent(share: float) -> str:
    return f"{100 * share:.2g} %"


def clock(seconds: float) -> str:
    """Return a computing time in words: ``40 s``, ``5 min``, ``3 h``."""
    for unit, size in (("h", 3600), ("min", 60)):
        if seconds >= 2 * size:
            return f"{seconds / size:,.0f} {unit}"
    return f"{seconds:,.0f} s"
