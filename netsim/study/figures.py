"""The figures and series of a study's runs as arrays by replication, found without a table."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Collection, Iterable
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from netsim.statistics.sample import Sample
from netsim.store.store import Column, KeptRun, Store

__all__ = ["Figures", "Points", "as_sample"]

FloatArray = NDArray[np.float64]
MOST_ALIKE = 32
"""Groups of one kind that are read together."""


class Figures:
    """The KPIs of finished runs in the store that *opened* opens, each read when it is first asked for."""

    def __init__(self, opened: Callable[[], Store]) -> None:
        self._opened = opened
        self._columns: dict[tuple[str, str], dict[tuple[str, str], Column]] = {}
        self._draws: dict[str, dict[tuple[int, int], int]] = {}

    @cached_property
    def groups(self) -> dict[str, set[str]]:
        """The groups of each KPI that some run has."""
        with self._opened() as store:
            return store.groups()

    def has(self, kpi: str, group: str) -> bool:
        """Return whether some run has this figure."""
        columns = self._read(kpi, group) if group == "all" or group in self.groups.get(kpi, ()) else {}
        return any(column.present.any() for column in columns.values())

    def draws(self, scenario: str) -> dict[tuple[int, int], int]:
        """Return the place in the arrays of each seed and replication that is planned of *scenario*."""
        if scenario not in self._draws:
            with self._opened() as store:
                self._draws[scenario] = {draw: place for place, draw in enumerate(store.draws(scenario))}
        return self._draws[scenario]

    def matrix(self, kpi: str, group: str, *, scenario: str, designs: Collection[str]) -> dict[str, FloatArray]:
        """Return value, numerator and denominator [replication, 3] of one KPI and group by design; NaN for none.

        A figure that adds over groups is 0 where a finished run has nothing of the group.
        """
        columns = self._read(kpi, group)
        draws = self.draws(scenario)
        missing = (0.0, 0.0, np.nan) if _adds(columns.values()) else np.nan
        found = {}
        for design in designs:
            found[design] = np.full((len(draws), 3), np.nan)
            column = columns.get((scenario, design))
            if column is not None:
                places = [draws[draw] for draw in zip(column.seeds.tolist(), column.replications.tolist(), strict=True)]
                numbers = np.where(column.present[:, np.newaxis], column.numbers, missing)
                found[design][places] = numbers
        return found

    def _read(self, kpi: str, group: str) -> dict[tuple[str, str], Column]:
        """Return a figure by scenario and design; one of a group with those of all groups like it.

        Whoever asks for one category of costs will ask for the others, and each reading goes through all runs.
        """
        if (kpi, group) not in self._columns:
            with self._opened() as store:
                if group == "all":
                    self._columns[kpi, group] = store.values(kpi)
                else:
                    kind = group.partition("=")[0]
                    alike = sorted(each for each in self.groups.get(kpi, ()) if each.partition("=")[0] == kind)
                    some = alike[:MOST_ALIKE] if group in alike[:MOST_ALIKE] else [group]
                    self._columns.update(store.values_of([(kpi, each) for each in some]))
        return self._columns[kpi, group]


def as_sample(numbers: FloatArray) -> Sample:
    """Return *numbers*, value, numerator and denominator [replication, 3], as a sample; a ratio if it has the last."""
    values, numerators, denominators = numbers.T
    return Sample(values) if np.isnan(denominators).all() else Sample(values, numerators, denominators)


def _adds(columns: Iterable[Column]) -> bool:
    """Return whether the figures of *columns* are amounts: their numerators, without denominators."""
    some = False
    for column in columns:
        value, top, bottom = column.numbers[column.present].T
        if not np.isnan(bottom).all() or not np.array_equal(value, top, equal_nan=True):
            return False
        some = some or not np.isnan(top).all()
    return some


class Points:
    """The series of the finished runs of one design, from `netsim.store.store.Store.points`."""

    def __init__(self, runs: Iterable[KeptRun]) -> None:
        self._runs = list(runs)

    def matrix(self, kpi: str, group: str, *, periods: int) -> tuple[FloatArray, FloatArray]:
        """Return numerators and denominators [run, period] of the first *periods*; NaN where a run tells nothing."""
        both = np.full((2, len(self._runs), periods), np.nan)
        for row, run in enumerate(self._runs):
            first = bisect_left(run.names, (kpi, group))  # names are in order
            for name, numbers in zip(run.names[first:], run.numbers[first:], strict=True):
                if name[:2] != (kpi, group):
                    break
                if 0 <= name[2] < periods:
                    both[:, row, name[2]] = numbers
        return both[0], both[1]
