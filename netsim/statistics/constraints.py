"""Constraints: which designs meet a limit on a KPI, found out replication by replication with a given error.

A limit such as ``arrival rate >= 95 % within 1 %`` divides designs in three: those at 96 % or above must be found
feasible, those at 94 % or below infeasible, and those between may be found either. No procedure can tell apart what
lies on two sides of a limit without a tolerance.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from netsim.errors import ModelError
from netsim.statistics.constants import triangle
from netsim.statistics.paths import FloatArray, Paths

__all__ = ["Feasibility", "Limit", "find_feasible"]


@dataclass(frozen=True, slots=True)
class Limit:
    """A KPI shall be at least, or at most, *bound*; differences up to *tolerance* (above 0) do not matter."""

    kpi: str
    sense: Literal[">=", "<="]
    bound: float
    tolerance: float

    def __post_init__(self) -> None:
        if self.sense not in (">=", "<="):
            raise ModelError(f"limit on {self.kpi}: give `>=` or `<=`, not `{self.sense}`")
        if not self.tolerance > 0:
            raise ModelError(f"limit on {self.kpi}: tolerance {self.tolerance} can never be decided; give one above 0")

    def excess(self, paths: Paths, first: int) -> Paths:
        """Return the paths of how far each design breaks the limit: a mean of at most 0 keeps it."""
        above = paths.above(self.bound, first)
        return above.signed(-1.0) if self.sense == ">=" else above

    def keeps(self, value: float) -> bool:
        """Return whether *value* keeps the limit itself, without its tolerance."""
        return value >= self.bound if self.sense == ">=" else value <= self.bound

    def __str__(self) -> str:
        return f"{self.kpi} {self.sense} {self.bound:g}"


@dataclass(frozen=True, slots=True, eq=False)
class Feasibility:
    """When each design was found to keep, or to break, its limits: replications, infinite for never (or not yet)."""

    kept: FloatArray
    """[design] when the last of its limits was found kept."""
    broken: FloatArray
    """[design] when the first of its limits was found broken."""
    breaks: tuple[int, ...]
    """[design] that limit's place, -1 for none."""
    needed: FloatArray
    """[design] replications after which all of its limits are decided, whatever comes."""


def find_feasible(excesses: tuple[Paths, ...], limits: tuple[Limit, ...], *, error: float, first: int) -> Feasibility:
    """Return when each design was found feasible or infeasible, with *error* in all over designs and limits.

    *excesses* are those of the limits, see `Limit.excess`, with variances of the first *first* replications. Each
    design and limit is watched from then on until the sum of its excesses leaves a triangle, by an equal share of the
    error: designs on a shared tape depend on one another. Source: Andradóttir and Kim 2010, procedure F; Batur and Kim
    2010 for several limits.
    """
    designs = len(excesses[0].designs) if excesses else 0
    kept, broken = np.zeros((len(limits), designs)), np.full((len(limits), designs), np.inf)
    needed = np.zeros((len(limits), designs))
    for row, (limit, excess) in enumerate(zip(limits, excesses, strict=True)):
        factor = triangle(error / (designs * len(limits)), first)
        counts, sums, spread = excess.sums(first)
        with np.errstate(invalid="ignore"):
            edge = np.maximum(factor * spread[:, None] / limit.tolerance - counts * limit.tolerance, 0) / 2
            looked = counts >= first
            kept[row] = first_time(looked & (sums <= -edge))
            broken[row] = first_time(looked & (sums >= edge) & (sums > 0))
        needed[row] = np.ceil(factor * spread / limit.tolerance**2)
        late = kept[row] > broken[row]
        kept[row, late] = np.inf
        broken[row, ~late] = np.inf
    when = broken.min(axis=0, initial=np.inf)
    breaks = [int(broken[:, i].argmin()) if np.isfinite(when[i]) else -1 for i in range(designs)]
    return Feasibility(kept.max(axis=0, initial=0.0), when, tuple(breaks), needed.max(axis=0, initial=0.0))


def first_time(marks: np.ndarray) -> FloatArray:
    """Return the first replication (from 1) that is marked in each row, infinite where none is."""
    if marks.shape[-1] == 0:
        return np.full(marks.shape[:-1], np.inf)
    return np.where(marks.any(axis=-1), marks.argmax(axis=-1) + 1.0, np.inf)
