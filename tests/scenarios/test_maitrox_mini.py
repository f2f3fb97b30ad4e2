"""The small global network is made by its script, has the make-up it tells of, and its run meets the figures."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import netsim as ns
from netsim.engine.records import Records
from netsim.model.model import Model, NodeKind
from netsim.network.building import build
from netsim.network.reach import outlets_in_reach
from netsim.outcome.balance import check_balance
from netsim.spec.scenario import Scenario, load, load_study
from netsim.study.windows import Windows
from netsim.tape.demand import Demand, demand

ROOT = Path(__file__).parents[2]
FULL, MINI = ROOT / "scenarios" / "maitrox_scale", ROOT / "scenarios" / "maitrox_mini"
DAY = 86_400
MONTH = 365 / 12
FIRST, LAST = 91, 181
"""Rows of `Demand` that are days 90 to 180 of the scenario: row 0 is the day before it starts."""

MIX = {"phone": 75, "pc": 17, "appliance": 6, "server": 2}
PIECES = {"phone": 1.53, "pc": 1.5, "appliance": 1.3, "server": 1.6}
KINDS = {
    "phone": {"screen": 35, "battery": 20, "board": 14, "port": 10, "cover": 8, "camera": 6, "small": 7},
    "pc": {"board": 20, "storage": 20, "screen": 20, "battery": 15, "charger": 10, "small": 15},
    "appliance": {"board": 25, "motor": 25, "sensor": 20, "panel": 10, "small": 20},
    "server": {"disk": 50, "memory": 15, "psu": 12, "board": 8, "fan": 15},
}
"""Orders by industry, pieces per order with parts and parts by use, in per cent: what the catalogue is made to give."""


def industry(name: str) -> str:
    return next(each for each in MIX if each in name)


def acceptance() -> ModuleType:
    """Return the program that compares a run with the published figures."""
    spec = importlib.util.spec_from_file_location("maitrox_acceptance", FULL / "acceptance.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


def sample(scenario: Scenario, horizon: int, seed: int) -> tuple[Model, ns.Tape, ns.Plan]:
    expected = demand(scenario.world, scenario.start, horizon)
    model = ns.compile_model(scenario, horizon=horizon)
    tape = ns.Tape.sample(
        scenario.world, start=scenario.start, horizon=horizon, seed=seed, replication=0, demand=expected
    )
    return model, tape, ns.make_plan(model, expected)


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    return load(MINI / "scenario.yaml")


@pytest.fixture(scope="module")
def expected(scenario: Scenario) -> Demand:
    return demand(scenario.world, scenario.start, 365 * DAY)


@pytest.fixture(scope="module")
def measured(scenario: Scenario) -> tuple[Model, Records, Windows]:
    """The run of the study."""
    study = load_study(MINI / "study.yaml")
    windows = Windows.of(study.windows)
    model, tape, plan = sample(scenario, windows.horizon, study.seed)
    return model, ns.run(model, tape, plan), windows


@pytest.fixture(scope="module")
def kpis(scenario: Scenario, measured: tuple[Model, Records, Windows]) -> dict[tuple[str, str], float | None]:
    model, records, windows = measured
    return {(row[0], row[1]): row[2] for row in ns.observe(scenario, model, records, windows).observations}


def rebuilt(folder: Path, *options: str) -> dict[str, bytes]:
    """Return what the script writes, by the name of the file."""
    subprocess.run(
        [sys.executable, str(FULL / "build_maitrox.py"), "--out", str(folder), *options],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=True,
    )
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_files_are_what_the_script_makes(tmp_path: Path) -> None:
    made = rebuilt(tmp_path, "--mini")
    assert len(made) == 7
    for name, content in made.items():
        assert (MINI / name).read_bytes() == content, name


def test_network_has_the_size_specified(scenario: Scenario) -> None:
    nodes = scenario.network.nodes
    kinds = Counter(node.kind for node in nodes.values())
    assert kinds == {"outlet": 200, "warehouse": 2 + 1, "factory": 1, "supplier": 1}, "a hub besides two regions"
    assert len({node.country for node in nodes.values() if node.kind == "outlet"}) == 16
    assert [node.bench.technicians for node in nodes.values() if node.kind == "factory" and node.bench] == [4]
    assert Counter(acceptance().providers_of(MINI).values()).most_common()[0][0] == "provider-1"
    assert len(set(acceptance().providers_of(MINI).values())) == 10


def test_outlets_have_the_sizes_specified(scenario: Scenario, expected: Demand) -> None:
    reach = outlets_in_reach(scenario, build(scenario))
    assert all(reach[zone][0] == (zone.removesuffix("-area"), 0) for zone in scenario.world.zones)
    monthly = expected.shares * 9500
    assert expected.shares.sum() == pytest.approx(1, abs=1e-6)
    assert monthly.min() == pytest.approx(5, abs=0.01)
    # The floor takes a little of the spread, and so does cutting the law into 200 quantiles.
    assert monthly.std() / monthly.mean() == pytest.approx(1.2, abs=0.1)
    assert np.median(monthly) == pytest.approx(47.5 / np.sqrt(1 + 1.2**2), rel=0.03), "the median of the lognormal law"


def test_capacity_shares_are_those_of_outlets_that_serve_others_too(scenario: Scenario) -> None:
    benches = [node.bench for node in scenario.network.nodes.values() if node.kind == "outlet" and node.bench]
    paid = [bench.technicians * bench.share for bench in benches if bench.technicians != "unlimited" and bench.share]
    assert len(paid) == 200
    assert 0.25 <= np.mean(paid) <= 0.5, "technicians an outlet"


def test_orders_expected_are_those_specified(expected: Demand) -> None:
    daily = expected.national.sum(axis=2) * expected.shares.sum()
    window = daily[FIRST:LAST]
    assert window.sum() / 90 * MONTH == pytest.approx(9500, rel=1e-3)
    assert daily[1:].sum() / daily[1:].shape[0] * MONTH == pytest.approx(9500, rel=0.01), "over the year"
    by_industry = Counter[str]()
    for column, (product, _) in enumerate(expected.catalogue):
        by_industry[industry(product)] += window[:, column].sum()
    for name, percent in MIX.items():
        assert 100 * by_industry[name] / window.sum() == pytest.approx(percent, abs=0.05)


def test_parts_used_have_the_mix_specified(scenario: Scenario, expected: Demand) -> None:
    world = scenario.world
    orders, repairs, pieces, worth_repair = 0.0, Counter[str](), Counter[tuple[str, str]](), 0.0
    for column, (product, mode) in enumerate(expected.catalogue):
        claims = float(expected.national[FIRST:LAST, column].sum())
        orders += claims
        faults = claims * (1 - (world.products[product].no_fault or 0))
        repairs[industry(product)] += faults
        for part, count in world.products[product].modes[mode].parts.items():
            pieces[industry(product), part.rpartition("-")[2]] += count * faults
            worth_repair += count * faults * world.parts[part].repairable
    for name, kinds in KINDS.items():
        used = sum(count for (owner, _), count in pieces.items() if owner == name)
        assert used / repairs[name] == pytest.approx(PIECES[name], rel=0.01), name
        for kind, percent in kinds.items():
            assert 100 * pieces[name, kind] / used == pytest.approx(percent, abs=0.3), (name, kind)
    assert pieces.total() / orders == pytest.approx(220 / 190, rel=0.005)
    assert worth_repair / pieces.total() == pytest.approx(0.12, abs=0.001)


def test_run_meets_every_figure(
    measured: tuple[Model, Records, Windows], kpis: dict[tuple[str, str], float | None]
) -> None:
    program = acceptance()
    found = program.figures(*measured, kpis, program.providers_of(MINI))
    assert [str(figure) for figure in found if not figure.is_accepted] == []
    judged = [figure for figure in found if figure.tolerance is not None]
    assert len(judged) == 12
    assert "MISSED" in str(program.Figure("orders a month", 9500, 9000, 0.02))


def test_queues_are_stable_and_parts_arrive(
    measured: tuple[Model, Records, Windows], kpis: dict[tuple[str, str], float | None]
) -> None:
    model, records, windows = measured
    benches = [kpis["utilisation", f"node={model.node_names[node]}"] for node in model.benches.node]
    assert all(busy is not None and busy < 1 for busy in benches)
    created, still_open = kpis["orders_created", "all"], kpis["orders_open", "all"]
    assert created is not None
    assert still_open is not None
    assert still_open < 1e-3 * created, "two weeks after the window: a part held at two borders may still be missing"
    begin, end = (float(_open_orders(records, at)) for at in (windows.begin, windows.end))
    assert end < begin + 5 * np.sqrt(begin), "no backlog builds up"
    arrival, at_once = kpis["arrival_rate", "all"], kpis["par_0", "all"]
    assert arrival is not None
    assert at_once is not None
    assert 0.85 < arrival < 1
    assert 0.65 < at_once < arrival
    for part in ("phone-1-screen", "phone-battery", "pc-storage"):
        fill = kpis["fill_rate", f"part={part}"]
        assert fill is not None
        assert fill > 0.9, "what outlets aim at, of parts that all of them keep"


def _open_orders(records: Records, at: int) -> int:
    orders = records.orders
    return int(((orders["created"] <= at) & ((orders["closed"] < 0) | (orders["closed"] > at))).sum())


def test_one_seed_gives_the_same_bytes_another_does_not(scenario: Scenario) -> None:
    runs = [sample(scenario, 5 * DAY, seed) for seed in (3, 4)]
    first, again, other = (ns.run(*runs[i]).digest() for i in (0, 0, 1))
    assert first == again != other


@pytest.mark.long
def test_a_year_of_the_small_network_stays_sound(scenario: Scenario) -> None:
    model, tape, plan = sample(scenario, 365 * DAY, seed=11)
    records = ns.run(model, tape, plan)
    check_balance(model, records)
    assert len(records.orders["zone"]) / 12 == pytest.approx(9500, rel=0.015)
    factory = int(np.flatnonzero(model.nodes.kind == NodeKind.FACTORY)[0])
    waits = []
    work = records.work
    jobs = work["bench"] == model.nodes.bench[factory]
    for quarter in range(4):
        rows = jobs & (work["joined"] // (91 * DAY) == quarter) & (work["start"] >= 0)
        waits.append(float((work["start"][rows] - work["joined"][rows]).mean()) / DAY)
    assert max(waits) < 7, "a week's cores arrive together and are done before the next"
    assert waits[3] < 2 * waits[1] + 1, "the queue does not grow"


@pytest.mark.long
def test_full_network_is_what_the_script_makes_and_carries_a_week(tmp_path: Path) -> None:
    for name, content in rebuilt(tmp_path).items():
        assert (FULL / name).read_bytes() == content, name
    scenario = load(FULL / "scenario.yaml")
    kinds = Counter(node.kind for node in scenario.network.nodes.values())
    assert kinds == {"outlet": 4000, "warehouse": 17 + 1, "factory": 10, "supplier": 1}
    assert len({node.country for node in scenario.network.nodes.values() if node.kind == "outlet"}) == 64
    assert len(set(acceptance().providers_of(FULL).values())) == 207
    year: Any = demand(scenario.world, scenario.start, 365 * DAY)
    daily = year.national.sum(axis=(1, 2)) * year.shares.sum()
    assert daily[FIRST:LAST].sum() / 90 * MONTH == pytest.approx(190_000, rel=1e-3)
    assert daily[1:].mean() * MONTH == pytest.approx(190_000, rel=0.01)
    model, tape, plan = sample(scenario, 7 * DAY, seed=5)
    records = ns.run(model, tape, plan)
    check_balance(model, records)
    assert len(records.orders["zone"]) == pytest.approx(7 * daily[1:8].mean(), abs=5 * np.sqrt(50_000))
    assert (records.orders["node"] >= 0).all()
