"""The results of a sweep: each KPI as a table of points and replications, and what it hangs on."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

import numpy as np
from numpy.typing import NDArray

from netsim.errors import ModelError
from netsim.spec.amounts import split_amount
from netsim.statistics.effects import (
    Interaction,
    MainEffect,
    VarianceShares,
    interactions,
    main_effects,
    share_variance,
)
from netsim.statistics.paired import standing_values
from netsim.statistics.regression import Regression, rank_regression, standardised_regression
from netsim.statistics.sample import Sample
from netsim.statistics.sampling import saltelli
from netsim.statistics.sensitivity import SobolIndices, Swing, sobol_indices, swings
from netsim.statistics.uncertainty import Outlook, VarianceSplit, outlook, split_crossed
from netsim.study.results import Results
from netsim.units import QuantityError

__all__ = ["FactorInfo", "SweepResults"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class FactorInfo:
    """A factor as the manifest has it: *levels* by name, or None for a *distribution*."""

    name: str
    label: str
    paths: tuple[str, ...]
    change: str
    levels: tuple[Any, ...] | None
    distribution: str | None
    base: int

    @property
    def is_uncertain(self) -> bool:
        """Return whether its values are drawn from a distribution."""
        return self.levels is None


def _once(make: Callable[Concatenate[SweepResults, P], T]) -> Callable[Concatenate[SweepResults, P], T]:
    """Return the method *make* so that each question is answered once: tables, pictures and JSON ask the same."""

    @wraps(make)
    def answer(self: SweepResults, /, *args: P.args, **kwargs: P.kwargs) -> T:
        known: dict[Any, Any] = self.__dict__.setdefault("_answers", {})
        asked = make.__name__, args, tuple(sorted(kwargs.items()))
        if asked not in known:
            known[asked] = make(self, *args, **kwargs)
        found: T = known[asked]
        return found

    return answer


class SweepResults(Results):
    """What a sweep found. Designs are its points, and each of them a level for every factor.

    KPIs come as values [point, replication], NaN where a run is missing, failed or gives no value. Means of ratios are
    ratios of sums; shares of the variance of a single run rest on the ratio of each run.
    """

    @cached_property
    def sweep(self) -> dict[str, Any]:
        """Return what the manifest says of the sweep. Raise `ModelError` for the results of a study."""
        told = self.manifest.get("sweep")
        if told is None:
            raise ModelError(f"{self.path} · these are the results of a study, not of a sweep; use `netsim compare`")
        return dict(told)

    @cached_property
    def factors(self) -> tuple[FactorInfo, ...]:
        """Return the factors, in the order of the sweep; points from a table have the levels that it names."""
        found = []
        for each in self.sweep["factors"]:
            levels, base = each["levels"], each["base"]
            if self.plan == "table" and each["distribution"] is None:
                named, levels = levels, list(dict.fromkeys(point[each["name"]] for point in self._levels))
                base = levels.index(named[base]) if named and named[base] in levels else 0
            paths, levels = tuple(each["paths"]), None if levels is None else tuple(levels)
            found.append(FactorInfo(each["name"], each["label"], paths, each["change"], levels,
                                    each["distribution"], base))  # fmt: skip
        return tuple(found)

    @property
    def plan(self) -> str:
        """Return how points were chosen: ``factorial``, ``one-at-a-time``, ``latin hypercube``, ``sobol`` ..."""
        return str(self.sweep["plan"])

    def matrix(self, kpi: str, group: str = "all") -> FloatArray:
        """Return one KPI as values [point, replication], points in the order of `designs`."""
        found = self.values(kpi, group)
        return np.array([found[design] for design in self.designs])

    def estimates(self, kpi: str) -> FloatArray:
        """Return what means over replications are taken of, [point, replication].

        Of a ratio these are the jackknife's pseudo-values, moved so that their mean is the ratio of the sums and not
        the mean of the replications' ratios; of any other KPI its values.
        """
        samples = self.by_design(kpi)
        rows = [_standing(samples[design]) for design in self.designs]
        return np.array(rows)

    @cached_property
    def _levels(self) -> list[dict[str, Any]]:
        by_design = {case["design"]: case["levels"] for case in self.manifest["cases"]}
        return [by_design[design] for design in self.designs]

    def places(self, factors: Sequence[str] | None = None) -> IntArray:
        """Return the number of each point's level, [point, factor]; raise `ModelError` for a drawn factor."""
        chosen = self._chosen(factors)
        columns = []
        for factor in chosen:
            if factor.levels is None:
                raise ModelError(f"{factor.name} is drawn from {factor.distribution} and has no levels")
            numbers = {(type(level), level): i for i, level in enumerate(factor.levels)}
            columns.append([numbers[type(point[factor.name]), point[factor.name]] for point in self._levels])
        return np.array(columns, dtype=np.int64).reshape(len(chosen), -1).T

    def amounts(self, factors: Sequence[str] | None = None) -> FloatArray:
        """Return each point's level as a number, in the unit it is written in, [point, factor].

        Levels that are no numbers, such as designs, are numbered from 0.
        """
        columns = []
        for factor in self._chosen(factors):
            texts = [point[factor.name] for point in self._levels]
            try:
                columns.append([split_amount(text)[0] for text in texts])
            except QuantityError:
                columns.append(self.places([factor.name])[:, 0].tolist())
        return np.array(columns, dtype=np.float64).T

    def unit_of(self, factor: str) -> str:
        """Return the unit that the levels of *factor* are written in; empty where they have none."""
        texts = [point[factor] for point in self._levels]
        try:
            return split_amount(texts[0])[1]
        except QuantityError:
            return ""

    @_once
    def main_effects(self, kpi: str) -> tuple[MainEffect, ...]:
        """Return the mean of *kpi* by level of each factor, all others averaged over theirs, with intervals."""
        return main_effects(
            self.estimates(kpi), self.places(), names=self._names, base=self._bases, level=self.confidence
        )

    @_once
    def interactions(self, kpi: str) -> tuple[Interaction, ...]:
        """Return what each pair of factors does together."""
        return interactions(
            self.estimates(kpi), self.places(), names=self._names, base=self._bases, level=self.confidence
        )

    @_once
    def variance_shares(self, kpi: str) -> VarianceShares:
        """Return the variance of a single run of a factorial by main effects, pairs, the rest, and chance."""
        return share_variance(self.matrix(kpi), self.places(), names=self._names, level=self.confidence)

    @_once
    def swings(self, kpi: str) -> tuple[Swing, ...]:
        """Return what each factor of a one-at-a-time sweep does alone, the widest first."""
        return swings(self.estimates(kpi), self.places(), names=self._names, level=self.confidence)

    @_once
    def sobol_indices(self, kpi: str) -> SobolIndices:
        """Return the sensitivity indices of a sweep whose points are Saltelli's."""
        if self.plan != "saltelli":
            raise ModelError(f"these points are {self.plan}; Sobol indices need `points: {{saltelli: 256}}`")
        told = self.sweep
        design = saltelli(told["count"], len(self.factors), seed=told["seed"], second_order=told["second_order"])
        return sobol_indices(design, self.matrix(kpi), names=self._names, level=self.confidence)

    @_once
    def regression(self, kpi: str, *, on_ranks: bool = False) -> Regression:
        """Return by how many standard deviations *kpi* moves with each factor, and what that leaves unexplained.

        Factors of three levels or more that are no numbers, such as designs, are left out.
        """
        fit = rank_regression if on_ranks else standardised_regression
        names = [factor.name for factor in self.factors if self._is_ordered(factor)]
        return fit(self.matrix(kpi), self.amounts(names), names=names, level=self.confidence)

    @_once
    def split(self, kpi: str) -> VarianceSplit:
        """Return the variance of a single run by what is not known of the inputs and what is chance."""
        return split_crossed(self._drawn(kpi), level=self.confidence)

    @_once
    def outlook(self, kpi: str) -> Outlook:
        """Return percentiles of what to expect: of the expected outcome, of chance, and of both together."""
        return outlook(self._drawn(kpi), level=self.confidence)

    def _drawn(self, kpi: str) -> FloatArray:
        """Return the values of the points that are independent draws: of Saltelli's those of A and B."""
        values = self.matrix(kpi)
        return values[: 2 * self.sweep["count"]] if self.plan == "saltelli" else values

    def _is_ordered(self, factor: FactorInfo) -> bool:
        if factor.levels is None or len(factor.levels) < 3:
            return True
        try:
            return all(math.isfinite(split_amount(level)[0]) for level in factor.levels)
        except QuantityError:
            return False

    @property
    def _names(self) -> list[str]:
        return [factor.name for factor in self.factors]

    @property
    def _bases(self) -> list[int]:
        return [factor.base for factor in self.factors]

    def _chosen(self, names: Sequence[str] | None) -> list[FactorInfo]:
        by_name = {factor.name: factor for factor in self.factors}
        for name in names or ():
            self._must_have(name, by_name, what="factor")
        return [by_name[name] for name in (by_name if names is None else names)]


def _standing(sample: Sample) -> FloatArray:
    """Return values that stand for a sample, NaN where it has gaps: their mean is its estimate."""
    rows = np.full(len(sample.values), np.nan)
    usable = sample.usable()
    estimate, values = standing_values(sample.only(usable))
    if usable.any():
        rows[usable] = values - values.mean() + estimate
    return rows
