"""A swap at the counter told by hand: a free repair becomes a new unit, a paid one is repaired."""

from __future__ import annotations

from netsim.tape.purposes import Purpose
from tests.engine.networks import HOUR, MINUTE, at, but, live

COUNTER = {
    "world": {
        "countries": {"XX": {}},
        "parts": {"board": {"value": "10 EUR", "repairable": False}, "phone": {"value": "90 EUR", "repairable": False}},
        "products": {
            "handset": {
                "sales": {"plateau": 1},
                "unit": "phone",
                "modes": {
                    "crack": {"hazard": "1 %/yr", "parts": {"board": 1}, "chargeable": True},
                    "dead": {"hazard": "1 %/yr", "parts": {"board": 1}},
                },
            }
        },
        "zones": {"town": {"at": [0, 0], "country": "XX", "share": "100 %"}},
        "preferences": {"swap, walk-in": "100 %"},
    },
    "network": {
        "nodes": {
            "shop": {
                "kind": "outlet",
                "at": [0, 0],
                "country": "XX",
                "bench": {"technicians": 1, "diagnosis": "10 min", "work": "1 h", "handover": "5 min"},
            },
            "maker": {"kind": "supplier", "country": "XX", "lead": "2 d"},
        },
        "lanes": {"maker -> shop": {"transit": "1 d"}},
    },
    "policies": {
        "stock": {"shop": {"levels": {"board": 1, "phone": 1}}},
        "serving": {"channels": ["walk-in", "swap"]},
    },
}
DEAD, CRACK = "handset/dead", "handset/crack"


def test_a_free_repair_is_swapped_after_a_short_check():
    lived = live(COUNTER, [(at(0, 10), "town", DEAD)])
    order = lived.order()
    assert (order["state"], order["channel"]) == ("REPLACED", "SWAP")
    assert lived.rows("work", "activity", "start", "end") == [
        ("DIAGNOSIS", at(0, 10), at(0, 10) + 10 * MINUTE),
        ("HANDOVER", at(0, 10) + 10 * MINUTE, at(0, 10) + 15 * MINUTE),
    ]
    assert order["closed"] == at(0, 10.25)
    assert lived.rows("lines", "asked", "outcome") == [("phone", "INSTALLED")]


def test_without_the_check_only_the_handover_takes_time():
    lived = live(but(COUNTER, {"policies.serving": {"swap_check": False}}), [(at(0, 10), "town", DEAD)])
    order = lived.order()
    assert order["diagnosed"] == at(0, 10)
    assert order["closed"] == at(0, 10) + 5 * MINUTE
    assert lived.rows("work", "activity") == ["HANDOVER"]


def test_who_pays_gets_a_repair_in_and_out_of_warranty():
    lived = live(COUNTER, [(at(0, 10), "town", CRACK), (at(5, 10), "town", DEAD, 0)])
    assert lived.rows("orders", "channel", "state") == [("WALK_IN", "REPAIRED")] * 2
    assert lived.rows("lines", "asked") == ["board"] * 2


def test_without_a_unit_the_customer_waits_and_the_technician_does_not():
    lived = live(COUNTER, [(at(0, 10), "town", DEAD), (at(0, 11), "town", DEAD), (at(0, 11), "town", CRACK)])
    arrives = at(3, 10) + 10 * MINUTE
    assert lived.order(1)["complete"] == arrives
    assert lived.order(1)["closed"] == arrives + 5 * MINUTE
    assert lived.order(2)["closed"] == at(0, 11) + 10 * MINUTE + 10 * MINUTE + HOUR


def test_the_check_finds_that_there_is_no_fault():
    doubtful = but(COUNTER, {"world.rates": {"no_fault": "25 %"}})
    lived = live(doubtful, [(at(0, 10), "town", DEAD)], marks={("town", 0, Purpose.NO_FAULT): 0})
    assert (lived.order()["state"], lived.order()["closed"]) == ("NO_FAULT", at(0, 10) + 10 * MINUTE)


def test_without_the_check_a_device_without_fault_is_swapped_as_well():
    doubtful = but(COUNTER, {"world.rates": {"no_fault": "25 %"}, "policies.serving": {"swap_check": False}})
    lived = live(doubtful, [(at(0, 10), "town", DEAD)], marks={("town", 0, Purpose.NO_FAULT): 0})
    assert lived.order()["state"] == "REPLACED"


def test_the_design_that_offers_no_swap_repairs():
    lived = live(but(COUNTER, {"policies.serving": {"channels": ["walk-in"]}}), [(at(0, 10), "town", DEAD)])
    assert (lived.order()["channel"], lived.order()["state"]) == ("WALK_IN", "REPAIRED")
