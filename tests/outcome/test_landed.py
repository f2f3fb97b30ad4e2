"""Landed cost along chains of borders, by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from netsim.engine.records import MoveReason
from netsim.outcome.books import Books, keep_books, landed_costs
from netsim.outcome.landed import solve_flows
from tests.outcome.story import DAY, Story, build_model, build_scenario

SHOP, HUB, PLANT, MAKER = range(4)
SEA, ROAD, BACK, DIRECT = range(4)
ES, NL = 0, 1


def books(story: Story, **spain: Any) -> Books:
    world = {
        "countries": {"ES": spain, "NL": {}, "CN": {}},
        "parts": {"screen": {"value": "20 EUR", "weight": "1 kg"}},
    }
    ends = ("maker -> hub", "hub -> shop", "plant -> hub", "maker -> shop")
    freight = ("2 EUR/kg", "1.30 EUR/kg", "7 EUR/kg", "5 EUR/kg")
    kinds = {"shop": "outlet", "hub": "warehouse", "plant": "factory", "maker": "supplier"}
    countries = ("ES", "NL", "ES", "CN")
    network = {
        "nodes": {name: {"kind": kind} for name, kind in kinds.items()},
        "lanes": {name: {"transit": "1 d", "cost": cost} for name, cost in zip(ends, freight, strict=True)},
    }
    model = build_model(
        nodes={name: (kind, country) for (name, kind), country in zip(kinds.items(), countries, strict=True)},
        lanes={f"{name} / road": (*name.split(" -> "), True) for name in ends},  # type: ignore[dict-item]
        parts=("screen",),
        countries=("ES", "NL", "CN"),
        horizon=90 * DAY,
    )
    return keep_books(build_scenario(world=world, network=network), model, story.records(90 * DAY))


def buy(story: Story, lane: int, node: int, qty: int) -> None:
    story.goods(0, qty, MAKER, lane, node, departed=0, received=DAY, released=DAY, reason=MoveReason.PURCHASE)


def test_freight_of_all_borders_adds_up() -> None:
    story = Story()
    buy(story, SEA, HUB, 4)
    story.goods(0, 3, HUB, ROAD, SHOP, departed=2 * DAY, received=3 * DAY, released=3 * DAY)
    found = landed_costs(books(story), begin=0, end=90 * DAY)
    assert found[NL, 0] == pytest.approx((22.0, 4))
    assert found[ES, 0] == pytest.approx((23.30, 3))


def test_the_golden_case_on_a_lane() -> None:
    story = Story()
    story.goods(0, 1, MAKER, ROAD, SHOP, departed=0, received=DAY, released=DAY, reason=MoveReason.PURCHASE)
    taxed = {"vat": "16 %", "duty": {"part": "5 %"}, "brokerage": "0.60 EUR"}
    back = landed_costs(books(story, **taxed), begin=0, end=90 * DAY)
    assert back[ES, 0][0] == pytest.approx(22.965, abs=1e-9)
    lost = landed_costs(books(story, **taxed, vat_recoverable=False), begin=0, end=90 * DAY)
    assert lost[ES, 0][0] == pytest.approx(26.5434, abs=1e-9)


def test_two_ways_into_a_country_are_weighed_by_pieces() -> None:
    story = Story()
    buy(story, SEA, HUB, 3)
    buy(story, DIRECT, SHOP, 1)
    story.goods(0, 3, HUB, ROAD, SHOP, departed=2 * DAY, received=3 * DAY, released=3 * DAY)
    found = landed_costs(books(story), begin=0, end=90 * DAY)
    assert found[ES, 0][0] == pytest.approx((3 * 23.30 + 25) / 4)


def test_journeys_of_repaired_parts_are_not_those_of_new_ones() -> None:
    story = Story()
    buy(story, SEA, HUB, 4)
    story.goods(0, 2, PLANT, BACK, HUB, departed=2 * DAY, received=3 * DAY, released=3 * DAY)
    assert landed_costs(books(story), begin=0, end=90 * DAY)[NL, 0] == pytest.approx((22.0, 4))


def test_pieces_that_go_round_in_a_circle_still_have_one_cost() -> None:
    # 4 come into NL from outside at 22, 1 comes back from ES at L(ES) + 7; ES gets all from NL at L(NL) + 1.3.
    inner = np.array([[0.0, 2.0], [1.0, 0.0]])  # from NL to ES, from ES to NL
    landed = solve_flows(np.array([2.0, 5.0]), np.array([2 * 1.3, 4 * 22 + 7.0]), inner)
    nl = (4 * 22 + 7 + 1.3) / 4
    np.testing.assert_allclose(landed, [nl + 1.3, nl])


def test_what_nobody_bought_has_no_landed_cost() -> None:
    story = Story()
    story.opening(HUB, 0, 3)
    story.goods(0, 3, HUB, ROAD, SHOP, departed=2 * DAY, received=3 * DAY, released=3 * DAY)
    assert landed_costs(books(story), begin=0, end=90 * DAY) == {}
