"""The way of a removed part told by hand: repaired and on a shelf again, or lost, scrapped, given away."""

from __future__ import annotations

import pytest

from netsim.tape.purposes import Purpose
from tests.engine.networks import DAY, at, but, live

LOOP = {
    "world": {
        "countries": {"XX": {}},
        "parts": {"board": {"value": "10 EUR"}},
        "zones": {"town": {"at": [0, 0], "country": "XX", "units": 1, "failures": {"board": "1 /yr"}}},
    },
    "network": {
        "nodes": {
            "shop": {"kind": "outlet", "at": [0, 0], "country": "XX", "bench": {"technicians": 1, "work": "1 h"}},
            "plant": {"kind": "factory", "at": [0, 9], "country": "XX", "bench": {"technicians": 1, "work": "1 d"}},
            "maker": {"kind": "supplier", "country": "XX", "lead": "9 d"},
        },
        "lanes": {
            "shop -> plant": {"transit": "2 d"},
            "plant -> shop": {"transit": "3 d"},
            "maker -> shop": {"transit": "1 d"},
            "shop -> maker": {"transit": "4 d"},
        },
    },
    "policies": {
        "stock": {"shop": {"levels": {"board": 1}}},
        "supply": {"shop": "maker"},
        "returns": {"shop": "plant", "plant": "shop"},
        "core": "at request",
    },
}
OUT, BACK = "shop -> plant / road", "plant -> shop / road"


def walk_in(*times):
    return [(time, "town", "base/board") for time in times]


def bought(lived):
    return lived.rows("requests", "asked", "qty", target="maker")


def test_a_core_becomes_a_good_part_and_the_position_counts_on_it():
    lived = live(LOOP, walk_in(at(1)))
    assert bought(lived) == []
    assert lived.moves()[1:] == [
        (at(1), 1, "shop OUTSIDE", "shop CORE", "CORE_BORN"),
        (at(1), 1, "shop FREE", "shop RESERVED", "RESERVE"),
        (at(1), 1, "shop CORE", f"{OUT} RETURNING", "SHIP"),
        (at(1, 1), 1, "shop RESERVED", "shop INSTALLED", "INSTALL"),
        (at(3), 1, f"{OUT} RETURNING", "plant CORE", "RECEIVE"),
        (at(3), 1, "plant CORE", "plant WORK", "TO_BENCH"),
        (at(4), 1, "plant WORK", "plant RESERVED", "REPAIRED"),
        (at(4), 1, "plant RESERVED", f"{BACK} TRANSIT", "SHIP"),
        (at(7), 1, f"{BACK} TRANSIT", "shop FREE", "RECEIVE"),
    ]
    assert lived.rows("work", "bench", "activity", "part", "start", "end")[-1] == (
        "plant",
        "FACTORY",
        "board",
        at(3),
        at(4),
    )


def test_at_replacement_the_core_stays_in_the_device_until_the_repair_is_done():
    later = but(LOOP, {"policies.core": "at replacement"})
    lived = live(later, walk_in(at(1), at(1)))
    assert [time for time, *_, reason in lived.moves() if reason == "CORE_BORN"] == [at(1, 1), at(7, 2)]
    # The rule orders the first board, as nothing is in repair yet; by the second request the first core has been born.
    assert bought(lived) == [(at(1), 1)]


def test_the_repaired_part_serves_who_waits():
    lived = live(LOOP, walk_in(at(1), at(2)))
    assert bought(lived) == []
    assert lived.rows("orders", "complete") == [at(1), at(7)]


def test_cores_queue_for_the_factory_in_the_order_in_which_they_came():
    lived = live(LOOP, walk_in(at(1), at(1, 1), at(1, 2)))
    assert lived.rows("work", "joined", "start", "end", bench="plant") == [
        (at(3), at(3), at(4)),
        (at(3, 1), at(4), at(5)),
        (at(3, 2), at(5), at(6)),
    ]


def test_a_core_that_never_comes_back_is_bought_anew():
    lost = but(LOOP, {"world.rates": {"core_return": "50 %"}})
    lived = live(lost, walk_in(at(1)), marks={("town", 0, Purpose.CORE_KEPT): 2**31})
    assert bought(lived) == [(at(1), 1)]
    assert "CORE_BORN" not in [reason for *_, reason in lived.moves()]
    assert bought(live(lost, walk_in(at(1)), marks={("town", 0, Purpose.CORE_KEPT): 2**31 - 1})) == []


def test_a_core_beyond_repair_is_scrapped_at_the_factory_and_bought_anew():
    worn = but(LOOP, {"world.parts.board": {"ber": "25 %"}})
    lived = live(worn, walk_in(at(1)), marks={("town", 0, Purpose.BER): 0})
    assert bought(lived) == [(at(3), 1)]
    assert (at(3), 1, "plant CORE", "plant SCRAP", "BEYOND_REPAIR") in lived.moves()
    assert lived.rows("work", "bench", activity="FACTORY") == []


def test_a_repair_that_fails_is_scrapped_and_bought_anew():
    poor = but(LOOP, {"network.nodes.plant.bench": {"good": "50 %"}})
    lived = live(poor, walk_in(at(1)), marks={("town", 0, Purpose.YIELD): 2**31})
    assert lived.rows("work", "end", "outcome", activity="FACTORY") == [(at(4), "SCRAPPED")]
    assert bought(lived) == [(at(4), 1)]
    assert (at(4), 1, "plant WORK", "plant SCRAP", "SCRAPPED") in lived.moves()


@pytest.mark.parametrize(("count", "when"), [("yes", []), ("no", [(at(1), 1)])])
def test_cores_count_in_the_position_or_not(count, when):
    counted = but(LOOP, {"policies.stock.shop": {"count_cores": count}})
    assert bought(live(counted, walk_in(at(1)))) == when


def test_cores_counted_by_yield_are_bought_in_the_share_that_is_lost():
    half = but(
        LOOP,
        {
            "policies.stock.shop": {"count_cores": "yield", "levels": {"board": 4}},
            "network.nodes.plant.bench": {"good": "50 %"},
            "network.lanes.plant -> shop.transit": "1 h",
        },
    )
    marks = {("town", k, Purpose.YIELD): (k % 2) * 2**31 for k in range(4)}
    lived = live(half, walk_in(*[at(1, hour) for hour in range(4)]), marks=marks)
    assert sum(qty for _, qty in bought(lived)) == 2
    assert lived.moves()[0][1] == 4


def test_cores_may_go_to_a_supplier_and_are_gone():
    sold = but(
        LOOP,
        {
            "policies.returns": None,
            "network.nodes.plant": None,
            "network.lanes.shop -> plant": None,
            "network.lanes.plant -> shop": None,
        },
    )
    sold["policies"]["returns"] = {"shop": "maker"}
    lived = live(sold, walk_in(at(1)))
    assert bought(lived) == [(at(1), 1)]
    assert (at(5), 1, "maker CORE", "maker OUTSIDE", "LEFT_NETWORK") in lived.moves()


def test_a_factory_that_stocks_keeps_what_it_repairs_and_supplies_from_it():
    depot = but(
        LOOP,
        {
            "policies.stock.plant": {"levels": {"board": 2}},
            "policies.supply": {"shop": "plant"},
            "policies.returns": {"plant": "plant"},
            "network.lanes.maker -> shop": None,
        },
    )
    lived = live(depot, walk_in(at(1)))
    assert lived.rows("requests", "target", "asked", "filled", "received") == [("plant", at(1), at(1), at(4))]
    assert (at(4), 1, "plant WORK", "plant FREE", "REPAIRED") in lived.moves()


def test_a_part_that_cannot_be_repaired_leaves_no_core():
    lived = live(but(LOOP, {"world.parts.board": {"repairable": False}}), walk_in(at(1)))
    assert bought(lived) == [(at(1), 1)]
    assert [reason for *_, reason in lived.moves() if reason.startswith("CORE")] == []


def test_work_at_a_factory_takes_the_draw_of_its_core():
    drawn = but(LOOP, {"network.nodes.plant.bench": {"work": {"uniform": ["1 d", "3 d"]}, "technicians": "unlimited"}})
    lived = live(drawn, walk_in(at(1), at(1, 1)), marks={("town", 0, Purpose.FACTORY_WORK): 2**30})
    assert lived.rows("work", "content", bench="plant")[0] == round(1.5 * DAY)
