"""A fleet of named units told by hand: a unit counts its life from its return."""

from __future__ import annotations

from netsim.tape.purposes import Purpose
from tests.engine.networks import DAY, at, but, live

FLEET = {
    "world": {
        "countries": {"XX": {}},
        "parts": {"board": {"value": "10 EUR", "repairable": False}},
        "fleets": {"cars": {"at": [0, 0], "country": "XX", "units": 2, "life": "10 d", "parts": {"board": 1}}},
    },
    "network": {
        "nodes": {
            "shop": {"kind": "outlet", "at": [0, 0], "country": "XX", "bench": {"technicians": 1, "work": "1 d"}},
            "maker": {"kind": "supplier", "country": "XX", "lead": "2 d"},
        },
        "lanes": {"maker -> shop": {"transit": "1 d"}},
    },
    "policies": {"stock": {"shop": {"levels": {"board": 5}}}},
}


def test_a_unit_fails_again_a_life_after_its_return():
    lived = live(FLEET, days=34)
    # Both fail on day 10; the one technician returns the first on day 11, the second on day 12.
    assert lived.rows("orders", "zone", "k", "created", "closed") == [
        ("cars", 0, at(10), at(11)),
        ("cars", 1, at(10), at(12)),
        ("cars", 2, at(21), at(22)),
        ("cars", 3, at(22), at(23)),
        ("cars", 4, at(32), at(33)),
        ("cars", 5, at(33), -1),
    ]


def test_a_unit_in_repair_does_not_fail():
    stuck = but(FLEET, {"policies.stock.shop": {"levels": {"board": 0}}, "network.nodes.maker.lead": "40 d"})
    lived = live(stuck, days=50)
    assert lived.rows("orders", "created") == [at(10), at(10)]


def test_each_life_is_drawn_by_unit_and_count():
    drawn = but(FLEET, {"world.fleets.cars.life": {"uniform": ["4 d", "12 d"]}})
    lives = {("cars", 0, Purpose.UP_TIME): 0, ("cars", 1, Purpose.UP_TIME): 2**30, ("cars", 2, Purpose.UP_TIME): 0}
    lived = live(drawn, marks=lives, days=11)
    assert lived.rows("orders", "k", "created") == [(0, at(4)), (1, at(6)), (2, at(5) + 4 * DAY)]


def test_units_and_customers_queue_together():
    mixed = but(
        FLEET, {"world.zones": {"town": {"at": [0, 0], "country": "XX", "units": 1, "failures": {"board": "1 /yr"}}}}
    )
    lived = live(mixed, [(at(9, 12), "town", "base/board")], days=14)
    assert lived.rows("orders", "zone", "closed") == [("town", at(10, 12)), ("cars", at(11, 12)), ("cars", at(12, 12))]
