"""Goods under way told by hand: departures, cut-off, consolidation, transfer points, lanes without overtaking."""

from __future__ import annotations

from netsim.tape.purposes import Purpose
from tests.engine.networks import at, but, live

ROAD = {
    "world": {
        "countries": {"XX": {}},
        "parts": {"board": {"value": "10 EUR", "repairable": False}},
        "zones": {"town": {"at": [0, 0], "country": "XX", "units": 1, "failures": {"board": "1 /yr"}}},
    },
    "network": {
        "nodes": {
            "shop": {"kind": "outlet", "at": [0, 0], "country": "XX"},
            "hub": {"kind": "warehouse", "at": [0, 5], "country": "XX"},
            "maker": {"kind": "supplier", "country": "XX", "lead": "9 d"},
        },
        "lanes": {"hub -> shop": {"transit": "1 d"}, "maker -> hub": {"transit": "1 d"}},
    },
    "policies": {"stock": {"shop": {"levels": {"board": 0}}, "hub": {"levels": {"board": 9}}}},
}
LANE = "hub -> shop / road"
TIMETABLE = but(ROAD, {"network.lanes.hub -> shop": {"departs": "mon,thu 18:00", "cut_off": "2 h"}})
VIA = but(
    ROAD,
    {
        "network.lanes.hub -> shop": None,
        "network.nodes.cross": {"kind": "warehouse", "at": [0, 2], "country": "XX"},
        "network.lanes": {
            "hub -> cross": {"transit": "6 h"},
            "cross -> shop": {"transit": "1 h", "departs": "daily 12:00"},
        },
        "policies.supply": {"shop": "hub"},
    },
)


def walk_in(*times):
    return [(time, "town", "base/board") for time in times]


def sent(lived, **where):
    return lived.rows("consignments", "departed", "received", **{"lane": LANE, **where})


def test_goods_ready_by_the_cut_off_catch_the_truck():
    assert sent(live(TIMETABLE, walk_in(at(0, 16)))) == [(at(0, 18), at(1, 18))]


def test_goods_a_second_late_wait_for_the_next():
    assert sent(live(TIMETABLE, walk_in(at(0, 16) + 1))) == [(at(3, 18), at(4, 18))]


def test_all_that_is_ready_leaves_as_one_consignment_on_account_of_its_date():
    lived = live(TIMETABLE, walk_in(at(0, 10), at(0, 11), at(0, 17)))
    assert lived.rows("consignments", "departed", "owner", "number", lane=LANE) == [
        (at(0, 18), -1, at(0, 18)),
        (at(3, 18), -1, at(3, 18)),
    ]
    assert lived.rows("orders", "closed") == [at(1, 18), at(1, 18), at(4, 18)]


def test_what_waits_for_a_truck_is_nobody_elses():
    lived = live(TIMETABLE, walk_in(at(0, 10)))
    assert lived.moves()[1:4] == [
        (at(0, 10), 1, "hub FREE", "hub RESERVED", "RESERVE"),
        (at(0, 18), 1, "hub RESERVED", f"{LANE} TRANSIT", "SHIP"),
        (at(1, 18), 1, f"{LANE} TRANSIT", "shop FREE", "RECEIVE"),
    ]


def test_no_truck_leaves_empty():
    assert live(TIMETABLE).rows("consignments", "lane") == []


def test_departures_are_local_and_follow_the_clock_change():
    berlin = but(TIMETABLE, {"world.countries.XX": {"time_zone": "Europe/Berlin"}})
    winter = live(berlin, walk_in(at(0, 15)))
    assert sent(winter)[0][0] == at(0, 17)  # 18:00 at UTC+1
    summer = live(berlin, walk_in(at(0, 14)), start="2026-06-01")
    assert sent(summer)[0][0] == at(0, 16)  # 18:00 at UTC+2


def test_a_transfer_catches_the_departure_of_the_second_in_which_it_arrives():
    lived = live(VIA, walk_in(at(1, 6)))
    assert lived.rows("consignments", "lane", "leg", "next", "departed", "received")[:2] == [
        ("hub -> cross / road", 0, 1, at(1, 6), at(1, 12)),
        ("cross -> shop / road", 1, -1, at(1, 12), at(1, 13)),
    ]
    assert lived.order()["closed"] == at(1, 13)
    assert [move[2:] for move in lived.moves() if move[4] in ("SHIP", "FORWARD", "RECEIVE")][:3] == [
        ("hub FREE", "hub -> cross / road TRANSIT", "SHIP"),
        ("hub -> cross / road TRANSIT", "cross -> shop / road TRANSIT", "FORWARD"),
        ("cross -> shop / road TRANSIT", "shop FREE", "RECEIVE"),
    ]


def test_a_transfer_that_misses_the_cut_off_waits_a_day():
    tight = but(VIA, {"network.lanes.cross -> shop": {"cut_off": "1 s"}})
    assert live(tight, walk_in(at(1, 6))).order()["closed"] == at(2, 13)


def test_a_transfer_gathers_what_came_in_several_consignments():
    lived = live(VIA, walk_in(at(1, 1), at(1, 2)))
    assert len(sent(lived, lane="hub -> cross / road")) == 2
    assert sent(lived, lane="cross -> shop / road") == [(at(1, 12), at(1, 13))]
    assert lived.rows("consignments", "next", lane="hub -> cross / road") == [2, 2]


SLOW_THEN_QUICK = {(LANE, 0, Purpose.TRANSIT): 2**32 - 1, (LANE, 1, Purpose.TRANSIT): 0}
RANDOM = {"network.lanes.hub -> shop.transit": {"uniform": ["1 d", "5 d"]}}


def test_goods_overtake_unless_the_lane_keeps_their_order():
    free = live(but(ROAD, RANDOM), walk_in(at(1), at(2)), marks=SLOW_THEN_QUICK)
    assert [received for _, received in sent(free)] == [at(6), at(3)]
    kept = but(but(ROAD, RANDOM), {"network.lanes.hub -> shop": {"fifo": True}})
    assert [received for _, received in sent(live(kept, walk_in(at(1), at(2)), marks=SLOW_THEN_QUICK))] == [at(6)] * 2


def test_a_parcel_sent_again_for_one_cause_draws_afresh():
    rack = {"sales": {"plateau": 1}, "modes": {"burnt": {"hazard": "1 %/yr", "parts": {"board": 2}}}}
    split = but(but(ROAD, RANDOM), {"policies.stock.hub.levels.board": 1, "world.products": {"rack": rack}})
    split = but(split, {"world.zones.town.share": "100 %"})
    marks = {(LANE, 0, Purpose.TRANSIT, 0, 0): 0, (LANE, 0, Purpose.TRANSIT, 0, 1): 2**32 - 1}
    lived = live(split, [(at(1), "town", "rack/burnt")], marks=marks)
    # One of two boards leaves at once and takes 1 d; the other leaves the hub on day 11 and takes 5 d.
    assert sent(lived) == [(at(1), at(2)), (at(11), at(16))]


def test_a_hub_that_is_shut_receives_at_its_next_opening():
    shut = but(ROAD, {"network.nodes.shop": {"shift": "mon-fri 09:00-18:00"}})
    lived = live(shut, walk_in(at(0, 17), at(4, 12)))
    assert sent(lived) == [(at(0, 17), at(1, 17)), (at(4, 12), at(7, 9))]  # Saturday noon becomes Monday 9:00
