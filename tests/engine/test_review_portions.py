"""A request filled in portions: the books stay sound while the last portion is under way."""

from __future__ import annotations

from tests.engine.networks import at, but, live
from tests.engine.test_ladder import NETWORK, walk_in

# The shop asks for three pieces of a hub that has one; the maker sends the others a month later, three days by road.
SHORT = but(
    NETWORK,
    {
        "policies.stock.shop": {"rule": "reorder-point", "levels": {"board": [0, 3]}, "opening": {"board": 0}},
        "policies.stock.hub": {"levels": {"board": 1}},
        "policies.stock.stall": {"levels": {"board": 0}},
    },
)


def test_a_run_may_end_between_the_portions_of_a_request():
    for days, filled, received in ((20, at(0), at(3)), (32, at(30), at(3)), (40, at(30), at(33))):
        lived = live(SHORT, walk_in(at(1)), days=days)
        rows = lived.rows("requests", "qty", "at_once", "filled", "received", origin="shop")
        assert rows == [(3, 1, filled, received)]


def test_the_last_portion_may_still_wait_for_its_departure():
    monthly = but(SHORT, {"network.lanes.hub -> shop / road": {"transit": "3 d", "departs": "monthly 8 00:00"}})
    lived = live(monthly, walk_in(at(1)), days=32)
    # Days 3 and 34 are the 8th of January and of February; the last portion is ready on day 30.
    rows = lived.rows("requests", "at_once", "filled", "received", origin="shop")
    assert rows == [(1, at(30), at(6))]
