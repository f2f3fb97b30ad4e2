"""Allocation of a budget of replications to many designs, so that the best is found with the highest probability.

Replications go where they help to tell the best from its rivals: to designs close to it, to those that vary much, and
to the best itself. Nothing is guaranteed for a fixed budget; what is gained is the probability of being right, which
the verdict estimates.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from netsim.errors import ModelError
from netsim.statistics.constraints import Limit
from netsim.statistics.paths import FloatArray, IntArray, Paths, linearise
from netsim.statistics.sample import Sample
from netsim.statistics.selection import Goal, Selection, Status, check_budget, check_numbers
from netsim.statistics.standings import ANYTIME, few_values, figure, make_standings, pick

__all__ = ["Allocation", "allocate", "best_of", "share_out"]

ROUNDS = 50
"""Rounds that a budget is spent in unless told otherwise."""

Seen = Mapping[str, Mapping[str, Sample]]


def share_out(
    means: ArrayLike, variances: ArrayLike, *, excesses: ArrayLike | None = None, noise: ArrayLike | None = None,
    least: float = 0.0,
) -> FloatArray:  # fmt: skip
    """Return the share of all replications that each design should have, of which the lower mean is better.

    ``N_i / N_j = (sd_i / gap_i)² / (sd_j / gap_j)²`` for designs other than the best b, with gap the difference to it
    (at least *least*), and ``N_b = sd_b sqrt(sum of N_i² / sd_i²)``. With *excesses* [limit, design] over limits, above
    0 where broken, and their variances *noise*, a design that breaks a limit is told by whichever is easier, its mean
    or its excess, and the best needs enough to show that it keeps all.

    Source: Chen, Lin, Yucesan and Chick 2000; with limits Lee, Pujowidianto, Li, Chen and Yap 2012.
    """
    values, spread = np.asarray(means, dtype=np.float64), np.asarray(variances, dtype=np.float64)
    broken = np.zeros((0, len(values))) if excesses is None else np.asarray(excesses, dtype=np.float64)
    unsure = np.zeros_like(broken) if noise is None else np.asarray(noise, dtype=np.float64)
    best = best_of(values, broken)
    tiny = np.finfo(np.float64).tiny
    worse = values >= values[best]  # with limits, a design that breaks one may be better
    gaps = np.maximum(np.abs(values - values[best]), max(least, 1e-9 * float(np.ptp(values)), tiny**0.25))
    by_mean = np.where(worse, gaps**2 / np.maximum(spread, tiny), 0.0)
    clear = broken**2 / np.maximum(unsure, tiny)
    by_limit = np.where(broken > 0, clear, 0.0).max(axis=0, initial=0.0)
    rate = np.maximum(np.maximum(by_mean, by_limit), tiny**0.5)
    shares = 1 / rate
    rivals = (by_mean >= by_limit) & (spread > 0)
    rivals[best] = False
    shares[best] = math.sqrt(float(spread[best] * (shares[rivals] ** 2 / spread[rivals]).sum()))
    if len(broken):
        shares[best] = max(shares[best], 1 / max(float(clear[:, best].min()), tiny**0.5))
    shares[(spread == 0) & (unsure == 0).all(axis=0)] = 0.0
    total = float(shares.sum())
    found: FloatArray = shares / total if total > 0 else np.full(len(values), 1 / len(values))
    return found


def best_of(means: FloatArray, excesses: FloatArray) -> int:
    """Return the design of lowest mean among those that break no limit, or the one that breaks its limits least."""
    worst = excesses.max(axis=0, initial=-np.inf)
    return int(np.where(worst <= 0, means, np.inf).argmin() if (worst <= 0).any() else worst.argmin())


def allocate(shares: FloatArray, taken: ArrayLike, more: int, *, best: int) -> IntArray:
    """Return the replications that each design shall have when *more* are added to those *taken*.

    As near to *shares* of the whole as can be where none has less than it has; parts of replications are cut off, and
    what this leaves goes to the *best*. Source: Chen and Lee 2010, appendix.
    """
    have = np.asarray(taken, dtype=np.int64)
    total = int(have.sum()) + more
    found, open_ = have.copy(), np.ones(len(have), dtype=bool)
    while open_.any() and shares[open_].sum() > 0:
        free = total - int(have[~open_].sum())
        found[open_] = np.floor(free * shares[open_] / shares[open_].sum() * (1 + 1e-12)).astype(np.int64)
        short = open_ & (found < have)
        if not short.any():
            break
        found[short] = have[short]
        open_ &= ~short
    found = np.maximum(found, have)
    found[best] += total - int(found.sum())
    return found


@dataclass(frozen=True, slots=True)
class Allocation:
    """The rule that spends a *budget* of replications, of all designs together, in rounds.

    All designs have *first* replications; then each round of *step* replications of all designs together (with 0: a
    fiftieth of the budget, at least one for each design) goes where it helps most. With *indifference*, differences
    below it are not looked into further. *at_most* bounds the replications of a design.
    """

    goal: Goal
    budget: int
    limits: tuple[Limit, ...] = ()
    confidence: float = 0.95
    first: int = 10
    step: int = 0
    indifference: float | None = None
    at_most: int | None = None

    def __post_init__(self) -> None:
        check_numbers(confidence=self.confidence, first=self.first, indifference=self.indifference, wants_zone=False)
        if self.budget < 1 or self.step < 0:
            raise ModelError(f"a budget of {self.budget} in steps of {self.step} buys nothing; give 1 or more")

    @property
    def kpis(self) -> tuple[str, ...]:
        """Return the KPI that decides and those with limits."""
        return tuple(dict.fromkeys((self.goal.kpi, *(limit.kpi for limit in self.limits))))

    def next(self, seen: Seen) -> dict[str, int]:
        """Return the replications that each design shall have after another round; raise `ModelError` if the budget
        does not suffice for the first one.
        """
        have = {design: len(samples[self.goal.kpi].values) for design, samples in seen.items()}
        check_budget(self.budget, designs=len(have), first=self.first)
        if min(have.values(), default=self.first) < self.first:
            return {design: max(self.first, count) for design, count in have.items()}
        state = _State.of(self, seen)
        step = self.step or max(len(have), math.ceil(self.budget / ROUNDS))
        more = min(step, self.budget - sum(have.values()))
        if more < 1 or not len(state.rows):
            return have
        counts = np.array(list(have.values()))
        excesses = state.excesses
        if self.limits:  # as with means, what lies within the tolerance is not looked into further
            least = np.array([[limit.tolerance] for limit in self.limits])
            excesses = np.where(excesses > 0, np.maximum(excesses, least), np.minimum(excesses, -least))
        shares = share_out(
            state.means, state.variances, excesses=excesses, noise=state.noise, least=self.indifference or 0.0
        )
        wanted = allocate(shares, counts[state.rows], more, best=best_of(state.means, state.excesses))
        counts[state.rows] = wanted if self.at_most is None else np.maximum(
            np.minimum(wanted, self.at_most), counts[state.rows]
        )  # fmt: skip
        return dict(zip(have, counts.tolist(), strict=True))

    def verdict(self, seen: Seen) -> Selection:
        """Return what the runs so far tell, with the probability of having found the best as it is estimated."""
        state = _State.of(self, seen)
        names = list(seen)
        out: dict[str, tuple[Status, str, int]] = {
            design: ("missing", "", 0) for row, design in enumerate(names) if row not in state.rows
        }
        best = None
        if len(state.rows):
            first = best_of(state.means, state.excesses)
            best = names[state.rows[first]] if (state.excesses[:, first] <= 0).all() else None
        risk = dict(zip(state.rows.tolist(), state.risk.tolist(), strict=True))
        for place, limit in enumerate(self.limits):
            for row in state.rows[state.excesses[place] > 0].tolist():
                sample = seen[names[row]][limit.kpi]
                clear = figure(sample, self.confidence).excludes(limit.bound)
                out[names[row]] = ("infeasible" if clear else "undecided", str(limit), len(sample.values))
        return Selection(
            self.goal,
            make_standings(
                seen, self.goal, self.limits, best=best, out=out, confidence=self.confidence,
                is_tied=lambda row: risk[row] * max(len(risk) - 1, 1) > 1 - self.confidence,
            ),
            f"allocation of a budget ({'Lee et al. 2012, OCBA-CO' if self.limits else 'Chen et al. 2000, OCBA'})",
            self.confidence,
            guaranteed=False,
            promise="no design was seen to keep the limits"
            if best is None
            else f"the estimated probability of having found the best is at least {max(0.0, 1 - state.risk.sum()):.3f}",
            indifference=self.indifference,
            limits=self.limits,
            intervals=ANYTIME,
        )  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class _State:
    """What the runs so far tell of the designs that gave values."""

    rows: IntArray
    """Their places among all designs."""
    means: FloatArray
    """Signed, so that lower is better."""
    variances: FloatArray
    excesses: FloatArray
    """[limit, design], above 0 where a limit is broken."""
    noise: FloatArray
    """[limit, design] their variances."""
    risk: FloatArray
    """[design] the estimated probability that it is better than the best; of the best, that it breaks a limit."""

    @classmethod
    def of(cls, rule: Allocation, seen: Seen) -> _State:
        goal = pick(seen, rule.goal.kpi).signed(rule.goal.sign)
        limited = [pick(seen, limit.kpi) for limit in rule.limits]
        few = few_values((goal, *limited), 1)
        means, variances = goal.estimates(), goal.variances()
        parts = [limit.excess(each, each.runs) for limit, each in zip(rule.limits, limited, strict=True)]
        excesses = np.array([each.estimates() for each in parts]).reshape(len(parts), len(means))
        noise = np.array([each.variances() for each in parts]).reshape(len(parts), len(means))
        known = ~(few | np.isnan(means + variances + (excesses + noise).sum(axis=0)))
        rows = np.flatnonzero(known)
        state = cls(rows, means[rows], variances[rows], excesses[:, rows], noise[:, rows], np.zeros(len(rows)))
        return state if not len(rows) else replace(state, risk=_risk(state, goal, [each.counts() for each in parts]))


def _risk(state: _State, goal: Paths, counts: list[IntArray]) -> FloatArray:
    """Return the estimated probability of each way to be wrong, with normal estimates that are correlated as seen."""
    from scipy.special import ndtr

    best = best_of(state.means, state.excesses)
    numbers = goal.counts()[state.rows]
    values = linearise(goal.tops[state.rows], goal.bottoms[state.rows])
    both = ~np.isnan(values) & ~np.isnan(values[best])
    together = both.sum(axis=1)
    shared = np.where(both, values * np.where(np.isnan(values[best]), 0, values[best]), 0.0)
    mixed = shared.sum(axis=1) / np.maximum(together - 1, 1)
    error = state.variances / numbers + state.variances[best] / numbers[best]
    error = error - 2 * mixed * together / (numbers * numbers[best])
    with np.errstate(invalid="ignore", divide="ignore"):
        wrong = ndtr(-(state.means - state.means[best]) / np.sqrt(np.maximum(error, 0)))
        limits = np.array([each[state.rows] for each in counts]).reshape(state.noise.shape)
        missed = ndtr(-np.abs(state.excesses) / np.sqrt(state.noise / limits))
    wrong = np.nan_to_num(wrong, nan=0.5)
    missed = np.nan_to_num(missed, nan=0.0)
    passes = np.where(state.excesses > 0, missed, 1.0).min(axis=0, initial=1.0)
    risk = np.minimum(wrong, passes)
    risk[best] = missed[:, best].sum()
    return np.asarray(risk)
