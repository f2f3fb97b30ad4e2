"""What users' own rules and processes may get wrong is told with the place where it happened."""

from __future__ import annotations

import pytest

from netsim.errors import ModelError
from netsim.registry import process
from netsim.tape.purposes import Purpose
from tests.engine.networks import MINUTE, at, but, live
from tests.engine.test_custom import SHOP
from tests.engine.test_ladder import laddered, rungs, walk_in

CLAIM = [(at(0, 10), "town", "base/board")]
WHERE = rf"order 0 of town, second {at(0, 10)}: the process of shop "


def breaks(order, node, sim):
    yield sim.wait(0)
    raise ValueError("boom")


def plain(order, node, sim):
    return "ready"


def keeps(order, node, sim):
    yield node.bench.seize(order)
    return "parts_needed"


def gives_twice(order, node, sim):
    yield node.bench.seize(order)
    node.bench.release(order)
    node.bench.release(order)
    return "ready"


def takes_twice(order, node, sim):
    yield node.bench.seize(order)
    yield node.bench.seize(order)
    return "ready"


def bare_hands(order, node, sim):
    yield sim.work(node, order.mark("diagnosis"))
    return "ready"


def forgets_to_yield(order, node, sim):
    node.bench.seize(order)
    yield sim.work(node, order.mark("diagnosis"))
    return "ready"


def forgets_at_the_end(order, node, sim):
    yield sim.wait(0)
    sim.wait(MINUTE)
    return "ready"


def yields_seconds(order, node, sim):
    yield 600
    return "ready"


def yields_true(order, node, sim):
    yield True
    return "ready"


def goes_back(order, node, sim):
    yield sim.wait(-60)
    return "ready"


def splits_seconds(order, node, sim):
    yield sim.wait(0.5)
    return "ready"


@pytest.mark.parametrize(
    ("story", "what"),
    [
        (breaks, "raised ValueError: boom"),
        (plain, "is no generator; let it yield at least once"),
        (keeps, r"ended with a technician; call node.bench.release\(order\)"),
        (gives_twice, "releases a technician and has none"),
        (takes_twice, "seizes a technician and has one"),
        (bare_hands, "works and has no technician"),
        (forgets_to_yield, r"must write `yield node.bench.seize\(order\)`"),
        (forgets_at_the_end, r"must write `yield sim.wait\(seconds\)`"),
        (yields_seconds, "yielded 600; yield what"),
        (yields_true, "yielded True; yield what"),
        (goes_back, "waits -60 seconds; write a whole number from 0"),
        (splits_seconds, "waits 0.5 seconds; write a whole number from 0"),
    ],
)
def test_a_process_at_fault_is_told_with_node_order_and_second(story, what):
    process(story.__name__)(story)
    with pytest.raises(ModelError, match=WHERE + what):
        live(but(SHOP, {"network.nodes.shop.process": story.__name__}), CLAIM)


def talk_first(order, node, sim):
    """Ten minutes of talk before anything else."""
    yield sim.wait(10 * MINUTE)
    return "ready"


def test_time_that_a_process_lets_pass_is_diagnosis_not_transport():
    process("talk_first")(talk_first)
    lived = live(but(SHOP, {"network.nodes.shop.process": "talk_first"}), CLAIM)
    assert lived.spent() == {"diagnosis": 10 * MINUTE}


def no_answer(position, low, high):
    return None


def broken_pieces(position, low, high):
    return 2.5


def no_rule(position, low, high):
    return 1 // 0


@pytest.mark.parametrize(("rule", "what"), [(no_answer, "NoneType"), (broken_pieces, "float"), (no_rule, "ZeroDiv")])
def test_a_stock_rule_at_fault_is_told_with_part_node_and_position(rule, what):
    code = f"{__name__}:{rule.__name__}"
    ruled = {"network.nodes.shop.process": None, "policies.stock.shop": {"rule": code, "levels": {"board": 2}}}
    with pytest.raises(ModelError, match=rf"stock rule {code} for board at shop, position 2, second 0: .*{what}"):
        live(but(SHOP, ruled), CLAIM)


def misspelt(line, view):
    return "stal"


def listed(line, view):
    return ["stall"]


def asks_elsewhere(line, view):
    return "stall" if view.free("atlantis", line.part) else None


@pytest.mark.parametrize(
    ("rule", "what"),
    [
        (misspelt, r"there is no node 'stal' did you mean `stall`\?"),
        (listed, "TypeError"),
        (asks_elsewhere, "there is no node 'atlantis'"),
    ],
)
def test_a_shortage_rule_at_fault_is_told_with_part_node_and_order(rule, what):
    code = f"{__name__}:{rule.__name__}"
    with pytest.raises(ModelError, match=rf"shortage rule {code} for board at shop, order 0 of town, .*{what}"):
        live(laddered(code, "home"), walk_in(at(1)))


def from_the_stall(line, view):
    assert view.lead_time("stall", "shop") > 365 * 86_400
    return "stall"


def test_a_users_rung_sends_no_parts_by_a_way_for_devices():
    changes = {
        "network.lanes.stall -> shop / lateral": None,
        "network.lanes.stall -> shop / van": {"transit": "4 h", "carries": ["cores"]},
        "world.parts.board.repairable": True,
        "network.nodes.plant": {"kind": "factory", "country": "XX"},
        "network.lanes.shop -> plant": {"transit": "1 h"},
        "network.lanes.plant -> hub": {"transit": "1 h"},
        "policies.returns": {"stall": "shop", "shop": "plant", "plant": "hub"},
    }
    lived = live(laddered(f"{__name__}:from_the_stall", "home", **changes), walk_in(at(1)))
    assert rungs(lived)[0][0] == "shop"


GRAVITY = {
    "world": {
        "countries": {"XX": {}},
        "parts": {"board": {"value": "10 EUR", "repairable": False}},
        "zones": {"town": {"at": [0, 0], "country": "XX", "units": 1, "failures": {"board": "1 /yr"}}},
    },
    "network": {
        "nodes": {
            "old": {"kind": "outlet", "at": [0, 1], "country": "XX"},
            "new": {"kind": "outlet", "at": [0, 0], "country": "XX", "opens": "2026-01-15"},
            "maker": {"kind": "supplier", "country": "XX", "lead": "2 d"},
        },
        "lanes": {"maker -> outlets": {"transit": "1 d"}},
    },
    "policies": {"stock": {"outlets": {"levels": {"board": 5}}}, "serving": {"choose": "gravity"}},
}


def test_nobody_is_drawn_to_an_outlet_that_has_not_opened():
    marks = {("new", 0, Purpose.OUTLET): 0, ("new", 1, Purpose.OUTLET): 0}
    lived = live(GRAVITY, [(at(1), "town", "base/board"), (at(10), "town", "base/board")], marks=marks)
    assert lived.rows("orders", "node", "received") == [("old", at(1)), ("new", at(10))]
    alone = live(but(GRAVITY, {"network.nodes.old.opens": "2026-01-20"}), [(at(1), "town", "base/board")], marks=marks)
    assert [node for node, _ in alone.rows("orders", "node", "received")] == ["new"]
