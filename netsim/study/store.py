"""The results of a study in one SQLite file: written by the coordinator alone, readable by anybody at any time.

What is read comes out in the order of the runs' keys, whatever order they finished in; wall times and engines lie in
a table of their own, so that everything else is a function of the study alone.
"""

from __future__ import annotations

import contextlib
import io
import json
import sqlite3
import zlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from netsim.errors import NetsimError

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Observation", "RunKey", "RunResult", "SeriesPoint", "Store", "StoreError"]

Observation = tuple[str, str, float | None, float | None, float | None]
"""KPI, group (``all`` or ``country=MX``), value, numerator, denominator; None where there is none."""
SeriesPoint = tuple[str, str, int | str, float | None, float | None]
"""KPI, group, period (one type within a series), numerator, denominator."""

APPLICATION_ID = 0x6E657473  # "nets": tells our files from other SQLite databases
FORMAT = 1

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
CREATE TABLE IF NOT EXISTS observations (run INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE, kpi TEXT NOT NULL,
  "group" TEXT NOT NULL, value REAL, numerator REAL, denominator REAL,
  PRIMARY KEY (run, kpi, "group")) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS series (run INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE, kpi TEXT NOT NULL,
  "group" TEXT NOT NULL, periods BLOB NOT NULL, numerators BLOB NOT NULL, denominators BLOB NOT NULL,
  PRIMARY KEY (run, kpi, "group")) WITHOUT ROWID;
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


class RunKey(NamedTuple):
    """What one run is a function of: nothing else may change its results."""

    scenario_hash: str
    design: str
    replication: int
    seed: int
    code_version: str


@dataclass(frozen=True, slots=True)
class RunResult:
    """What a worker sends back of one run, and all that the store keeps of it."""

    key: RunKey
    observations: Sequence[Observation] = ()
    series: Sequence[SeriesPoint] = ()
    samples: Mapping[str, NDArray[Any]] = field(default_factory=dict)
    seconds: float = 0.0
    engine: str = ""
    orders: int = 0
    status: str = "done"
    """``done``, or ``failed`` with the reason in *error*; a failed run is run again on resuming."""
    error: str = ""


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
            what = f"it has format {version} and this netsim reads {FORMAT}; use the netsim that wrote it"
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
        key = (*run.key[:2], int(run.key.replication), int(run.key.seed), run.key.code_version)
        series = _pack_series(run.series)
        samples = [(name, str(array.dtype), _pack_array(array)) for name, array in sorted(run.samples.items())]
        with self._transaction() as connection:
            known = f"({KEY}) = (?, ?, ?, ?, ?)"
            if connection.execute(f"SELECT 1 FROM runs WHERE {known} AND status = 'done'", key).fetchone():
                return False
            connection.execute(f"DELETE FROM runs WHERE {known}", key)
            number = connection.execute(
                f"INSERT INTO runs ({KEY}, status, error, orders) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (*key, run.status, run.error, int(run.orders)),
            ).lastrowid
            connection.execute("INSERT INTO timings VALUES (?, ?, ?)", (number, float(run.seconds), run.engine))
            connection.executemany(
                "INSERT INTO observations VALUES (?, ?, ?, ?, ?, ?)",
                [(number, kpi, group, *map(_number, numbers)) for kpi, group, *numbers in run.observations],
            )
            connection.executemany("INSERT INTO series VALUES (?, ?, ?, ?, ?, ?)", [(number, *row) for row in series])
            connection.executemany("INSERT INTO samples VALUES (?, ?, ?, ?)", [(number, *row) for row in samples])
        return True

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

    def observations(self) -> pd.DataFrame:
        """Return one row per run, KPI and group: scenario design replication kpi group value numerator denominator.

        Only runs of the plan count, if there is one. Missing numbers are NaN.
        """
        columns = ["scenario", "design", "replication", "kpi", "group", "value", "numerator", "denominator"]
        names = ", ".join(f'"{name}"' for name in columns)
        rows = self._rows(f'{CURRENT} SELECT {names} FROM observations JOIN current USING (run) {ORDER}, kpi, "group"')
        return _frame(rows, columns)

    def series(self) -> pd.DataFrame:
        """Return one row per run, KPI, group and period, as `observations` does, with ``period`` for ``value``."""
        columns = ["scenario", "design", "replication", "kpi", "group", "period", "numerator", "denominator"]
        packed = self._rows(
            f'{CURRENT} SELECT scenario, design, replication, kpi, "group", periods, numerators, denominators '
            f'FROM series JOIN current USING (run) {ORDER}, kpi, "group"'
        )
        rows: list[tuple[Any, ...]] = []
        for *head, periods, numerators, denominators in packed:
            values = zip(
                json.loads(zlib.decompress(periods)),
                np.frombuffer(zlib.decompress(numerators), dtype="<f8").tolist(),
                np.frombuffer(zlib.decompress(denominators), dtype="<f8").tolist(),
                strict=True,
            )
            rows.extend((*head, *value) for value in values)
        return _frame(rows, columns)

    def samples(self, name: str) -> dict[RunKey, NDArray[Any]]:
        """Return the array called *name* of each current run that has one, in the order of the keys."""
        rows = self._rows(
            f"{CURRENT} SELECT {KEY}, blob FROM samples JOIN current USING (run) WHERE samples.name = ? {ORDER}",
            (name,),
        )
        return {RunKey(*row[:5]): np.load(io.BytesIO(zlib.decompress(row[5])), allow_pickle=False) for row in rows}

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
    "unique constraint failed: observations": "one KPI came twice for one group; let it return each group once",
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


def _number(value: float | None) -> float | None:
    return None if value is None else float(value)  # SQLite knows no numpy integers


def _pack_series(points: Sequence[SeriesPoint]) -> list[tuple[str, str, bytes, bytes, bytes]]:
    """Return one row per KPI and group; a year of days as rows of their own would be ten times as large."""
    grouped: dict[tuple[str, str], list[tuple[Any, float, float]]] = {}
    for kpi, group, period, numerator, denominator in points:
        label = period if isinstance(period, str) else int(period)
        top, bottom = (np.nan if n is None else float(n) for n in (numerator, denominator))
        grouped.setdefault((kpi, group), []).append((label, top, bottom))
    packed = []
    for (kpi, group), rows in sorted(grouped.items()):
        rows.sort(key=lambda row: row[0])
        periods = zlib.compress(json.dumps([row[0] for row in rows]).encode())
        tops, bottoms = (zlib.compress(np.array([row[i] for row in rows], dtype="<f8").tobytes()) for i in (1, 2))
        packed.append((kpi, group, periods, tops, bottoms))
    return packed


def _pack_array(array: NDArray[Any]) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array, allow_pickle=False)
    return zlib.compress(buffer.getvalue())


def _frame(rows: list[tuple[Any, ...]], columns: list[str]) -> pd.DataFrame:
    import pandas as pd

    frame = pd.DataFrame(rows, columns=columns)
    floats = [name for name in ("value", "numerator", "denominator", "seconds") if name in frame]
    return frame.astype(dict.fromkeys(floats, "float64"))
