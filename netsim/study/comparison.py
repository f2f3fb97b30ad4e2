"""The rows of tables that compare designs on one KPI: intervals, paired differences, risk and error."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from netsim.statistics.intervals import Interval, sample_interval
from netsim.statistics.paired import PairedDifference, compare_all_pairs, compare_with_baseline
from netsim.statistics.quantiles import QuantileInterval
from netsim.statistics.risk import risk_and_error
from netsim.statistics.sample import Sample

__all__ = ["baseline_rows", "interval_row", "interval_rows", "pair_rows", "risk_rows"]

Row = dict[str, Any]


def interval_row(interval: Interval) -> Row:
    """Return an interval as columns: mean low high replications."""
    return {"mean": interval.mean, "low": interval.low, "high": interval.high, "replications": interval.n}


def interval_rows(samples: Mapping[str, Sample], *, level: float) -> list[Row]:
    """Return each design with its interval."""
    return [
        {"design": design, **interval_row(sample_interval(sample, level=level))} for design, sample in samples.items()
    ]


def baseline_rows(samples: Mapping[str, Sample], baseline: str, *, level: float) -> list[Row]:
    """Return each design with its interval and its paired difference to *baseline*, whose own is missing."""
    differences = {each.design: each for each in compare_with_baseline(samples, baseline, level=level)}
    rows = []
    for row in interval_rows(samples, level=level):
        count = row.pop("replications")
        rows.append({**row, **_difference(differences.get(row["design"])), "replications": count})
    return rows


def pair_rows(samples: Mapping[str, Sample], *, level: float) -> list[Row]:
    """Return each design against each one before it; *replications* are those that both have."""
    return [
        {"design": pair.design, "baseline": pair.baseline, **_difference(pair), "replications": pair.difference.n}
        for pair in compare_all_pairs(samples, level=level)
    ]


def risk_rows(samples: Mapping[str, Sample], *, tail: float, level: float) -> list[Row]:
    """Return each design's mean and its two percentiles over replications, each with its interval."""
    rows = []
    for design, sample in samples.items():
        found = risk_and_error(sample, tail=tail, level=level)
        bounds = {**_bounds(found.low, f"p{100 * tail:02g}"), **_bounds(found.high, f"p{100 * (1 - tail):g}")}
        mean = interval_row(found.mean)
        count = mean.pop("replications")
        needed = found.replications_needed
        rows.append({"design": design, **mean, **bounds, "replications": count, "replications_needed": needed})
    return rows


def _bounds(found: QuantileInterval, name: str) -> Row:
    return {name: found.value, f"{name}_low": found.low, f"{name}_high": found.high}


def _difference(paired: PairedDifference | None) -> Row:
    if paired is None:
        missing = ("difference", "difference_low", "difference_high", "p_holm")
        return {**dict.fromkeys(missing, np.nan), "significant": None, "variance_removed": np.nan}
    gap = paired.difference
    return {
        "difference": gap.mean,
        "difference_low": gap.low,
        "difference_high": gap.high,
        "p_holm": paired.p_adjusted,
        "significant": None if np.isnan(paired.p_adjusted) else paired.is_significant,
        "variance_removed": paired.variance_removed,
    }
