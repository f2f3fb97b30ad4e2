"""Stock decisions of one instant: who is told what is free, in which order, and at which level."""

from __future__ import annotations

import numpy as np
import pytest

from netsim.engine.claimants import Request
from netsim.engine.stockpoint import StockPoint
from netsim.model.compile_model import compile_model
from netsim.plan.plan import Plan
from netsim.tape.purposes import Purpose
from tests.engine.networks import DAY, HOUR, at, but, live, scenario_of
from tests.engine.test_ladder import LATERAL, laddered, rungs, walk_in

REVIEWS = {
    "world": {
        "countries": {"XX": {}},
        "parts": {"board": {"value": "10 EUR", "repairable": False}},
        "zones": {
            f"z{i}": {"at": [0, i], "country": "XX", "units": 1, "failures": {"board": "1 /yr"}} for i in range(3)
        },
    },
    "network": {
        "nodes": {
            **{f"s{i}": {"kind": "outlet", "at": [0, i], "country": "XX"} for i in range(3)},
            "hub": {"kind": "warehouse", "country": "XX"},
            "maker": {"kind": "supplier", "country": "XX", "lead": "5 d"},
        },
        "lanes": {
            "hub -> outlets / road": {"transit": "1 d"},
            "maker -> outlets / air": {"transit": "1 d"},
            "maker -> hub": {"transit": "1 d"},
        },
    },
    "policies": {
        "stock": {
            "outlets": {"rule": "order-up-to", "levels": {"board": 2}, "review": "mon 06:00"},
            "hub": {"levels": {"board": 9}},
        },
        "supply": {"outlets": ["hub", "maker"], "hub": "maker"},
    },
}
ONE_EACH = [(at(1), f"z{i}", "base/board") for i in range(3)]


def targets(lived):
    return lived.rows("requests", "origin", "target", asked=at(7, 6))


def test_nodes_that_review_together_find_the_first_source_open_as_long_as_it_has_stock():
    lived = live(REVIEWS, ONE_EACH, days=12)
    assert [pair for pair in targets(lived) if pair[0] != "hub"] == [(f"s{i}", "hub") for i in range(3)]
    short = live(but(REVIEWS, {"policies.stock.hub.levels.board": 2}), ONE_EACH, days=12)
    assert [pair[1] for pair in targets(short) if pair[0] != "hub"] == ["hub", "hub", "maker"]


def test_a_review_at_the_second_of_a_new_level_orders_up_to_it():
    midnight = but(REVIEWS, {"policies.stock.outlets.review": "mon 00:00"})
    model = compile_model(scenario_of(midnight), horizon=20 * DAY)
    raised = np.where(model.stock.high == 2, 7, model.stock.high)
    plan = Plan(np.array([0, at(7)]), np.stack([model.stock.low] * 2), np.stack([model.stock.high, raised]))
    lived = live(midnight, days=20, plan=plan)
    expected = [(at(0), 2, 0), (at(7), 7, 5), (at(14), 7, 0)]
    assert lived.rows("reviews", "time", "target", "ordered", stock_point="s1") == expected


def test_nothing_opens_where_the_plan_expects_nothing():
    rule = {"rule": "reorder-point", "target": "90 %", "lot": 5}
    sized = but(REVIEWS, {"policies.stock": {"s0": rule, "s1": rule, "s2": rule, "hub": {"target": "90 %"}}})
    sized["policies"]["stock"].pop("outlets")
    model = compile_model(scenario_of(sized), horizon=20 * DAY)
    low, high = np.full((1, 4), -1), np.full((1, 4), 5)
    low[0, model.stock.rule == 0] = high[0, model.stock.rule == 0] = 0
    lived = live(sized, [ONE_EACH[0]], days=20, plan=Plan(np.zeros(1, dtype=np.int64), low, high))
    assert lived.rows("moves", "qty", reason="OPENING") == []
    assert lived.rows("requests", "asked", "qty", origin="s0") == [(at(1), 5)]


def test_a_waiting_line_is_not_sent_away_when_its_part_arrives_in_the_second_of_the_review():
    changes = {
        "policies.stock.shop": {"levels": {"board": 0}, "review": "mon 00:00"},
        "network.lanes.hub -> shop / road.transit": "2 d",
        "world.promise.part_arrival": "240 h",
    }
    lived = live(laddered(LATERAL, "home", retry=True, **changes), walk_in(at(5), at(5)), days=20)
    # The neighbour spares one piece at once and has another by Monday, when the one asked for comes in.
    assert rungs(lived) == [("stall", 0, at(5), at(5, 4)), ("shop", 0, at(5), at(7))]
    assert lived.rows("requests", "cancelled") == [0] * len(lived.rows("requests", "qty"))


def test_a_line_that_the_stock_of_its_instant_serves_does_not_climb():
    changes = {
        "policies.stock.shop": {"rule": "reorder-point", "levels": {"board": [0, 3]}, "opening": {"board": 0}},
        "policies.stock.stall.opening": {"board": 0},
    }
    lived = live(laddered(LATERAL, "home", **changes), walk_in(at(1), at(3)), days=20)
    # On day 1 the neighbour has nothing. Three pieces come in at the second of the second claim: one is waited for,
    # two are spare, and the neighbour, who could help by now, need not.
    assert [(source, arrived) for source, _, _, arrived in rungs(lived)] == [("shop", at(3)), ("shop", at(3))]


SCRAPS = {
    "world": {
        "countries": {"XX": {}},
        "parts": {"board": {"value": "10 EUR"}},
        "fleets": {"cars": {"at": [0, 0], "country": "XX", "units": 1, "life": "1 d", "parts": {"board": 2}}},
    },
    "network": {
        "nodes": {
            "shop": {"kind": "outlet", "at": [0, 0], "country": "XX"},
            "plant": {"kind": "factory", "country": "XX", "bench": {"technicians": 1, "work": "1 d", "good": "0 %"}},
            "maker": {"kind": "supplier", "country": "XX", "lead": {"uniform": ["2 d", "6 d"]}},
        },
        "lanes": {"shop <-> plant": {"transit": "1 d"}, "maker -> shop": {"transit": "0 d"}},
    },
    "policies": {
        "stock": {"shop": {"levels": {"board": 2}}},
        "supply": {"shop": "maker"},
        "returns": {"shop": "plant", "plant": "shop"},
        "core": "at request",
    },
}


def test_purchases_of_one_cause_on_different_days_have_lead_times_of_their_own():
    stream = "lead/maker/shop"
    leads = {(stream, 0, Purpose.LEAD): 0, (stream, 0, Purpose.LEAD, 0, 1): 2**31}
    lived = live(SCRAPS, marks=leads, days=9)
    # The two cores of the first failure are scrapped on days 3 and 4: leads of 2 and of 4 days.
    assert lived.rows("requests", "asked", "received")[:2] == [(at(3), at(5)), (at(4), at(8))]


class Luck:
    """A stream that counts the draws made of it."""

    drawn = 0

    def __init__(self, mark):
        self._mark = mark

    def mark(self, owner, number, line, purpose, attempt=0):
        Luck.drawn += 1
        return self._mark


def stock_point(number=0, *, mark=0, priority=0):
    """Return a stock point of a node of its own."""
    return StockPoint(number, number, 0, rule=0, priority=priority, weight=0, stream=Luck(mark))


def claimant(point, row, *, mark, priority=0):
    """Return a request of another node for one piece of *point*."""
    asker = stock_point(row, mark=mark, priority=priority)
    return Request(None, row, asker, point.node, point, 0, 1, -1, 0, 0, None)


def serve(point):
    served = []
    while (first := point.first()) is not None:
        served.append(first.row)
        first.left = 0
    return served


def test_thousands_of_equals_are_ranked_once():
    point, asked, many = stock_point(), HOUR, 3000
    Luck.drawn = 0
    marks = [(7919 * row) % 100_003 for row in range(many)]
    for row in range(many):
        point.enqueue(claimant(point, row, mark=marks[row]), asked)
    assert serve(point) == sorted(range(many), key=lambda row: marks[row])
    assert many <= Luck.drawn <= 2 * many


@pytest.mark.parametrize("late", [0, 50])
def test_who_joins_equals_that_are_being_served_takes_its_own_place(late):
    point = stock_point()
    for row, mark in enumerate((30, 10, 40)):
        point.enqueue(claimant(point, row, mark=mark), HOUR)
    first = point.first()
    assert first is not None
    assert first.row == 1
    first.left = 0
    point.enqueue(claimant(point, 3, mark=late), HOUR)
    point.enqueue(claimant(point, 4, mark=99, priority=1), HOUR)
    assert serve(point) == ([3, 0, 2, 4] if late == 0 else [0, 2, 3, 4])
