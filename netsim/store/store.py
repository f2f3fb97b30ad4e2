"""The results of a study in one SQLite file: written by the coordinator alone, readable by anybody at any time.

What is read comes out in the order of the runs' keys, whatever order they finished in; wall times and engines lie in
a table of their own, so that everything else is a function of the study alone. `netsim.store.schema` describes the
tables and the views for SQL.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

from netsim.errors import ModelError
from netsim.store.connection import StoreError, connect, create_file, told, transaction
from netsim.store.kept import RUN_COLUMNS, Column, Counts, KeptRun, KeptScenario, narrowed, table_of
from netsim.store.packing import (
    Observation,
    PackedRun,
    RunKey,
    RunResult,
    SeriesPoint,
    pack_result,
    unpack_array,
    unpack_figures,
    unpack_names,
    unpack_series,
)
from netsim.store.reading import Reader
from netsim.store.writing import Ids, KeptPoint, extend_plan, insert_points, insert_run, plan_anew

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "Column",
    "Counts",
    "KeptPoint",
    "KeptRun",
    "KeptScenario",
    "Observation",
    "RunKey",
    "RunResult",
    "SeriesPoint",
    "Store",
    "StoreError",
]


class Store:
    """The results file of a study; use it in a ``with`` block, from one thread."""

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self.path = path
        self._connection = connection
        self._ids = Ids()
        self._reader = Reader(self._rows)

    @classmethod
    def create(cls, path: str | Path, *, timeout: float = 30.0) -> Store:
        """Return the store at *path*, made with its folders if there is none yet.

        Raise `StoreError` if the place cannot be written or holds something else.
        """
        create_file(Path(path), timeout=timeout)
        return cls.open(path, timeout=timeout)

    @classmethod
    def open(cls, path: str | Path, *, read_only: bool = False, timeout: float = 30.0) -> Store:
        """Return the store at *path*; any number of readers may open it while one process writes.

        *timeout* is the time in seconds to wait for another writer. Raise `StoreError` if there is no file, it is no
        store, it is damaged, or another format wrote it.
        """
        return cls(Path(path), connect(Path(path), read_only=read_only, timeout=timeout))

    def close(self) -> None:
        """Return after closing the file; a second call does nothing."""
        self._connection.close()

    def __enter__(self) -> Store:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # Writing

    def plan(self, keys: Collection[RunKey]) -> None:
        """Return after noting that the study consists of *keys* and of nothing else that the file may hold."""
        with self._transaction() as connection:
            plan_anew(connection, self._ids, sorted(set(keys)))

    def extend_plan(self, keys: Collection[RunKey]) -> None:
        """Return after noting that *keys* belong to the study, too; what was planned before is not looked at."""
        with self._transaction() as connection:
            extend_plan(connection, self._ids, sorted(set(keys)))

    def add_scenario(self, scenario_hash: str, name: str, *, text: str) -> None:
        """Return after keeping the resolved *text* and the *name* of a scenario."""
        with self._transaction() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO scenarios VALUES (?, ?, ?, NULL, NULL)", (scenario_hash, name, text)
            )

    def add_points(self, points: Iterable[KeptPoint]) -> None:
        """Return after keeping *points* of a sweep, under the names of the scenarios that they are laid on.

        Raise `StoreError` for a point whose base is not kept.
        """
        names = {run: kept.name for run, kept in self.scenarios().items()}
        named = []
        for point in points:
            if point.base_hash not in names:
                raise StoreError(f"{self.path} · the scenario of point {point.design} is not kept; add it first")
            named.append((point, names[point.base_hash]))
        with self._transaction() as connection:
            insert_points(connection, named)

    def add(self, run: RunResult) -> bool:
        """Return whether *run* was kept: in one transaction, or not at all when the store has it done already.

        A failed run of the same key is replaced. Raise `StoreError` if the file cannot be written, is full or
        locked, or if two observations of the run have one KPI and group.
        """
        try:
            packed = pack_result(run)
        except ModelError as error:
            raise StoreError(f"{self.path} · {error}") from error
        return self.add_all([packed]) == 1

    def add_all(self, runs: Sequence[PackedRun]) -> int:
        """Return how many of *runs* were kept, all in one transaction; else as `add`."""
        with self._transaction() as connection:
            return sum(insert_run(connection, self._ids, run) for run in runs)

    def write_manifest(self, manifest: Mapping[str, Any]) -> None:
        """Return after keeping *manifest*, which JSON must be able to say."""
        with self._transaction() as connection:
            text = json.dumps(manifest, sort_keys=True, ensure_ascii=False)
            connection.execute("INSERT OR REPLACE INTO meta VALUES ('manifest', ?)", (text,))

    # Reading

    def finished(self) -> set[RunKey]:
        """Return the keys of all runs that are done, planned or not."""
        return set(self._reader.keys("status = 'done'"))

    def failed(self) -> dict[RunKey, str]:
        """Return the error of each run that failed, in the order of the keys."""
        cases = self._reader.cases()
        rows = self._rows("SELECT case_id, replication, error FROM tasks WHERE status = 'failed'")
        return dict(sorted((cases[case].key(replication), error) for case, replication, error in rows))

    def planned(self) -> list[RunKey]:
        """Return the keys of the study as last planned, in order; none without a plan."""
        if not self._rows("SELECT 1 FROM meta WHERE name = 'planned'"):
            return []
        return sorted(self._reader.keys("current"))

    def remaining(self) -> list[RunKey]:
        """Return the planned keys that are not finished, in order: what a resumed study has to run."""
        return sorted(self._reader.keys("current AND status <> 'done'"))

    def counts(self) -> Counts:
        """Return how many runs are planned, and how many of them are done and failed, without reading them."""
        rows = self._rows("SELECT status, count(*) FROM tasks WHERE current GROUP BY status")
        by = dict(rows)
        return Counts(sum(by.values()), by.get("done", 0), by.get("failed", 0))

    def draws(self, scenario: str) -> list[tuple[int, int]]:
        """Return seed and replication of the current runs of the *scenario* of that name, each once, in order."""
        return self._reader.draws(scenario)

    def packed(self, keys: Iterable[RunKey]) -> Iterator[PackedRun]:
        """Yield those of *keys* that were tried, as they were added, one at a time."""
        return (run for run in map(self._reader.packed, keys) if run is not None)

    def figures(self, *, scenario: str | None = None, design: str | None = None) -> Iterator[KeptRun]:
        """Yield the figures of each current run, in the order of the keys: names are (KPI, group), also in order.

        Only runs of the plan count, if there is one; *scenario* and *design* narrow them down by name. Numbers are
        value, numerator and denominator [figure, 3], NaN for none. Runs of equal names share one object of them.
        """
        return self._reader.kept("figures", unpack_figures, scenario=scenario, design=design)

    def points(self, *, scenario: str | None = None, design: str | None = None) -> Iterator[KeptRun]:
        """Yield the series of each current run as `figures` does: (KPI, group, period), numerator and denominator."""
        return self._reader.kept("series", unpack_series, scenario=scenario, design=design)

    def values(self, kpi: str, group: str = "all", *, scenario: str | None = None) -> dict[tuple[str, str], Column]:
        """Return one figure of each current run, by scenario and design; empty if there are no such runs.

        Those of group ``all`` are found without unpacking anything, those of others by unpacking one run at a time.
        """
        if group == "all":
            return self._reader.column(kpi, scenario=scenario)
        return self.values_of([(kpi, group)], scenario=scenario)[kpi, group]

    def values_of(
        self, figures: Collection[tuple[str, str]], *, scenario: str | None = None
    ) -> dict[tuple[str, str], dict[tuple[str, str], Column]]:
        """Return what `values` does for several *figures*, each a KPI and a group, from one reading of all runs."""
        return self._reader.columns(figures, self.figures(scenario=scenario))

    def groups(self) -> dict[str, set[str]]:
        """Return the groups of each KPI that some current run has."""
        return self._reader.groups("figures", unpack_names)

    def series_groups(self) -> dict[str, set[str]]:
        """Return the groups of each series that some current run has; empty where no series were kept."""
        return self._reader.groups("series", unpack_names)

    def designs(self) -> list[str]:
        """Return the designs of the current runs, in order."""
        return self._reader.designs()

    def levels(self) -> dict[str, dict[str, Any]]:
        """Return the level of each factor by the design that is a point of a sweep; empty if none is."""
        return self._reader.levels()

    def observations(self, group: str | None = None) -> pd.DataFrame:
        """Return one row per run, KPI and group.

        Columns: scenario design replication seed kpi group value numerator denominator. Only runs of the plan count,
        if there is one; with *group* only its figures, where ``all`` is read without unpacking. Missing numbers are
        NaN.
        """
        if group == "all":
            return self._reader.totals()
        if group is not None:
            runs = (narrowed(run, group) for run in self.figures())
            return table_of(list(runs), ("kpi", "group"), ("value", "numerator", "denominator"))
        return table_of(list(self.figures()), ("kpi", "group"), ("value", "numerator", "denominator"))

    def series(self) -> pd.DataFrame:
        """Return one row per run, KPI, group and period, as `observations` does, with ``period`` for ``value``."""
        return table_of(list(self.points()), ("kpi", "group", "period"), ("numerator", "denominator"))

    def samples(
        self, name: str, *, scenario_hash: str | None = None, design: str | None = None
    ) -> dict[RunKey, NDArray[Any]]:
        """Return the array called *name* of each current run that has one, in the order of the keys.

        *scenario_hash* and *design* narrow it down.
        """
        found = {}
        query = "SELECT blob FROM samples WHERE (run, name) = (?, ?)"
        for run, case, replication in self._reader.done(scenario_hash=scenario_hash, design=design):
            for row in self._rows(query, (run, name)):
                found[case.key(replication)] = unpack_array(row[0])
        return found

    def runs(self) -> pd.DataFrame:
        """Return one row per run that was tried, in the order of the keys; ``current`` if it is of the plan.

        Columns: scenario design replication seed scenario_hash code_version status error orders seconds engine current.
        """
        import pandas as pd

        kinds = {"seconds": "float64", "current": "bool"}
        return pd.DataFrame(self._reader.runs(), columns=list(RUN_COLUMNS)).astype(kinds)

    def tried(self, design: str) -> list[dict[str, Any]]:
        """Return the current runs of a *design* that were tried, as rows of `runs` without the last column."""
        rows = self._reader.runs("current AND design = ?", (design,))
        return [dict(zip(RUN_COLUMNS[:-1], row, strict=False)) for row in rows]

    def scenarios(self) -> dict[str, KeptScenario]:
        """Return name, resolved text and settings of each scenario by its hash."""
        return self._reader.scenarios()

    def manifest(self) -> dict[str, Any]:
        """Return the manifest; empty if none was written."""
        rows = self._rows("SELECT value FROM meta WHERE name = 'manifest'")
        return dict(json.loads(rows[0][0])) if rows else {}

    def _rows(self, query: str, values: Sequence[Any] = ()) -> list[Any]:
        with told(self.path):
            return self._connection.execute(query, values).fetchall()

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        try:
            with transaction(self._connection, self.path) as connection:
                yield connection
        except BaseException:
            self._ids.clear()  # some of them may have gone with it
            raise
