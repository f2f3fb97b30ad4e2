"""The cost book against amounts worked by hand, and the laws that every cost book keeps."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from netsim.engine.records import Activity, ConsignmentEnd, MoveReason, OrderState, StockState, WorkEnd
from netsim.outcome.accounts import CATEGORIES, Item
from netsim.outcome.costs import Costs, book_costs
from tests.outcome import money_case as case
from tests.outcome.story import DAY, HOUR, Story, build_model, build_scenario

# Order 0: 0.8 chargeable kg, (6.50 + 0.96) x 1.1; order 1: 0.2 kg, (6.50 + 0.24) x 1.1.
FREIGHT_SCREEN, FREIGHT_BOARD = 8.206, 7.414
DUTY = 0.05 * (20 + FREIGHT_SCREEN + 0.20) + 0.05 * (100 + FREIGHT_BOARD + 1.00)
VAT_SPAIN = 0.16 * 1.05 * (20 + FREIGHT_SCREEN + 0.20 + 100 + FREIGHT_BOARD + 1.00)


def whole(**changes: object) -> Costs:
    return book_costs(case.scenario(**changes), case.model(), case.records(), begin=0, end=case.HORIZON)  # type: ignore[arg-type]


def test_items_of_the_case_to_the_cent() -> None:
    items = {name: amount for name, amount in whole().by("item").items() if amount}
    assert items == pytest.approx(
        {
            "technicians' wages": 20 * 10.00,
            "parts used": 20 + 100,
            "good parts won from cores": -100,
            "good parts lost or scrapped": 20,
            "components used in repairing cores": 7,
            "factory price per job": 18,
            "handling of pieces issued": 2 * 2.10,
            # the purchase is below its minimum of 25; the core, its return by weight, the courier
            "freight and fuel": FREIGHT_SCREEN + FREIGHT_BOARD + 25 + 3 + 0.10 + 4,
            "transport insurance": 0.20 + 1.00,
            "customs brokerage": 0.60 + 0.60 + 5 + 5,
            "import duty": DUTY,
            "import VAT not recovered": VAT_SPAIN,
            "disposal of scrap": 0.5 * 2,
            "rent and storage": 59 * 24,
            "outlet rent and fixed fees": 59 * 12,
            "set-up written off": 59 * 10,
            "contacts": 3 * 2 * 1.50,
            "late compensation": 3 * 4 + 50,  # the open order is 14 days late, capped
        },
        abs=1e-9,
    )


def test_six_categories_sum_to_the_total() -> None:
    costs = whole()
    sums = costs.by("category")
    assert tuple(sums) == CATEGORIES
    assert sum(sums.values()) == pytest.approx(costs.total, abs=1e-9)
    assert sums["service"] == pytest.approx(200)
    assert sums["parts"] == pytest.approx(120 - 100 + 20 + 7 + 18)
    assert sums["contact"] == pytest.approx(9)
    assert sums["outlet"] == pytest.approx(708 + 590)
    assert sums["compensation"] == pytest.approx(62)


@pytest.mark.parametrize("dimension", ["item", "node", "country", "part", "channel"])
def test_sums_by_any_dimension_add_up(dimension: str) -> None:
    costs = whole()
    assert sum(costs.by(dimension).values()) == pytest.approx(costs.total, abs=1e-9)


def test_windows_of_a_run_share_its_cost_out() -> None:
    cuts = [0, DAY + 13 * HOUR, 10 * DAY, 31 * DAY, 50 * DAY + 7, case.HORIZON]
    parts = [
        book_costs(case.scenario(), case.model(), case.records(), begin=begin, end=end) for begin, end in pairwise(cuts)
    ]
    assert sum(costs.total for costs in parts) == pytest.approx(whole().total, abs=1e-9)
    assert parts[0].by("item")["technicians' wages"] == pytest.approx(4 * 10)  # 09 to 13 o'clock


def test_months_are_calendar_months() -> None:
    costs = whole()
    rent = (costs.item == Item.SITE) & (costs.node == case.VENLO)
    january, february = (costs.amount[rent & (costs.month == month)].sum() for month in (0, 1))
    assert january == pytest.approx(31 * 24)
    assert february == pytest.approx(28 * 24)


def test_doubling_every_price_doubles_every_cost() -> None:
    once, twice = whole(), whole(worth=2.0)
    np.testing.assert_allclose(twice.amount, 2 * once.amount, rtol=1e-12)


def test_recovering_vat_saves_exactly_the_vat() -> None:
    spain = {**case.WORLD["countries"]["ES"], "vat_recoverable": True}
    recovered = whole(world={"countries": {"ES": spain}})
    assert whole().total - recovered.total == pytest.approx(VAT_SPAIN, abs=1e-9)


def test_bonded_goods_pay_the_same_taxes_once_they_are_used() -> None:
    lane = {**case.NETWORK["lanes"]["venlo -> madrid / express"], "transit": "1 d"}
    lanes = {**{k: {**v, "transit": "1 d"} for k, v in case.NETWORK["lanes"].items()}}
    normal, bonded = (
        whole(network={"lanes": {**lanes, "venlo -> madrid / express": {**lane, "regime": regime}}})
        for regime in ("normal", "bonded")
    )
    assert bonded.total == pytest.approx(normal.total, abs=1e-9)
    first_two_days = [
        book_costs(
            case.scenario(network={"lanes": {**lanes, "venlo -> madrid / express": {**lane, "regime": regime}}}),
            case.model(), case.records(), begin=0, end=2 * DAY + HOUR,
        ).by("item").get("import duty", 0.0)
        for regime in ("normal", "bonded")
    ]  # fmt: skip
    assert first_two_days[0] > 0
    assert first_two_days[1] == 0  # released on day 2, used 10 hours later


def two_nodes() -> tuple[object, object]:
    world = {
        "countries": {"ES": {"wage": "12 EUR/h"}},
        "parts": {"screen": {"value": "20 EUR", "repairable": False}},
        "products": {"phone": {"value": "150 EUR", "sales": {"plateau": 1}, "modes": {"crack": {"hazard": "1 %/yr"}}}},
    }
    network = {
        "nodes": {
            "shop": {"kind": "outlet", "bench": {"technicians": 1, "share": "50 %"}},
            "kiosk": {"kind": "outlet", "operator": "third-party", "fee": "9 EUR/order", "bench": {"technicians": 2}},
        },
        "lanes": {"kiosk -> shop": {"transit": "1 d"}},
    }
    model = build_model(
        nodes={"shop": ("outlet", "ES"), "kiosk": ("outlet", "ES")},
        lanes={"kiosk -> shop / road": ("kiosk", "shop", False)},
        parts=("screen",),
        zones={"town": "ES"},
        modes=(("phone/crack", 0, ()),),
        benches={"shop": (1, None), "kiosk": (2, None)},
        horizon=10 * DAY,
    )
    return build_scenario(world=world, network=network), model


def items_of(story: Story) -> dict[str, float]:
    scenario, model = two_nodes()
    found = book_costs(scenario, model, story.records(10 * DAY), begin=0, end=10 * DAY).by("item")  # type: ignore[arg-type]
    return {name: amount for name, amount in found.items() if amount}


def test_a_shared_crew_is_paid_for_the_work_that_it_finished() -> None:
    story = Story()
    story.order(created=0, node=0)
    story.work(bench=0, activity=Activity.DIAGNOSIS, start=0, end=HOUR)
    story.work(bench=0, activity=Activity.REPAIR, start=HOUR, end=20 * HOUR, content=2 * HOUR)  # a night in between
    story.work(bench=0, activity=Activity.REPAIR, start=30 * HOUR, content=HOUR)  # never ends
    assert items_of(story) == pytest.approx({"technicians' wages by work done": 3 * 12})


def test_an_operator_is_paid_per_order_served_and_nothing_else() -> None:
    story = Story()
    story.order(created=0, closed=DAY, node=1, state=OrderState.NO_FAULT)
    story.order(created=0, closed=DAY, node=1, state=OrderState.CANCELLED)
    story.order(created=0, closed=DAY, node=-1, state=OrderState.UNCOVERED)
    story.order(created=0, node=1)
    story.work(bench=1, activity=Activity.REPAIR, start=0, end=HOUR, outcome=WorkEnd.DONE)
    assert items_of(story) == pytest.approx({"operator's fee per order": 9})


def test_a_lost_device_costs_its_value_once() -> None:
    story = Story()
    story.order(created=0, closed=DAY, node=0, state=OrderState.REFUNDED)
    story.order(created=0, closed=DAY, node=0, state=OrderState.REPLACED)
    for order in (0, 1):
        story.ship(lane=0, order=order, departed=0, outcome=ConsignmentEnd.LOST)
    assert items_of(story) == pytest.approx({"devices refunded": 150})  # the other got a unit instead


def test_reserving_and_moving_stock_costs_nothing() -> None:
    story = Story()
    story.opening(1, 0, 3)
    story.move(5, 0, (1, StockState.FREE), (1, StockState.RESERVED), MoveReason.RESERVE, qty=2)
    story.move(6, 0, (1, StockState.RESERVED), (1, StockState.FREE), MoveReason.RELEASE)
    story.goods(0, 1, 1, 0, 0, departed=7, received=8)
    assert items_of(story) == {}


def test_names_stand_in_the_table() -> None:
    costs = whole()
    frame = costs.to_frame()
    assert frame["amount"].sum() == pytest.approx(costs.total)
    late = frame[frame["item"] == "late compensation"]
    assert sorted(late["channel"]) == ["mail-in", "walk-in"]
    assert set(late["country"]) == {"ES"}
