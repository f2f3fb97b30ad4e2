"""Money figures of the small case against numbers worked by hand, and the laws that they keep."""

from __future__ import annotations

import pytest

from netsim.engine.records import Activity
from netsim.outcome.costs import book_costs
from netsim.outcome.groups import Observation
from netsim.outcome.money import MoneyKpis, money_kpis, order_postings
from tests.outcome import money_case as case
from tests.outcome.story import DAY, HOUR, Story

PURCHASE_VAT = 0.21 * 125  # held from day 15 to day 25


def kpis(begin: int = 0, end: int = case.HORIZON, **changes: object) -> MoneyKpis:
    return money_kpis(case.scenario(**changes), case.model(), case.records(), begin=begin, end=end)  # type: ignore[arg-type]


def figures(found: MoneyKpis) -> dict[tuple[str, str], Observation]:
    named = {(observation[0], observation[1]): observation for observation in found.observations}
    assert len(named) == len(found.observations)
    return named


def value(found: dict[tuple[str, str], Observation], kpi: str, group: str = "all") -> float | None:
    return found[kpi, group][2]


# Stock at standard cost: (from, to, value) worked out from the story; goods under way count.
STOCK = (
    (0, 2 * DAY + 10 * HOUR, 260),
    (2 * DAY + 10 * HOUR, 5 * DAY, 240),
    (5 * DAY, 10 * DAY, 340),
    (10 * DAY, 16 * DAY, 240),
    (16 * DAY, 20 * DAY, 340),
    (20 * DAY, case.HORIZON, 320),
)
STOCK_AREA = sum((end - begin) * worth for begin, end, worth in STOCK)


def test_cost_per_order_is_cost_over_orders_closed() -> None:
    found = figures(kpis())
    costs = book_costs(case.scenario(), case.model(), case.records(), begin=0, end=case.HORIZON)
    assert value(found, "cost") == pytest.approx(costs.total)
    assert value(found, "cost_per_order") == pytest.approx(costs.total / 2)
    assert value(found, "cost_per_order", "category=contact") == pytest.approx(4.5)
    assert value(found, "cost_per_order", "country=ES") == pytest.approx(costs.by("country")["ES"] / 2)
    # walk-in: screen, contacts of two orders, compensation of the open one; one order closed
    assert value(found, "cost_per_order", "channel=walk-in") == pytest.approx(20 + 6 + 50)
    # mail-in: board less its core's recovery, components, job, courier, contacts, compensation
    assert value(found, "cost_per_order", "channel=mail-in") == pytest.approx(100 - 100 + 7 + 18 + 4 + 3 + 12)


def test_fixed_cost_is_rent_write_off_and_rosters() -> None:
    found = figures(kpis())
    madrid = 59 * (12 + 10) + 20 * 10  # rent and write-off by the day, 20 open hours of one technician
    venlo = 59 * 24  # handling, brokerage and freight depend on volume; the plant is paid by the job
    assert {group: each[2] for (kpi, group), each in found.items() if kpi == "fixed_cost"} == pytest.approx(
        {"all": madrid + venlo, "node=madrid": madrid, "node=venlo": venlo, "country=ES": madrid, "country=NL": venlo}
    )
    window = figures(kpis(DAY + 13 * HOUR, 3 * DAY))  # from one o'clock in the middle of the first shift
    assert value(window, "fixed_cost", "node=madrid") == pytest.approx((35 / 24) * (12 + 10) + 16 * 10)


def test_fixed_cost_is_the_same_without_any_order() -> None:
    quiet = money_kpis(case.scenario(), case.model(), Story().records(case.HORIZON), begin=0, end=case.HORIZON)
    assert value(figures(quiet), "fixed_cost") == pytest.approx(value(figures(kpis()), "fixed_cost"))
    assert value(figures(quiet), "cost") == pytest.approx(value(figures(quiet), "fixed_cost"))


def test_a_crew_paid_by_work_done_is_no_fixed_cost_and_a_factory_roster_is() -> None:
    spain = {"madrid": {"kind": "outlet", "bench": {"technicians": 1, "share": "50 %"}}}
    plant = {"plant": {"kind": "factory", "bench": {"technicians": 1, "wage": "3 EUR/h"}}}
    story = case.told()
    story.work(bench=0, subject=0, activity=Activity.REPAIR, start=DAY + 9 * HOUR, end=DAY + 11 * HOUR)
    scenario = case.scenario(network={"nodes": {**case.NETWORK["nodes"], **spain, **plant}})
    found = money_kpis(scenario, case.model(), story.records(case.HORIZON), begin=0, end=case.HORIZON)
    assert found.costs.by("item")["technicians' wages by work done"] == pytest.approx(2 * 10)
    fixed = figures(found)
    assert value(fixed, "fixed_cost", "node=madrid") == pytest.approx(59 * 12)  # no set-up here
    assert value(fixed, "fixed_cost", "node=plant") == pytest.approx(59 * 24 * 3)  # open day and night


def test_a_window_without_closed_orders_has_no_cost_per_order() -> None:
    found = figures(kpis(20 * DAY, 30 * DAY))
    assert found["cost_per_order", "all"][2] is None
    assert found["cost_per_order", "all"][4] == 0


def test_cash_tied_is_stock_and_vat_over_time() -> None:
    found = figures(kpis())
    average = (STOCK_AREA + PURCHASE_VAT * 10 * DAY) / case.HORIZON
    assert value(found, "cash_tied") == pytest.approx(average)
    assert value(found, "cash_tied_peak") == pytest.approx(340 + PURCHASE_VAT)  # day 16 to 20
    assert sum(
        v[2] or 0 for k, v in found.items() if k[0] == "cash_tied" and k[1].startswith("node=")
    ) == pytest.approx(average)


def test_peak_is_that_of_the_window() -> None:
    assert value(figures(kpis(26 * DAY, 50 * DAY)), "cash_tied_peak") == pytest.approx(320)
    assert value(figures(kpis(17 * DAY, 18 * DAY)), "cash_tied_peak") == pytest.approx(340 + PURCHASE_VAT)


def test_turns_and_days_of_supply() -> None:
    found = figures(kpis())
    yearly, stock = 120 * 365 / 59, STOCK_AREA / case.HORIZON
    assert value(found, "stock_value") == pytest.approx(stock)
    assert value(found, "turns") == pytest.approx(yearly / stock)
    assert value(found, "days_of_supply") == pytest.approx(365 * stock / yearly)
    product = (value(found, "turns", "part=screen") or 0) * (value(found, "days_of_supply", "part=screen") or 0)
    assert product == pytest.approx(365)
    assert value(figures(kpis(20 * DAY, 30 * DAY)), "days_of_supply") is None


def test_net_cost_holds_capital_salvage_and_revenue() -> None:
    found = figures(kpis())
    capital = 0.10 * STOCK_AREA / (365 * DAY)
    vat = 0.10 * PURCHASE_VAT * 10 / 365
    assert value(found, "capital_charge") == pytest.approx(capital)
    assert value(found, "vat_financing") == pytest.approx(vat)
    assert value(found, "revenue") == pytest.approx(30)
    assert value(found, "stock_left") == pytest.approx(320)
    expected = (value(found, "cost") or 0) + capital + vat + 0.2 * 320 - 30
    assert value(found, "net_cost") == pytest.approx(expected)


def test_landed_cost_of_a_part_in_the_country_that_uses_it() -> None:
    found = figures(kpis())
    venlo = 20 + 25 / 5 + 5 / 5  # VAT is recovered in the Netherlands
    leg = 8.206 + 0.20 + 0.60 + 0.05 * 28.406 + 0.16 * 1.05 * 28.406
    assert value(found, "landed_cost", "part=screen") == pytest.approx(venlo + leg)
    assert ("landed_cost", "part=board") not in found  # none was bought


def test_late_compensation() -> None:
    found = figures(kpis())
    assert value(found, "late_compensation") == pytest.approx(62)


def test_doubling_every_price_doubles_every_amount_and_no_ratio_of_goods() -> None:
    once, twice = figures(kpis()), figures(kpis(worth=2.0))
    assert once.keys() == twice.keys()
    for key, observation in once.items():
        before, after = observation[2], twice[key][2]
        factor = 1 if key[0] in ("turns", "days_of_supply") else 2
        assert after == (None if before is None else pytest.approx(factor * before, rel=1e-9, abs=1e-9)), key


def test_monthly_series_add_up() -> None:
    found = kpis()
    total = value(figures(found), "cost")
    monthly = [p for p in found.series if p[0] == "cost" and p[1] == "all"]
    assert [p[2] for p in monthly] == [0, 1]
    assert sum(p[3] for p in monthly) == pytest.approx(total)
    parts = [p for p in found.series if p[0] == "cost" and p[1].startswith("category=")]
    assert sum(p[3] for p in parts) == pytest.approx(total)
    closed = [p[4] for p in found.series if p[0] == "cost_per_order"]
    assert closed == [2, 0]
    tied = [p for p in found.series if p[0] == "cash_tied"]
    assert [p[4] for p in tied] == [31, 28]
    assert sum(p[3] for p in tied) == pytest.approx((STOCK_AREA + PURCHASE_VAT * 10 * DAY) / DAY)


def test_lines_of_one_order_are_told_in_order_of_time() -> None:
    lines = order_postings(case.scenario(), case.model(), case.records(), 1)
    assert lines["item"].tolist() == [
        "freight and fuel",
        "contacts",
        "parts used",
        "late compensation",
        "good parts won from cores",
        "components used in repairing cores",
        "factory price per job",
    ]
    assert lines["time"].is_monotonic_increasing
    assert lines["amount"].tolist() == pytest.approx([4, 3, 100, 12, 100, 7, 18])
