"""The results of a study in one SQLite file: written by the coordinator alone, readable by anybody at any time.

What is read comes out in the order of the runs' keys, whatever order they finished in; wall times and engines lie in
a table of their own, so that everything else is a function of the study alone.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from netsim.errors import ModelError, NetsimError
from netsim.study.packing import (
    Blob,
    Observation,
    PackedRun,
    RunKey,
    RunResult,
    SeriesPoint,
    pack_result,
    unpack_array,
    unpack_figures,
    unpack_series,
)

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["KeptRun", "Observation", "RunKey", "RunResult", "SeriesPoint", "Store", "StoreError"]

APPLICATION_ID = 0x6E657473  # "nets": tells our files from other SQLite databases
FORMAT = 2

SCHEMA = f"""
PRAGMA application_id = {APPLICATION_ID};
PRAGMA user_version = {FORMAT};
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS scenarios (hash TEXT PRIMARY KEY, name TEXT NOT NULL, text TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS planned (scenario_hash TEXT NOT NULL, design TEXT NOT NULL, replication INTEGER NOT NULL,
  seed INTEGER NOT NULL, code_version TEXT NOT NULL,
  PRIMARY KEY (scenario_hash, design, replication, seed, code_version)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS runs (run INTEGER PRIMARY KEY, scenario_hash TEXT NOT NULL, design TEXT NOT NULL,
  replication INTEGER NOT NULL, seed INTEGER NOT NULL, code_version TEXT NOT NULL, status TEXT NOT NULL,
  error TEXT NOT NULL, orders INTEGER NOT NULL,
  UNIQUE (scenario_hash, design, replication, seed, code_version));
CREATE TABLE IF NOT EXISTS timings (run INTEGER PRIMARY KEY REFERENCES runs ON DELETE CASCADE, seconds REAL NOT NULL,
  engine TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS figures (run INTEGER PRIMARY KEY REFERENCES runs ON DELETE CASCADE, names BLOB NOT NULL,
  numbers BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS series (run INTEGER PRIMARY KEY REFERENCES runs ON DELETE CASCADE, names BLOB NOT NULL,
  numbers BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS samples (run INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE, name TEXT NOT NULL,
  dtype TEXT NOT NULL, blob BLOB NOT NULL, PRIMARY KEY (run, name)) WITHOUT ROWID;
"""

KEY = "scenario_hash, design, replication, seed, code_version"
# A plan limits what is read to the runs of the study as it stands now; without one, every finished run counts.
CURRENT = f"""WITH current AS (
  SELECT run, COALESCE(scenarios.name, scenario_hash) AS scenario, {KEY} FROM runs
  LEFT JOIN scenarios ON scenarios.hash = scenario_hash
  WHERE status = 'done' AND (NOT EXISTS (SELECT 1 FROM planned) OR ({KEY}) IN (SELECT {KEY} FROM planned)))"""
ORDER = f"ORDER BY scenario, {KEY}"


class StoreError(NetsimError):
    """The results file cannot be read or written; the message says why and what to do."""


class KeptRun(NamedTuple):
    """The names and numbers of one run as `Store.figures` and `Store.points` give them."""

    scenario: str
    design: str
    replication: int
    names: tuple[Any, ...]
    numbers: NDArray[np.float64]


class Store:
    """The results file of a study; use it in a ``with`` block, from one thread."""

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self.path = path
        self._connection = connection

    @classmethod
    def create(cls, path: str | Path, *, timeout: float = 30.0) -> Store:
        """Return the store at *path*, made with its folders if there is none yet.

        Raise `StoreError` if the place cannot be written or holds something else.
        """
        place = Path(path)
        with _told(place):
            place.parent.mkdir(parents=True, exist_ok=True)
            with contextlib.closing(sqlite3.connect(place, timeout=timeout, isolation_level=None)) as connection:
                # A file cut off while it was made has no tables, and is made anew.
                if not connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
                    connection.execute("PRAGMA journal_mode = WAL")
                    connection.executescript(f"BEGIN IMMEDIATE;{SCHEMA}COMMIT;")
        return cls.open(place, timeout=timeout)

    @classmethod
    def open(cls, path: str | Path, *, read_only: bool = False, timeout: float = 30.0) -> Store:
        """Return the store at *path*; any number of readers may open it while one process writes.

        *timeout* is the time in seconds to wait for another writer. Raise `StoreError` if there is no file, it is no
        store, it is damaged, or a newer netsim wrote it.
        """
        place = Path(path)
        if not place.is_file():
            raise StoreError(f"{place} · there is no results file here; run the study first, or correct the path")
        with _told(place):
            address = f"{place.resolve().as_uri()}?mode={'ro' if read_only else 'rw'}"
            connection = sqlite3.connect(address, uri=True, timeout=timeout, isolation_level=None)
            try:
                owner = connection.execute("PRAGMA application_id").fetchone()[0]
                version = connection.execute("PRAGMA user_version").fetchone()[0]
                connection.execute("PRAGMA foreign_keys = ON")
                connection.execute("PRAGMA synchronous = FULL")  # a finished run outlives a power cut, too
            except sqlite3.Error:
                connection.close()
                raise
        if owner != APPLICATION_ID or version != FORMAT:
            connection.close()
            what = f"it has format {version}, not {FORMAT}; use the netsim that wrote it, or another folder"
            if owner != APPLICATION_ID:
                what = "it is not a results file of netsim; name another file"
            raise StoreError(f"{place} · {what}")
        return cls(place, connection)

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
            connection.execute("DELETE FROM planned")
            connection.executemany("INSERT INTO planned VALUES (?, ?, ?, ?, ?)", sorted(set(keys)))

    def add_scenario(self, scenario_hash: str, name: str, *, text: str) -> None:
        """Return after keeping the resolved *text* and the *name* of a scenario."""
        with self._transaction() as connection:
            connection.execute("INSERT OR REPLACE INTO scenarios VALUES (?, ?, ?)", (scenario_hash, name, text))

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
            return sum(_insert(connection, run) for run in runs)

    def write_manifest(self, manifest: Mapping[str, Any]) -> None:
        """Return after keeping *manifest*, which JSON must be able to say."""
        with self._transaction() as connection:
            text = json.dumps(manifest, sort_keys=True, ensure_ascii=False)
            connection.execute("INSERT OR REPLACE INTO meta VALUES ('manifest', ?)", (text,))

    # Reading

    def finished(self) -> set[RunKey]:
        """Return the keys of all runs that are done, planned or not."""
        return {RunKey(*row) for row in self._rows(f"SELECT {KEY} FROM runs WHERE status = 'done'")}

    def failed(self) -> dict[RunKey, str]:
        """Return the error of each run that failed, in the order of the keys."""
        rows = self._rows(f"SELECT {KEY}, error FROM runs WHERE status <> 'done' ORDER BY {KEY}")
        return {RunKey(*row[:5]): row[5] for row in rows}

    def planned(self) -> list[RunKey]:
        """Return the keys of the study as last planned, in order."""
        return [RunKey(*row) for row in self._rows(f"SELECT {KEY} FROM planned ORDER BY {KEY}")]

    def remaining(self) -> list[RunKey]:
        """Return the planned keys that are not finished, in order: what a resumed study has to run."""
        finished = self.finished()
        return [key for key in self.planned() if key not in finished]

    def figures(self) -> Iterator[KeptRun]:
        """Yield the figures of each current run, in the order of the keys: names are (KPI, group), also in order.

        Only runs of the plan count, if there is one. Numbers are value, numerator and denominator [figure, 3], NaN for
        none. Runs of equal names share one object of them.
        """
        for scenario, design, replication, *blob in self._kept("figures"):
            yield KeptRun(scenario, design, replication, *unpack_figures(Blob(*blob)))

    def points(self) -> Iterator[KeptRun]:
        """Yield the series of each current run as `figures` does: (KPI, group, period), numerator and denominator."""
        for scenario, design, replication, *blob in self._kept("series"):
            yield KeptRun(scenario, design, replication, *unpack_series(Blob(*blob)))

    def observations(self) -> pd.DataFrame:
        """Return one row per run, KPI and group: scenario design replication kpi group value numerator denominator.

        Only runs of the plan count, if there is one. Missing numbers are NaN.
        """
        return _table(list(self.figures()), ("kpi", "group"), ("value", "numerator", "denominator"))

    def series(self) -> pd.DataFrame:
        """Return one row per run, KPI, group and period, as `observations` does, with ``period`` for ``value``."""
        return _table(list(self.points()), ("kpi", "group", "period"), ("numerator", "denominator"))

    def samples(
        self, name: str, *, scenario_hash: str | None = None, design: str | None = None
    ) -> dict[RunKey, NDArray[Any]]:
        """Return the array called *name* of each current run that has one, in the order of the keys.

        *scenario_hash* and *design* narrow it down.
        """
        rows = self._rows(
            f"{CURRENT} SELECT {KEY}, blob FROM samples JOIN current USING (run) WHERE samples.name = ?1 "
            f"AND scenario_hash = COALESCE(?2, scenario_hash) AND design = COALESCE(?3, design) {ORDER}",
            (name, scenario_hash, design),
        )
        return {RunKey(*row[:5]): unpack_array(row[5]) for row in rows}

    def runs(self) -> pd.DataFrame:
        """Return one row per run that was tried: its key, status, error, orders, seconds and engine."""
        columns = [*RunKey._fields, "status", "error", "orders", "seconds", "engine"]
        query = f"SELECT {', '.join(columns)} FROM runs JOIN timings USING (run) ORDER BY {KEY}"
        return _frame(self._rows(query), columns)

    def scenarios(self) -> dict[str, tuple[str, str]]:
        """Return name and resolved text of each scenario by its hash."""
        return {row[0]: (row[1], row[2]) for row in self._rows("SELECT * FROM scenarios ORDER BY name, hash")}

    def manifest(self) -> dict[str, Any]:
        """Return the manifest; empty if none was written."""
        rows = self._rows("SELECT value FROM meta WHERE name = 'manifest'")
        return dict(json.loads(rows[0][0])) if rows else {}

    def export(self, folder: str | Path, fmt: str = "csv") -> list[Path]:
        """Return the files written: ``kpi/design=NAME.csv`` and ``series/design=NAME.csv`` (or ``.parquet``) by design.

        *fmt* is ``csv`` or ``parquet``; names are percent-encoded where a file system could object. Files of an
        earlier export of the same format are replaced. Raise `NetsimError` for another format, for a folder that
        cannot be written, and for Parquet where DuckDB is not installed.
        """
        from netsim.study.export import write_tables

        return write_tables({"kpi": self.observations(), "series": self.series()}, Path(folder), fmt=fmt)

    def _kept(self, table: str) -> list[Any]:
        return self._rows(
            f"{CURRENT} SELECT scenario, design, replication, names, numbers FROM {table} JOIN current USING (run) "
            f"{ORDER}"
        )

    def _rows(self, query: str, values: Sequence[Any] = ()) -> list[Any]:
        with _told(self.path):
            return self._connection.execute(query, values).fetchall()

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with _told(self.path):
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:  # a full disk may have ended it already
                    self._connection.execute("ROLLBACK")
                raise


REMEDIES = {
    "database or disk is full": "the disk is full; make room and start again: finished runs are kept",
    "disk i/o error": "the disk does not answer; check it, then start again: finished runs are kept",
    "readonly": "the file may only be read; change its permissions, or choose another results folder with --out",
    "read-only": "the file may only be read; change its permissions, or choose another results folder with --out",
    "unable to open": "the file cannot be opened; check the folder and its permissions, or choose another with --out",
    "not a database": "it is not a results file of netsim; name another file",
    "malformed": "the file is damaged; move it away and run the study again",
    "locked": "another process is writing to it; wait for that study to end, or choose another folder with --out",
    "no such table": "it is not a results file of netsim; name another file",
    "no such column": "it is not a results file of netsim; name another file",
    "closed database": "the results were closed before they were read; read them inside the `with` block",
}


@contextlib.contextmanager
def _told(place: Path) -> Iterator[None]:
    """Turn the errors of SQLite and of the system into ours, with the file and what to do."""
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        text = (error.strerror or str(error)) if isinstance(error, OSError) else str(error)
        remedy = next((advice for sign, advice in REMEDIES.items() if sign in text.lower()), "")
        if isinstance(error, OSError):
            remedy = remedy or "check the folder and its permissions, or choose another with --out"
        raise StoreError(" · ".join(filter(None, [str(place), text, remedy]))) from error


def _insert(connection: sqlite3.Connection, run: PackedRun) -> bool:
    known = f"({KEY}) = (?, ?, ?, ?, ?)"
    if connection.execute(f"SELECT 1 FROM runs WHERE {known} AND status = 'done'", run.key).fetchone():
        return False
    connection.execute(f"DELETE FROM runs WHERE {known}", run.key)
    number = connection.execute(
        f"INSERT INTO runs ({KEY}, status, error, orders) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (*run.key, run.status, run.error, run.orders),
    ).lastrowid
    connection.execute("INSERT INTO timings VALUES (?, ?, ?)", (number, run.seconds, run.engine))
    for table, blob in (("figures", run.figures), ("series", run.series)):
        if blob is not None:
            connection.execute(f"INSERT INTO {table} VALUES (?, ?, ?)", (number, *blob))
    connection.executemany("INSERT INTO samples VALUES (?, ?, ?, ?)", [(number, *row) for row in run.samples])
    return True


def _table(runs: Sequence[KeptRun], names: Sequence[str], numbers: Sequence[str]) -> pd.DataFrame:
    """Return *runs* as a table: the run's scenario, design and replication, then *names*, then *numbers*."""
    import pandas as pd

    columns: dict[str, Any] = {}
    counts = [len(run.names) for run in runs]
    for name in ("scenario", "design", "replication"):
        kind = np.int64 if name == "replication" else object
        columns[name] = np.repeat(np.array([getattr(run, name) for run in runs], dtype=kind), counts)
    split: dict[int, list[Any]] = {}  # by identity, as many runs share their names
    for run in runs:
        if id(run.names) not in split:
            split[id(run.names)] = [_column(each) for each in zip(*run.names, strict=True)]
    for i, name in enumerate(names):
        parts = [split[id(run.names)][i] for run in runs]
        columns[name] = np.concatenate(parts) if parts else np.array([], dtype=object)
    for i, name in enumerate(numbers):
        parts = [run.numbers[:, i] for run in runs]
        columns[name] = np.concatenate(parts) if parts else np.array([], dtype=np.float64)
    return pd.DataFrame(columns)


def _column(values: Sequence[Any]) -> NDArray[Any]:
    return np.array(values, dtype=np.int64 if all(isinstance(each, int) for each in values) else object)


def _frame(rows: list[tuple[Any, ...]], columns: list[str]) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame(rows, columns=columns).astype({"seconds": "float64"})
