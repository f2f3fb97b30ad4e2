"""Subset selection: from the replications there are, the designs of which one is the best, and those that are not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from netsim.errors import ModelError
from netsim.statistics.constants import screening_t
from netsim.statistics.constraints import Limit
from netsim.statistics.paths import FloatArray, Paths
from netsim.statistics.sample import Sample
from netsim.statistics.selection import Goal
from netsim.statistics.standings import pick

__all__ = ["Subset", "screen"]


@dataclass(frozen=True, slots=True)
class Subset:
    """The designs that may be the best, and those that a better one sent away."""

    goal: Goal
    kept: tuple[str, ...]
    """Best estimate first."""
    dropped: Mapping[str, str]
    """Each design that is not the best, with the one that it is most clearly behind."""
    infeasible: Mapping[str, str]
    """Each design that breaks a limit, with that limit."""
    unjudged: tuple[str, ...]
    """Designs with too few values."""
    confidence: float
    replications: int
    """Replications of the design that has most."""

    def __str__(self) -> str:
        count = len(self.kept) + len(self.dropped) + len(self.infeasible) + len(self.unjudged)
        may = {0: "none", 1: f"{''.join(self.kept)} is the best"}.get(
            len(self.kept), f"one of {', '.join(self.kept)} is the best"
        )
        notes = [
            f"{words}: {', '.join(names)}"
            for words, names in (("break a limit", self.infeasible), ("too few values", self.unjudged))
            if names
        ]
        source = (
            f"{may} of {count} designs by {self.goal.kpi} at {100 * self.confidence:g} %, from {self.replications} "
            "replications (screening, Nelson, Swann, Goldsman and Song 2001)"
        )
        return "; ".join([source, *notes])


def screen(
    seen: Mapping[str, Mapping[str, Sample]], goal: Goal, *, limits: tuple[Limit, ...] = (), confidence: float = 0.95,
    indifference: float = 0.0,
) -> Subset:  # fmt: skip
    """Return the designs that may be the best, with a probability of *confidence* that the best is among them.

    *seen* maps designs to the goal's KPI and those of *limits*, from numbers of replications fixed beforehand, paired
    on the shared tape. A design leaves if it is behind some other by more than ``t sd / sqrt(n)`` of their differences,
    with t for all comparisons of a design together. With *indifference* that is taken off first: the subset is smaller,
    and keeps the best if that is better than all others by the indifference. Source: Nelson, Swann, Goldsman and Song
    2001, with paired differences for common random numbers.

    With *limits*, half of the error is theirs, in equal shares: a design also leaves if it breaks one for sure, and
    only one that keeps all for sure sends another away. Their tolerances have no part in this.
    Raise `ModelError` for a confidence or an indifference without a meaning.
    """
    if not 0.5 < confidence < 1:
        raise ModelError(f"confidence {confidence}: give a share between 0.5 and 1, such as 0.95")
    if indifference < 0:
        raise ModelError(f"indifference {indifference}: give 0 or the smallest difference that matters")
    paths = pick(seen, goal.kpi).signed(goal.sign)
    names, counts = paths.designs, paths.counts()
    level = 1 - (1 - confidence) / (2 if limits else 1)
    lead = _leads(paths, level, indifference)
    breaks, keeps = _limits(seen, limits, level)
    lead[:, ~keeps] = -np.inf
    few = tuple(name for name, n in zip(names, counts, strict=True) if n < 2)
    infeasible = {names[i]: str(limits[breaks[i]]) for i in np.flatnonzero(breaks >= 0) if names[i] not in few}
    dropped = {
        names[i]: names[int(lead[i].argmax())]
        for i in range(len(names))
        if names[i] not in few and names[i] not in infeasible and lead[i].max() > 0
    }
    values = dict(zip(names, paths.estimates().tolist(), strict=True))
    kept = [name for name in names if name not in dropped and name not in few and name not in infeasible]
    return Subset(goal, tuple(sorted(kept, key=values.__getitem__)), dropped, infeasible, few, confidence, paths.runs)


def _leads(paths: Paths, level: float, indifference: float) -> FloatArray:
    """Return [design, other] how far the design is behind the other beyond what chance explains."""
    count = len(paths.designs)
    lead = np.full((count, count), -np.inf)
    for i in range(count - 1 if paths.runs else 0):
        counts, sums, spread = paths.differences(i)
        others = np.flatnonzero(counts[:, -1] > 1)
        n = counts[others, -1]
        gap = sums[others, -1] / n
        reach = screening_t(level, count - 1, n - 1) * np.sqrt(spread[others] / n)
        reach = np.maximum(reach - indifference, 0.0)
        lead[i, i + 1 + others], lead[i + 1 + others, i] = gap - reach, -gap - reach
    return lead


def _limits(
    seen: Mapping[str, Mapping[str, Sample]], limits: tuple[Limit, ...], level: float
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Return the place of a limit that each design breaks for sure, -1 for none, and whether it keeps all for sure."""
    breaks, keeps = np.full(len(seen), -1), np.ones(len(seen), dtype=bool)
    for place, limit in enumerate(limits):
        paths = pick(seen, limit.kpi)
        excess = limit.excess(paths, max(paths.runs, 1))
        n = excess.counts()
        with np.errstate(invalid="ignore", divide="ignore"):
            reach = screening_t(level, len(seen) * len(limits), n - 1) * np.sqrt(excess.variances() / n)
        means = excess.estimates()
        breaks[(means > reach) & (breaks < 0)] = place
        keeps &= means <= -reach
    return breaks, keeps
