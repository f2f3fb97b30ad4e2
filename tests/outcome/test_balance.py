"""A sound story keeps every law, and each way of spoiling it is told by the law that it breaks."""

import pickle

import numpy as np
import pytest

from netsim.engine.records import (
    Activity,
    ConsignmentEnd,
    LineEnd,
    MoveReason,
    OrderState,
    StockState,
    WorkEnd,
)
from netsim.model.model import Channel
from netsim.outcome.balance import BalanceError, check_balance
from netsim.outcome.conservation import ALLOWED
from tests.outcome.story import DAY, HOUR, Story, build_model, calendar

FREE, RESERVED, CORE, OUTSIDE, WORK, SCRAP = (
    StockState[s] for s in ("FREE", "RESERVED", "CORE", "OUTSIDE", "WORK", "SCRAP")
)
HORIZON = 30 * DAY
HOURS = calendar(*((d * DAY + 8 * HOUR, d * DAY + 18 * HOUR) for d in range(60)))
SHOP, WORKS, MAKER = 0, 1, 2
TO_SHOP, TO_WORKS, BUY = 0, 1, 2


@pytest.fixture
def model():
    made = build_model(
        nodes={"shop": ("outlet", "PL"), "works": ("factory", "PL"), "maker": ("supplier", "CN")},
        parts=("board", "film"),
        zones={"warsaw": "PL"},
        lanes={
            "works -> shop": ("works", "shop", False),
            "shop -> works": ("shop", "works", False),
            "maker -> works": ("maker", "works", True),
        },
        benches={"shop": (1, HOURS), "works": (1, None)},
        stock={("shop", "board"): 2, ("works", "board"): 2},
        repairable=(1, 0),
        horizon=HORIZON,
    )
    made.lanes.fifo[TO_WORKS] = 1
    return made


@pytest.fixture
def story():
    """One walk-in with a part from stock, one that waits for its part, one uncovered, one open; a core repaired, one
    scrapped, a purchase.
    """
    told = Story()
    told.opening(SHOP, 0, 1)
    told.opening(WORKS, 0, 2)
    nine = 9 * HOUR
    first = told.order(created=nine, diagnosed=nine + 600, complete=nine + 600, repaired=nine + 4200,
                       ready=nine + 4200, closed=nine + 4200, diagnosis=600, repair=3600)  # fmt: skip
    told.work(bench=0, subject=first, activity=Activity.DIAGNOSIS, start=nine, end=nine + 600)
    one = told.line(order=first, node=SHOP, source=SHOP, requested=nine + 600, deadline=4 * DAY,
                    reserved=nine + 600, arrived=nine + 600, ended=nine + 4200, outcome=LineEnd.INSTALLED)  # fmt: skip
    told.move(nine + 600, 0, (SHOP, FREE), (SHOP, RESERVED), MoveReason.RESERVE, subject=one)
    told.work(bench=0, subject=first, activity=Activity.REPAIR, start=nine + 600, end=nine + 4200)
    told.install(nine + 4200, SHOP, 0, one)
    told.move(nine + 4200, 0, (SHOP, OUTSIDE), (SHOP, CORE), MoveReason.CORE_BORN, subject=first)
    told.goods(0, 1, SHOP, TO_WORKS, WORKS, departed=nine + 4200, received=DAY, core=True)

    # The second customer comes at noon; the part comes from the works on day 1 and is fitted over the night's closing.
    noon = 12 * HOUR
    late = DAY + 17 * HOUR
    done = 2 * DAY + 9 * HOUR
    second = told.order(created=noon, diagnosed=noon, complete=late, repaired=done, ready=done, closed=done,
                        parts=late - noon, repair=2 * HOUR, shut=14 * HOUR)  # fmt: skip
    two = told.line(order=second, node=SHOP, source=SHOP, requested=noon, deadline=4 * DAY, reserved=late,
                    arrived=late, ended=done, outcome=LineEnd.INSTALLED)  # fmt: skip
    told.add("requests", origin=SHOP, target=WORKS, part=0, at_once=1, asked=noon, filled=noon, received=late,
             cancelled=0)  # fmt: skip
    told.goods(0, 1, WORKS, TO_SHOP, SHOP, departed=noon, received=late)
    told.move(late, 0, (SHOP, FREE), (SHOP, RESERVED), MoveReason.RESERVE, subject=two)
    told.move(DAY, 0, (WORKS, CORE), (WORKS, WORK), MoveReason.TO_BENCH, subject=first)
    told.work(bench=1, subject=first, activity=Activity.FACTORY, part=0, start=DAY, end=DAY + HOUR)
    told.move(DAY + HOUR, 0, (WORKS, WORK), (WORKS, FREE), MoveReason.REPAIRED, subject=first)
    told.work(bench=0, subject=second, activity=Activity.REPAIR, start=late, end=done, content=2 * HOUR)
    told.install(done, SHOP, 0, two)
    told.move(done, 0, (SHOP, OUTSIDE), (SHOP, CORE), MoveReason.CORE_BORN, subject=second)
    told.goods(0, 1, SHOP, TO_WORKS, WORKS, departed=done, received=3 * DAY, core=True)
    told.move(3 * DAY, 0, (WORKS, CORE), (WORKS, SCRAP), MoveReason.BEYOND_REPAIR, subject=second)
    told.add("requests", origin=WORKS, target=MAKER, part=0, reason=1, asked=3 * DAY, at_once=1, filled=3 * DAY,
             received=9 * DAY, cancelled=0)  # fmt: skip
    told.goods(0, 1, MAKER, BUY, WORKS, departed=3 * DAY, received=9 * DAY, reason=MoveReason.PURCHASE,
               at_border=5 * DAY, released=8 * DAY)  # fmt: skip

    told.order(created=5 * DAY, closed=5 * DAY, received=-1, node=-1, channel=Channel.LOST, reason=1,
               state=OrderState.UNCOVERED)  # fmt: skip
    told.order(created=29 * DAY, state=OrderState.QUEUE_DIAGNOSIS)
    # Tell the moves in the order of their times.
    told.rows["moves"].sort(key=lambda row: row["time"])
    return told


def complaints(model, story, horizon=HORIZON):
    with pytest.raises(BalanceError) as caught:
        check_balance(model, story.records(horizon))
    return caught.value.faults


def spoil(table, row, **values):
    return lambda story: story.rows[table][row].update(values)


def move(story, reason, nth=0):
    return [row for row in story.rows["moves"] if row["reason"] == reason][nth]


def of_move(kind, nth=0, /, **values):
    return lambda story: move(story, kind, nth).update(values)


def test_a_sound_story_keeps_every_law(model, story):
    check_balance(model, story.records(HORIZON))


def test_so_does_an_empty_one(model):
    check_balance(model, Story().records(HORIZON))


ONE, TWO, GONE, OPEN = range(4)
CASES = {
    # indexes
    "orders.node points at something that exists": spoil("orders", ONE, node=7),
    "lines.order points at something that exists": spoil("lines", 0, order=9),
    "requests.target points at something that exists": spoil("requests", 0, target=-1),
    "consignments.lane points at something that exists": spoil("consignments", 0, lane=3),
    "work.bench points at something that exists": spoil("work", 0, bench=2),
    "moves.part points at something that exists": spoil("moves", 0, part=2),
    "moves.reason points at something that exists": spoil("moves", 0, reason=99),
    "a move's consignment exists": of_move(MoveReason.SHIP, subject=99),
    "a move's line exists": of_move(MoveReason.RESERVE, subject=99),
    # times
    "a run stops before its horizon": spoil("orders", OPEN, received=HORIZON),
    "time never runs backwards": lambda story: story.rows["moves"].insert(0, story.rows["moves"].pop()),
    # orders
    "an order is open or in one terminal state": spoil("orders", OPEN, state=OrderState.REPAIRED),
    "uncovered orders have a reason, others none": spoil("orders", GONE, reason=0),
    "orders: created <= handed_over": spoil("orders", ONE, diagnosed=8 * HOUR),
    "components of time are not negative": spoil("orders", ONE, diagnosis=-600, queue=1200),
    "components of time add up to closed - handed over": spoil("orders", TWO, shut=14 * HOUR - 1),
    "no identity is used twice": spoil("orders", TWO, k=0),
    # lines
    "lines: requested <= reserved <= arrived": spoil("lines", 0, reserved=8 * HOUR),
    "lines: requested <= ended": spoil("lines", 0, outcome=LineEnd.CANCELLED, ended=HOUR),
    "lines: requested <= deadline": spoil("lines", 0, deadline=HOUR),
    "a line that is over has an end": spoil("lines", 0, outcome=LineEnd.OPEN),
    "an arrived line was reserved": spoil("lines", 0, reserved=-1),
    "an installed line had arrived": spoil("lines", 1, arrived=-1),
    "a line wants pieces": spoil("lines", 0, qty=0),
    "a line is requested after its order was created": spoil("lines", 0, order=OPEN),
    "a line installs its pieces once": spoil("lines", 0, qty=2),
    "a part is installed only after it arrived": spoil("lines", 0, arrived=9 * HOUR + 4201),
    "what is installed belongs to a line": of_move(MoveReason.INSTALL, subject=-1),
    # requests
    "requests: asked <= filled": spoil("requests", 0, filled=HOUR),
    "requests: asked <= received": spoil("requests", 0, received=HOUR),
    "what was filled last is on its way or received": spoil("requests", 0, filled=20 * DAY),
    "a request is filled and cancelled no more than asked": spoil("requests", 0, cancelled=1),
    "what is filled at once has a time": spoil("requests", 0, filled=-1),
    "a request filled at once is filled when asked": spoil("requests", 0, filled=12 * HOUR + 1),
    "what is received was filled": spoil("requests", 1, at_once=0, filled=-1),
    # consignments
    "consignments: departed <= at_border <= released <= received": spoil("consignments", 3, released=9 * DAY + 1),
    "a consignment is received or not": spoil("consignments", 0, outcome=ConsignmentEnd.LOST),
    "a leg begins where and after the last one ended": spoil("consignments", 0, next=1),
    "nothing overtakes on a FIFO lane": spoil("consignments", 0, received=4 * DAY),
    "pieces move with their consignment (departed)": spoil("consignments", 1, departed=12 * HOUR - 1),
    "pieces move with their consignment (received)": spoil("consignments", 1, received=DAY + 18 * HOUR),
    # work
    "work: joined <= start <= end": spoil("work", 0, joined=9 * HOUR + 1),
    "work under way has no end": spoil("work", 0, outcome=WorkEnd.UNDER_WAY),
    "work begins and ends in opening hours": spoil("work", 0, joined=7 * HOUR, start=7 * HOUR),
    "work takes its content in open time": spoil("work", 0, content=599),
    "technicians in use are no more than there are": spoil("work", 0, end=9 * HOUR + 601, content=601),
    # parts
    "moves move at least one piece": of_move(MoveReason.OPENING, qty=0),
    "a move's reason allows its states": of_move(MoveReason.RESERVE, reason=MoveReason.RELEASE),
    "a piece is at a node or on a lane": of_move(MoveReason.SHIP, to_place=5),
    "no piece changes place without a lane": of_move(MoveReason.REPAIRED, to_place=SHOP),
    "a lane is entered at its beginning and left at its end": of_move(MoveReason.RECEIVE, to_place=MAKER),
    "free stock is never negative": lambda story: story.rows["moves"].remove(move(story, MoveReason.OPENING)),
    "reserved stock is never negative": of_move(MoveReason.RESERVE, part=1),
    "transit stock is never negative": of_move(MoveReason.PURCHASE, qty=1, part=1),
    "core stock is never negative": lambda story: story.rows["moves"].remove(move(story, MoveReason.CORE_BORN)),
    "returning stock is never negative": lambda story: next(
        row for row in story.rows["moves"] if row["from_state"] == StockState.RETURNING
    ).update(part=1),
    "scrap stock is never negative": of_move(
        MoveReason.CORE_BORN, reason=MoveReason.LEFT_NETWORK, from_state=SCRAP, to_state=OUTSIDE
    ),
    "work stock is never negative": of_move(MoveReason.TO_BENCH, part=1),
    "there are no more cores than parts removed": of_move(MoveReason.CORE_BORN, part=1),
}  # fmt: skip


@pytest.mark.parametrize("law", CASES)
def test_a_broken_law_is_told(model, story, law):
    CASES[law](story)
    assert any(fault.startswith(law) for fault in complaints(model, story)), complaints(model, story)


def test_a_piece_that_vanishes_breaks_conservation(model, story):
    shipped = move(story, MoveReason.SHIP)
    shipped.update(reason=MoveReason.RELEASE, to_state=OUTSIDE)
    assert any(f.startswith("parts are conserved: board: 6 came") for f in complaints(model, story))


def test_free_stock_beside_a_waiting_line_is_told_once_it_lasts(model, story):
    story.opening(SHOP, 0, 1)
    story.rows["moves"].sort(key=lambda row: row["time"])
    (fault,) = complaints(model, story)
    assert fault.startswith("free stock and a line that waits for it do not last: board at shop from 43200: 1 free, 1")


def test_work_before_the_node_opens_is_told(model, story):
    model.nodes.opens[SHOP] = DAY
    assert any(fault.startswith("no work before the node opens") for fault in complaints(model, story))


def test_work_that_follows_may_begin_at_closing(model):
    told = Story()
    told.order(created=16 * HOUR, state=OrderState.REPAIR)
    told.work(bench=0, subject=0, start=16 * HOUR, end=18 * HOUR)
    told.work(bench=0, subject=0, activity=Activity.REPAIR, start=18 * HOUR, end=DAY + 9 * HOUR, content=HOUR)
    check_balance(model, told.records(HORIZON))


def test_at_request_cores_need_a_line_only(model, story):
    story.rows["lines"][0].update(outcome=LineEnd.OPEN, ended=-1)
    assert any(fault.startswith("there are no more cores") for fault in complaints(model, story))


def test_all_faults_are_told_at_once_and_survive_a_process_boundary(model, story):
    story.rows["orders"][TWO]["shut"] += 1
    story.rows["work"][0]["content"] += 1
    with pytest.raises(BalanceError) as caught:
        check_balance(model, story.records(HORIZON))
    assert len(caught.value.faults) == 2
    assert pickle.loads(pickle.dumps(caught.value)).faults == caught.value.faults


def test_long_lists_of_rows_are_cut(model):
    told = Story()
    for k in range(10):
        told.order(created=k, closed=DAY + k)
    (fault,) = complaints(model, told)
    assert fault.endswith("; and 7 more")


def test_every_reason_but_leaving_keeps_a_piece_in_sight():
    assert set(ALLOWED) == set(MoveReason)
    assert np.all([before != after for r, pairs in ALLOWED.items() for before, after in pairs
                   if r not in (MoveReason.FORWARD, MoveReason.CORE_KEPT)])  # fmt: skip
