"""Selection of the best in two stages: a first one tells the variance, from which the number of replications follows.

All designs get the same number. In return the verdict has simultaneous intervals of each design's distance to the best
of the others, and the one selected lies within the indifference zone of the best whatever the means. The price is an
assumption: that the shared tape makes all pairs of designs alike, so that differences have one variance (sphericity).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from netsim.statistics.constants import equicoordinate_t
from netsim.statistics.paths import FloatArray, Paths, linearise
from netsim.statistics.sample import Sample
from netsim.statistics.selection import Gap, Goal, Selection, Status, check_budget, check_numbers
from netsim.statistics.standings import few_values, make_standings, pick

__all__ = ["TwoStage", "interaction_variance", "replications_needed"]

Seen = Mapping[str, Mapping[str, Sample]]


def interaction_variance(values: FloatArray) -> float:
    """Return the variance of the difference of two designs, pooled over all pairs, of values [design, replication].

    Twice the mean square of what is left after the means of designs and of replications, on (k - 1) (n - 1) degrees of
    freedom. Source: Nelson and Matejcik 1995.
    """
    left = values - values.mean(axis=1, keepdims=True) - values.mean(axis=0, keepdims=True) + values.mean()
    return float(2 * (left**2).sum() / ((values.shape[0] - 1) * (values.shape[1] - 1)))


def replications_needed(variance: float, factor: float, delta: float, *, first: int) -> int:
    """Return ``max(first, ceil(factor² variance / delta²))``. Source: Nelson and Matejcik 1995."""
    return max(first, math.ceil(factor**2 * variance / delta**2))


@dataclass(frozen=True, slots=True)
class TwoStage:
    """The rule that selects the best design in two stages with one number of replications for all.

    *indifference* is the smallest difference that matters, in the unit of the goal's KPI; *first* the replications of
    the first stage; *at_most* bounds the replications of a design, *budget* those of all together. Limits are not for
    it: see `netsim.statistics.knockout.Knockout`. Source: Nelson and Matejcik 1995.
    """

    goal: Goal
    indifference: float
    confidence: float = 0.95
    first: int = 10
    at_most: int | None = None
    budget: int | None = None

    def __post_init__(self) -> None:
        check_numbers(
            confidence=self.confidence, first=self.first, indifference=self.indifference, wants_zone=True,
            at_most=self.at_most,
        )  # fmt: skip

    @property
    def kpis(self) -> tuple[str, ...]:
        """Return the KPI that decides."""
        return (self.goal.kpi,)

    def next(self, seen: Seen) -> dict[str, int]:
        """Return the replications that each design shall have: the same number, save for those that give no values."""
        have = {design: len(samples[self.goal.kpi].values) for design, samples in seen.items()}
        check_budget(self.budget, designs=len(have), first=self.first)
        if min(have.values(), default=self.first) < self.first:
            return {design: max(self.first, count) for design, count in have.items()}
        state = _State.of(self, seen)
        runs = max((have[design] for design in state.names), default=0)
        wanted: float = runs + max(state.needed - state.count, 0)
        if self.at_most is not None:
            wanted = min(wanted, self.at_most)
        if self.budget is not None and state.names:
            wanted = min(wanted, runs + (self.budget - sum(have.values())) // len(state.names))
        return {design: max(count, int(wanted)) if design in state.names else count for design, count in have.items()}

    def verdict(self, seen: Seen) -> Selection:
        """Return what the runs so far tell, with the intervals of multiple comparisons with the best."""
        state = _State.of(self, seen)
        missing = [design for design in seen if design not in state.names]
        out: dict[str, tuple[Status, str, int]] = dict.fromkeys(missing, ("missing", "", 0))
        values = dict(zip(state.names, (self.goal.sign * state.estimates).tolist(), strict=True))
        ended = bool(values) and state.count >= state.needed
        best = min(values, key=values.__getitem__) if ended else None
        names = list(seen)

        def behind(row: int, _: int) -> tuple[Gap, bool]:
            design = names[row]
            if design not in values or len(values) < 2:
                return Gap(math.nan, math.nan, math.nan), False
            gap = values[design] - min(value for other, value in values.items() if other != design)
            ends = sorted(
                self.goal.sign * end + 0.0 for end in (min(0.0, gap - state.half), max(0.0, gap + state.half))
            )
            return Gap(self.goal.sign * gap, *ends), gap >= state.half

        return Selection(
            self.goal,
            make_standings(
                seen, self.goal, (), best=best, out=out, confidence=self.confidence,
                behind=behind,
            ),
            "two stages (Nelson and Matejcik 1995)",
            self.confidence,
            guaranteed=ended and not missing,
            promise=_promise(ended=ended, missing=missing),
            indifference=self.indifference,
            intervals="of differences: multiple comparisons with the best of the others, all at once, if all pairs of "
            "designs differ with one variance; of figures: hold whenever the runs stopped (Wang and Ramdas 2025)",
        )  # fmt: skip


def _promise(*, ended: bool, missing: list[str]) -> str:
    if not ended:
        return "the runs ended before the second stage did"
    if missing:
        return f"{', '.join(missing)} gave too few values to be judged; nothing is said of them"
    return "the design selected is the best, or less than the indifference zone from it, if pairs differ alike"


@dataclass(frozen=True, slots=True, eq=False)
class _State:
    """What the runs so far tell of the designs that gave values."""

    names: tuple[str, ...]
    estimates: FloatArray
    """[design] from the replications that all of them have."""
    count: int
    """Those replications."""
    needed: int
    half: float
    """Half width of the comparisons with the best."""

    @classmethod
    def of(cls, rule: TwoStage, seen: Seen) -> _State:
        paths: Paths = pick(seen, rule.goal.kpi)
        there = ~few_values((paths,), rule.first)
        names = tuple(design for design, is_there in zip(paths.designs, there, strict=True) if is_there)
        tops, bottoms = paths.tops[there], paths.bottoms[there]
        shared = ~np.isnan(tops + bottoms).any(axis=0)
        tops, bottoms = tops[:, shared], bottoms[:, shared]
        count = tops.shape[1]
        estimates = tops.sum(axis=1) / bottoms.sum(axis=1) if count else np.full(len(names), np.nan)
        if len(names) < 2:
            return cls(names, estimates, count, rule.first, 0.0)
        if count < rule.first:
            return cls(names, estimates, count, rule.first, math.inf)
        variance = interaction_variance(linearise(tops[:, : rule.first], bottoms[:, : rule.first]))
        others = len(names) - 1
        factor = equicoordinate_t(rule.confidence, others, others * (rule.first - 1))
        needed = replications_needed(variance, factor, rule.indifference, first=rule.first)
        return cls(names, estimates, count, needed, factor * math.sqrt(variance / count))
