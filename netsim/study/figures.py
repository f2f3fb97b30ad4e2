"""The figures and series of a study's runs in memory: arrays by KPI and group, found without a table."""

from __future__ import annotations

from collections.abc import Collection, Iterable

import numpy as np
from numpy.typing import NDArray

from netsim.statistics.sample import Sample
from netsim.study.store import KeptRun

__all__ = ["Figures", "Points"]

FloatArray = NDArray[np.float64]


class _Runs:
    """Finished runs; those of equal names share one object of them, of which each is looked through once."""

    def __init__(self, runs: Iterable[KeptRun]) -> None:
        self._runs = list(runs)
        self._spans: dict[int, dict[str, range]] = {}
        self.groups: dict[str, set[str]] = {}
        """The groups of each KPI that some run has."""
        for names in {id(run.names): run.names for run in self._runs}.values():
            spans: dict[str, range] = {}
            for row, (kpi, group, *_) in enumerate(names):
                spans[kpi] = range(spans[kpi].start if kpi in spans else row, row + 1)  # names are in order
                self.groups.setdefault(kpi, set()).add(group)
            self._spans[id(names)] = spans

    def _rows(self, run: KeptRun, kpi: str) -> range:
        return self._spans[id(run.names)].get(kpi, range(0))


class Figures(_Runs):
    """The KPIs of finished runs, from `netsim.study.store.Store.figures`."""

    def values(
        self, kpi: str, group: str, *, scenario: str, designs: Collection[str], replications: int
    ) -> dict[str, FloatArray]:
        """Return the values of one KPI and group by design, one per replication, NaN where it has none.

        A figure that adds over groups is 0 where a finished run has nothing of the group.
        """
        found = self.samples(kpi, group, scenario=scenario, designs=designs, replications=replications)
        return {design: sample.values for design, sample in found.items()}

    def samples(
        self, kpi: str, group: str, *, scenario: str, designs: Collection[str], replications: int
    ) -> dict[str, Sample]:
        """Return the sample of one KPI and group by design; where any run has a denominator, it is a ratio of sums."""
        missing = 0.0 if self._adds(kpi) else np.nan
        found = {design: np.full((3, replications), np.nan) for design in designs}
        for run in self._runs:
            if run.scenario == scenario and run.design in found:
                rows = (row for row in self._rows(run, kpi) if run.names[row][1] == group)
                row = next(rows, None)
                found[run.design][:, run.replication] = (
                    (missing, np.nan, np.nan) if row is None else run.numbers[row, :3]
                )
        if all(np.isnan(bottoms).all() for _, _, bottoms in found.values()):
            return {design: Sample(values) for design, (values, _, _) in found.items()}
        return {design: Sample(values, tops, bottoms) for design, (values, tops, bottoms) in found.items()}

    def _adds(self, kpi: str) -> bool:
        """Return whether the figures of *kpi* are amounts: their numerators, without denominators."""
        for run in self._runs:
            rows = self._rows(run, kpi)
            value, top, bottom = run.numbers[rows.start : rows.stop].T
            if not np.isnan(bottom).all() or not np.array_equal(value, top, equal_nan=True):
                return False
        return True


class Points(_Runs):
    """The series of finished runs, from `netsim.study.store.Store.points`."""

    def matrix(
        self, kpi: str, group: str, *, scenario: str, design: str, periods: int
    ) -> tuple[FloatArray, FloatArray]:
        """Return numerators and denominators [run, period] of the first *periods*; NaN where a run tells nothing."""
        tables = [
            self._table(run, kpi, group, periods)
            for run in self._runs
            if (run.scenario, run.design) == (scenario, design)
        ]
        both = np.array(tables, dtype=np.float64).reshape(-1, 2, periods)
        return both[:, 0], both[:, 1]

    def _table(self, run: KeptRun, kpi: str, group: str, periods: int) -> FloatArray:
        table = np.full((2, periods), np.nan)
        for row in self._rows(run, kpi):
            _, its_group, period = run.names[row]
            if its_group == group and 0 <= period < periods:
                table[:, period] = run.numbers[row]
        return table
