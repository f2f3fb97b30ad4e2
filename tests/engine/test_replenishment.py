"""Stock rules told by hand: when they order, how much, and who is served first."""

from __future__ import annotations

import numpy as np

from netsim.plan.plan import Plan
from netsim.tape.purposes import Purpose
from tests.engine.networks import DAY, at, but, live

STORE = {
    "world": {
        "countries": {"XX": {}},
        "parts": {"board": {"value": "10 EUR", "repairable": False}, "screen": {"value": "9 EUR", "repairable": False}},
        "zones": {
            "town": {"at": [0, 0], "country": "XX", "units": 1, "failures": {"board": "1 /yr", "screen": "1 /yr"}}
        },
    },
    "network": {
        "nodes": {
            "shop": {"kind": "outlet", "at": [0, 0], "country": "XX"},
            "maker": {"kind": "supplier", "country": "XX", "lead": "2 d"},
        },
        "lanes": {"maker -> shop": {"transit": "1 d"}},
    },
    "policies": {"stock": {"shop": {"levels": {"board": 1}}}},
}
TWO_SHOPS = {
    "world": but(
        STORE["world"],
        {
            "zones.village": {"at": [0, 1], "country": "XX", "units": 1, "failures": {"board": "1 /yr"}},
        },
    ),
    "network": {
        "nodes": {
            "shop": {"kind": "outlet", "at": [0, 0], "country": "XX"},
            "stall": {"kind": "outlet", "at": [0, 1], "country": "XX"},
            "hub": {"kind": "warehouse", "at": [0, 0], "country": "XX"},
            "maker": {"kind": "supplier", "country": "XX", "lead": "5 d"},
        },
        "lanes": {
            "hub -> shop": {"transit": "1 d"},
            "hub -> stall": {"transit": "1 d"},
            "maker -> hub": {"transit": "0 d"},
        },
    },
    "policies": {"stock": {name: {"levels": {"board": 0, "screen": 0}} for name in ("shop", "stall", "hub")}},
}
SHOP_RULE = "policies.stock.shop"


def ruled(rule, levels, **more):
    return but(STORE, {SHOP_RULE: {"rule": rule, "levels": {"board": levels}, **more}})


def daily(count, *, zone="town"):
    return [(at(day + 1, 12), zone, "base/board") for day in range(count)]


def pack_of(pieces):
    """Return the store with a product whose repair takes several boards."""
    product = {"sales": {"plateau": 1}, "modes": {"burnt": {"hazard": "1 %/yr", "parts": {"board": pieces}}}}
    return {"world.products": {"rack": product}, "world.zones.town.share": "100 %"}


def asked(lived):
    return lived.rows("requests", "asked", "qty", target="maker")


def test_base_stock_orders_each_piece_as_it_goes():
    lived = live(ruled("base-stock", 2), daily(3))
    assert asked(lived) == [(time, 1) for time, *_ in daily(3)]
    assert lived.rows("orders", "closed") == [at(1, 12), at(2, 12), at(4, 12)]


def test_reorder_point_orders_a_lot_at_the_point():
    lived = live(ruled("reorder-point", [1, 3]), daily(7))  # opens with 4
    assert lived.moves("board")[0][1] == 4
    assert asked(lived) == [(at(3, 12), 3), (at(6, 12), 3)]


def test_one_big_demand_takes_the_least_number_of_lots_above_the_point():
    lived = live(but(ruled("reorder-point", [1, 3]), pack_of(9)), [(at(1), "town", "rack/burnt")])
    # Position 4 - 9 = -5; two lots make 1, which is not above 1; three make 4.
    assert sum(qty for _, qty in asked(lived)) == 9


def test_min_max_orders_up_to_the_greater_number():
    lived = live(ruled("min-max", [1, 4]), daily(5))
    assert asked(lived) == [(at(3, 12), 3)]


def test_one_big_demand_lowers_the_position_as_a_whole_before_min_max_looks():
    lived = live(but(ruled("min-max", [1, 4]), pack_of(6)), [(at(1), "town", "rack/burnt")])
    assert asked(lived) == [(at(1), 6)]  # position 4 - 6 = -2, up to 4


def test_order_up_to_orders_at_its_reviews_only():
    lived = live(ruled("order-up-to", 3, review="mon 06:00"), daily(4), days=16)
    assert asked(lived) == [(at(7, 6), 4)]
    assert lived.rows("reviews", "time", "target", "position", "ordered", stock_point="shop")[::2] == [
        (at(0, 6), 3, 3, 0),
        (at(7, 6), 3, -1, 4),
        (at(14, 6), 3, 3, 0),
    ]
    assert lived.order(3)["closed"] == at(10, 6)


def test_the_demand_of_a_second_comes_before_its_review_and_its_goods_before_both():
    lived = live(ruled("order-up-to", 1, review="mon 06:00"), [(at(7, 6), "town", "base/board")], days=20)
    assert asked(lived) == [(at(7, 6), 1)]
    noon = live(ruled("base-stock", 1), [(at(1), "town", "base/board"), (at(4), "town", "base/board")])
    assert noon.order(1)["closed"] == at(4)


def test_a_rule_may_look_at_dates_as_well():
    lived = live(ruled("base-stock", 1, review="mon 06:00"), daily(1), days=9)
    assert asked(lived) == [(at(1, 12), 1)]


def test_opening_stock_below_the_level_orders_at_once():
    lived = live(ruled("base-stock", 5, opening={"board": 2}))
    assert asked(lived) == [(0, 3)]
    assert lived.moves("board")[0][1] == 2


def test_pieces_serve_who_has_waited_longest_whoever_ordered_them():
    late_then_soon = but(
        STORE, {"network.nodes.maker.lead": {"uniform": ["1 d", "3 d"]}, SHOP_RULE: {"levels": {"board": 0}}}
    )
    marks = {("lead/maker/shop", 0, Purpose.LEAD): 2**32 - 1, ("lead/maker/shop", 1, Purpose.LEAD): 0}
    lived = live(late_then_soon, [(at(1), "town", "base/board"), (at(1, 6), "town", "base/board")], marks=marks)
    assert lived.rows("orders", "closed") == [at(1, 6) + 2 * DAY, at(1) + 4 * DAY]


def test_a_line_is_filled_piece_by_piece_and_has_arrived_with_its_last():
    store = but(STORE, {"network.nodes.maker.lead": "2 d", SHOP_RULE: {"levels": {"board": 1}}, **pack_of(2)})
    claims = [(at(1), "town", "base/board"), (at(2), "town", "rack/burnt"), (at(2, 1), "town", "base/board")]
    lived = live(store, claims)
    assert lived.rows("lines", "qty", "requested", "reserved", "arrived", order=1) == [(2, at(2), at(5), at(5))]
    # The board of day 1 comes on day 4 and is kept for the order that is first in line.
    assert (at(4), 1, "shop FREE", "shop RESERVED", "RESERVE") in lived.moves("board")
    assert lived.order(2)["closed"] == at(5)


def test_a_hub_serves_the_lower_priority_number_first_then_the_older_request():
    ranked = but(TWO_SHOPS, {"policies.stock.shop.priority": 1})
    claims = [(at(1), "town", "base/board"), (at(2), "village", "base/board")]
    lived = live(ranked, claims)
    assert lived.rows("orders", "zone", "closed") == [("town", at(8)), ("village", at(7))]
    plain = live(TWO_SHOPS, claims)
    assert plain.rows("orders", "zone", "closed") == [("town", at(7)), ("village", at(8))]


def test_a_tie_is_drawn_from_the_names_of_those_who_ask_and_the_date():
    short = but(
        TWO_SHOPS,
        {
            "policies.stock.hub": {"levels": {"board": 1}},
            "policies.stock.shop": {
                "rule": "order-up-to",
                "levels": {"board": 1},
                "review": "mon 06:00",
                "opening": {"board": 0},
            },
            "policies.stock.stall": {
                "rule": "order-up-to",
                "levels": {"board": 1},
                "review": "mon 06:00",
                "opening": {"board": 0},
            },
        },
    )
    for lucky, other in (("shop", "stall"), ("stall", "shop")):
        marks = {(lucky, at(0, 6), Purpose.TIE): 1, (other, at(0, 6), Purpose.TIE): 2}
        lived = live(short, marks=marks)
        first = lived.rows("requests", "origin", "filled", "at_once", target="hub")
        assert sorted(first) == sorted([(lucky, at(0, 6), 1), (other, at(5, 6), 0)])


def test_the_second_source_is_asked_where_the_first_has_nothing():
    two = but(
        TWO_SHOPS,
        {
            "network.nodes.annex": {"kind": "warehouse", "at": [0, 2], "country": "XX"},
            "network.lanes": {"annex -> shop": {"transit": "2 d"}, "maker -> annex": {"transit": "0 d"}},
            "policies.supply": {"shop": ["hub", "annex"]},
            "policies.stock.annex": {"levels": {"board": 1, "screen": 0}},
        },
    )
    lived = live(two, [(at(1), "town", "base/board"), (at(1, 1), "town", "base/board")])
    assert lived.rows("requests", "target", origin="shop") == ["annex", "hub"]
    assert lived.rows("orders", "closed") == [at(3), at(7, 1)]


def test_parts_of_one_review_from_one_source_are_one_consignment_and_one_entry():
    border = but(
        STORE,
        {
            "world.countries": {"YY": {"clearance": "1 d"}},
            "network.nodes.maker.country": "YY",
            "world.countries.XX": {"clearance": "6 h"},
            SHOP_RULE: {
                "rule": "order-up-to",
                "levels": {"board": 1, "screen": 2},
                "review": "mon 06:00",
                "opening": {"board": 0, "screen": 0},
            },
        },
    )
    lived = live(border, days=6)
    assert lived.rows("requests", "part", "qty", "asked") == [("board", 1, at(0, 6)), ("screen", 2, at(0, 6))]
    assert lived.rows("consignments", "departed", "at_border", "released") == [(at(2, 6), at(3, 6), at(3, 12))]
    assert [qty for time, qty, *_ in lived.moves() if time == at(3, 12)] == [1, 2]


def test_a_demand_met_in_part_is_one_request():
    lived = live(but(ruled("base-stock", 1), pack_of(3)), [(at(1), "town", "rack/burnt")])
    assert asked(lived) == [(at(1), 3)]


def test_demands_of_two_claims_travel_apart():
    lived = live(but(STORE, {SHOP_RULE: {"levels": {"board": 2}}}), [(at(1), "town", "base/board")] * 2)
    assert lived.rows("consignments", "departed") == [at(3), at(3)]


def test_levels_that_the_plan_raises_are_ordered_on_the_day_and_lowered_ones_run_down():
    model = live(STORE).model
    board = model.stock.part.tolist().index(model.part_names.index("board"))
    times = np.array([0, at(10), at(20)])
    high = np.tile(model.stock.high, (3, 1))
    high[:, board] = (1, 4, 2)
    lived = live(STORE, [(at(day), "town", "base/board") for day in (21, 22, 23)], plan=Plan(times, 0 * high, high))
    assert asked(lived) == [(at(10), 3), (at(23), 1)]


def test_stock_without_demand_stands_still():
    lived = live(STORE)
    assert lived.rows("requests", "asked") == []
    assert lived.moves() == [(0, 1, "shop OUTSIDE", "shop FREE", "OPENING")]


def test_a_request_may_be_received_in_part_while_the_rest_is_on_its_way_at_the_end():
    partly = but(TWO_SHOPS, {"policies.stock.hub": {"levels": {"board": 1}}, "policies.stock.shop.levels.board": 0})
    rack = {"sales": {"plateau": 1}, "modes": {"burnt": {"hazard": "1 %/yr", "parts": {"board": 2}}}}
    partly = but(partly, {"world.products": {"rack": rack}, "world.zones.town.share": "100 %"})
    lived = live(partly, [(at(1), "town", "rack/burnt")], days=6.5)
    # One board leaves the hub on day 1 and arrives on day 2, the other leaves on day 6 and is still under way.
    assert lived.rows("requests", "asked", "filled", "received", origin="shop") == [(at(1), at(6), at(2))]
