"""Freight by consignment and chargeable weight, and how it is shared out."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from netsim.engine.records import MoveReason, StockState
from netsim.outcome.accounts import Item
from netsim.outcome.books import Books, keep_books
from tests.outcome.story import DAY, Story, build_model, build_scenario


def books(story: Story, lane: dict[str, Any], *, border: bool = False) -> Books:
    world = {
        "countries": {"ES": {"brokerage": "15 EUR", "vat": "20 %"}},
        "parts": {
            "heavy": {"value": "10 EUR", "weight": "3 kg"},
            "bulky": {"value": "30 EUR", "weight": "1 kg", "volume": "0.01 m3"},
        },
    }
    network = {
        "nodes": {"shop": {"kind": "outlet"}, "hub": {"kind": "warehouse"}, "yard": {"kind": "warehouse"}},
        "lanes": {"hub -> shop": {"transit": "1 d", **lane}, "shop -> yard": {"transit": "1 d"}},
    }
    model = build_model(
        nodes={"shop": ("outlet", "ES"), "hub": ("warehouse", "ES"), "yard": ("warehouse", "ES")},
        lanes={"hub -> shop / road": ("hub", "shop", border), "shop -> yard / road": ("shop", "yard", False)},
        parts=("heavy", "bulky"),
        zones={"town": "ES"},
        horizon=30 * DAY,
    )
    return keep_books(build_scenario(world=world, network=network), model, story.records(30 * DAY))


def box(*contents: tuple[int, int]) -> Story:
    """Return a story in which one consignment carries these (part, pieces)."""
    story = Story()
    row = story.ship(lane=0, departed=0, received=DAY, released=DAY)
    for part, qty in contents:
        story.move(0, part, (1, StockState.FREE), (0, StockState.TRANSIT), MoveReason.SHIP, qty=qty, subject=row)
    return story


def amounts(found: Books, item: Item) -> list[float]:
    return found.postings.amount[found.postings.item == item].tolist()


def test_weight_and_room_are_compared_for_the_whole_consignment() -> None:
    # 2 heavy and 3 bulky: 9 kg against 0.03 m3 x 200 = 6 kg: the weight of all counts, not each part's own best.
    found = books(box((0, 2), (1, 3)), {"cost": "2 EUR/kg", "volumetric": 200})
    assert sum(amounts(found, Item.FREIGHT)) == pytest.approx(18)
    # alone, 3 bulky weigh 3 kg and fill 6
    assert sum(amounts(books(box((1, 3)), {"cost": "2 EUR/kg", "volumetric": 200}), Item.FREIGHT)) == pytest.approx(12)


def test_charges_add_up_before_the_minimum_and_fuel_comes_on_top() -> None:
    tariff = ["5 EUR/shipment", "2 EUR/kg", "0.5 EUR/unit", "100 EUR/m3", "10 %"]
    found = books(box((0, 1), (1, 2)), {"cost": tariff, "fuel": "20 %"})
    assert sum(amounts(found, Item.FREIGHT)) == pytest.approx(1.2 * (5 + 2 * 5 + 0.5 * 3 + 100 * 0.02 + 0.1 * 70))
    least = books(box((0, 1), (1, 2)), {"cost": [*tariff, "minimum 80 EUR"], "fuel": "20 %"})
    assert sum(amounts(least, Item.FREIGHT)) == pytest.approx(96)


def test_freight_is_shared_by_chargeable_weight() -> None:
    found = books(box((0, 2), (1, 2)), {"cost": "16 EUR/shipment"})
    assert amounts(found, Item.FREIGHT) == pytest.approx([12, 4])  # 6 kg and 2 kg
    assert found.postings.part[found.postings.item == Item.FREIGHT].tolist() == [0, 1]


def test_insurance_is_on_each_parts_value() -> None:
    found = books(box((0, 2), (1, 1)), {"insurance": "1 %"})
    assert amounts(found, Item.INSURANCE) == pytest.approx([0.20, 0.30])


def test_one_entry_is_one_brokerage_however_many_parts() -> None:
    found = books(box((0, 2), (1, 2)), {"cost": "1 EUR/entry"}, border=True)
    assert sum(amounts(found, Item.BROKERAGE)) == pytest.approx(16)
    assert sum(amounts(found, Item.VAT_PAID)) == pytest.approx(0.20 * (80 + 0))


def test_within_a_customs_union_nothing_is_due() -> None:
    found = books(box((0, 2), (1, 2)), {"regime": "auto"})
    for item in (Item.BROKERAGE, Item.DUTY, Item.VAT_PAID, Item.VAT_NOT_RECOVERED, Item.OTHER_TAX):
        assert amounts(found, item) == []


def test_cores_and_devices_cross_as_temporary_imports() -> None:
    story = Story()
    story.order(created=0)
    story.ship(lane=0, order=0, departed=0, received=DAY, released=DAY)
    story.goods(0, 2, 1, 0, 0, departed=0, received=DAY, released=DAY, core=True)
    found = books(story, {"regime": "normal"}, border=True)
    assert amounts(found, Item.VAT_PAID) == []
    assert sum(amounts(found, Item.BROKERAGE)) == pytest.approx(30)


def test_a_held_entry_still_at_the_border_has_paid_nothing_yet() -> None:
    story = Story()
    story.goods(0, 1, 1, 0, 0, departed=29 * DAY, received=0, arrives=False, released=31 * DAY)
    found = books(story, {"cost": "7 EUR/shipment"}, border=True)
    assert amounts(found, Item.FREIGHT) == pytest.approx([7])
    assert amounts(found, Item.BROKERAGE) == []
    assert amounts(found, Item.VAT_PAID) == []


def test_a_second_leg_is_charged_to_its_own_consignment() -> None:
    story = Story()
    first = story.ship(lane=0, departed=0, received=DAY, next=1)
    second = story.ship(lane=1, leg=1, departed=DAY, received=2 * DAY)
    moving = StockState.TRANSIT
    story.move(0, 0, (1, StockState.FREE), (0, moving), MoveReason.SHIP, subject=first)
    story.move(DAY, 0, (0, moving), (1, moving), MoveReason.FORWARD, subject=second)
    story.move(2 * DAY, 0, (1, moving), (2, StockState.FREE), MoveReason.RECEIVE, subject=second)
    found = books(story, {"cost": "4 EUR/shipment"})
    assert found.cargo.row.tolist() == [0, 1]
    assert found.cargo.qty.tolist() == [1, 1]
    assert amounts(found, Item.FREIGHT) == pytest.approx([4])
    assert amounts(found, Item.TRANSFER) == pytest.approx([10, 10])  # hub to shop, shop to yard


def test_what_is_temporarily_in_pays_when_it_stays_and_nothing_when_it_leaves() -> None:
    stays, leaves = Story(), Story()
    for story in (stays, leaves):
        story.goods(0, 1, 1, 0, 0, departed=0, received=DAY, released=DAY)
    stays.order(created=0)
    stays.install(2 * DAY, 0, 0, stays.line(order=0))
    leaves.move(2 * DAY, 0, (0, StockState.FREE), (-1, StockState.OUTSIDE), MoveReason.LEFT_NETWORK, subject=-1)
    taxed = [amounts(books(story, {"regime": "temporary"}, border=True), Item.VAT_PAID) for story in (stays, leaves)]
    assert taxed[0] == pytest.approx([2.0])
    assert taxed[1] == []


def test_shares_of_each_consignment_add_up_to_one() -> None:
    found = books(box((0, 1), (1, 4)), {"cost": "3 EUR/shipment"})
    total = np.bincount(found.cargo.row, found.cargo.freight)
    np.testing.assert_allclose(total, [3.0])


def test_what_a_claim_set_going_names_its_order_and_what_a_date_set_going_none() -> None:
    story = Story()
    story.order(created=0, zone=0, k=7, channel=2)
    story.goods(0, 1, 1, 0, 0, departed=0, received=DAY, owner=0, number=7)
    story.goods(0, 1, 1, 0, 0, departed=DAY, received=2 * DAY, owner=0, number=8)  # a claim of another run's length
    story.goods(0, 1, 1, 0, 0, departed=2 * DAY, received=3 * DAY, owner=-1, number=2 * DAY)
    lines = books(story, {"cost": "4 EUR/shipment"}).postings
    freight = lines.where(lines.item == Item.FREIGHT)
    assert freight.order.tolist() == [0, -1, -1]
    assert freight.channel.tolist() == [2, -1, -1]
