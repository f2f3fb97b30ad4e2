"""Part three: the Mexico study, four designs on shared tapes over 36 months, run by run and as a whole command."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.sheet import Sheet
from benchmarks.timing import ROOT, run_python
from netsim.engine.compiled.compiled_engine import CompiledEngine, warm_up
from netsim.model.compile_model import compile_model
from netsim.outcome.balance import check_balance
from netsim.outcome.books import keep_books
from netsim.outcome.ledger import check_books
from netsim.outcome.observe import observe
from netsim.plan.plan import make_plan
from netsim.store.packing import RunKey
from netsim.study.identity import run_hash
from netsim.study.preparing import prepare
from netsim.study.runner import Memory, Task, execute
from netsim.study.study import Study
from netsim.tape.demand import demand
from netsim.tape.tape import Tape

__all__ = ["PHASES", "REPLICATIONS", "measure", "study_file"]

REPLICATIONS = 30
PHASES = {
    "tape": "tape, a fourth of it: four designs share one",
    "engine": "engine with all records",
    "books": "ledger",
    "observe": "KPIs, series and samples",
    "laws": "laws of stock and money checked",
}
"""Each phase in words, in order."""


def study_file(*, quick: bool) -> Path:
    """Return the file of the Mexico study, or of one that is over in a second."""
    return ROOT / "scenarios" / ("two_echelon" if quick else "launch_mexico") / "study.yaml"


def measure(sheet: Sheet) -> None:
    """Fill the sheet with seconds a run, its phases, and the whole command with its table and its pictures."""
    warm_up()
    study = Study.from_file(study_file(quick=sheet.quick))
    with sheet.step("run by run"):
        _measure_runs(sheet, study, replications=1 if sheet.quick else 5)
    with sheet.step("phases"):
        sheet.figures["phases"] = _measure_phases(study, replications=1 if sheet.quick else 4)
    with sheet.step("the whole command"):
        _measure_command(sheet, 1 if sheet.quick else REPLICATIONS, pictures=not sheet.quick)


def _measure_runs(sheet: Sheet, study: Study, *, replications: int) -> None:
    """Time what a worker does for a run, its checks included; a first replication prepares memory and plans."""
    prepared = prepare(study.cases, study.windows, engine="auto")
    memory = Memory()
    seconds: dict[str, list[float]] = {case.design: [] for case in study.cases}
    orders: dict[str, int] = {}
    for replication in range(replications + 1):
        for case in study.cases:
            ready = prepared[case]
            key = RunKey(run_hash(case.content, study.windows), case.design, replication, study.seed, "benchmark")
            task = Task(key, ready.packed, ready.world, study.windows, engine=ready.engine)
            begun = time.process_time()
            result = execute(task, memory).result
            took = time.process_time() - begun
            if result.status != "done":  # a law of stock or money was broken, too
                raise RuntimeError(f"{case.design}, replication {replication}: {result.error}")
            if replication:
                seconds[case.design].append(took)
            orders[case.design] = result.orders
    figures = sheet.figures
    figures["runs"] = {
        design: {"mean": statistics.mean(each), "best": min(each), "orders": orders[design]}
        for design, each in seconds.items()
    }
    figures["a_run"] = statistics.mean(each["mean"] for each in figures["runs"].values())
    if not sheet.quick:
        sheet.at_most(0.35, "Mexico: tape to observations, a run on one core, mean", figures["a_run"])


def _measure_phases(study: Study, *, replications: int) -> dict[str, float]:
    """Return mean seconds of each phase over all designs."""
    laps: dict[str, list[float]] = {phase: [] for phase in PHASES}

    def lap(phase: str, do: Callable[[], Any]) -> Any:
        begun = time.process_time()
        found = do()
        laps[phase].append(time.process_time() - begun)
        return found

    world, windows = study.cases[0].content, study.windows
    rates = demand(world.world, world.start, windows.horizon)
    models = {case: compile_model(case.content, horizon=windows.horizon) for case in study.cases}
    plans = {case: make_plan(model, rates) for case, model in models.items()}
    engine = CompiledEngine()
    for replication in range(replications + 1):
        if replication == 1:  # the first one was for memory
            laps.update({phase: [] for phase in PHASES})
        tape = lap("tape", lambda: _sample(study, rates, replication))  # noqa: B023 - called at once
        laps["tape"][-1] /= len(models)
        for case, model in models.items():
            _live(lap, case.content, model, plans[case], tape, windows, engine)
    return {phase: statistics.mean(each) for phase, each in laps.items()}


def _sample(study: Study, rates: Any, replication: int) -> Tape:
    world = study.cases[0].content
    return Tape.sample(
        world.world, start=world.start, horizon=study.windows.horizon, seed=study.seed, replication=replication,
        demand=rates,
    )  # fmt: skip


def _live(
    lap: Callable[[str, Callable[[], Any]], Any], scenario: Any, model: Any, plan: Any, tape: Tape, windows: Any,
    engine: CompiledEngine,
) -> None:  # fmt: skip
    records = lap("engine", lambda: engine(model, tape, plan))
    books = lap("books", lambda: keep_books(scenario, model, records, cuts=(windows.begin, windows.end)))
    lap("observe", lambda: observe(scenario, model, records, windows, books=books))

    def check() -> None:
        check_balance(model, records)
        check_books(scenario, model, records, books=books)

    lap("laws", check)


def _measure_command(sheet: Sheet, replications: int, *, pictures: bool) -> None:
    """Time ``netsim compare`` from start to table, and once more on its results without and with pictures."""
    figures = sheet.figures
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        counts = ("--replications", str(replications), "--workers", "2")
        words = ("-m", "netsim", "compare", study_file(quick=sheet.quick), *counts, "--out", folder / "out")
        whole = run_python(*words, "--no-pictures", folder=folder)
        if "Traceback" in whole.output or "failed:" in whole.output:
            raise RuntimeError(whole.output[-400:])
        figures["command"] = {"wall": whole.wall, "replications": replications}
        if not pictures:
            return
        sheet.at_most(30, "Mexico: 120 runs and the table, whole command on 2 cores", whole.wall)
        again = run_python(*words, "--no-pictures", folder=folder)
        drawn = run_python(*words, "--pictures", folder=folder)
        count = len(list((folder / "out" / "pictures").glob("*.png")))
        if not count:
            raise RuntimeError("no picture was drawn")
    figures["pictures"] = {"wall": drawn.wall - again.wall, "count": count, "table": again.wall}
    sheet.at_most(10, "Mexico: all pictures, on 2 cores", drawn.wall - again.wall)
