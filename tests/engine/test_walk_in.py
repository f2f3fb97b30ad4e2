"""A walk-in repair told by hand: reception, bench, parts, closing time. Second 0 is a Monday."""

from __future__ import annotations

import pytest

from netsim.engine import simpy_engine
from netsim.engine.compiled import compiled_engine
from netsim.errors import ModelError
from netsim.model.compile_model import compile_model
from netsim.plan.plan import make_plan
from netsim.tape.purposes import Purpose
from netsim.tape.tape import Tape
from tests.engine.networks import DAY, HOUR, MINUTE, at, but, live, scenario_of

SHOP = {
    "world": {
        "countries": {"XX": {}},
        "parts": {name: {"value": "10 EUR", "repairable": False} for name in ("board", "screen")},
        "zones": {
            "town": {"at": [0, 0], "country": "XX", "units": 1, "failures": dict.fromkeys(("board", "screen"), "1 /yr")}
        },
    },
    "network": {
        "nodes": {
            "shop": {
                "kind": "outlet",
                "at": [0, 0],
                "country": "XX",
                "shift": "mon-fri 09:00-18:00",
                "bench": {"technicians": 1, "diagnosis": "30 min", "work": "1 h"},
            },
            "maker": {"kind": "supplier", "country": "XX", "lead": "2 d"},
        },
        "lanes": {"maker -> shop": {"transit": "1 d"}},
    },
    "policies": {"stock": {"shop": {"levels": {"board": 1, "screen": 1}}}},
}
BENCH = "network.nodes.shop.bench"


def steps(lived, row=0):
    order = lived.order(row)
    return [order[name] for name in ("handed_over", "received", "diagnosed", "complete", "repaired", "ready", "closed")]


def jobs(lived):
    return lived.rows("work", "subject", "activity", "joined", "start", "end", "outcome")


def test_part_on_hand_one_technician_does_all_in_one_go():
    lived = live(SHOP, [(at(0, 10), "town", "base/board")])
    ten, diagnosed, repaired = at(0, 10), at(0, 10.5), at(0, 11.5)
    assert steps(lived) == [ten, ten, diagnosed, diagnosed, repaired, repaired, repaired]
    assert lived.order()["state"] == "REPAIRED"
    assert lived.spent() == {"diagnosis": 30 * MINUTE, "repair": HOUR}
    assert jobs(lived) == [
        (0, "DIAGNOSIS", ten, ten, diagnosed, "DONE"),
        (0, "REPAIR", diagnosed, diagnosed, repaired, "DONE"),
    ]
    # The request for a new board goes out as the old one is reserved: 2 d at the maker, 1 d on the road.
    asked = lived.rows("requests", "origin", "target", "part", "qty", "reason", "asked", "filled", "received")
    assert asked == [("shop", "maker", "board", 1, "PURCHASE", diagnosed, diagnosed + 2 * DAY, diagnosed + 3 * DAY)]
    assert lived.rows("consignments", "lane", "departed", "received", "outcome") == [
        ("maker -> shop / road", diagnosed + 2 * DAY, diagnosed + 3 * DAY, "RECEIVED")
    ]
    assert lived.moves("board") == [
        (0, 1, "shop OUTSIDE", "shop FREE", "OPENING"),
        (diagnosed, 1, "shop FREE", "shop RESERVED", "RESERVE"),
        (repaired, 1, "shop RESERVED", "shop INSTALLED", "INSTALL"),
        (diagnosed + 2 * DAY, 1, "maker OUTSIDE", "maker -> shop / road TRANSIT", "PURCHASE"),
        (diagnosed + 3 * DAY, 1, "maker -> shop / road TRANSIT", "shop FREE", "RECEIVE"),
    ]


def test_a_claim_at_night_walks_in_within_the_next_opening_where_its_mark_says():
    quarter = {("town", 0, Purpose.VISIT): 2**30}
    lived = live(SHOP, [(at(0, 20), "town", "base/board")], marks=quarter)
    reception = at(1, 9 + 9 / 4)
    assert lived.order()["created"] == at(0, 20)
    assert steps(lived)[:2] == [reception, reception]
    assert lived.order()["closed"] == reception + 90 * MINUTE
    assert sum(lived.spent().values()) == 90 * MINUTE  # the night before is nobody's custody


def test_a_claim_at_closing_time_is_late_and_at_opening_time_is_not():
    late = live(SHOP, [(at(0, 18), "town", "base/board")], marks={("town", 0, Purpose.VISIT): 0})
    assert late.order()["received"] == at(1, 9)
    early = live(SHOP, [(at(1, 9), "town", "base/board")], marks={("town", 0, Purpose.VISIT): 2**31})
    assert early.order()["received"] == at(1, 9)


def test_without_its_part_the_device_is_parked_and_the_technician_is_free_for_the_next():
    claims = [
        (at(0, 10), "town", "base/board"),
        (at(0, 12), "town", "base/board"),
        (at(0, 12.25), "town", "base/screen"),
    ]
    lived = live(SHOP, claims)
    arrives = at(0, 10.5) + 3 * DAY  # the board asked for by the first order serves the second
    assert lived.order(1)["diagnosed"] == at(0, 12.5)
    assert lived.order(1)["complete"] == arrives
    assert lived.order(1)["closed"] == arrives + HOUR
    assert lived.spent(1) == {"diagnosis": 30 * MINUTE, "parts": arrives - at(0, 12.5), "repair": HOUR}
    assert lived.spent(2) == {"queue": 15 * MINUTE, "diagnosis": 30 * MINUTE, "repair": HOUR}
    assert lived.order(2)["closed"] == at(0, 14)


def test_work_pauses_at_closing_and_goes_on_at_opening():
    lived = live(SHOP, [(at(0, 17), "town", "base/board")])
    assert lived.order()["closed"] == at(1, 9.5)
    assert lived.spent() == {"diagnosis": 30 * MINUTE, "repair": HOUR, "shut": 15 * HOUR}


def test_work_may_end_exactly_at_closing():
    lived = live(SHOP, [(at(0, 16.5), "town", "base/board"), (at(0, 16.75), "town", "base/screen")])
    assert lived.order()["closed"] == at(0, 18)
    # No grant while the bench is shut: who waits at closing is taken at the next opening.
    assert lived.rows("work", "start", subject=1)[0] == at(1, 9)
    assert lived.spent(1) == {"queue": 75 * MINUTE, "diagnosis": 30 * MINUTE, "repair": HOUR, "shut": 15 * HOUR}


def test_a_public_holiday_is_shut_all_day():
    spain = but(SHOP, {"world.countries.XX": {"holidays": "ES"}})  # Epiphany, Tuesday 6 January
    lived = live(spain, [(at(0, 17), "town", "base/board")])
    assert lived.order()["closed"] == at(2, 9.5)
    assert lived.spent()["shut"] == 39 * HOUR


def test_hours_are_local():
    lisbon = but(SHOP, {"world.countries.XX": {"time_zone": "America/Mexico_City"}})  # UTC-6
    lived = live(lisbon, [(at(0, 23), "town", "base/board")])
    assert lived.order()["closed"] == at(1, 15) + 30 * MINUTE


def test_no_fault_found_takes_the_diagnosis_and_no_part():
    doubtful = but(SHOP, {"world.rates": {"no_fault": "25 %"}})
    lived = live(doubtful, [(at(0, 10), "town", "base/board")], marks={("town", 0, Purpose.NO_FAULT): 2**30 - 1})
    assert lived.order()["state"] == "NO_FAULT"
    assert lived.order()["closed"] == at(0, 10.5)
    assert jobs(lived) == [(0, "DIAGNOSIS", at(0, 10), at(0, 10), at(0, 10.5), "NO_FAULT")]
    assert lived.rows("lines", "order") == []
    faulty = live(doubtful, [(at(0, 10), "town", "base/board")], marks={("town", 0, Purpose.NO_FAULT): 2**30})
    assert faulty.order()["state"] == "REPAIRED"


def test_a_quote_is_asked_for_out_of_warranty_only_and_may_be_rejected():
    paid = but(SHOP, {"world.rates": {"quote_accept": "25 %"}})
    marks = {("town", 0, Purpose.QUOTE_ACCEPT): 2**30, ("town", 1, Purpose.QUOTE_ACCEPT): 2**30 - 1}
    claims = [(at(day, 10), "town", "base/board", int(day == 2)) for day in range(3)]
    lived = live(paid, claims, marks={**marks, ("town", 2, Purpose.QUOTE_ACCEPT): 2**32 - 1})
    assert lived.rows("orders", "paid", "state") == [(1, "REJECTED_QUOTE"), (1, "REPAIRED"), (0, "REPAIRED")]
    assert lived.order()["closed"] == at(0, 10.5)


def test_a_rejected_quote_frees_the_technician():
    paid = but(SHOP, {"world.rates": {"quote_accept": "0 %"}})
    lived = live(paid, [(at(0, 10), "town", "base/board", 0), (at(0, 10), "town", "base/screen")])
    assert lived.rows("work", "start", subject=1)[0] == at(0, 10.5)


def test_a_repair_that_fails_its_test_is_done_again():
    unsure = but(SHOP, {BENCH: {"test_pass": "50 %"}})
    marks = {("town", 0, Purpose.TEST, 0, 0): 2**31, ("town", 0, Purpose.TEST, 0, 1): 2**31 - 1}
    lived = live(unsure, [(at(0, 10), "town", "base/board")], marks=marks)
    assert lived.rows("work", "activity", "attempt", "start", "end", "outcome") == [
        ("DIAGNOSIS", 0, at(0, 10), at(0, 10.5), "DONE"),
        ("REPAIR", 0, at(0, 10.5), at(0, 11.5), "TEST_FAILED"),
        ("REPAIR", 1, at(0, 11.5), at(0, 12.5), "DONE"),
    ]
    assert len(lived.rows("lines", "order")) == 1


@pytest.mark.parametrize("engine", [simpy_engine.run, compiled_engine.run])
@pytest.mark.parametrize("work", ["0 h", "1 h"])
def test_a_repair_that_never_passes_its_test_ends_the_run_with_a_remedy(work, engine):
    model = compile_model(scenario_of(but(SHOP, {BENCH: {"test_pass": "50 %", "work": work}})), horizon=90 * DAY)
    rows = [(at(0, 10), "town", model.mode_names.index("base/board"), 1)]
    tape = Tape.script(rows, default=2**31, owner_names=model.zone_names)
    with pytest.raises(ModelError, match="failed its test 128 times in a row; raise `test_pass`"):
        engine(model, tape, make_plan(model))


def test_the_work_drawn_is_that_of_its_mark():
    drawn = but(SHOP, {BENCH: {"work": {"uniform": ["1 h", "3 h"]}}})
    lived = live(drawn, [(at(0, 10), "town", "base/board")], marks={("town", 0, Purpose.REPAIR): 2**30})
    assert lived.rows("work", "content", activity="REPAIR") == [round(1.5 * HOUR)]


def test_a_call_may_solve_it():
    called = but(SHOP, {"world.rates": {"remote": "10 %"}})
    lived = live(called, [(at(0, 3), "town", "base/board")], marks={("town", 0, Purpose.REMOTE): 0})
    order = lived.order()
    assert (order["state"], order["channel"], order["handed_over"], order["closed"]) == (
        "REMOTE",
        "REMOTE",
        at(0, 3),
        at(0, 3),
    )


def test_customers_too_far_away_are_lost_unless_there_is_another_way():
    far = but(SHOP, {"policies.serving": {"max_travel": "1 km"}, "world.zones.town.at": [1, 1]})
    far = but(far, {"world.zones.close": {"at": [0, 0], "country": "XX"}})
    order = live(far, [(at(0, 10), "town", "base/board")]).order()
    assert (order["state"], order["reason"], order["channel"]) == ("UNCOVERED", "NO_OUTLET_IN_REACH", "LOST")


def test_of_two_who_wait_the_first_is_served_first_whoever_was_claimed_first():
    claims = [
        (at(0, 10), "town", "base/board"),
        (at(0, 10.1), "town", "base/screen"),
        (at(0, 10.2), "town", "base/screen"),
    ]
    lived = live(SHOP, claims)
    assert lived.order(1)["diagnosed"] == at(0, 12)
    assert lived.order(2)["diagnosed"] == at(0, 13.5)


def test_an_outlet_serves_from_the_day_it_opens_and_its_customers_go_elsewhere_before():
    two = but(
        SHOP, {"network.nodes.shop": {"opens": "2026-01-07"}, "network.lanes": {"maker -> far": {"transit": "1 d"}}}
    )
    two["network"]["nodes"]["far"] = {**SHOP["network"]["nodes"]["shop"], "at": [0, 1]}
    two = but(two, {"policies.stock": {"far": {"levels": {"board": 1, "screen": 1}}}})
    lived = live(two, [(at(0, 10), "town", "base/board"), (at(2, 10), "town", "base/board")])
    assert lived.rows("orders", "node", "closed") == [("far", at(0, 11.5)), ("shop", at(2, 11.5))]


def test_no_bench_no_work():
    lived = live(but(SHOP, {BENCH: None}), [(at(0, 10), "town", "base/board")])
    assert lived.order()["closed"] == at(0, 10)
    assert lived.rows("work", "start") == []


def test_an_open_order_stays_open_at_the_horizon():
    lived = live(SHOP, [(at(0, 17.75), "town", "base/board")], days=1)
    order = lived.order()
    assert (order["state"], order["closed"], order["diagnosed"]) == ("DIAGNOSIS", -1, -1)
    assert lived.rows("work", "end", "outcome") == [(-1, "UNDER_WAY")]
