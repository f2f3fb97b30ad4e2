"""Arrival rates of hand-made lines."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netsim.engine.records import LineEnd, MoveReason, RequestReason, StockState
from netsim.outcome.arrival import judge_lines, measure_arrival
from netsim.outcome.groups import Tally
from netsim.study.windows import Windows
from tests.outcome.story import DAY, HOUR, Story, build_model

HORIZON = 100 * DAY


def make_model():
    return build_model(
        nodes={"shop": ("outlet", "PL"), "hub": ("warehouse", "NL"), "maker": ("supplier", "CN")},
        parts=("screen", "board"),
        zones={"warsaw": "PL"},
    )


def figures(story, *, begin=0, end=50 * DAY, horizon=HORIZON, model=None):
    model = model or make_model()
    tally = Tally(model)
    measure_arrival(model, story.records(horizon), Windows(begin, end, horizon), tally)
    return {(kpi, group): value for kpi, group, value, _, _ in tally.observations}


def line(story, requested, arrived=-1, *, node=0, source=None, ended=None, outcome=None, **columns):
    order = columns.pop("order", None)
    order = story.order(created=requested) if order is None else order
    at_once = arrived == requested
    return story.line(
        order=order, node=node, source=node if source is None else source, requested=requested,
        deadline=requested + 72 * HOUR, reserved=columns.pop("reserved", requested if at_once else arrived),
        arrived=arrived, ended=(arrived if ended is None else ended),
        outcome=(LineEnd.OPEN if arrived < 0 else LineEnd.INSTALLED) if outcome is None else outcome, **columns,
    )  # fmt: skip


def test_each_line_against_each_deadline():
    story = Story()
    for wait in (0, 10 * HOUR, 72 * HOUR, 73 * HOUR, 8 * DAY):
        line(story, DAY, DAY + wait)
    found = figures(story)
    assert found["par_0", "all"] == 1 / 5
    assert found["par_24h", "all"] == 2 / 5
    assert found["arrival_rate", "all"] == found["par_72h", "all"] == 3 / 5
    assert found["par_7d", "all"] == 4 / 5
    assert found["backorder_wait", "all"] == pytest.approx((10 / 24 + 3 + 73 / 24 + 8) / 5)
    assert found["backorder_wait_unfilled", "all"] == pytest.approx((10 / 24 + 3 + 73 / 24 + 8) / 4)


def test_a_line_sent_from_elsewhere_is_not_served_at_once_even_if_reserved_there():
    story = Story()
    line(story, DAY, 2 * DAY, source=1, reserved=DAY)
    found = figures(story)
    assert found["par_0", "all"] == 0
    assert found["par_24h", "all"] == 1


def test_cancelled_before_the_deadline_is_left_out_and_after_it_a_miss():
    story = Story()
    line(story, 0, 0)
    line(story, 0, ended=2 * DAY, outcome=LineEnd.CANCELLED)
    assert figures(story)["arrival_rate", "all"] == 1
    line(story, 0, ended=4 * DAY, outcome=LineEnd.CANCELLED)
    found = figures(story)
    assert found["arrival_rate", "all"] == 1 / 2
    assert found["par_7d", "all"] == 1


def test_open_lines_are_misses_once_due_and_undecided_before():
    story = Story()
    line(story, 0, 0)
    line(story, DAY)
    line(story, 2 * DAY)
    found = figures(story, end=3 * DAY, horizon=4 * DAY + 1)  # due at day 4 and day 5
    assert found["arrival_rate", "all"] == 1 / 2
    assert found["undecided_share", "all"] == 1 / 3
    assert figures(story, end=3 * DAY, horizon=4 * DAY)["arrival_rate", "all"] == 1


def test_the_window_counts_requests_and_not_arrivals():
    story = Story()
    line(story, 9 * DAY, 11 * DAY)
    line(story, 10 * DAY, 10 * DAY)
    line(story, 20 * DAY, 20 * DAY)
    assert figures(story, begin=10 * DAY, end=20 * DAY)["lines", "all"] == 1


def test_an_empty_window_gives_null_and_not_zero():
    found = figures(Story())
    assert found["arrival_rate", "all"] is found["fill_rate", "all"] is found["par_order", "all"] is None


def test_orders_need_all_their_lines():
    story = Story()
    slow, quick = story.order(created=0), story.order(created=0)
    for _ in range(3):
        line(story, 0, 9 * DAY, order=slow)
    line(story, 0, 0, order=quick)
    found = figures(story)
    assert found["par_order", "all"] == 1 / 2
    assert found["arrival_rate", "all"] == 1 / 4


def test_groups_are_node_part_country_and_channel_and_add_up():
    story = Story()
    line(story, 0, 0, asked=0)
    line(story, 0, 9 * DAY, asked=1, node=1)
    found = figures(story)
    assert found["arrival_rate", "node=shop"] == found["arrival_rate", "part=screen"] == 1
    assert found["arrival_rate", "country=NL"] == found["arrival_rate", "part=board"] == 0
    assert found["arrival_rate", "channel=walk-in"] == 1 / 2
    assert ("arrival_rate", "node=maker") not in found


def test_fill_rate_counts_pieces_of_lines_and_of_other_nodes():
    story = Story()
    whole = line(story, DAY, DAY, qty=2)
    partly = line(story, DAY, 5 * DAY, qty=3)
    for row, qty, time in ((whole, 2, DAY), (partly, 1, DAY), (partly, 2, 5 * DAY)):
        story.move(time, 0, (0, StockState.FREE), (0, StockState.RESERVED), MoveReason.RESERVE, qty=qty, subject=row)
    story.add("requests", origin=0, target=1, part=0, qty=4, at_once=1, asked=DAY, reason=RequestReason.REPLENISHMENT)
    story.add("requests", origin=1, target=2, part=0, qty=9, asked=DAY, reason=RequestReason.PURCHASE)
    found = figures(story)
    assert found["fill_rate", "node=shop"] == 3 / 5
    assert found["fill_rate", "node=hub"] == 1 / 4
    assert found["fill_rate", "all"] == 4 / 9
    assert ("fill_rate", "node=maker") not in found


@given(
    st.lists(
        st.tuples(st.integers(0, 40), st.integers(-1, 30), st.sampled_from(list(LineEnd)), st.integers(0, 30)),
        max_size=12,
    ),
    st.integers(41, 60),
)
def test_rates_rise_with_the_time_allowed(rows, horizon):
    lines = {name: [] for name in ("requested", "arrived", "outcome", "ended")}
    for requested, wait, outcome, later in rows:
        arrived = requested + wait if wait >= 0 and requested + wait < horizon else -1
        over = outcome == LineEnd.CANCELLED and requested + later < horizon
        for name, value in zip(
            lines, (requested, arrived, outcome if over else 0, requested + later if over else -1), strict=True
        ):
            lines[name].append(value)
    table = {name: np.array(values, dtype=np.int32) for name, values in lines.items()}
    rates = []
    for allowed in range(35):
        verdict = judge_lines(table, table["requested"] + allowed, horizon)
        assert not (verdict.met & verdict.missed).any()
        judged = int((verdict.met | verdict.missed).sum())
        if judged:
            rates.append(verdict.met.sum() / judged)
    assert rates == sorted(rates)
