"""Rules and processes of the user's own on the reference engine."""

from __future__ import annotations

import pytest

from netsim.errors import ModelError
from netsim.registry import process
from netsim.tape.purposes import Purpose, custom
from tests.engine.networks import MINUTE, at, but, live

SHOP = {
    "world": {
        "countries": {"XX": {}},
        "parts": {"board": {"value": "10 EUR", "repairable": False}},
        "zones": {"town": {"at": [0, 0], "country": "XX", "units": 1, "failures": {"board": "1 /yr"}}},
        "rates": {"no_fault": "50 %"},
    },
    "network": {
        "nodes": {
            "shop": {
                "kind": "outlet",
                "at": [0, 0],
                "country": "XX",
                "process": "triage",
                "bench": {"technicians": 1, "diagnosis": "30 min", "work": "1 h"},
            },
            "maker": {"kind": "supplier", "country": "XX", "lead": "2 d"},
        },
        "lanes": {"maker -> shop": {"transit": "1 d"}},
    },
    "policies": {"stock": {"shop": {"levels": {"board": 1}}}},
}


@process("triage")
def triage(order, node, sim):
    """A look on the bench; no fault: ten minutes of advice; some are cured there and then."""
    yield node.bench.seize(order)
    yield sim.work(node, order.mark("diagnosis"))
    node.bench.release(order)
    if order.chance("no_fault"):
        yield sim.wait(10 * MINUTE)
        return "ready"
    return "ready" if order.mark(3) == 7 else "parts_needed"


@process("vague")
def vague(order, node, sim):
    yield sim.wait(1)
    return "perhaps"


def double(position, low, high):
    """Order twice what is missing."""
    return 2 * (high - position)


def test_a_process_takes_the_place_of_the_diagnosis():
    lived = live(SHOP, [(at(0, 10), "town", "base/board")])
    order = lived.order()
    assert (order["state"], order["diagnosed"], order["closed"]) == ("REPAIRED", at(0, 10.5), at(0, 11.5))
    assert lived.rows("work", "activity", "start", "end") == [
        ("CUSTOM", at(0, 10), at(0, 10.5)),
        ("REPAIR", at(0, 10.5), at(0, 11.5)),
    ]


def test_a_process_may_end_the_story_itself():
    lived = live(SHOP, [(at(0, 10), "town", "base/board")], marks={("town", 0, Purpose.NO_FAULT): 0})
    order = lived.order()
    assert (order["state"], order["closed"]) == ("SERVICED", at(0, 10.5) + 10 * MINUTE)
    assert lived.rows("lines", "order") == []


def test_a_process_has_draws_of_its_own():
    lived = live(SHOP, [(at(0, 10), "town", "base/board")], marks={("town", 0, custom(3)): 7})
    assert lived.order()["state"] == "SERVICED"


def test_the_technician_it_gives_back_takes_the_next():
    lived = live(SHOP, [(at(0, 10), "town", "base/board"), (at(0, 10), "town", "base/board")])
    assert lived.rows("work", "start", activity="CUSTOM") == [at(0, 10), at(0, 10.5)]


def test_an_answer_that_says_nothing_is_refused():
    with pytest.raises(ModelError, match=r"shop returned 'perhaps'; return 'ready' or 'parts_needed'"):
        live(but(SHOP, {"network.nodes.shop.process": "vague"}), [(at(0, 10), "town", "base/board")])


def test_a_stock_rule_may_be_code():
    rule = {"rule": "tests.engine.test_custom:double", "levels": {"board": 2}}
    plain = but(SHOP, {"network.nodes.shop.process": None, "policies.stock.shop": rule})
    lived = live(plain, [(at(0, 10), "town", "base/board")])
    assert lived.rows("requests", "asked", "qty") == [(at(0, 10.5), 2)]
