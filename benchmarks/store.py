"""Part: a sweep of 10,000 runs in the results file: how fast it is written, how large it is, and how fast it tells.

The runs are made up: as many points, replications and figures as the Mexico sweep has, with numbers from a generator.
"""

from __future__ import annotations

import resource
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.sheet import Sheet
from netsim.store.packing import PackedRun, RunKey, RunResult, pack_result
from netsim.store.store import KeptPoint, Store

__all__ = ["QUESTIONS", "measure"]

POINTS, REPLICATIONS, BATCH = 1_000, 10, 8
TOTALS, GROUPS = 88, 1_300
"""Figures of a Mexico run: of all orders together, and by group."""
FACTORS = {"demand": (0.6, 0.8, 1.0, 1.2, 1.4), "hold": (0.0, 0.1, 0.2, 0.3), "shelf": ("low", "high")}

QUESTIONS = {
    "mean of a KPI by design": "SELECT design, avg(value) FROM observations WHERE kpi = 'kpi07' GROUP BY design",
    "mean of a KPI by level of a factor": """SELECT levels.value, avg(observations.value) FROM observations
        JOIN levels USING (design) WHERE kpi = 'kpi07' AND factor = 'demand' GROUP BY levels.value""",
    "a ratio of sums by two factors": """SELECT a.value, b.value, sum(numerator) / sum(denominator) FROM observations
        JOIN levels a USING (design) JOIN levels b USING (design)
        WHERE kpi = 'kpi07' AND a.factor = 'demand' AND b.factor = 'hold' GROUP BY 1, 2""",
    "a KPI of every run": "SELECT design, replication, value FROM observations WHERE kpi = 'kpi07'",
    "all KPIs of a design": "SELECT kpi, avg(value) FROM observations WHERE design = 'p0007' GROUP BY kpi",
    "the slowest runs": "SELECT design, replication, seconds FROM runs ORDER BY seconds DESC LIMIT 10",
}
"""Questions in SQL, as anybody would ask them with the sqlite3 program."""


def measure(sheet: Sheet) -> None:
    """Fill the sheet with milliseconds a run to write, bytes a run, memory, and seconds a question."""
    points = 50 if sheet.quick else POINTS
    figures = sheet.figures
    with tempfile.TemporaryDirectory() as place:
        file = Path(place) / "study.sqlite"
        with sheet.step(f"writing {points * REPLICATIONS:,} runs"):
            figures.update(_write(file, points))
        figures["runs"] = points * REPLICATIONS
        figures["megabytes"] = file.stat().st_size / 1e6
        with sheet.step("questions in SQL"), closing(sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True)) as asked:
            figures["questions"] = {name: _timed(partial(_ask, asked, query)) for name, query in QUESTIONS.items()}
        with sheet.step("questions in Python"), Store.open(file, read_only=True) as store:
            before = _peak()
            figures["python"] = {
                "one KPI of all runs": _timed(lambda: store.values("kpi07")),
                "keys of finished runs": _timed(store.finished),
                "runs planned, done and failed": _timed(store.counts),
                "one KPI of a group": _timed(lambda: store.values("kpi07", "node=n003")),
            }
            figures["grown_reading"] = _peak() - before
    if not sheet.quick:
        sheet.at_most(1.0, "the slowest question in SQL", max(figures["questions"].values()), "s")
        sheet.at_most(20.0, "memory that writing nine tenths of the runs adds", figures["grown_writing"], "MB")


def _write(file: Path, points: int) -> dict[str, float]:
    """Write the runs in batches, as a study does; packing, which workers do, is not counted."""
    spent, grown, batch = 0.0, 0.0, []
    with Store.create(file) as store:
        store.write_manifest({"study": "made up"})
        store.add_scenario("base", "Made up", text="netsim: 1\n")
        begun = time.perf_counter()
        store.add_points(KeptPoint(_hash(p), f"p{p:04d}", "base", "[]", _levels(p)) for p in range(points))
        store.plan([_key(p, r) for p in range(points) for r in range(REPLICATIONS)])
        planning = time.perf_counter() - begun
        for number, run in enumerate(_runs(points), 1):
            batch.append(run)
            if len(batch) == BATCH:
                begun = time.perf_counter()
                store.add_all(batch)
                spent += time.perf_counter() - begun
                batch.clear()
            if number == points * REPLICATIONS // 10:
                grown = _peak()
    return {
        "planning": planning,
        "batch": BATCH,
        "milliseconds": 1000 * spent / (points * REPLICATIONS),
        "grown_writing": _peak() - grown,
    }


def _runs(points: int) -> Iterator[PackedRun]:
    rng = np.random.default_rng(1)
    for point in range(points):
        for replication in range(REPLICATIONS):
            numbers = rng.normal(100.0, 10.0, (TOTALS + GROUPS, 2)).tolist()
            names = [(f"kpi{i:02d}", "all") for i in range(TOTALS)]
            names += [(f"kpi{i % TOTALS:02d}", f"node=n{i // TOTALS:03d}") for i in range(GROUPS)]
            rows = [(*name, top / below, top, below) for name, (top, below) in zip(names, numbers, strict=True)]
            yield pack_result(RunResult(_key(point, replication), observations=rows, seconds=0.25, engine="compiled"))


def _key(point: int, replication: int) -> RunKey:
    return RunKey(_hash(point), f"p{point:04d}", replication, 20_260_101, "0.1.0+0123456789ab")


def _hash(point: int) -> str:
    return f"{point:064x}"


def _levels(point: int) -> dict[str, Any]:
    found = {}
    for factor, levels in FACTORS.items():
        point, place = divmod(point, len(levels))
        found[factor] = levels[place]
    return found


def _ask(connection: sqlite3.Connection, query: str) -> list[Any]:
    return connection.execute(query).fetchall()


def _timed(question: Callable[[], Any]) -> float:
    begun = time.perf_counter()
    if not len(question()):
        raise RuntimeError("the question found nothing")
    return time.perf_counter() - begun


def _peak() -> float:
    """Return the most memory that this process has used so far, in MB."""
    unit = 1.0 if sys.platform == "darwin" else 1024.0  # bytes there, kilobytes elsewhere
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1024**2
