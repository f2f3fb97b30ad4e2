"""How probable it is that a design belongs to the Pareto set, given the replications there are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from netsim.statistics.sample import Sample

__all__ = ["DRAWS", "pareto_probabilities", "undominated"]

FloatArray = NDArray[np.float64]

DRAWS = 2000
"""Bootstrap draws: a probability is then known to 0.022 at worst (95 %)."""
_SEED = 1979
_FEW = 24
_DIGITS = 9  # estimates closer than 1e-9 of the largest one are equal: they differ by rounding alone


def pareto_probabilities(
    table: Mapping[str, Mapping[str, Sample]], signs: Mapping[str, float], *, draws: int = DRAWS
) -> dict[str, float]:
    """Return for each design of *table* the share of bootstrap draws in which no other one dominates it.

    *table* maps a design to its KPIs' samples, all of the same replications, none missing; *signs* maps a KPI to 1 if
    less is better, else -1. A draw takes replications with replacement, the same ones for all designs and KPIs, so that
    common tapes keep what they gained; ratios are those of the sums. NaN with fewer than two replications. The draws
    come from a generator of their own with the fixed seed 1979: equal samples give equal probabilities.
    Source: Efron 1979, bootstrap; with few replications it is a little too sure of itself, by (n - 1)/n in variance.
    """
    count = min((sample.values.size for row in table.values() for sample in row.values()), default=0)
    if count < 2:
        return dict.fromkeys(table, float("nan"))
    weights = np.random.default_rng(_SEED).multinomial(count, np.full(count, 1 / count), size=draws).astype(np.float64)
    estimates = np.stack([_estimates([row[kpi] for row in table.values()], weights) * s for kpi, s in signs.items()], 2)
    if len(table) <= _FEW:
        # All pairs of all draws at once; NaN is neither better nor worse, so that it must be ruled out by itself.
        mine, other = estimates[:, :, np.newaxis], estimates[:, np.newaxis]
        beaten = np.any(np.all(other <= mine, axis=3) & np.any(other < mine, axis=3), axis=2)
        members = (~beaten & ~np.any(np.isnan(estimates), axis=2)).sum(axis=0)
    else:
        members = np.sum([undominated(one) for one in estimates], axis=0)
    return dict(zip(table, (members / draws).tolist(), strict=True))


def undominated(points: FloatArray) -> NDArray[np.bool_]:
    """Return which of *points* [design, KPI], less being better, no other one dominates.

    One that lacks a figure is none of them, and dominates nothing.
    """
    kept: NDArray[np.bool_] = np.asarray(~np.isnan(points).any(axis=1))
    # Begin with those that are good all round: they throw out most others at once.
    order = np.argsort(np.where(kept, np.nan_to_num(points).argsort(axis=0).argsort(axis=0).sum(axis=1), len(points)))
    for i in order[: np.count_nonzero(kept)]:
        if kept[i]:
            kept &= ~((points >= points[i]).all(axis=1) & (points > points[i]).any(axis=1))
    return kept


def _estimates(samples: Sequence[Sample], weights: FloatArray) -> FloatArray:
    """Return the estimate of each sample in each draw [draw, sample], rounded to what is no accident of rounding."""
    found = np.empty((len(weights), len(samples)))
    for i, sample in enumerate(samples):
        if sample.numerators is None or sample.denominators is None:
            found[:, i] = weights @ sample.values / weights.shape[1]
        else:
            bottoms = weights @ sample.denominators
            found[:, i] = weights @ sample.numerators / np.where(bottoms == 0, np.nan, bottoms)
    largest = np.nanmax(np.abs(found), initial=0.0)
    return np.round(found / largest, _DIGITS) if largest > 0 else found
