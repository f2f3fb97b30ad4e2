"""Which designs no other beats in everything, and how sure that is."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from netsim.errors import ModelError
from netsim.statistics.paired import paired_difference

__all__ = ["Domination", "ParetoSet", "pareto_set"]

SIGNS = {"lower": 1.0, "higher": -1.0}


@dataclass(frozen=True, slots=True)
class Domination:
    """*better* is at least as good as *worse* in the mean of every KPI, and better in one."""

    better: str
    worse: str
    is_supported: bool
    """Whether the paired interval of every KPI says so: it lies on the better side, or both designs are equal in
    every replication. As all must agree, the level of one interval is the level of the statement."""


@dataclass(frozen=True, slots=True)
class ParetoSet:
    """Designs compared on several KPIs, each group in the order of the table."""

    front: tuple[str, ...]
    """Designs that no other dominates in the means."""
    contenders: tuple[str, ...]
    """Designs that no supported domination excludes: *front*, and those that may belong to it."""
    dominations: tuple[Domination, ...]
    incomplete: tuple[str, ...] = ()
    """Designs without a mean for some KPI; they are in neither group."""


def pareto_set(
    table: Mapping[str, Mapping[str, ArrayLike]], directions: Mapping[str, str], *, level: float = 0.95
) -> ParetoSet:
    """Return the designs of *table* that are not dominated on the KPIs of *directions*, which say what is better.

    *table* maps a design to its KPIs, a KPI to one value per replication in one order for all designs; *directions*
    maps a KPI to ``lower`` or ``higher``. A design with a missing value in a KPI is not compared. Raise `ModelError`
    for another word, no KPI, or a KPI that a design lacks.
    """
    wrong = [f"{kpi}: {word}" for kpi, word in directions.items() if word not in SIGNS]
    if wrong or not directions:
        raise ModelError(f"directions ({', '.join(wrong) or 'none'}): give each KPI `lower` or `higher`")
    lacking = [f"{design} lacks {kpi}" for design, row in table.items() for kpi in directions if kpi not in row]
    if lacking:
        raise ModelError(f"Pareto set: {'; '.join(lacking)}; compare on KPIs that every design has")
    # Signed so that less is better everywhere.
    signed = {
        design: {kpi: SIGNS[word] * np.asarray(row[kpi], dtype=np.float64) for kpi, word in directions.items()}
        for design, row in table.items()
    }
    means = {d: [float(v.mean()) if v.size else math.nan for v in row.values()] for d, row in signed.items()}
    complete = [design for design in table if not any(map(math.isnan, means[design]))]
    dominations = tuple(
        Domination(a, b, _is_supported(signed[a], signed[b], level=level))
        for a in complete
        for b in complete
        if _dominates(means[a], means[b])
    )
    beaten = {domination.worse for domination in dominations}
    excluded = {domination.worse for domination in dominations if domination.is_supported}
    return ParetoSet(
        tuple(design for design in complete if design not in beaten),
        tuple(design for design in complete if design not in excluded),
        dominations,
        tuple(design for design in table if design not in complete),
    )


def _dominates(mine: list[float], theirs: list[float]) -> bool:
    pairs = list(zip(mine, theirs, strict=True))
    return all(a <= b for a, b in pairs) and any(a < b for a, b in pairs)


def _is_supported(mine: Mapping[str, ArrayLike], theirs: Mapping[str, ArrayLike], *, level: float) -> bool:
    return all(
        np.array_equal(np.asarray(mine[kpi]), np.asarray(theirs[kpi]))
        or paired_difference(mine[kpi], theirs[kpi], level=level).high < 0
        for kpi in mine
    )
