"""The tables of a results file, and the views that anybody may query with the sqlite3 program.

What repeats is kept once and named by a small number: scenario, design, seed and code of a run as a case, the names of
its figures, the KPIs. The figures of all orders together are rows, `totals`, clustered by run, so that a finished run
is written in one place and one KPI of all runs is found by as many look-ups; figures by group, series and samples are
packed, as they are too many for rows.
"""

from __future__ import annotations

__all__ = ["APPLICATION_ID", "FORMAT", "SCHEMA"]

APPLICATION_ID = 0x6E657473  # "nets": tells our files from other SQLite databases
FORMAT = 3

SCHEMA = f"""
PRAGMA application_id = {APPLICATION_ID};
PRAGMA user_version = {FORMAT};
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL);
-- A scenario is its text, or the text of another with settings laid on it: a point of a sweep.
CREATE TABLE IF NOT EXISTS scenarios (hash TEXT PRIMARY KEY, name TEXT NOT NULL, text TEXT NOT NULL, base TEXT,
  settings TEXT);
CREATE TABLE IF NOT EXISTS point_levels (scenario_hash TEXT NOT NULL, design TEXT NOT NULL, position INTEGER NOT NULL,
  factor TEXT NOT NULL, value, PRIMARY KEY (scenario_hash, design, factor)) WITHOUT ROWID;
-- The points of the study as last planned; a level is a number where it is one (80 % is 0.8), else text.
CREATE TABLE IF NOT EXISTS levels (design TEXT NOT NULL, factor TEXT NOT NULL, value,
  PRIMARY KEY (design, factor)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS cases (case_id INTEGER PRIMARY KEY, scenario_hash TEXT NOT NULL, design TEXT NOT NULL,
  seed INTEGER NOT NULL,
  code_version TEXT NOT NULL, UNIQUE (scenario_hash, design, seed, code_version));
-- status: planned, done or failed; current: whether it belongs to the study as last planned.
CREATE TABLE IF NOT EXISTS tasks (run INTEGER PRIMARY KEY, case_id INTEGER NOT NULL REFERENCES cases,
  replication INTEGER NOT NULL, status TEXT NOT NULL, current INTEGER NOT NULL, orders INTEGER NOT NULL,
  error TEXT NOT NULL, UNIQUE (case_id, replication));
-- Wall times and engines lie apart, so that everything else is a function of the study alone.
CREATE TABLE IF NOT EXISTS timings (run INTEGER PRIMARY KEY REFERENCES tasks, seconds REAL NOT NULL,
  engine TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS kpis (kpi_id INTEGER PRIMARY KEY, kpi TEXT NOT NULL UNIQUE);
CREATE TABLE IF NOT EXISTS totals (run INTEGER NOT NULL REFERENCES tasks, kpi_id INTEGER NOT NULL REFERENCES kpis,
  value REAL, numerator REAL, denominator REAL, PRIMARY KEY (run, kpi_id)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS names (names_id INTEGER PRIMARY KEY, digest BLOB NOT NULL UNIQUE, names BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS figures (run INTEGER PRIMARY KEY REFERENCES tasks,
  names_id INTEGER NOT NULL REFERENCES names, numbers BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS series (run INTEGER PRIMARY KEY REFERENCES tasks,
  names_id INTEGER NOT NULL REFERENCES names, numbers BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS samples (run INTEGER NOT NULL REFERENCES tasks, name TEXT NOT NULL, dtype TEXT NOT NULL,
  blob BLOB NOT NULL, PRIMARY KEY (run, name)) WITHOUT ROWID;
CREATE VIEW IF NOT EXISTS observations AS
  SELECT COALESCE(scenarios.name, scenario_hash) AS scenario, design, replication, seed, kpi, value, numerator,
    denominator, run
  FROM totals JOIN kpis USING (kpi_id) JOIN tasks USING (run) JOIN cases USING (case_id)
  LEFT JOIN scenarios ON scenarios.hash = scenario_hash
  WHERE current AND status = 'done';
CREATE VIEW IF NOT EXISTS runs AS
  SELECT run, COALESCE(scenarios.name, scenario_hash) AS scenario, design, replication, seed, scenario_hash,
    code_version, status, error, orders, seconds, engine, current
  FROM tasks JOIN cases USING (case_id) LEFT JOIN scenarios ON scenarios.hash = scenario_hash
  LEFT JOIN timings USING (run)
  WHERE status <> 'planned';
-- What ANALYZE would say of a sweep, so that questions are planned for one: look runs up, never scan their figures.
ANALYZE;
DELETE FROM sqlite_stat1;
INSERT INTO sqlite_stat1 VALUES
  ('totals', 'totals', '1000000 100 1'), ('kpis', 'sqlite_autoindex_kpis_1', '100 1'),
  ('tasks', 'sqlite_autoindex_tasks_1', '10000 10 1'), ('cases', 'sqlite_autoindex_cases_1', '1000 1 1 1 1'),
  ('point_levels', 'point_levels', '4000 4 4 1'), ('levels', 'levels', '4000 4 1'),
  ('scenarios', 'sqlite_autoindex_scenarios_1', '1000 1'), ('timings', NULL, '10000');
"""
