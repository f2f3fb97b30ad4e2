"""Which designs no other beats in everything, and how sure that is."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from netsim.errors import ModelError
from netsim.statistics.membership import pareto_probabilities
from netsim.statistics.paired import standing_values
from netsim.statistics.sample import Sample, Sampled, as_sample

__all__ = ["Domination", "ParetoSet", "pareto_set"]

FloatArray = NDArray[np.float64]
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
    probabilities: dict[str, float] = field(default_factory=dict)
    """Of each compared design, how probable it is that it belongs to the set; NaN with fewer than two replications."""
    level: float = 0.95

    @property
    def undecided(self) -> tuple[str, ...]:
        """Return the designs that may or may not belong: of probability between 1 - *level* and *level*."""
        return tuple(d for d, p in self.probabilities.items() if 1 - self.level < p < self.level)


def pareto_set(
    table: Mapping[str, Mapping[str, Sampled]], directions: Mapping[str, str], *, level: float = 0.95
) -> ParetoSet:
    """Return the designs of *table* that are not dominated on the KPIs of *directions*, which say what is better.

    *table* maps a design to its KPIs, a KPI to its sample, in one order of replications for all designs; *directions*
    maps a KPI to ``lower`` or ``higher``. Means, and the probabilities of `pareto_probabilities`, rest on the
    replications that all designs have; a design that lacks a KPI in all of them is not compared. Raise `ModelError`
    for another word, no KPI, or a KPI that a design lacks.
    """
    wrong = [f"{kpi}: {word}" for kpi, word in directions.items() if word not in SIGNS]
    if wrong or not directions:
        raise ModelError(f"directions ({', '.join(wrong) or 'none'}): give each KPI `lower` or `higher`")
    lacking = [f"{design} lacks {kpi}" for design, row in table.items() for kpi in directions if kpi not in row]
    if lacking:
        raise ModelError(f"Pareto set: {'; '.join(lacking)}; compare on KPIs that every design has")
    samples = _common({design: {kpi: as_sample(row[kpi]) for kpi in directions} for design, row in table.items()})
    signs = {kpi: SIGNS[word] for kpi, word in directions.items()}
    ready = {d: [standing_values(row[kpi]) for kpi in directions] for d, row in samples.items()}
    compared = [d for d, row in ready.items() if not any(math.isnan(estimate) for estimate, _ in row)]
    dominations = _dominations(compared, [ready[d] for d in compared], list(signs.values()), level)
    beaten = {domination.worse for domination in dominations}
    excluded = {domination.worse for domination in dominations if domination.is_supported}
    return ParetoSet(
        tuple(design for design in compared if design not in beaten),
        tuple(design for design in compared if design not in excluded),
        tuple(dominations),
        tuple(design for design in table if design not in compared),
        pareto_probabilities({design: samples[design] for design in compared}, signs),
        level,
    )


def _common(table: Mapping[str, Mapping[str, Sample]]) -> dict[str, dict[str, Sample]]:
    """Return *table* cut to the replications that all designs have that have any; a design without any is left out."""
    usable = {}
    for design, row in table.items():
        flags = [sample.usable() for sample in row.values()]
        count = min(map(len, flags))
        whole = np.logical_and.reduce([each[:count] for each in flags])
        if whole.any():
            usable[design] = whole
    count = min(map(len, usable.values()), default=0)
    chosen = np.logical_and.reduce([whole[:count] for whole in usable.values()]) if usable else np.zeros(0, dtype=bool)
    return {d: {kpi: s.first(count).only(chosen) for kpi, s in table[d].items()} for d in usable}


def _dominations(
    designs: Sequence[str], ready: Sequence[Sequence[tuple[float, FloatArray]]], signs: Sequence[float], level: float
) -> list[Domination]:
    """Return all dominations; of each design *ready* holds by KPI its estimate and the values that stand for it."""
    if not designs:
        return []
    # Signed so that less is better everywhere.
    means = np.array([[estimate for estimate, _ in row] for row in ready]) * signs
    values = [np.array([row[kpi][1] for row in ready]) * sign for kpi, sign in enumerate(signs)]
    found = []
    for i, better in enumerate(designs):
        worse = (means[i] <= means).all(axis=1) & (means[i] < means).any(axis=1)
        if worse.any():
            sure = np.logical_and.reduce([_is_supported(means[:, k], x, i, level) for k, x in enumerate(values)])
            found += [Domination(better, designs[j], bool(sure[j])) for j in np.flatnonzero(worse).tolist()]
    return found


def _is_supported(means: FloatArray, values: FloatArray, i: int, level: float) -> NDArray[np.bool_]:
    """Return for each design whether the paired interval puts design *i* below it, or both are equal throughout."""
    from scipy.special import stdtrit

    gaps = values[i] - values
    n = gaps.shape[1]
    is_equal: NDArray[np.bool_] = np.asarray((gaps == 0).all(axis=1))
    if n < 2:
        return is_equal
    half = float(stdtrit(n - 1, (1 + level) / 2)) * gaps.std(axis=1, ddof=1) / math.sqrt(n)
    return np.asarray(is_equal | (means[i] - means + half < 0))
