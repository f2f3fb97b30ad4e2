"""Speed of the SimPy engine against a plain SimPy program of the same two-echelon repair network.

Run with ``python -m benchmarks.two_echelon``. Each figure is the best of several runs in seconds of processor time,
taken in turns so that a busy machine disturbs all alike; only ratios mean anything from one machine to another.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import date
from types import SimpleNamespace
from typing import Any

from benchmarks import plain_simpy
from netsim.engine.records import Records
from netsim.engine.simpy_engine import run
from netsim.model.compile_model import compile_model
from netsim.plan.plan import make_plan
from netsim.spec.network import Network
from netsim.spec.policies import Policies
from netsim.spec.world import World
from netsim.tape.tape import Tape

DAY = 86_400
EXACT_FILL = 0.50196
"""Fill rate of an outlet with 20 of them: exact two-echelon analysis, Graves 1985."""


def network(outlets: int, *, depot_stock: int) -> Any:
    """Return the scenario: outlets with one piece each, 3 days from a depot that repairs in 6 days on average."""
    context = {"worth": {"EUR": 1.0}}
    names = [f"outlet-{i:03d}" for i in range(outlets)]
    here = {"at": [0.0, 0.0], "country": "XX"}
    zone = {"units": 365, "failures": {"unit": "0.2 /yr"}, "contact": "always", "country": "XX"}
    world = {
        "countries": {"XX": {}},
        "parts": {"unit": {"value": "100 EUR"}},
        "zones": {f"zone-{i:03d}": {"at": [0.0, i * 0.05], **zone} for i in range(outlets)},
    }
    bench = {"technicians": "unlimited", "work": {"exponential": "6 d"}}
    nodes: dict[str, Any] = {
        name: {"kind": "outlet", "at": [0.0, i * 0.05], "country": "XX"} for i, name in enumerate(names)
    }
    lanes: dict[str, Any] = {f"depot -> {name} / road": {"transit": "3 d"} for name in names}
    lanes |= {f"{name} -> depot / road": {"transit": "0 d"} for name in names}
    policies = {
        "stock": {name: {"levels": {"unit": 1}} for name in names} | {"depot": {"levels": {"unit": depot_stock}}},
        "supply": dict.fromkeys(names, "depot"),
        "returns": dict.fromkeys(names, "depot"),
        "core": "at request",
    }
    return SimpleNamespace(
        name="two-echelon",
        start=date(2026, 1, 1),
        world=World.model_validate(world, context=context),
        network=Network.model_validate(
            {"nodes": nodes | {"depot": {"kind": "factory", "bench": bench, **here}}, "lanes": lanes}, context=context
        ),
        policies=Policies.model_validate(policies, context=context),
        lines={},
    )


def compare(outlets: int, *, depot_stock: int, days: int, rounds: int = 7) -> None:
    """Print orders per second of our engine and of the plain programs, and the fill that each finds."""
    scenario = network(outlets, depot_stock=depot_stock)
    model = compile_model(scenario, horizon=days * DAY)
    plan = make_plan(model)
    warm_up = min(days * DAY // 10, 200 * DAY)

    def ours(seed: int) -> Records:
        tape = Tape.sample(scenario.world, start=scenario.start, horizon=model.horizon, seed=seed, replication=0)
        return run(model, tape, plan)

    def timed(program: Callable[[int], Any], seed: int) -> tuple[float, Any]:
        begin = time.process_time()
        rows = program(seed)
        return time.process_time() - begin, rows

    figures = {"outlets": outlets, "depot_stock": depot_stock, "days": days}
    plain = {"depot_stock": depot_stock, "days": days}
    programs: dict[str, Callable[[int], Any]] = {
        "netsim, SimPy engine, all records (tape included)": ours,
        "plain SimPy, the same records": lambda seed: plain_simpy.run_with_records(outlets, **plain, seed=seed),
        "plain SimPy, one row per order": lambda seed: plain_simpy.run(outlets, **plain, seed=seed),
        "plain SimPy, bare: no benches, no way back": lambda seed: plain_simpy.run_bare(outlets, **plain, seed=seed),
    }
    best: dict[str, float] = {}
    fills: dict[str, list[float]] = {name: [] for name in programs}
    orders: dict[str, int] = {}
    for seed in range(rounds):
        for name, program in programs.items():
            seconds, rows = timed(program, seed)
            best[name] = min(best.get(name, seconds), seconds)
            if isinstance(rows, Records):
                rows = list(zip(rows.lines["requested"], rows.lines["arrived"] - rows.lines["requested"], strict=True))
            waits = [wait for asked, wait in rows if asked >= warm_up]
            fills[name].append(sum(wait == 0 for wait in waits) / len(waits))
            orders[name] = len(rows)
    print(", ".join(f"{key} {value}" for key, value in figures.items()), f"· best of {rounds}")
    first = next(iter(programs))
    for name in programs:
        speed, fill = orders[name] / best[name], sum(fills[name]) / rounds
        ratio = (orders[first] / best[first]) / speed
        print(f"  {name:52s} {speed:9,.0f} orders/s   fill {fill:.4f}   netsim is {ratio:4.2f} x")
    if outlets == 20:
        print(f"  exact fill (Graves 1985): {EXACT_FILL}")


if __name__ == "__main__":
    compare(20, depot_stock=24, days=3650)
    compare(200, depot_stock=240, days=365)
