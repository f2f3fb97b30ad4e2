"""Rows of a results file as they are written: plans, points and runs, each within a transaction of the caller's."""

from __future__ import annotations

import hashlib
import re
import sqlite3
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from netsim.store.packing import Blob, PackedRun, RunKey, unpack_totals

__all__ = ["Ids", "KeptPoint", "extend_plan", "insert_points", "insert_run", "plan_anew"]

Level = str | int | float | bool

_PERCENT = re.compile(r"([+-]?\d+(?:\.\d+)?) ?%")
_CASE = "scenario_hash, design, seed, code_version"


@dataclass(frozen=True, slots=True)
class KeptPoint:
    """A point of a sweep: the scenario *base_hash* with *settings* laid on it; *levels* are its factors' values."""

    scenario_hash: str
    design: str
    base_hash: str
    """Of a scenario that `Store.add_scenario` keeps, overlays of the point included."""
    settings: str
    """Canonical JSON, from `netsim.spec.settings.settings_text`."""
    levels: Mapping[str, Level] = field(default_factory=dict)


class Ids:
    """The small numbers by which rows are named, remembered; to be forgotten when a transaction fails."""

    def __init__(self) -> None:
        self._cases: dict[tuple[str, str, int, str], int] = {}
        self._kpis: dict[str, int] = {}
        self._names: dict[bytes, int] = {}

    def clear(self) -> None:
        """Forget all."""
        self._cases.clear()
        self._kpis.clear()
        self._names.clear()

    def case(self, connection: sqlite3.Connection, key: RunKey) -> int:
        """Return the number of the case of *key*."""
        row = (key.scenario_hash, key.design, key.seed, key.code_version)
        if row not in self._cases:
            connection.execute(f"INSERT OR IGNORE INTO cases ({_CASE}) VALUES (?, ?, ?, ?)", row)
            found = connection.execute(f"SELECT case_id FROM cases WHERE ({_CASE}) = (?, ?, ?, ?)", row)
            self._cases[row] = found.fetchone()[0]
        return self._cases[row]

    def kpi(self, connection: sqlite3.Connection, name: str) -> int:
        """Return the number of the KPI *name*."""
        if name not in self._kpis:
            connection.execute("INSERT OR IGNORE INTO kpis (kpi) VALUES (?)", (name,))
            found = connection.execute("SELECT kpi_id FROM kpis WHERE kpi = ?", (name,))
            self._kpis[name] = found.fetchone()[0]
        return self._kpis[name]

    def names(self, connection: sqlite3.Connection, blob: bytes) -> int:
        """Return the number of the names packed as *blob*."""
        digest = hashlib.sha256(blob).digest()
        if digest not in self._names:
            connection.execute("INSERT OR IGNORE INTO names (digest, names) VALUES (?, ?)", (digest, blob))
            found = connection.execute("SELECT names_id FROM names WHERE digest = ?", (digest,))
            self._names[digest] = found.fetchone()[0]
        return self._names[digest]


def plan_anew(connection: sqlite3.Connection, ids: Ids, keys: Collection[RunKey]) -> None:
    """Make *keys* the plan: nothing else that the file holds is current."""
    connection.execute("DELETE FROM tasks WHERE status = 'planned'")
    connection.execute("UPDATE tasks SET current = 0 WHERE current = 1")
    extend_plan(connection, ids, keys)


def extend_plan(connection: sqlite3.Connection, ids: Ids, keys: Iterable[RunKey]) -> None:
    """Make *keys* part of the plan."""
    connection.execute("INSERT OR REPLACE INTO meta VALUES ('planned', 'yes')")
    connection.executemany(
        "INSERT INTO tasks (case_id, replication, status, current, orders, error) VALUES (?, ?, 'planned', 1, 0, '') "
        "ON CONFLICT (case_id, replication) DO UPDATE SET current = 1 WHERE current = 0",
        ((ids.case(connection, key), key.replication) for key in keys),
    )
    _level(connection)


def insert_points(connection: sqlite3.Connection, points: Iterable[tuple[KeptPoint, str]]) -> None:
    """Keep *points*, each with the name of its scenario; their levels replace those that they had."""
    for point, name in points:
        connection.execute(
            "INSERT INTO scenarios VALUES (?, ?, '', ?, ?) ON CONFLICT (hash) DO NOTHING",
            (point.scenario_hash, name, point.base_hash, point.settings),
        )
        of = (point.scenario_hash, point.design)
        connection.execute("DELETE FROM point_levels WHERE (scenario_hash, design) = (?, ?)", of)
        levels = enumerate(point.levels.items())
        rows = [(*of, position, factor, _plain(value)) for position, (factor, value) in levels]
        connection.executemany("INSERT INTO point_levels VALUES (?, ?, ?, ?, ?)", rows)
    _level(connection)


def _level(connection: sqlite3.Connection) -> None:
    """Write down the levels of the points that are planned, as a table of its own so that questions join it fast."""
    connection.execute("DELETE FROM levels")
    connection.execute(
        "INSERT OR IGNORE INTO levels SELECT design, factor, value FROM point_levels "
        "JOIN cases USING (scenario_hash, design) "
        "WHERE EXISTS (SELECT 1 FROM tasks WHERE tasks.case_id = cases.case_id AND current)"
    )


def insert_run(connection: sqlite3.Connection, ids: Ids, run: PackedRun) -> bool:
    """Return whether *run* was kept, in place of one of its key that failed; not if it is done already."""
    case = ids.case(connection, run.key)
    task = (case, run.key.replication)
    known = connection.execute("SELECT run, status FROM tasks WHERE (case_id, replication) = (?, ?)", task).fetchone()
    told = (run.status, run.orders, run.error)
    if known is None:
        # Without a plan every run counts; beside one, this run belongs to another study.
        number = connection.execute(
            "INSERT INTO tasks (case_id, replication, current, status, orders, error) "
            "VALUES (?, ?, NOT EXISTS (SELECT 1 FROM meta WHERE name = 'planned'), ?, ?, ?)",
            (*task, *told),
        ).lastrowid
    else:
        number, status = known
        if status == "done":
            return False
        connection.execute("UPDATE tasks SET (status, orders, error) = (?, ?, ?) WHERE run = ?", (*told, number))
        if status != "planned":
            for table in ("timings", "totals", "figures", "series", "samples"):
                connection.execute(f"DELETE FROM {table} WHERE run = ?", (number,))
    connection.execute("INSERT INTO timings VALUES (?, ?, ?)", (number, run.seconds, run.engine))
    totals = [(number, ids.kpi(connection, kpi), *numbers) for kpi, *numbers in unpack_totals(run)]
    connection.executemany("INSERT INTO totals VALUES (?, ?, ?, ?, ?)", totals)  # NaN becomes NULL
    _insert_blob(connection, ids, "figures", number, run.figures)
    _insert_blob(connection, ids, "series", number, run.series)
    connection.executemany("INSERT INTO samples VALUES (?, ?, ?, ?)", [(number, *row) for row in run.samples])
    return True


def _insert_blob(connection: sqlite3.Connection, ids: Ids, table: str, number: int | None, blob: Blob | None) -> None:
    if blob is not None:
        row = (number, ids.names(connection, blob.names), blob.numbers)
        connection.execute(f"INSERT INTO {table} VALUES (?, ?, ?)", row)


def _plain(value: Level) -> str | int | float:
    """Return *value* as SQL has it: a number where it is one or a percentage, which is a fraction then; else text."""
    if isinstance(value, str) and (percent := _PERCENT.fullmatch(value)):
        return float(Decimal(percent[1]) / 100)
    return str(value).lower() if isinstance(value, bool) else value
