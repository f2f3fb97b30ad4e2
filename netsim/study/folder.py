"""The folder of a study's results: what is kept of its runs, by the names of scenario, design, KPI and group."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Collection
from contextlib import closing
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from netsim.errors import ModelError, did_you_mean
from netsim.statistics.sample import Sample
from netsim.store.kept import levels_table
from netsim.store.store import Counts, Store, StoreError
from netsim.study.figures import Figures, Points, as_sample
from netsim.study.manifest import STORE, design_file
from netsim.study.origin import Origin, find_origin

if TYPE_CHECKING:
    import pandas as pd

    from netsim.engine.records import Records

__all__ = ["ResultsFolder"]

FloatArray = NDArray[np.float64]
MONTH = 365 * 86_400 // 12
"""Seconds of a month of the run."""


class ResultsFolder:
    """What was kept of a study, read when it is asked for; one KPI of 10,000 runs is found without reading the others.

    Raise `StoreError` if there are no results in *path*, or another format of them.
    """

    def __init__(self, path: str | Path) -> None:
        place = Path(path)
        self.path = place.parent if place.name == STORE else place
        with self._store() as store:
            self.manifest: dict[str, Any] = store.manifest()
        if not self.manifest:
            raise StoreError(f"{self.path} · the study was never started; run it first")

    def _store(self) -> Store:
        return Store.open(self.path / STORE, read_only=True)

    def __repr__(self) -> str:
        return (
            f"Results({self.name!r}: {len(self.designs)} designs, {len(self.scenarios)} scenarios, "
            f"{self.replications} replications, {self.path})"
        )

    @property
    def name(self) -> str:
        """Return the name of the study."""
        return str(self.manifest["study"])

    @property
    def designs(self) -> tuple[str, ...]:
        """Return the names of the designs in the order of the study."""
        return tuple(dict.fromkeys(case["design"] for case in self.manifest["cases"]))

    @property
    def scenarios(self) -> tuple[str, ...]:
        """Return the names of the scenarios in the order of the study."""
        return tuple(dict.fromkeys(case["scenario"] for case in self.manifest["cases"]))

    @property
    def baseline(self) -> str:
        """Return the design that the study compares the others with."""
        return str(self.manifest["compare"]["baseline"])

    @property
    def confidence(self) -> float:
        """Return the confidence of the intervals."""
        return float(self.manifest["compare"]["confidence"])

    @property
    def replications(self) -> int:
        """Return the most replications that were planned of a design; tables say how many they rest on."""
        return max(len(self._figures.draws(scenario)) for scenario in self.scenarios)

    @property
    def currency(self) -> str:
        """Return the currency of all money."""
        return str(self.manifest["cases"][0]["currency"])

    @property
    def note(self) -> str:
        """Return what a reader of the tables must be told, or an empty string."""
        notes = []
        if self.replications == 1:
            notes.append("one replication: there are no intervals, and no difference is more than a single draw")
        if missing := self._counts.planned - self._counts.done:
            notes.append(f"{missing} runs of the study are not finished or failed")
        return "; ".join(notes)

    def failures(self) -> list[tuple[str, int, str]]:
        """Return design, replication and error of each run of the study that failed."""
        with self._store() as store:
            planned = set(store.planned())
            return [(key.design, key.replication, why) for key, why in store.failed().items() if key in planned]

    def observations(self, group: str | None = None) -> pd.DataFrame:
        """Return one row per scenario, design, replication, seed, kpi and group: value, numerator, denominator.

        Those of *group* ``all`` alone are read fast and take little room in a study of very many runs.
        """
        with self._store() as store:
            return store.observations(group)

    def runs(self) -> pd.DataFrame:
        """Return one row per run of the study that was tried, done or failed, and where it comes from.

        Columns: scenario design replication seed scenario_hash code_version status error orders seconds engine.
        """
        with self._store() as store:
            frame = store.runs()
        return frame[frame["current"]].drop(columns="current").reset_index(drop=True)

    def levels(self) -> pd.DataFrame:
        """Return one row per point of a sweep: design, and a column for each factor; no rows in other studies."""
        with self._store() as store:
            found = store.levels()
        return levels_table({design: found[design] for design in self.designs if design in found})

    def trace(self, design: str, replication: int = 0, scenario: str | None = None, seed: int | None = None) -> Origin:
        """Return where the figures of one run come from, and the command that makes them again.

        Raise `ModelError` for a run that was not tried, and without *seed* where results of several were merged.
        """
        self._hash(design, scenario)
        with self._store() as store:
            return find_origin(
                store, str(self.path), self.manifest,
                scenario=self._scenario(scenario), design=design, replication=replication, seed=seed,
            )  # fmt: skip

    def series(self, kpi: str | None = None, group: str = "all") -> pd.DataFrame:
        """Return one row per scenario, design, replication and period: numerator, denominator and their ratio, value.

        Periods are days or calendar months of the run from 0; *kpi* is one of `netsim.outcome.kpis.SERIES`, or None for
        all series and groups. Raise `ModelError` for a series that the results do not hold.
        """
        found = self._series
        if kpi is not None:
            self._must_have(kpi, set(found["kpi"]), what="series")
            found = found[(found["kpi"] == kpi) & (found["group"] == group)]
        return found.assign(value=found["numerator"] / found["denominator"]).reset_index(drop=True)

    def samples(self, name: str, design: str, scenario: str | None = None) -> list[NDArray[Any]]:
        """Return the array *name* of each replication of a design, such as ``tat`` (seconds, one a turnaround).

        Raise `ModelError` for a design, scenario or name that the results do not hold.
        """
        wanted = self._hash(design, scenario)
        with self._store() as store:
            arrays = list(store.samples(name, scenario_hash=wanted[0], design=design).values())
        if not arrays:
            raise ModelError(f"these results hold no samples {name!r} of {design}; `tat` and `wait` are kept")
        return arrays

    def records(self, design: str, scenario: str | None = None) -> Records:
        """Return the records of the first replication of a design: all that happened in it.

        Raise `ModelError` if there are none, or they are of an earlier state of the design.
        """
        from netsim.store.archive import unpack_records

        run, _ = self._hash(design, scenario)
        file = design_file(self._scenario(scenario), design, several=len(self.scenarios) > 1)
        records, key = unpack_records(self.path / "records" / f"{file}.npz")
        seeds = self.manifest.get("seeds", [self.manifest["seed"]])
        if (key.scenario_hash, key.code_version) != (run, self.manifest["code"]) or key.seed not in seeds:
            raise ModelError(f"the records of {design} are of an earlier state of the study; run it again")
        return records

    def values(self, kpi: str, group: str = "all", scenario: str | None = None) -> dict[str, FloatArray]:
        """Return the values of one KPI and group by design, one per replication, as `sample` gives them."""
        found = self._sampled(kpi, group, scenario)
        return {design: found[design][:, 0] for design in self._designs_of(self._scenario(scenario))}

    def sample(self, kpi: str, design: str, group: str = "all", scenario: str | None = None) -> Sample:
        """Return one KPI of one design by replication, with numerators and denominators if it is a ratio.

        Arrays are as long as the most replications of any design of the scenario, in the same order for all, so that
        they can be paired; NaN where a design has no such run, or the run no such value. A figure that adds over
        groups, such as a cost, is 0 where a finished run has nothing of the group. Raise `ModelError` for names that
        the results do not hold.
        """
        self._hash(design, scenario)
        return as_sample(self._sampled(kpi, group, scenario)[design])

    def tried(self, scenario: str) -> dict[str, int]:
        """Return by design how many places of its samples lie before the last run that was tried, that one included."""
        places, runs, found = self._figures.draws(scenario), self.runs(), dict[str, int]()
        mine = runs[runs["scenario"] == scenario]
        for design, seed, replication in zip(mine["design"], mine["seed"], mine["replication"], strict=True):
            found[design] = max(found.get(design, 0), places.get((seed, replication), -1) + 1)
        return found

    def by_design(self, kpi: str, group: str = "all", scenario: str | None = None) -> dict[str, Sample]:
        """Return the sample of one KPI and group by design, as `sample` gives it."""
        return {design: as_sample(numbers) for design, numbers in self._sampled(kpi, group, scenario).items()}

    def months(
        self, kpi: str, design: str, group: str = "all", scenario: str | None = None
    ) -> tuple[FloatArray, FloatArray]:
        """Return numerators and denominators [replication, month] of a series for the months of the measured window.

        Rows are the finished replications; a month of which a run tells nothing is NaN. Raise `ModelError` for a
        series or group that the results do not hold.
        """
        self._must_have(kpi, self._series_groups, what="series")
        self._must_have(group, self._series_groups[kpi], what=f"group of {kpi}")
        periods = int(self.manifest["windows"]["end"] // MONTH)
        with self._store() as store:
            runs = Points(store.points(scenario=self._scenario(scenario), design=design))
        return runs.matrix(kpi, group, periods=periods)

    def unit(self, kpi: str) -> str:
        """Return the unit of *kpi*, money in the study's currency."""
        return str(self._describe(kpi).get("unit", "")).replace("money", self.currency)

    def save(self, path: str | Path) -> Path:
        """Return the folder *path* after copying all results into it; nothing is done if they lie there already."""
        target = Path(path)
        if target.resolve() == self.path.resolve():
            return target
        try:
            target.mkdir(parents=True, exist_ok=True)
            for each in sorted(self.path.iterdir()):
                if each.is_dir():
                    shutil.copytree(each, target / each.name, dirs_exist_ok=True)
                elif not each.name.startswith(STORE):
                    shutil.copy2(each, target / each.name)
            # By the database's own means, as part of it may still lie in its journal.
            with (
                closing(sqlite3.connect(f"{(self.path / STORE).resolve().as_uri()}?mode=ro", uri=True)) as source,
                closing(sqlite3.connect(target / STORE)) as copy,
            ):
                source.backup(copy)
        except (OSError, sqlite3.Error) as error:
            remedy = "check the folder and the room on the disk, or name another"
            raise StoreError(f"{target} · {error} · {remedy}") from error
        return target

    def export(self, folder: str | Path, fmt: str = "csv", *, group: str | None = None) -> list[Path]:
        """Return the files written, as ``csv`` or ``parquet``: observations and series by design, and a sweep's levels.

        *group* limits the observations to those of one group, such as ``all``.
        """
        from netsim.store.export import export_store

        with self._store() as store:
            return export_store(store, folder, fmt, group=group)

    @cached_property
    def _figures(self) -> Figures:
        return Figures(self._store)

    @cached_property
    def _series_groups(self) -> dict[str, set[str]]:
        with self._store() as store:
            return store.series_groups()

    @cached_property
    def _series(self) -> pd.DataFrame:
        with self._store() as store:
            return store.series()

    @cached_property
    def _counts(self) -> Counts:
        with self._store() as store:
            return store.counts()

    def _sampled(self, kpi: str, group: str, scenario: str | None) -> dict[str, FloatArray]:
        """Return value, numerator and denominator [replication, 3] of one KPI and group by design."""
        if not self._figures.has(kpi, group):
            self._must_have(kpi, self._figures.groups, what="KPI")
            self._must_have(group, self._figures.groups[kpi], what=f"group of {kpi}")
        name = self._scenario(scenario)
        return self._figures.matrix(kpi, group, scenario=name, designs=self._designs_of(name))

    def _designs_of(self, scenario: str) -> list[str]:
        return [case["design"] for case in self.manifest["cases"] if case["scenario"] == scenario]

    def _scenario(self, scenario: str | None) -> str:
        """Return *scenario*, or the first one for None."""
        if scenario is None:
            return self.scenarios[0]
        self._must_have(scenario, self.scenarios, what="scenario")
        return scenario

    def _hash(self, design: str, scenario: str | None) -> tuple[str, str]:
        self._must_have(design, self.designs, what="design")
        name = self._scenario(scenario)
        for case in self.manifest["cases"]:
            if (case["scenario"], case["design"]) == (name, design):
                return str(case["hash"]), design
        raise ModelError(f"scenario {name!r} was not run with design {design!r}")

    def _describe(self, kpi: str) -> dict[str, str]:
        return dict(self.manifest["kpis"].get(kpi, {}))

    def _must_have(self, name: str, known: Collection[str], *, what: str) -> None:
        if name not in known:
            remedy = did_you_mean(name, known) or f"choose one of {', '.join(sorted(known))}"
            raise ModelError(f"there is no {what} {name!r} in these results; {remedy}")
