"""Selection of the best by knocking out: all designs run side by side, and each leaves once it is beaten.

Every pair of designs is watched on the shared tape, by the sum of their differences and its variance over the first
replications; so the more alike the tape makes them, the sooner they part. This needs no assumption on how designs
depend on one another, and inferior designs cost few replications. It is the default for both reasons.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from netsim.statistics.constants import triangle
from netsim.statistics.constraints import Feasibility, Limit, find_feasible, first_time
from netsim.statistics.paths import FloatArray, Paths
from netsim.statistics.sample import Sample
from netsim.statistics.selection import Goal, Selection, Status, check_budget, check_numbers
from netsim.statistics.standings import ANYTIME, few_values, make_standings, pick

__all__ = ["Knockout", "Race", "run_race"]

GROWTH = 0.2
"""Replications of a round beyond those there are, as a share: at most so many are in vain."""

Seen = Mapping[str, Mapping[str, Sample]]


@dataclass(frozen=True, slots=True, eq=False)
class Race:
    """How far a race of designs came: who left it, through whom and after how many replications."""

    out: FloatArray
    """[design] replications after which it left; infinite for those still there."""
    by: tuple[int, ...]
    """[design] the design that beat it, -1 for none."""
    ended: bool
    """Whether one feasible design is left, or none, or equals that no replication would part."""
    enough: float
    """Replications after which the race has ended, whatever comes."""

    @property
    def left(self) -> tuple[int, ...]:
        """Return the designs still there."""
        return tuple(np.flatnonzero(np.isinf(self.out)).tolist())


def run_race(
    paths: Paths, delta: float, *, error: float, first: int, feasible: Feasibility | None = None,
    absent: NDArray[np.bool_] | None = None,
) -> Race:  # fmt: skip
    """Return how designs, of which the lower is better, knock one another out.

    From the replication *first* on, design i is beaten by l when the sum of its differences to l rises above
    ``max(0, h² S² / (2 delta) - r delta / 2)``, with S² the variance of the first *first* differences and h² for an
    error of *error* / (designs - 1). With *feasible*, a design leaves as well when it is found to break a limit, and
    only one found to keep all limits sends another away, for a win of then or before. Designs that are *absent* take no
    part: they left after 0 replications.

    If the best is better than every other by *delta* or more, it is the one left with a probability of at least
    1 - *error*. Source: Kim and Nelson 2001, procedure KN with c = 1; with limits Andradóttir and Kim 2010, AK+.
    """
    count = len(paths.designs)
    beaten, lacking = np.full((count, count), np.inf), np.zeros((count, count))
    factor = triangle(error / (count - 1), first) if count > 1 else 0.0
    for i in range(count - 1):
        counts, sums, spread = paths.differences(i, first)
        edge = np.maximum(factor * spread[:, None] / delta - counts * delta, 0) / 2
        with np.errstate(invalid="ignore"):
            loses = first_time((counts >= first) & (sums > edge))
            wins = first_time((counts >= first) & (sums < -edge))
        beaten[i, i + 1 :] = np.where(loses < wins, loses, np.inf)
        beaten[i + 1 :, i] = np.where(wins < loses, wins, np.inf)
        needed = np.floor(factor * spread / delta**2) + 1
        lacking[i, i + 1 :] = lacking[i + 1 :, i] = np.maximum(needed - counts[:, -1], 0)
    out, by = np.full(count, np.inf), [-1] * count
    broken = np.full(count, np.inf) if feasible is None else feasible.broken
    kept = np.zeros(count) if feasible is None else feasible.kept
    sent = np.maximum(beaten, kept)
    there = np.ones(count, dtype=bool) if absent is None else ~absent
    out[~there] = 0
    while there.any():
        by_others = np.where(there & there[:, None], sent, np.inf)
        when = np.where(there, np.minimum(by_others.min(axis=1), broken), np.inf)
        now = when.min()
        if np.isinf(now):
            break
        for i in np.flatnonzero(when == now).tolist():
            out[i], by[i] = now, -1 if broken[i] == now else int(by_others[i].argmin())
        there &= when != now
    rest = np.flatnonzero(there)
    lacks = lacking[np.ix_(rest, rest)].max(initial=0.0)  # not a number if a variance is not known yet
    undecided = rest[~np.isfinite(kept[rest])]
    limits = 0.0 if feasible is None else feasible.needed[undecided].max(initial=0.0)
    ended = not len(undecided) and (len(rest) <= 1 or lacks == 0)
    return Race(out, tuple(by), bool(ended), float(np.maximum(paths.runs + lacks, limits)))


@dataclass(frozen=True, slots=True)
class Knockout:
    """The rule that selects the best design by a race, with limits that it must keep; see `run_race`.

    *indifference* is the smallest difference that matters, in the unit of the goal's KPI. Half of the error
    1 - *confidence* goes to the limits if there are any. All designs have *first* replications, then those left go on
    in rounds, of *step* replications or, with 0, of a fifth of those they have; what is decided does not depend on the
    rounds. *at_most* bounds the replications of a design, *budget* those of all together.
    """

    goal: Goal
    indifference: float
    limits: tuple[Limit, ...] = ()
    confidence: float = 0.95
    first: int = 10
    step: int = 0
    at_most: int | None = None
    budget: int | None = None

    def __post_init__(self) -> None:
        check_numbers(
            confidence=self.confidence, first=self.first, indifference=self.indifference, wants_zone=True,
            at_most=self.at_most,
        )  # fmt: skip

    @property
    def kpis(self) -> tuple[str, ...]:
        """Return the KPI that decides and those with limits."""
        return tuple(dict.fromkeys((self.goal.kpi, *(limit.kpi for limit in self.limits))))

    def next(self, seen: Seen) -> dict[str, int]:
        """Return the replications that each design shall have: those out of the race as many as they have."""
        have = {design: len(samples[self.goal.kpi].values) for design, samples in seen.items()}
        check_budget(self.budget, designs=len(have), first=self.first)
        if min(have.values(), default=self.first) < self.first:
            return {design: max(self.first, count) for design, count in have.items()}
        race, _, _ = self._race(seen)
        if race.ended:
            return have
        left = [design for i, design in enumerate(seen) if i in race.left]
        runs = max((have[design] for design in left), default=0)
        wanted: float = runs + (self.step or max(math.ceil(runs * GROWTH), 1))
        if not math.isnan(race.enough):
            wanted = min(wanted, max(race.enough, runs + 1))
        if self.at_most is not None:
            wanted = min(wanted, self.at_most)
        if self.budget is not None and left:
            wanted = min(wanted, runs + (self.budget - sum(have.values())) // len(left))
        return {design: max(count, int(wanted)) if design in left else count for design, count in have.items()}

    def verdict(self, seen: Seen) -> Selection:
        """Return what the runs so far tell."""
        race, missing, feasible = self._race(seen)
        names = list(seen)
        out: dict[str, tuple[Status, str, int]] = dict.fromkeys(missing, ("missing", "", 0))
        for i, design in enumerate(names):
            if design in missing or np.isinf(race.out[i]):
                continue
            broken = -1 if feasible is None or race.by[i] >= 0 else feasible.breaks[i]
            by = str(self.limits[broken]) if broken >= 0 else names[race.by[i]]
            out[design] = ("infeasible" if broken >= 0 else "worse", by, int(race.out[i]))
        left = [names[i] for i in race.left]
        values = pick(seen, self.goal.kpi).signed(self.goal.sign).estimates()
        best = min(left, key=lambda design: values[names.index(design)]) if race.ended and left else None
        split = ", half of the error for the limits" if self.limits else ""
        named = "Andradóttir and Kim 2010, AK+" if self.limits else "Kim and Nelson 2001, KN"
        return Selection(
            self.goal,
            make_standings(
                seen, self.goal, self.limits, best=best, out=out, confidence=self.confidence,
            ),
            f"knocking out ({named}{split})",
            self.confidence,
            guaranteed=race.ended and not missing,
            promise=self._promise(race, missing),
            indifference=self.indifference,
            limits=self.limits,
            intervals=ANYTIME,
        )  # fmt: skip

    def _promise(self, race: Race, missing: tuple[str, ...]) -> str:
        if not race.ended:
            latest = "" if math.isnan(race.enough) else f", after {race.enough:.0f} replications of each at the latest"
            return f"the race was stopped before its end{latest}; any of those still in it may be the best"
        if missing:
            return f"{', '.join(missing)} gave too few values to be judged; nothing is said of them"
        if not race.left:
            return "designs that keep the limits with their tolerance are not called infeasible"
        among = "among designs that keep the limits " if self.limits else ""
        return f"a design {among}that is better than all others by the indifference zone would have been selected"

    def _race(self, seen: Seen) -> tuple[Race, tuple[str, ...], Feasibility | None]:
        """Return the race among designs that gave values, those that did not, and what limits say."""
        goal = pick(seen, self.goal.kpi).signed(self.goal.sign)
        limited = tuple(pick(seen, limit.kpi) for limit in self.limits)
        few = few_values((goal, *limited), self.first)
        missing = tuple(design for design, is_few in zip(seen, few, strict=True) if is_few)
        error = (1 - self.confidence) / (2 if self.limits else 1)
        feasible = None
        if self.limits:
            excesses = tuple(limit.excess(each, self.first) for limit, each in zip(self.limits, limited, strict=True))
            feasible = find_feasible(excesses, self.limits, error=error, first=self.first)
        race = run_race(goal, self.indifference, error=error, first=self.first, feasible=feasible, absent=few)
        return race, missing, feasible
