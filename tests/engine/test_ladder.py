"""The shortage ladder told by hand: which rung a line takes, and what becomes of its replenishment."""

from __future__ import annotations

import pytest

from netsim.registry import policy
from netsim.tape.purposes import Purpose
from tests.engine.networks import DAY, HOUR, at, but, live

LATERAL = {"lateral": {"keep": 1}}
EXPRESS = {"parent": {"mode": "express"}}
NETWORK = {
    "world": {
        "countries": {"XX": {}},
        "parts": {"board": {"value": "10 EUR", "repairable": False}},
        "zones": {
            name: {"at": [0, i], "country": "XX", "units": 1, "failures": {"board": "1 /yr"}}
            for i, name in enumerate(("town", "village"))
        },
        "promise": {"part_arrival": "24 h"},
    },
    "network": {
        "nodes": {
            "shop": {"kind": "outlet", "at": [0, 0], "country": "XX"},
            "stall": {"kind": "outlet", "at": [0, 1], "country": "XX"},
            "hub": {"kind": "warehouse", "at": [0, 0], "country": "XX"},
            "maker": {"kind": "supplier", "country": "XX", "lead": "30 d"},
        },
        "lanes": {
            "hub -> shop / road": {"transit": "3 d"},
            "hub -> stall / road": {"transit": "2 d"},
            "stall -> shop / lateral": {"transit": "4 h"},
            "maker -> hub": {"transit": "0 d"},
        },
    },
    "policies": {
        "stock": {
            "shop": {"levels": {"board": 0}},
            "stall": {"levels": {"board": 2}},
            "hub": {"levels": {"board": 5}},
        },
        "supply": {"shop": "hub", "stall": "hub"},
    },
}


def laddered(*rungs, retry=None, **changes):
    ladder = list(rungs) if retry is None else {"rungs": list(rungs), "retry": retry}
    laid = {"policies.shortage": {"shop": ladder}}
    if rungs[0] not in ("home", LATERAL) or EXPRESS in rungs:
        laid["network.lanes"] = {"hub -> shop / express": {"mode": "express", "transit": "12 h"}}
    return but(but(NETWORK, laid), changes)


def walk_in(*times):
    return [(time, "town", "base/board") for time in times]


def rungs(lived):
    return lived.rows("lines", "source", "rung", "requested", "arrived")


def asked(lived, *columns, **where):
    return lived.rows("requests", "target", "reason", "asked", *columns, origin="shop", **where)


def test_without_a_ladder_lines_wait_at_home():
    lived = live(NETWORK, walk_in(at(1)))
    assert rungs(lived) == [("shop", 0, at(1), at(4))]
    assert asked(lived) == [("hub", "REPLENISHMENT", at(1))]


def test_a_neighbour_helps_out_but_keeps_what_it_must():
    lived = live(laddered(LATERAL, "home"), walk_in(at(1), at(1, 1)))
    # The stall has 2 and keeps 1: it serves the first; the second waits at home.
    assert rungs(lived) == [("stall", 0, at(1), at(1, 4)), ("shop", 0, at(1, 1), at(4, 1))]
    assert asked(lived) == [("stall", "LATERAL", at(1)), ("hub", "REPLENISHMENT", at(1, 1))]
    # The giver replenishes by its own rule, the asker's position never held a backorder.
    assert lived.rows("requests", "origin", "target", "asked", origin="stall") == [("stall", "hub", at(1))]
    assert lived.rows("consignments", "lane", "departed", "received")[0] == ("stall -> shop / lateral", at(1), at(1, 4))


def test_a_giver_keeps_its_reorder_point_unless_told_otherwise():
    rule = {"rule": "reorder-point", "levels": {"board": [1, 1]}}
    lived = live(laddered({"lateral": {}}, "home", **{"policies.stock.stall": rule}), walk_in(at(1), at(1, 1)))
    assert [source for source, *_ in rungs(lived)] == ["stall", "shop"]


def test_a_rung_that_cannot_keep_the_promise_is_left_out():
    slow = laddered(LATERAL, "home", **{"world.promise.part_arrival": "3 h"})
    assert rungs(live(slow, walk_in(at(1))))[0][0] == "shop"
    just = laddered(LATERAL, "home", **{"world.promise.part_arrival": "4 h"})
    assert rungs(live(just, walk_in(at(1))))[0][0] == "stall"


def test_rungs_are_tried_in_their_order():
    both = laddered(EXPRESS, LATERAL, "home")
    assert rungs(live(both, walk_in(at(1)))) == [("hub", 0, at(1), at(1, 12))]
    none_left = but(both, {"policies.stock.hub": {"levels": {"board": 1}}})
    lived = live(none_left, walk_in(at(1), at(1, 1), at(1, 2)))
    assert [(source, rung) for source, rung, *_ in rungs(lived)] == [("hub", 0), ("stall", 1), ("shop", 0)]


def test_the_parent_sends_by_express_and_reorders_for_itself():
    lived = live(laddered(EXPRESS, "home"), walk_in(at(1)))
    assert asked(lived) == [("hub", "EMERGENCY", at(1))]
    assert lived.rows("consignments", "lane", "departed")[0] == ("hub -> shop / express", at(1))
    assert lived.rows("requests", "reason", "asked", origin="hub") == [("PURCHASE", at(1))]
    assert (at(1, 12), 1, "hub -> shop / express TRANSIT", "shop RESERVED", "RECEIVE") in lived.moves()


def test_home_first_is_taken_if_it_keeps_the_promise():
    in_time = laddered("home", EXPRESS, **{"world.promise.part_arrival": "72 h"})
    assert rungs(live(in_time, walk_in(at(1))))[0][:2] == ("shop", 0)
    too_late = laddered("home", EXPRESS, **{"world.promise.part_arrival": "71 h"})
    assert rungs(live(too_late, walk_in(at(1))))[0][:2] == ("hub", 1)


def test_a_diverted_line_keeps_the_pieces_it_has():
    rack = {"sales": {"plateau": 1}, "modes": {"burnt": {"hazard": "1 %/yr", "parts": {"board": 3}}}}
    some = laddered(EXPRESS, "home", **{"policies.stock.shop.levels.board": 1, "world.products": {"rack": rack}})
    lived = live(but(some, {"world.zones.town.share": "100 %"}), [(at(1), "town", "rack/burnt")])
    assert asked(lived, "qty") == [("hub", "EMERGENCY", at(1), 2), ("hub", "REPLENISHMENT", at(1), 1)]
    assert rungs(lived) == [("hub", 0, at(1), at(1, 12))]


def test_at_a_review_the_ladder_is_tried_again_and_the_unfilled_replenishment_taken_back():
    empty = laddered(
        LATERAL,
        "home",
        retry=True,
        **{
            "policies.stock.hub": {"levels": {"board": 0}},
            "policies.stock.stall": {"levels": {"board": 2}, "opening": {"board": 0}},
            "policies.stock.shop.review": "mon 12:00",
            "world.promise.part_arrival": "14 d",
            "network.nodes.maker.lead": "4 d",
        },
    )
    # The stall gets two boards on day 6; what the shop asks for on day 5 would leave the maker on day 9.
    lived = live(empty, walk_in(at(5)))
    assert rungs(lived) == [("stall", 0, at(5), at(7, 16))]
    taken = asked(lived, "filled", "cancelled")
    assert taken == [("hub", "REPLENISHMENT", at(5), -1, 1), ("stall", "LATERAL", at(7, 12), at(7, 12), 0)]


def test_without_retry_it_goes_on_waiting():
    empty = laddered(
        LATERAL,
        "home",
        **{
            "policies.stock.hub": {"levels": {"board": 0}},
            "policies.stock.stall": {"levels": {"board": 2}, "opening": {"board": 0}},
            "policies.stock.shop.review": "mon 12:00",
            "world.promise.part_arrival": "14 d",
            "network.nodes.maker.lead": "4 d",
        },
    )
    assert rungs(live(empty, walk_in(at(5)))) == [("shop", 0, at(5), at(12))]


SLIPPING = {
    "world.promise.part_arrival": "96 h",
    "network.lanes.hub -> shop / road.transit": {"uniform": ["1 d", "5 d"]},
}


def test_when_the_home_arrival_slips_the_next_rung_is_tried():
    late = {("hub -> shop / road", 0, Purpose.TRANSIT): 2**32 - 1}
    lived = live(laddered("home", EXPRESS, retry=True, **SLIPPING), walk_in(at(1)), marks=late)
    assert rungs(lived) == [("hub", 1, at(1), at(4, 12) + 1)]
    # What was on the road already comes after its line has gone and is free stock.
    assert (at(6), 1, "hub -> shop / road TRANSIT", "shop FREE", "RECEIVE") in lived.moves()
    assert asked(lived, "cancelled") == [("hub", "REPLENISHMENT", at(1), 0), ("hub", "EMERGENCY", at(4) + 1, 0)]


def test_a_home_arrival_in_time_makes_the_look_void():
    quick = {("hub -> shop / road", 0, Purpose.TRANSIT): 2**30}
    lived = live(laddered("home", EXPRESS, retry=True, **SLIPPING), walk_in(at(1)), marks=quick)
    assert rungs(lived) == [("shop", 0, at(1), at(3))]
    assert len(asked(lived)) == 1


def test_a_replenishment_on_its_way_in_time_is_waited_for_at_a_review():
    reviewed = laddered(
        "home",
        EXPRESS,
        retry=True,
        **{
            "world.promise.part_arrival": "96 h",
            "policies.stock.shop.review": "mon 12:00",
        },
    )
    lived = live(reviewed, walk_in(at(5)))  # on the road by day 5, due on day 8; the review comes on day 7
    assert rungs(lived) == [("shop", 0, at(5), at(8))]


def test_a_request_in_the_second_of_a_review_is_looked_at_once():
    late = {("hub -> shop / road", 0, Purpose.TRANSIT): 2**32 - 1}
    reviewed = laddered("home", EXPRESS, retry=True, **SLIPPING, **{"policies.stock.shop.review": "mon 12:00"})
    lived = live(reviewed, walk_in(at(7, 12)), marks=late)
    assert rungs(lived) == [("hub", 1, at(7, 12), at(11) + 1)]


@policy("shortage", "ask the richest")
def ask_the_richest(line, network):
    """Return the holder with the most free pieces."""
    holders = [node for node in network.holders(line.part) if network.lead_time(node, line.node) <= 12 * HOUR]
    return max(holders, key=lambda node: network.free(node, line.part)) if holders else None


def test_a_rule_of_the_users_own_names_the_giver():
    lived = live(laddered("ask the richest", "home"), walk_in(at(1)))
    assert rungs(lived) == [("hub", 0, at(1), at(1, 12))]
    poor = laddered("ask the richest", "home", **{"policies.stock.hub.levels.board": 1})
    assert rungs(live(poor, walk_in(at(1)))) == [("stall", 0, at(1), at(1, 4))]


@pytest.mark.parametrize("stock", [0, 1, 5])
def test_the_ladder_never_loses_a_demand(stock):
    lived = live(
        laddered(LATERAL, EXPRESS, "home", **{"policies.stock.hub.levels.board": stock}),
        walk_in(*[at(1, hour) for hour in range(8)]),
        days=80,
    )
    assert set(lived.rows("orders", "state")) == {"REPAIRED"}
    assert max(lived.rows("orders", "closed")) < 40 * DAY
