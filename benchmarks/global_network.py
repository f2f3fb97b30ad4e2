"""Part two: one simulated year of a global network of 4,000 outlets, from the files to all figures, on one core."""

from __future__ import annotations

import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import netsim as ns
from benchmarks import bare_c
from benchmarks.sheet import Sheet
from benchmarks.timing import ROOT, run_python
from netsim.engine.clock import Clock
from netsim.engine.compiled.compiled_engine import CompiledEngine, warm_up
from netsim.engine.records import COLUMNS, Records
from netsim.engine.simpy_engine import run as run_simpy
from netsim.outcome.books import keep_books
from netsim.outcome.ledger import check_books
from netsim.study.windows import Windows
from netsim.tape.demand import demand

__all__ = ["PHASES", "TIMED", "measure"]

SCENARIOS = ROOT / "scenarios"
DAY = 86_400
PHASES = {
    "load": "read and check the scenario's files",
    "compile": "compile the model",
    "plan": "demand and plan",
    "tape": "tape",
    "engine": "engine with all records",
    "books": "ledger: every move of stock and money",
    "observe": "KPIs, series and samples",
    "laws": "every law of stock and money checked again",
}
"""Each phase in words, in order."""
TIMED = ("tape", "engine", "books", "observe")
"""The phases that the target of 20 s counts."""


def measure(sheet: Sheet) -> None:
    """Fill the sheet with the phases of a year, memory, acceptance, and what a bare C program would take."""
    name, days = ("maitrox_mini", 20) if sheet.quick else ("maitrox_scale", 365)
    figures = sheet.figures
    with sheet.step("one year" if days == 365 else f"{days} days"):
        _measure_year(sheet, name, days)
    with sheet.step("occurrences"):
        figures["occurrences"] = _count_occurrences(10 if sheet.quick else 60)
    if bare_c.find_compiler() is None:
        sheet.say("no C compiler: the bare heap is left out")
    elif "orders" in figures and "occurrences" in figures:
        with sheet.step("bare C"):
            _measure_bare_c(figures)
    if not sheet.quick:
        with sheet.step("the whole command"):
            _measure_command(figures)
        with sheet.step("acceptance"):
            _check_acceptance(sheet)


def _measure_year(sheet: Sheet, name: str, days: int) -> None:
    """Time the phases: a first run in fresh memory, and a second one into the buffers of the first."""
    laps: dict[str, float] = {}

    @contextmanager
    def lap(phase: str) -> Iterator[None]:
        begun = time.process_time()
        yield
        laps[phase] = time.process_time() - begun
        sheet.say(f"{PHASES[phase]}: {laps[phase]:.2f} s")

    warm_up()
    figures = sheet.figures
    with lap("load"):
        study = ns.Study.from_file(SCENARIOS / name / ("year.yaml" if name == "maitrox_scale" else "study.yaml"))
    scenario, windows = study.cases[0].content, Windows(0, days * DAY, days * DAY)
    with lap("compile"):
        model = ns.compile_model(scenario, horizon=windows.horizon)
    with lap("plan"):
        rates = demand(scenario.world, scenario.start, windows.horizon)
        plan = ns.make_plan(model, rates)
    engine = CompiledEngine()
    runs: list[dict[str, float]] = []
    for replication in range(2):
        with lap("tape"):
            tape = ns.Tape.sample(
                scenario.world, start=scenario.start, horizon=windows.horizon, seed=study.seed,
                replication=replication, demand=rates,
            )  # fmt: skip
        with lap("engine"):
            records = engine(model, tape, plan)
        with lap("books"):
            books = keep_books(scenario, model, records, cuts=(windows.begin, windows.end))
        with lap("observe"):
            seen = ns.observe(scenario, model, records, windows, books=books)
        if not replication:
            figures["megabytes"] = _megabytes()
            figures |= _sizes(records, days)
            figures["observations"] = len(seen.observations)
        with lap("laws"):  # raises if one is broken
            ns.check_balance(model, records)
            check_books(scenario, model, records, books=books)
        runs.append(dict(laps))
        del tape, records, books, seen
        figures["phases"] = {phase: [each[phase] for each in runs] for phase in PHASES}
    figures["nodes"] = {"nodes": len(model.node_names), "lanes": len(model.lanes.destination)}
    total = [sum(each[phase] for phase in TIMED) for each in runs]
    figures["total"] = total
    if not sheet.quick:
        sheet.at_most(20, "global network, a year: tape, run, records, ledger, KPIs, first run", total[0])
        sheet.at_most(3.0, "global network, a year: largest memory", figures["megabytes"] / 1000, "GB")


def _sizes(records: Records, days: int) -> dict[str, Any]:
    rows = {name: len(next(iter(getattr(records, name).values()))) for name in COLUMNS}
    used = sum(column.nbytes for name in COLUMNS for column in getattr(records, name).values())
    return {"days": days, "orders": rows["orders"], "rows": sum(rows.values()), "bytes": used, "moves": rows["moves"]}


def _megabytes() -> float:
    unit = 1.0 if sys.platform == "darwin" else 1024.0
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6


def _count_occurrences(days: int) -> dict[str, float]:
    """Return occurrences an order, and those pending at a time for each order a day, of the network at a twentieth.

    Counted in the SimPy engine, whose calendar holds the same occurrences as the compiled engine's.
    """
    study = ns.Study.from_file(SCENARIOS / "maitrox_mini" / "study.yaml")
    scenario = study.cases[0].content
    model = ns.compile_model(scenario, horizon=days * DAY)
    tape = ns.Tape.sample(scenario.world, start=scenario.start, horizon=days * DAY, seed=study.seed, replication=0)
    count = pending = 0
    plain = Clock.at

    def counting(self: Clock, time: int, key: int, handler: Any, subject: Any) -> None:
        nonlocal count, pending
        count += 1
        pending += len(self._queue)
        plain(self, time, key, handler, subject)

    Clock.at = counting  # type: ignore[method-assign]
    try:
        records = run_simpy(model, tape, ns.make_plan(model))
    finally:
        Clock.at = plain  # type: ignore[method-assign]
    orders = len(records.orders["created"])
    return {"an_order": count / orders, "pending_per_daily_order": pending / count / (orders / days)}


def _measure_bare_c(figures: dict[str, Any]) -> None:
    """Time the bare heap with as many occurrences and words as the year has."""
    per = figures["occurrences"]
    number = int(per["an_order"] * figures["orders"])
    size = max(int(per["pending_per_daily_order"] * figures["orders"] / figures["days"]), 2)
    words = max(round(figures["bytes"] / 4 / number), 1)
    with tempfile.TemporaryDirectory() as folder:
        program = bare_c.compile_program("bare_heap", Path(folder))
        heap = min(bare_c.run_program(program, [number, size, 0])[0] for _ in range(3))
        rows = min(bare_c.run_program(program, [number, size, words])[0] for _ in range(3))
    figures["bare_c"] = {"occurrences": number, "size": size, "heap": heap, "words": words, "heap_and_rows": rows}


def _measure_command(figures: dict[str, Any]) -> None:
    """Time the whole command with all that a study does besides."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        year = SCENARIOS / "maitrox_scale" / "year.yaml"
        used = run_python("-m", "netsim", "run", year, "--workers", "1", "--out", folder / "out", folder=folder)
    figures["command"] = {"wall": used.wall, "cpu": used.cpu, "megabytes": used.megabytes}


def _check_acceptance(sheet: Sheet) -> None:
    """Run the scenario's own acceptance, and keep its lines."""
    script = SCENARIOS / "maitrox_scale" / "acceptance.py"
    with tempfile.TemporaryDirectory() as place:
        done = run_python(script, folder=Path(place), check=False)
    lines = [line for line in done.output.splitlines() if line.endswith((" ok", " MISSED"))]
    missed = [line for line in lines if line.endswith("MISSED")]
    sheet.figures["acceptance"] = {"figures": len(lines), "missed": missed, "lines": lines}
    if done.code or not lines:
        raise RuntimeError("; ".join(missed) or done.output[-300:])
