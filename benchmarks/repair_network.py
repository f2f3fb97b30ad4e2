"""Part one: a two-echelon repair network of 20, 200 and 2,000 outlets in our two engines and in other programs.

Every program runs the same network: outlets with one piece each, Poisson demand of 0.2 a day, 3 days from a depot that
repairs in 6 days on average and keeps 1.2 pieces an outlet. What an outlet's shelf serves at once is known exactly
(Graves 1985), and is checked in the very runs that are timed.
"""

from __future__ import annotations

import itertools
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks import bare_c, plain_simpy, supply_net
from benchmarks.sheet import Sheet
from benchmarks.timing import Laps, in_turns
from benchmarks.two_echelon import network
from netsim.engine import simpy_engine
from netsim.engine.compiled.compiled_engine import CompiledEngine, warm_up
from netsim.engine.records import Records
from netsim.model.compile_model import compile_model
from netsim.outcome.observe import observe
from netsim.plan.plan import make_plan
from netsim.statistics.intervals import t_interval
from netsim.study.windows import Windows
from netsim.tape.demand import demand
from netsim.tape.tape import Tape
from netsim.theory.spares import two_echelon

__all__ = ["COMPILED", "LABELS", "PHASES", "measure"]

DAY = 86_400
COOL_DOWN = 10
LEVEL = 0.999  # of the intervals: a dozen programs and sizes, and none should miss by chance
COMPILED, ALL, SIMPY, PLAIN, SAME, BARE, NET, C = (
    "compiled", "compiled_all", "simpy", "plain", "plain_same", "plain_bare", "supply_net", "bare_c",
)  # fmt: skip
LABELS = {
    COMPILED: "netsim, compiled engine, all records into reused buffers, tape made",
    ALL: "netsim, tape + compiled engine + records + all KPIs",
    SIMPY: "netsim, SimPy engine, all records, tape made",
    PLAIN: "plain SimPy, a process per order, one row per order",
    SAME: "plain SimPy, the same records as netsim",
    BARE: "plain SimPy, bare: no benches, no way back",
    NET: "SupplyNetPy, counters by node",
    C: "bare C, binary heap, one row per order",
}
"""Each program in words."""
PHASES = ("tape", "engine", "KPIs")
"""From tape to KPIs."""


@dataclass(frozen=True, slots=True)
class Size:
    """One size of the network, and how long it is run by fast programs and by slow ones; days."""

    outlets: int
    days: int
    slow_days: int
    warm_up: int
    rounds: int
    repeats: int
    slow_only: tuple[str, ...]

    @property
    def depot_stock(self) -> int:
        """Return the depot's pieces: as many as are in repair on average."""
        return self.outlets * 6 // 5

    def spans(self, days: int) -> list[int]:
        """Return the edges of up to four spans of a run whose fills are as good as independent; days.

        The network forgets at the pace of a repair, 6 days; the last customers are given 10 days to be served.
        """
        end = days - COOL_DOWN
        count = max(1, min(4, (end - self.warm_up) // 60))
        return [self.warm_up + (end - self.warm_up) * i // count for i in range(count + 1)]


SIZES = (
    Size(20, 12_000, 4_000, 200, 5, 3, (SIMPY, PLAIN, SAME, BARE, NET)),
    Size(200, 1_200, 400, 100, 5, 3, (SIMPY, PLAIN, SAME, BARE, NET)),
    Size(2_000, 120, 100, 50, 5, 3, (SIMPY, PLAIN, NET)),
)
QUICK_SIZES = (
    Size(20, 400, 200, 50, 2, 2, (SIMPY, PLAIN, SAME, BARE, NET)),
    Size(60, 80, 60, 30, 2, 2, (SIMPY, PLAIN, NET)),
)


def measure(sheet: Sheet) -> None:
    """Fill the sheet with time per order by size and program, and the fill that each found beside the exact one."""
    warm_up()
    sheet.figures["supply_net"] = None
    if supply_net.is_installed():
        with sheet.step("SupplyNetPy"):  # tried first: a version that cannot do it must not take the others along
            supply_net.run(2, depot_stock=2, days=20, spans=[5, 15], seed=0)
            sheet.figures["supply_net"] = f"SupplyNetPy {supply_net.version()}"
    rows: dict[str, Any] = {}
    sheet.figures["sizes"] = rows
    for size in QUICK_SIZES if sheet.quick else SIZES:
        with sheet.step(f"{size.outlets:,} outlets"):
            rows[str(size.outlets)] = _measure_size(size, with_net=sheet.figures["supply_net"] is not None)
    if bare_c.find_compiler() is None:
        sheet.say("no C compiler: the bare C program is left out")
    else:
        with sheet.step("bare C"):
            _add_bare_c(rows, QUICK_SIZES if sheet.quick else SIZES)
    with sheet.step("targets"):
        _hold(sheet, rows)


def _measure_size(size: Size, *, with_net: bool) -> dict[str, Any]:
    exact = two_echelon(
        [0.2] * size.outlets, [1] * size.outlets, transport=3, depot_stock=size.depot_stock, depot_lead=6
    )
    fills: dict[str, list[float]] = {}
    orders: dict[str, int] = {}

    def note(name: str, result: Any) -> int:
        found: tuple[int, list[float]] = result if isinstance(result, tuple) else _look(result, size)
        orders[name] = found[0]
        fills.setdefault(name, []).extend(found[1])
        return found[0]

    phases: dict[str, float] = {}
    programs = _programs(size, phases)
    if not with_net:
        programs.pop(NET, None)
    repeats = dict.fromkeys((COMPILED, ALL), size.repeats)
    for name in (COMPILED, ALL, SIMPY):
        programs[name](0)  # buffers and imports
    laps = in_turns(programs, rounds=size.rounds, note=note, repeats=repeats)
    return {
        "exact": float(exact.bases.fill[0]),
        "phases": phases,
        "programs": {name: _row(laps[name], fills[name], orders[name]) for name in programs},
    }


def _add_bare_c(rows: dict[str, Any], sizes: Sequence[Size]) -> None:
    """Add the C program, which times itself."""
    with tempfile.TemporaryDirectory() as folder:
        program = bare_c.compile_program("bare_two_echelon", Path(folder))
        for size in sizes:
            arguments = [size.outlets, size.depot_stock, size.days, size.warm_up]
            seeds = range(1, size.rounds * size.repeats + 1)
            found = [bare_c.run_program(program, [*arguments, seed]) for seed in seeds]
            laps = Laps([seconds / orders for orders, _, seconds in found])
            if str(size.outlets) in rows:
                row = _row(laps, [fill for _, fill, _ in found], int(found[-1][0]))
                rows[str(size.outlets)]["programs"][C] = row


def _row(laps: Laps, fills: list[float], orders: int) -> dict[str, Any]:
    found = t_interval(fills, level=LEVEL)
    return {
        "best": laps.best,
        "median": laps.median,
        "laps": len(laps.each),
        "orders": orders,
        "fill": found.mean,
        "low": found.low,
        "high": found.high,
    }


def _look(result: Any, size: Size) -> tuple[int, list[float]]:
    """Return orders, and the fill of each span of time, of records or of rows (second asked, seconds waited)."""
    asked: npt.NDArray[Any]
    if isinstance(result, Records):
        asked, arrived = result.lines["requested"], result.lines["arrived"]
        waited, count, days = arrived - asked, len(result.orders["created"]), result.horizon // DAY
    else:
        asked, waited = np.array(result, dtype=np.float64).T
        count, days = len(result), size.slow_days
    edges = np.array(size.spans(days)) * DAY
    inside = [(asked >= begin) & (asked < end) for begin, end in itertools.pairwise(edges)]
    return count, [float(np.mean(waited[rows] == 0)) for rows in inside]


def _programs(size: Size, phases: dict[str, float]) -> dict[str, Callable[[int], Any]]:
    """Return each program as a function of the seed; tapes of the engines are made before they are timed.

    What takes the way from tape to KPIs leaves the best seconds an order of its *phases*.
    """
    scenario = network(size.outlets, depot_stock=size.depot_stock)
    long, short = (compile_model(scenario, horizon=days * DAY) for days in (size.days, size.slow_days))
    plan, short_plan = make_plan(long), make_plan(short)
    rates = demand(scenario.world, scenario.start, long.horizon)
    windows = Windows(size.warm_up * DAY, long.horizon, long.horizon)
    engine, whole = CompiledEngine(), CompiledEngine()

    def tape(seed: int) -> Tape:
        return Tape.sample(
            scenario.world, start=scenario.start, horizon=long.horizon, seed=seed, replication=0, demand=rates
        )

    tapes = [tape(seed) for seed in range(size.rounds * size.repeats + 1)]

    def everything(seed: int) -> tuple[int, list[float]]:
        times = [time.process_time()]
        marks = tape(seed)
        times.append(time.process_time())
        records = whole(long, marks, plan)
        times.append(time.process_time())
        seen = observe(scenario, long, records, windows)
        times.append(time.process_time())
        orders = len(records.orders["created"])
        for phase, (begun, ended) in zip(PHASES, itertools.pairwise(times), strict=True):
            phases[phase] = min(phases.get(phase, np.inf), (ended - begun) / orders)
        fill = next(each for each in seen.observations if each[:2] == ("par_0", "all"))
        return orders, [float(fill[2] or 0.0)]

    slow = {"depot_stock": size.depot_stock, "days": size.slow_days}
    found: dict[str, Callable[[int], Any]] = {
        COMPILED: lambda seed: engine(long, tapes[seed], plan),
        ALL: everything,
        SIMPY: lambda seed: simpy_engine.run(short, tapes[seed], short_plan),
        PLAIN: lambda seed: plain_simpy.run(size.outlets, **slow, seed=seed),
        SAME: lambda seed: plain_simpy.run_with_records(size.outlets, **slow, seed=seed),
        BARE: lambda seed: plain_simpy.run_bare(size.outlets, **slow, seed=seed),
        NET: lambda seed: supply_net.run(
            size.outlets, depot_stock=size.depot_stock, days=size.slow_days, spans=size.spans(size.slow_days), seed=seed
        ),
    }
    return {name: found[name] for name in found if name in (COMPILED, ALL, *size.slow_only)}


def _hold(sheet: Sheet, rows: dict[str, Any]) -> None:
    """Hold the ratios against their targets, and every fill against theory."""
    for outlets, row in rows.items():
        best = {name: each["best"] for name, each in row["programs"].items()}
        if not sheet.quick and outlets != "2000":
            where = f"{outlets} outlets"
            sheet.at_least(50, f"compiled engine against plain SimPy, {where}", best[PLAIN] / best[COMPILED])
            sheet.at_least(20, f"compiled engine against our SimPy engine, {where}", best[SIMPY] / best[COMPILED])
            sheet.at_least(20, f"tape to KPIs against plain SimPy, {where}", best[PLAIN] / best[ALL])
        for name, each in row["programs"].items():
            if not each["low"] <= row["exact"] <= each["high"]:
                sheet.errors[f"{outlets} outlets, {LABELS[name]}"] = (
                    f"the exact fill {row['exact']:.5f} lies outside {each['low']:.5f} to {each['high']:.5f}"
                )
    for outlets, bound in (("200", 1.4), ("2000", 2.0)):
        if outlets in rows and "20" in rows:
            ratio = _best(rows, outlets) / _best(rows, "20")
            sheet.at_most(bound, f"time per order, {int(outlets):,} outlets against 20", ratio, "x")


def _best(rows: dict[str, Any], outlets: str) -> float:
    return float(rows[outlets]["programs"][COMPILED]["best"])
