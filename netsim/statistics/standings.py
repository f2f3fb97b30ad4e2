"""What each design came to: intervals of its figures and of its distance to the best, and the status they give it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from netsim.statistics.anytime import anytime_interval
from netsim.statistics.constraints import Limit
from netsim.statistics.intervals import Interval
from netsim.statistics.paths import Paths, linearise, paths_of
from netsim.statistics.sample import Sample
from netsim.statistics.selection import Gap, Goal, Standing, Status

__all__ = ["ANYTIME", "difference", "few_values", "figure", "make_standings", "pick"]

ANYTIME = "hold whenever the runs stopped (Wang and Ramdas 2025); differences hold for all pairs of designs at once"

Seen = Mapping[str, Mapping[str, Sample]]
Out = Mapping[str, tuple[Status, str, int]]
"""Of designs that left the race: as what, by whom and after how many replications."""


def pick(seen: Seen, kpi: str) -> Paths:
    """Return the paths of *kpi* of all designs."""
    return paths_of({design: samples[kpi] for design, samples in seen.items()})


def few_values(all_paths: tuple[Paths, ...], first: int) -> NDArray[np.bool_]:
    """Return which designs [design] gave no value in more than half of their runs, once they have *first* of them.

    Nothing is said of such a design: what its other runs would have given may be just what made them fail. The same
    goes for ratios with nothing to divide by in all runs.
    """
    lengths = np.array(all_paths[0].lengths)
    few = [(2 * paths.counts() < lengths) | np.isnan(paths.estimates()) for paths in all_paths]
    return np.asarray(np.any(few, axis=0) & (lengths >= first))


def difference(paths: Paths, design: int, other: int, *, level: float, shown: float) -> Interval:
    """Return the interval of *design* minus *other* on the replications of both, valid whenever the runs stopped."""
    both = ~np.isnan(paths.tops[[design, other]] + paths.bottoms[[design, other]]).any(axis=0)
    tops, bottoms = paths.tops[[design, other]][:, both], paths.bottoms[[design, other]][:, both]
    n = int(both.sum())
    if n == 0 or not bottoms.sum(axis=1).all():
        return Interval(float("nan"), float("nan"), 0, shown)
    values = linearise(tops, bottoms)
    means = tops.sum(axis=1) / bottoms.sum(axis=1)
    gaps = values[0] - values[1] + means[0] - means[1]
    return anytime_interval(gaps, np.ones(n), level=level, shown=shown)


def make_standings(
    seen: Seen, goal: Goal, limits: tuple[Limit, ...], *, best: str | None, out: Out, confidence: float,
    is_tied: Callable[[int], bool] | None = None, behind: Callable[[int, int], tuple[Gap, bool]] | None = None,
) -> tuple[Standing, ...]:  # fmt: skip
    """Return the standing of every design, given the *best* and those that are *out*.

    *behind* gives a design's difference to the best, by their places, and whether it is worse for sure; by default from
    intervals for all pairs of designs at once that hold whenever the runs stopped. Those that are not are tied with it
    if *is_tied*, and unlikely to be better else. Without a best, designs that are not *out* are undecided.
    """
    paths = pick(seen, goal.kpi)
    names = paths.designs
    pairs = max(len(names) * (len(names) - 1) // 2, 1)
    level = 1 - (1 - confidence) / pairs

    def pairwise(row: int, other: int) -> tuple[Gap, bool]:
        found = difference(paths, row, other, level=level, shown=confidence)
        return Gap(found.mean, found.low, found.high), found.excludes(0)

    found = []
    for row, design in enumerate(names):
        status, by, after = out.get(design, ("undecided" if best is None else "worse", "", 0))
        gap = None
        if best is not None and (design != best or behind is not None):
            gap, is_worse = (behind or pairwise)(row, names.index(best))
            if status == "worse" and not is_worse:
                status = "tied" if is_tied is None or is_tied(row) else "unlikely"
        if design == best:
            status = "best"
        samples = seen[design]
        found.append(
            Standing(
                design, status, figure(samples[goal.kpi], confidence), len(samples[goal.kpi].values), gap, by, after,
                tuple(figure(samples[limit.kpi], confidence) for limit in limits),
            )
        )  # fmt: skip
    return tuple(found)


def figure(sample: Sample, level: float) -> Interval:
    """Return the interval of a KPI that holds whenever the runs stopped."""
    paths = paths_of({"": sample})
    return anytime_interval(paths.tops[0], paths.bottoms[0], level=level)
