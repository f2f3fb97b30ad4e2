"""The Mexican launch says what it claims to say: places, volumes, mix of parts, crews; and its designs run."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from netsim.engine.records import Records
from netsim.engine.simpy_engine import run
from netsim.model.compile_model import compile_model
from netsim.model.model import Channel, Model
from netsim.network.building import build
from netsim.network.reach import outlets_in_reach
from netsim.outcome.balance import check_balance
from netsim.plan.plan import make_plan
from netsim.spec.scenario import Scenario, load, load_study
from netsim.study.study import Study
from netsim.tape.demand import Demand, demand
from netsim.tape.tape import Tape

FOLDER = Path(__file__).parents[2] / "scenarios" / "launch_mexico"
DAY = 86_400
MONTHS_36 = 1095 * DAY

PRESET = {"screen": 35, "battery": 20, "board": 14, "port": 10, "cover": 8, "camera": 6, "other": 7}
"""Pieces used by part, in per cent, that the failure modes were made to give."""


@pytest.fixture(scope="module")
def designs() -> dict[str, Scenario]:
    return {case.design: case.content for case in Study.from_file(FOLDER / "study.yaml").cases}


@pytest.fixture(scope="module")
def base() -> Scenario:
    return load(FOLDER / "scenario.yaml")


@pytest.fixture(scope="module")
def claims(base: Scenario) -> Demand:
    return demand(base.world, base.start, MONTHS_36)


def test_study_compares_the_four_designs_and_all_can_be_compiled(designs: dict[str, Scenario]) -> None:
    assert list(designs) == ["regional-hub", "country-warehouse", "swap-pools", "mail-in"]
    for study in ("study.yaml", "break_even.yaml"):
        Study.from_file(FOLDER / study).check()
    assert load_study(FOLDER / "study.yaml").compare.baseline == "regional-hub"


def test_designs_share_world_outlets_supplier_hub_and_factory(designs: dict[str, Scenario]) -> None:
    places = []
    for scenario in designs.values():
        nodes = scenario.network.nodes
        places.append({name: (node.kind, node.at) for name, node in nodes.items() if name != "cuautitlan-warehouse"})
    assert all(each == places[0] for each in places)
    kinds = Counter(kind for kind, _ in places[0].values())
    assert kinds == {"outlet": 16, "warehouse": 1, "factory": 1, "supplier": 1}
    assert len({id(scenario.world) for scenario in designs.values()}) == 1


def test_zones_are_large_cities_and_share_all_sales(base: Scenario) -> None:
    zones = base.world.zones
    assert len(zones) == 128
    assert all(zone.population > 100_000 and zone.country == "MX" for zone in zones.values())
    assert sum(zone.share for zone in zones.values()) == pytest.approx(1, abs=1e-6)
    for zone in zones.values():
        assert zone.share == pytest.approx(zone.population / sum(z.population for z in zones.values()), abs=1e-6)


def test_hazards_add_up_to_hardware_and_accidents(base: Scenario) -> None:
    modes = base.world.products["phone"].modes.values()
    hardware, accidents = (
        sum(365 * mode.hazard for mode in modes if mode.chargeable is paid and isinstance(mode.hazard, float))
        for paid in (False, True)
    )
    assert hardware == pytest.approx(0.053, abs=1e-5)
    assert accidents == pytest.approx(0.10, abs=1e-5)
    assert {mode.capture for mode in modes if mode.chargeable} == {0.4}


def test_parts_used_have_the_mix_of_the_preset(base: Scenario, claims: Demand) -> None:
    rates = base.world.rates
    modes = base.world.products["phone"].modes
    pieces, orders = Counter[str](), 0.0
    for column, (_, name) in enumerate(claims.catalogue):
        out, within = claims.national[:, column].sum(axis=0)
        mode = modes[name]
        accepted = rates.quote_accept if mode.chargeable else 1
        used = (out * rates.quote_accept + within * accepted) * (1 - rates.no_fault)
        orders += used
        pieces.update({part: used * count for part, count in mode.parts.items()})
    assert pieces.total() / orders == pytest.approx(1.53, abs=0.01)
    for part, percent in PRESET.items():
        assert 100 * pieces[part] / pieces.total() == pytest.approx(percent, abs=0.2), part


def test_sales_reach_the_plateau_within_three_years(base: Scenario, claims: Demand) -> None:
    market = claims.markets[0]
    assert market is not None
    assert 31 * market.density[35] == pytest.approx(40_000, rel=0.02), "December 2029"
    assert 50_000 < claims.national.sum() < 60_000, "claims that the README tells of"


def test_crews_suit_the_busiest_month(designs: dict[str, Scenario], claims: Demand) -> None:
    scenario = designs["regional-hub"]
    network = build(scenario)
    rates = scenario.world.rates
    busiest = claims.national[-31:].sum() / 31 * (1 - rates.remote)
    reach = outlets_in_reach(scenario, network)
    share = Counter[str]()
    for zone, of_sales in zip(claims.zones, claims.shares, strict=True):
        share[reach[zone][0][0]] += of_sales
    assert len(share) == 16, "every outlet has customers"
    for outlet, of_sales in share.items():
        bench = network.nodes[outlet]["spec"].bench
        repaired = (1 - rates.no_fault) * 0.8  # about a fifth of those with a fault decline the quote
        content = (bench.diagnosis.mean + repaired * bench.work.mean / bench.test_pass) / 3600
        load_ = busiest * of_sales * content * 7 / (6 * 9) / bench.technicians
        assert 0.15 < load_ < 0.75, outlet


def test_card_names_every_design_and_source_and_the_leading_numbers() -> None:
    card = (FOLDER / "README.md").read_text(encoding="utf-8")
    for design in (FOLDER / "designs").iterdir():
        assert design.name in card
    sources = {int(number) for number in re.findall(r"\[(\d+)\]", card)}
    assert sources == set(range(1, max(sources) + 1))
    for number in ("0.053", "40,000", "62 h", "16 %", "0.8 %", "8 USD", "85 %", "72 h", "32 min"):
        assert number in card


@pytest.fixture(scope="module")
def short_runs(designs: dict[str, Scenario]) -> dict[str, tuple[Model, Records]]:
    """One run of each design over the first 240 days, on one tape."""
    world, start = designs["regional-hub"].world, designs["regional-hub"].start
    expected = demand(world, start, 240 * DAY)
    tape = Tape.sample(world, start=start, horizon=240 * DAY, seed=7, replication=0, demand=expected)
    runs = {}
    for name, scenario in designs.items():
        model = compile_model(scenario, horizon=240 * DAY)
        runs[name] = model, run(model, tape, make_plan(model, expected), debug=True)
    return runs


def test_short_runs_keep_every_law_of_the_books(short_runs: dict[str, tuple[Model, Records]]) -> None:
    for model, records in short_runs.values():
        check_balance(model, records)


def test_designs_see_the_same_claims(short_runs: dict[str, tuple[Model, Records]]) -> None:
    first = short_runs["regional-hub"][1].orders
    for _, records in short_runs.values():
        for column in ("zone", "k", "created", "mode"):
            assert np.array_equal(records.orders[column], first[column]), column


def test_each_design_serves_in_its_own_way(short_runs: dict[str, tuple[Model, Records]]) -> None:
    offered = {
        "regional-hub": {Channel.WALK_IN},
        "country-warehouse": {Channel.WALK_IN},
        "swap-pools": {Channel.SWAP, Channel.WALK_IN},
        "mail-in": {Channel.MAIL_IN},
    }
    for name, (model, records) in short_runs.items():
        used = set(np.unique(records.orders["channel"]).tolist()) - {Channel.REMOTE, -1}
        assert used == offered[name], name
        nodes = {model.node_names[node] for node in np.unique(records.lines["node"]).tolist()}
        assert (nodes == {"laredo-hub"}) == (name == "mail-in")


def test_hub_sends_one_consignment_an_order_in_the_regional_design(
    short_runs: dict[str, tuple[Model, Records]],
) -> None:
    """Lines of one order that the hub fills at once share a parcel; lines of different orders never do."""
    model, records = short_runs["regional-hub"]
    express = [i for i, name in enumerate(model.lane_names) if name.startswith("laredo-hub -> ") and "outlet" in name]
    parcels = np.isin(records.consignments["lane"], express)
    assert parcels.any()
    causes = np.stack([records.consignments[column][parcels] for column in ("owner", "number")])
    orders_with_lines = len(np.unique(records.lines["order"]))
    assert np.unique(causes, axis=1).shape[1] <= orders_with_lines
    assert (records.consignments["at_border"][parcels] >= 0).all(), "each clears customs by itself"
