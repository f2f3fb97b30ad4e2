"""A device mailed across a border and back, told by hand."""

from __future__ import annotations

from netsim.tape.purposes import Purpose
from tests.engine.networks import DAY, HOUR, at, but, live

MAIL = {
    "world": {
        "countries": {
            "AA": {"clearance": "12 h"},
            "BB": {"clearance": "1 d", "hold": "25 %", "hold_time": "2 d"},
        },
        "parts": {"board": {"value": "10 EUR", "repairable": False}},
        "zones": {"town": {"at": [0, 0], "country": "AA", "units": 1, "failures": {"board": "1 /yr"}}},
        "preferences": {"mail-in": "100 %"},
    },
    "network": {
        "nodes": {
            "centre": {
                "kind": "warehouse",
                "at": [0, 5],
                "country": "BB",
                "shift": "mon-fri 09:00-18:00",
                "bench": {"technicians": 1, "diagnosis": "30 min", "work": "1 h"},
            },
            "maker": {"kind": "supplier", "country": "BB", "lead": "2 d"},
        },
        "lanes": {
            "town -> centre / courier": {"mode": "courier", "transit": "2 d", "loss": "10 %", "carries": ["devices"]},
            "centre -> town / courier": {"mode": "courier", "transit": "3 d", "loss": "10 %", "carries": ["devices"]},
            "maker -> centre": {"transit": "1 d"},
        },
    },
    "policies": {
        "stock": {"centre": {"levels": {"board": 1}}},
        "serving": {"channels": ["mail-in"], "mail_in": "centre"},
    },
}
IN, OUT = "town -> centre / courier", "centre -> town / courier"


def test_both_borders_and_the_shut_door_count():
    lived = live(MAIL, [(at(0, 20), "town", "base/board")])
    order = lived.order()
    assert (order["channel"], order["state"], order["node"]) == ("MAIL_IN", "REPAIRED", "centre")
    assert order["handed_over"] == at(0, 20)
    # Two days under way, one at the border: there on Thursday 20:00, received on Friday at 9.
    assert order["received"] == at(4, 9)
    assert (order["diagnosed"], order["ready"]) == (at(4, 9.5), at(4, 10.5))
    assert order["closed"] == at(4, 10.5) + 3 * DAY + 12 * HOUR
    assert lived.spent() == {
        "diagnosis": HOUR // 2,
        "repair": HOUR,
        "transport": 5 * DAY + 13 * HOUR,
        "customs": DAY + 12 * HOUR,
    }
    assert lived.rows("consignments", "lane", "departed", "at_border", "released", "received", order=0) == [
        (IN, at(0, 20), at(2, 20), at(3, 20), at(4, 9)),
        (OUT, at(4, 10.5), at(7, 10.5), at(7, 22.5), at(7, 22.5)),
    ]


def test_customs_may_hold_a_parcel():
    lived = live(MAIL, [(at(0, 10), "town", "base/board")], marks={(IN, 0, Purpose.HOLD): 2**30 - 1})
    assert lived.rows("consignments", "held", "released", lane=IN) == [(1, at(5, 10))]
    assert lived.order()["received"] == at(7, 9)  # the next Monday
    assert lived.spent()["customs"] == 3 * DAY + 12 * HOUR


def test_a_device_lost_on_the_way_in_is_refunded():
    lived = live(MAIL, [(at(0, 10), "town", "base/board")], marks={(IN, 0, Purpose.LOSS): 0})
    order = lived.order()
    assert (order["state"], order["received"], order["closed"]) == ("REFUNDED", -1, at(3, 10))
    assert lived.rows("consignments", "outcome", "received") == [("LOST", -1)]
    assert lived.rows("work", "start") == []


def test_a_device_lost_on_the_way_back_is_refunded_though_repaired():
    lived = live(MAIL, [(at(0, 10), "town", "base/board")], marks={(OUT, 0, Purpose.LOSS): 0})
    assert (lived.order()["state"], lived.order()["repaired"]) == ("REFUNDED", at(3, 11.5))
    assert lived.rows("lines", "outcome") == ["INSTALLED"]


def test_a_device_without_fault_travels_back():
    doubtful = but(MAIL, {"world.rates": {"no_fault": "25 %"}})
    lived = live(doubtful, [(at(0, 10), "town", "base/board")], marks={("town", 0, Purpose.NO_FAULT): 0})
    assert lived.order()["state"] == "NO_FAULT"
    assert lived.order()["closed"] == at(3, 10.5) + 3 * DAY + 12 * HOUR


def test_two_devices_of_one_instant_travel_apart():
    two = but(
        MAIL, {"world.zones.village": {"at": [0, 1], "country": "AA", "units": 1, "failures": {"board": "1 /yr"}}}
    )
    lanes = two["network"]["lanes"]
    lanes.update({name.replace("town", "village"): lane for name, lane in list(lanes.items()) if "town" in name})
    lived = live(two, [(at(0, 10), "town", "base/board"), (at(0, 10), "village", "base/board")])
    assert lived.rows("consignments", "order")[:2] == [0, 1]


def test_goods_meet_an_always_open_door_at_any_hour():
    lived = live(but(MAIL, {"network.nodes.centre": {"receives": "always"}}), [(at(0, 20), "town", "base/board")])
    order = lived.order()
    assert (order["received"], order["diagnosed"]) == (at(3, 20), at(4, 9.5))
    assert lived.spent()["shut"] == 13 * HOUR
