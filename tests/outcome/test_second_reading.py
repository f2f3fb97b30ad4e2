"""Two readings of one definition: every figure of a run, by the arrays of netsim and by plain loops, to 1e-9."""

from __future__ import annotations

from pathlib import Path

import pytest

from netsim.engine.simpy_engine import run
from netsim.model.compile_model import compile_model
from netsim.outcome.balance import check_balance
from netsim.outcome.books import keep_books
from netsim.outcome.ledger import check_books
from netsim.outcome.observe import observe
from netsim.plan.plan import make_plan
from netsim.spec.scenario import load
from netsim.study.windows import Windows
from netsim.tape.demand import demand
from netsim.tape.tape import Tape
from tests.outcome.second_ledger import SecondLedger
from tests.outcome.second_reading import DAY, Figures

SHIPPED = Path(__file__).parents[2] / "scenarios"
HORIZON = 120 * DAY
SPANS = {"cut": (20 * DAY, 110 * DAY), "whole": (0, HORIZON)}  # up to the last second: much is open and censored
DESIGNS = {
    "regional-hub": ("regional_hub",),
    "country-warehouse": ("country_warehouse",),
    "swap-pools": ("country_warehouse", "swap_pools"),
    "mail-in": ("mail_in",),
}
BUSY = """
variant: busy
why: A launch sells too little in four months to test much; here a year of steady sales lies behind.
world:
  products: {phone: {sales: {logistic: null, plateau: 3000, months_before: 12}}}
  countries: {MX: {duty: {part: 5 %}, vat_lag: 30 d}}
  promise: {late: 4 USD/d, late_cap: 10 USD}
  rates: {salvage: 60 %}
"""
ADDING = ("backorders", "cost", "fixed_cost")  # members without any are left out
ALWAYS = (
    "arrival_rate par_0 par_24h par_72h par_7d par_order backorder_wait backorder_wait_unfilled fill_rate ready_rate "
    "on_hand in_transit stock_value stock_left turns backorders backorders_max "
    "tat_mean tat_restricted tat_p50 tat_p90 tat_p95 censored_share on_time same_day backlog backlog_max "
    "utilisation repair_yield factory_load cost fixed_cost cost_per_order revenue late_compensation net_cost "
    "capital_charge vat_financing write_down cash_tied cash_tied_peak"
)


@pytest.fixture(scope="module", params=[*DESIGNS, "two-echelon"])
def story(request, tmp_path_factory):
    """Return (scenario, model, records) of one replication of a shipped design."""
    if request.param == "two-echelon":
        scenario = load(SHIPPED / "two_echelon" / "scenario.yaml")
    else:
        folder = SHIPPED / "launch_mexico"
        variant = tmp_path_factory.mktemp("second") / "busy.yaml"
        variant.write_text(BUSY, encoding="utf-8")
        designs = [folder / "designs" / f"{name}.yaml" for name in DESIGNS[request.param]]
        scenario = load(folder / "scenario.yaml", variant, *designs)
    model = compile_model(scenario, horizon=HORIZON)
    expected = demand(scenario.world, scenario.start, HORIZON)
    tape = Tape.sample(scenario.world, start=scenario.start, horizon=HORIZON, seed=7, replication=0, demand=expected)
    return scenario, model, run(model, tape, make_plan(model, expected))


@pytest.mark.parametrize("span", SPANS)
def test_both_readings_agree(story, span):
    scenario, model, records = story
    begin, end = SPANS[span]
    seen = observe(scenario, model, records, Windows(begin, end, HORIZON))
    theirs: Figures = {(kpi, group): value for kpi, group, value, _, _ in seen.observations}
    mine = SecondLedger(scenario, model, records, (begin, end)).figures()
    assert set(ALWAYS.split()) <= {kpi for kpi, group in mine if group == "all"}
    for (kpi, group), value in mine.items():
        other = theirs.get((kpi, group), 0.0 if kpi in ADDING else "missing")
        same = other is None if value is None else other == pytest.approx(value, rel=1e-9, abs=1e-9)
        assert same, (kpi, group, other, value)


def test_each_story_has_something_to_read(story):
    scenario, model, records = story
    seen = observe(scenario, model, records, Windows(0, HORIZON, HORIZON))
    found = {(kpi, group): value for kpi, group, value, _, _ in seen.observations}
    assert found["orders_created", "all"] > 300
    assert found["censored_share", "all"] > 0
    assert 0 < found["fill_rate", "all"] < 1
    assert found["cost", "category=logistics"] > 0


def test_parts_orders_and_money_are_conserved(story):
    scenario, model, records = story
    check_balance(model, records)
    check_books(scenario, model, records, books=keep_books(scenario, model, records))
