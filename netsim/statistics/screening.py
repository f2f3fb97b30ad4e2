"""Subset selection: from the replications there are, the designs of which one is the best, and those that are not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from netsim.errors import ModelError
from netsim.statistics.constants import screening_t
from netsim.statistics.paths import paths_of
from netsim.statistics.sample import Sample
from netsim.statistics.selection import Goal

__all__ = ["Subset", "screen"]


@dataclass(frozen=True, slots=True)
class Subset:
    """The designs that may be the best, and those that a better one sent away."""

    goal: Goal
    kept: tuple[str, ...]
    """Best estimate first."""
    dropped: Mapping[str, str]
    """Each design that is not the best, with the one that it is most clearly behind."""
    unjudged: tuple[str, ...]
    """Designs with too few values."""
    confidence: float
    replications: int
    """Replications of the design that has most."""

    def __str__(self) -> str:
        count = len(self.kept) + len(self.dropped) + len(self.unjudged)
        names = ", ".join(self.kept)
        may = f"{names} is the best" if len(self.kept) == 1 else f"one of {names} is the best"
        return (
            f"{may} of {count} designs by {self.goal.kpi} at {100 * self.confidence:g} %, from {self.replications} "
            "replications (screening, Nelson, Swann, Goldsman and Song 2001)"
            + (f"; too few values: {', '.join(self.unjudged)}" if self.unjudged else "")
        )


def screen(samples: Mapping[str, Sample], goal: Goal, *, confidence: float = 0.95, indifference: float = 0.0) -> Subset:
    """Return the designs that may be the best, with a probability of *confidence* that the best is among them.

    *samples* maps designs to the goal's KPI, from numbers of replications fixed beforehand, paired on the shared tape.
    A design leaves if it is behind some other by more than ``t sd / sqrt(n)`` of their differences, with t for all
    comparisons of a design together. With *indifference* that is taken off first: the subset is smaller, and keeps the
    best if that is better than all others by the indifference. Source: Nelson, Swann, Goldsman and Song 2001, with
    paired differences for common random numbers.
    Raise `ModelError` for a confidence or an indifference without a meaning.
    """
    if not 0.5 < confidence < 1:
        raise ModelError(f"confidence {confidence}: give a share between 0.5 and 1, such as 0.95")
    if indifference < 0:
        raise ModelError(f"indifference {indifference}: give 0 or the smallest difference that matters")
    paths = paths_of(samples).signed(goal.sign)
    count, runs = len(paths.designs), paths.runs
    lead = np.full((count, count), -np.inf)
    """[design, other] how far the design is behind the other beyond what chance explains."""
    for i in range(count - 1):
        for j in range(i + 1, count):
            both = ~np.isnan(paths.tops[[i, j]] + paths.bottoms[[i, j]]).any(axis=0)
            n = int(both.sum())
            if n < 2:
                continue
            pair = type(paths)(("", ""), paths.tops[[i, j]][:, both], paths.bottoms[[i, j]][:, both], (n, n))
            _, sums, spread = pair.differences(0, n)
            gap = float(sums[0, -1]) / n
            reach = screening_t(confidence, count - 1, n - 1) * float(np.sqrt(spread[0] / n))
            lead[i, j], lead[j, i] = (sign * gap - max(reach - indifference, 0.0) for sign in (1, -1))
    counts = paths.counts()
    dropped = {
        paths.designs[i]: paths.designs[int(lead[i].argmax())]
        for i in range(count)
        if counts[i] > 1 and lead[i].max() > 0
    }
    values = dict(zip(paths.designs, paths.estimates().tolist(), strict=True))
    few = tuple(design for design, n in zip(paths.designs, counts, strict=True) if n < 2)
    kept = [design for design in paths.designs if design not in dropped and design not in few]
    return Subset(goal, tuple(sorted(kept, key=values.__getitem__)), dropped, few, confidence, runs)
