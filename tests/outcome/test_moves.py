"""Moves by reason and stock levels: the compiled walks and plain numpy say the same of any moves."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netsim.engine.records import COLUMNS, MoveReason, StockState
from netsim.outcome import moves as shelf
from netsim.outcome import trajectories
from netsim.outcome.groups import Span
from netsim.outcome.kernels import find_idle, follow_levels, group_rows, walk_moves
from netsim.outcome.moves import MoveRows, follow_stock
from netsim.outcome.trajectories import Levels, follow_groups
from tests.outcome.story import build_model

MODEL = build_model(
    nodes={"shop": ("outlet", "PL"), "hub": ("warehouse", "NL")},
    parts=("screen", "board", "cover"),
    lanes={"hub -> shop": ("hub", "shop", True), "shop -> hub": ("shop", "hub", False)},
)
STATES = st.sampled_from([s for s in StockState if s != StockState.INSTALLED])
STEPS = st.lists(
    st.tuples(
        st.integers(0, 40), st.integers(0, 2), st.integers(1, 3), st.integers(0, 1), STATES, st.integers(0, 1), STATES,
        st.sampled_from(list(MoveReason)),
    ),
    max_size=40,
)  # fmt: skip
PIECES = ("time", "part", "qty", "from_place", "from_state", "to_place", "to_state", "reason")


def table(rows):
    rows = sorted(rows, key=lambda row: row[0])
    columns = zip(*rows, strict=True) if rows else [()] * len(PIECES)
    found = {name: np.array(c, dtype=COLUMNS["moves"][name]) for name, c in zip(PIECES, columns, strict=True)}
    return found | {"subject": np.zeros(len(rows), dtype=np.int32)}


def shelves(monkeypatch_kernel, moves, begin, end):
    kept = shelf.kernel
    shelf.kernel = monkeypatch_kernel
    try:
        return follow_stock(MODEL, moves, begin, end), [MoveRows(moves).of(reason).tolist() for reason in MoveReason]
    finally:
        shelf.kernel = kept


def as_it_stands(function, rows):
    return function


def plain(function, rows):
    return None


@given(STEPS, st.integers(0, 20), st.integers(21, 45))
def test_the_walk_and_numpy_find_the_same_stock(rows, begin, end):
    moves = table(rows)
    walked, by_reason = shelves(as_it_stands, moves, begin, end)
    summed, the_same = shelves(plain, moves, begin, end)
    assert by_reason == the_same
    for name in ("area", "positive", "stock", "seen"):
        assert getattr(walked, name).tolist() == getattr(summed, name).tolist(), name
    assert walked.whole
    assert not summed.whole


@given(STEPS, st.integers(0, 20), st.integers(21, 45))
def test_stock_agrees_with_counting_every_second(rows, begin, end):
    moves = table(rows)
    found, _ = shelves(as_it_stands, moves, begin, end)
    for node in range(2):
        for part in range(3):
            each = [
                sum(
                    sign * int(moves["qty"][i])
                    for i in range(len(moves["time"]))
                    for sign, side in ((-1, "from"), (1, "to"))
                    if moves["time"][i] <= second and moves["part"][i] == part
                    and moves[f"{side}_place"][i] == node and moves[f"{side}_state"][i] == StockState.FREE
                )
                for second in range(begin, end)
            ]  # fmt: skip
            assert found.pieces(StockState.FREE, 2)[node * 3 + part] == sum(each)
            assert found.positive[node * 3 + part] == sum(level > 0 for level in each)


def test_a_place_that_ever_held_fewer_than_no_pieces_is_known_by_its_state():
    free, core = StockState.FREE, StockState.CORE
    moves = table([(5, 0, 1, 0, free, 1, free, MoveReason.SHIP), (6, 0, 1, 1, free, 0, core, MoveReason.SHIP)])
    found, _ = shelves(as_it_stands, moves, 0, 10)
    assert found.below == 1 << free


def test_rows_of_several_reasons_stand_in_order():
    rows = [(t, 0, 1, 0, 1, 0, 1, MoveReason(t % 3)) for t in range(9)]
    moved = MoveRows(table(rows))
    assert moved.of(MoveReason.PURCHASE).tolist() == [1, 4, 7]
    assert moved.of(MoveReason.SHIP, MoveReason.OPENING).tolist() == [0, 2, 3, 5, 6, 8]
    assert moved.within(Span(3, 6), MoveReason.SHIP, MoveReason.OPENING).tolist() == [3, 5]


def test_rows_are_grouped_in_one_pass():
    code, rows = np.array([2, 0, 2, 1, 0], dtype=np.int8), np.empty(5, dtype=np.int32)
    group_rows(code, np.array([0, 2, 3]), rows)
    assert rows.tolist() == [1, 4, 3, 0, 2]


@given(
    st.lists(st.tuples(st.integers(0, 30), st.integers(0, 5), st.integers(-2, 3)), max_size=25),
    st.integers(0, 15), st.integers(16, 35),
)  # fmt: skip
def test_highest_levels_are_the_same_whoever_counts(rows, begin, end):
    rows = sorted(rows, key=lambda row: row[0])
    time, key, delta = (
        (np.array(c, dtype=np.int64) for c in zip(*rows, strict=True)) if rows else [np.zeros(0, int)] * 3
    )
    area, (since, level, highest) = np.zeros(6, dtype=np.int64), np.zeros((3, 4), dtype=np.int64)
    follow_levels(key, time, delta, begin, end, 2, area, since, level, highest)
    kept, trajectories.kernel = trajectories.kernel, lambda function, n: None
    try:
        by_key, by_group = follow_groups((time, key, delta), 6, 2, begin=begin, end=end)
    finally:
        trajectories.kernel = kept
    assert (area.tolist(), highest.tolist()) == (by_key.tolist(), by_group.tolist())
    assert by_key.tolist() == (Levels.of(key, time, delta, 6).average(begin, end) * (end - begin)).round().tolist()
    assert highest[:3].tolist() == Levels.of(key // 2, time, delta, 3).highest(begin, end).tolist()
    assert highest[3] == Levels.of(key * 0, time, delta, 1).highest(begin, end)[0]


@pytest.mark.parametrize(
    ("begins", "ceases", "idle"), [(3, 5, False), (3, 6, True), (6, 8, True), (9, 9, False), (9, 12, False)]
)
def test_idle_stock_is_stock_that_lasts_beside_a_line_that_waits(begins, ceases, idle):
    free, reserved = StockState.FREE, StockState.RESERVED
    outside = StockState.OUTSIDE
    moves = table([
        (5, 0, 1, 0, outside, 0, free, MoveReason.RECEIVE), (9, 0, 1, 0, free, 0, reserved, MoveReason.RESERVE),
    ])  # fmt: skip
    waits = np.array([begins, ceases]), np.array([0, 0]), np.array([1, -1])
    columns = [moves[name] for name in PIECES[:7]]
    assert find_idle(*columns, int(free), 3, *waits, np.zeros((6, 3), dtype=np.int64)) == idle


def test_compiled_walks_do_what_their_text_says():
    numba = pytest.importorskip("numba")
    rng = np.random.default_rng(8)
    rows = [
        (int(t), *(int(rng.integers(0, n)) for n in (3,)), 1, *(int(rng.integers(0, n)) for n in (2, 7, 2, 7)), 0)
        for t in np.sort(rng.integers(0, 99, 300))
    ]
    moves = table(rows)
    fast = numba.njit(walk_moves)
    one, _ = shelves(lambda function, n: fast if function is walk_moves else None, moves, 10, 80)
    two, _ = shelves(as_it_stands, moves, 10, 80)
    assert one.area.tolist() == two.area.tolist()
    assert (one.below, one.stock.tolist(), one.positive.tolist()) == (
        two.below,
        two.stock.tolist(),
        two.positive.tolist(),
    )
