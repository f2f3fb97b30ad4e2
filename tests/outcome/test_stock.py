"""Stock figures of hand-made moves."""

import pytest

from netsim.engine.records import LineEnd, MoveReason, RequestReason, StockState
from netsim.outcome.flows import measure_flows
from netsim.outcome.groups import Tally
from netsim.outcome.stock import measure_stock
from netsim.study.windows import Windows
from tests.outcome.story import DAY, Story, build_model, build_scenario

SCENARIO = build_scenario(
    world={"countries": {"PL": {}, "NL": {}}, "parts": {"screen": {"value": "60 EUR"}, "board": {"value": "140 EUR"}}}
)
FREE, RESERVED, CORE, OUTSIDE, WORK = (StockState[s] for s in ("FREE", "RESERVED", "CORE", "OUTSIDE", "WORK"))


def make_model(**more):
    return build_model(
        nodes={"shop": ("outlet", "PL"), "hub": ("warehouse", "NL"), "maker": ("supplier", "NL")},
        parts=("screen", "board"),
        lanes={"hub -> shop": ("hub", "shop", True), "shop -> hub": ("shop", "hub", False)},
        zones={"warsaw": "PL"},
        stock={("shop", "screen"): 1, ("hub", "screen"): 2},
        **more,
    )


def figures(story, *, begin=0, end=10 * DAY, horizon=300 * DAY, flows=False, model=None):
    model, window = model or make_model(), Windows(begin, end, horizon)
    tally = Tally(model)
    if flows:
        measure_flows(model, story.records(horizon), window, tally)
    else:
        measure_stock(SCENARIO, model, story.records(horizon), window, tally)
    return {(kpi, group): value for kpi, group, value, _, _ in tally.observations}


def wait(story, requested, reserved=-1, *, qty=1, source=0, ended=-1, outcome=LineEnd.OPEN):
    row = story.line(order=story.order(created=requested), node=0, source=source, qty=qty, requested=requested,
                     deadline=requested + 3 * DAY, reserved=reserved, ended=ended, outcome=outcome)  # fmt: skip
    if reserved >= 0 and not source:
        story.move(reserved, 0, (0, FREE), (0, RESERVED), MoveReason.RESERVE, qty=qty, subject=row)
    return row


def test_average_stock_on_hand_and_in_transit():
    story = Story()
    story.opening(1, 0, 5)
    story.goods(0, 2, 1, 0, 0, departed=2 * DAY, received=5 * DAY)
    found = figures(story)
    assert found["on_hand", "node=hub"] == pytest.approx((2 * 5 + 8 * 3) / 10)
    assert found["on_hand", "node=shop"] == pytest.approx(5 * 2 / 10)
    assert found["on_hand", "all"] == found["on_hand", "part=screen"] == pytest.approx((34 + 10) / 10)
    assert found["in_transit", "all"] == pytest.approx(3 * 2 / 10)
    assert figures(story, begin=4 * DAY, end=6 * DAY)["in_transit", "part=screen"] == pytest.approx(2 / 2)


def test_reserved_pieces_are_on_hand_and_do_not_make_a_shelf_ready():
    story = Story()
    story.opening(0, 0, 1)
    wait(story, 4 * DAY, 4 * DAY)
    found = figures(story)
    assert found["on_hand", "node=shop"] == 1
    assert found["ready_rate", "node=shop"] == 4 / 10
    assert found["ready_rate", "all"] == 4 / 20  # the hub has never had a piece


def test_backorders_of_lines_piece_by_piece():
    story = Story()
    story.opening(0, 0, 3)
    row = wait(story, 1 * DAY, qty=3)
    for day, qty in ((1, 1), (3, 2)):
        story.move(day * DAY, 0, (0, FREE), (0, RESERVED), MoveReason.RESERVE, qty=qty, subject=row)
    found = figures(story)
    assert found["backorders", "node=shop"] == pytest.approx(2 * 2 / 10)
    assert found["backorders_max", "node=shop"] == found["backorders_max", "all"] == 2


def test_a_node_that_never_fell_short_has_a_peak_of_none_rather_than_no_peak():
    story = Story()
    story.opening(0, 0, 1)
    row = wait(story, DAY, DAY)
    story.move(DAY, 0, (0, FREE), (0, RESERVED), MoveReason.RESERVE, subject=row)
    assert figures(story)["backorders_max", "node=shop"] == 0


def test_a_diverted_line_is_no_backorder_of_its_node_from_then_on():
    story = Story()
    row = wait(story, 1 * DAY, 2 * DAY, source=1)
    story.add("requests", origin=0, target=1, line=row, asked=2 * DAY, at_once=1, filled=2 * DAY, cancelled=0,
              reason=RequestReason.EMERGENCY)  # fmt: skip
    story.opening(1, 0, 1)
    story.goods(0, 1, 1, 0, 0, departed=2 * DAY, received=4 * DAY)
    assert figures(story)["backorders", "all"] == pytest.approx(1 / 10)


def test_requests_wait_at_their_source_and_suppliers_have_no_backorders():
    story = Story()
    story.add("requests", origin=0, target=1, qty=3, asked=DAY, filled=5 * DAY, cancelled=1)
    story.add("requests", origin=1, target=2, qty=9, asked=DAY, reason=RequestReason.PURCHASE)
    story.goods(0, 2, -1, 0, 1, departed=2 * DAY, received=3 * DAY, reason=MoveReason.PURCHASE)
    story.goods(0, 2, 1, 0, 0, departed=5 * DAY, received=6 * DAY)
    found = figures(story)
    assert found["backorders", "node=hub"] == found["backorders", "all"] == pytest.approx(4 * 2 / 10)


def test_open_and_cancelled_lines_wait_to_the_end():
    story = Story()
    wait(story, 8 * DAY)
    wait(story, 4 * DAY, ended=5 * DAY, outcome=LineEnd.CANCELLED)
    found = figures(story)
    assert found["backorders", "all"] == pytest.approx((2 + 1) / 10)
    assert found["backorders_max", "all"] == 1


def test_dead_stock_is_old_and_unused():
    story = Story()
    story.opening(1, 0, 4)  # screens: one is used at day 30
    story.opening(0, 0, 1)
    row = wait(story, 30 * DAY, 30 * DAY)
    story.install(30 * DAY, 0, 0, row)
    story.opening(1, 1, 2)  # boards: nobody uses one, two more come at day 150
    story.goods(1, 2, -1, 0, 1, departed=100 * DAY, received=150 * DAY, reason=MoveReason.PURCHASE)
    value = 4 * 60 + 4 * 140
    assert figures(story, end=200 * DAY)["dead_stock_rate", "all"] == pytest.approx(2 * 140 / value)
    assert figures(story, end=220 * DAY)["dead_stock_rate", "all"] == pytest.approx((4 * 60 + 2 * 140) / value)
    assert figures(story, end=220 * DAY)["dead_stock_rate", "part=screen"] == 1
    assert figures(story, end=179 * DAY)["dead_stock_rate", "all"] is None


def test_consignments_and_time_at_the_border():
    story = Story()
    for departed, clearance, held in ((0, DAY, 0), (DAY, 3 * DAY, 1), (20 * DAY, 9 * DAY, 1)):
        story.ship(lane=0, departed=departed, at_border=departed + DAY, released=departed + DAY + clearance,
                   received=departed + DAY + clearance, held=held)  # fmt: skip
    story.ship(lane=1, departed=DAY, received=2 * DAY)
    found = figures(story, flows=True)
    assert found["consignments", "all"] == 3
    assert found["consignments", "node=shop"] == 1
    assert found["held_share", "all"] == found["held_share", "country=PL"] == 1 / 2
    assert found["border_time", "all"] == 2


def born(story, time, node=0):
    line = story.line(order=0, node=node, requested=time, deadline=time, reserved=time, arrived=time, ended=time,
                      outcome=LineEnd.INSTALLED)  # fmt: skip
    story.move(time, 0, (node, OUTSIDE), (node, CORE), MoveReason.CORE_BORN, subject=0)
    return line


def test_cores_are_back_when_the_next_node_has_them_first_come_first_gone():
    story = Story()
    story.order(created=0)
    for day in (1, 2, 3, 4):
        born(story, day * DAY)
    story.goods(0, 2, 0, 1, 1, departed=10 * DAY, received=12 * DAY, core=True)
    story.goods(0, 1, 0, 1, 1, departed=60 * DAY, received=70 * DAY, core=True)  # the third, 67 days later
    found = figures(story, flows=True)  # the fourth never leaves
    assert found["core_return_rate", "all"] == found["core_return_rate", "node=shop"] == 2 / 4
    # Seen from day 64: the third (due on day 63) is late, the fourth is not judged.
    assert figures(story, flows=True, horizon=64 * DAY)["core_return_rate", "all"] == 2 / 3


def test_a_part_whose_core_is_kept_counts_as_not_returned():
    story = Story()
    story.order(created=0)
    born(story, DAY)
    story.goods(0, 1, 0, 1, 1, departed=DAY, received=2 * DAY, core=True)
    story.line(order=0, requested=0, deadline=0, reserved=0, arrived=0, ended=DAY, outcome=LineEnd.INSTALLED)
    assert figures(story, flows=True)["core_return_rate", "all"] == 1 / 2
    assert figures(story, flows=True, model=make_model(repairable=(0, 1)))["core_return_rate", "all"] is None


def test_a_core_repaired_where_it_was_born_is_back_when_work_begins():
    story = Story()
    story.order(created=0)
    born(story, DAY)
    story.move(3 * DAY, 0, (0, CORE), (0, WORK), MoveReason.TO_BENCH, subject=0)
    assert figures(story, flows=True)["core_return_rate", "all"] == 1
