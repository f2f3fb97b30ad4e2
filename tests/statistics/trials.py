"""Trials of selection procedures on designs with known means: normal values, independent or on a shared tape."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from netsim.statistics.paths import Paths
from netsim.statistics.sample import Rule, Sample
from netsim.statistics.selection import Selection

FloatArray = NDArray[np.float64]


def slippage(designs: int, delta: float) -> FloatArray:
    """Return means of which the first is best, by *delta* exactly: the hardest for an indifference zone."""
    return np.concatenate([[0.0], np.full(designs - 1, delta)])


def draw(
    rng: np.random.Generator, means: FloatArray, runs: int, *, correlation: float = 0.0, sd: FloatArray | float = 1.0
) -> FloatArray:
    """Return values [design, replication], all pairs of designs correlated alike."""
    shared = rng.standard_normal(runs)
    own = rng.standard_normal((len(means), runs))
    noise = np.sqrt(correlation) * shared + np.sqrt(1 - correlation) * own
    return means[:, None] + noise * np.broadcast_to(sd, len(means))[:, None]


def as_paths(values: FloatArray) -> Paths:
    names = tuple(f"d{i}" for i in range(len(values)))
    return Paths(names, values, np.ones_like(values), (values.shape[1],) * len(values))


def as_samples(values: FloatArray, kpi: str = "cost") -> dict[str, dict[str, Sample]]:
    return {f"d{i}": {kpi: Sample(row)} for i, row in enumerate(values)}


@dataclass(frozen=True)
class Played:
    verdict: Selection
    rounds: list[dict[str, int]]
    """What was asked for in each round."""
    counts: dict[str, int]


def play(rule: Rule, samples: Mapping[str, Mapping[str, Sample]], *, most: int = 1000) -> Played:
    """Return what *rule* ends with if the replications that it asks for are those of *samples*."""
    counts = dict.fromkeys(samples, 0)
    rounds: list[dict[str, int]] = []
    for _ in range(most):
        seen = cut(samples, counts)
        asked = rule.next(seen)
        assert all(asked[design] >= counts[design] for design in counts), "runs cannot be taken back"
        if asked == counts:
            return Played(rule.verdict(seen), rounds, counts)
        rounds.append(asked)
        counts = asked
    raise AssertionError(f"no end after {most} rounds")


def cut(samples: Mapping[str, Mapping[str, Sample]], counts: Mapping[str, int]) -> dict[str, dict[str, Sample]]:
    """Return the samples of the first so many replications of each design."""
    for design, kpis in samples.items():
        for sample in kpis.values():
            assert counts[design] <= len(sample.values), "the trial did not draw as many values as are asked for"
    return {d: {kpi: s.first(counts[d]) for kpi, s in kpis.items()} for d, kpis in samples.items()}
