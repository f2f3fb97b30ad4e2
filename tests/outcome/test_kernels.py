"""Compiled loops and their twins in numpy tell the same: here each loop runs as it stands, uncompiled."""

from __future__ import annotations

from contextlib import contextmanager
from types import SimpleNamespace

import numpy as np
import pytest

from netsim.engine.records import MoveReason, StockState
from netsim.outcome import arrival, censoring, flows, freight, groups, moves, orders, series, trajectories
from netsim.outcome.censoring import estimate
from netsim.outcome.groups import Cells
from netsim.outcome.moves import MoveRows
from netsim.outcome.trajectories import daily_averages
from netsim.units import DAY
from tests.outcome.story import build_model

MODULES = (arrival, censoring, flows, freight, groups, moves, orders, series, trajectories)
WIDTHS = {"time": np.int32, "part": np.int16, "from_place": np.int16, "to_place": np.int16}


@contextmanager
def kernels(give):
    """Let every module take what *give* makes of a loop."""
    kept = [module.kernel for module in MODULES]
    for module in MODULES:
        module.kernel = lambda function, rows: give(function)
    try:
        yield
    finally:
        for module, old in zip(MODULES, kept, strict=True):
            module.kernel = old


def both(find):
    found = []
    for give in (lambda function: function, lambda function: None):
        with kernels(give):
            found.append(find())
    return found


def random_moves(seed, rows=400):
    rng = np.random.default_rng(seed)
    columns = {
        "time": np.sort(rng.integers(0, 12 * DAY, rows)),
        "reason": rng.choice([r for r in MoveReason if r not in (MoveReason.RESERVE, MoveReason.RELEASE)], rows),
        "part": rng.integers(0, 3, rows),
        "qty": rng.integers(1, 4, rows),
        "from_place": rng.integers(0, 4, rows),
        "from_state": rng.integers(0, len(StockState), rows),
        "to_place": rng.integers(0, 5, rows),
        "to_state": rng.integers(0, len(StockState), rows),
    }
    return {name: column.astype(WIDTHS.get(name, np.int8)) for name, column in columns.items()}


@pytest.mark.parametrize("seed", range(4))
def test_cores_leave_in_the_order_in_which_they_came(seed):
    moves = random_moves(seed, rows=0 if seed == 3 else 400)
    rng, rows = np.random.default_rng(seed), len(moves["time"])
    kinds = MoveReason.CORE_BORN, MoveReason.RECEIVE, MoveReason.SHIP, MoveReason.TO_BENCH
    moves["reason"], moves["subject"] = rng.choice(kinds, rows), rng.integers(0, 30, rows)
    moves["to_state"][rng.random(rows) < 0.7] = moves["from_state"][rng.random(rows) < 0.4] = StockState.CORE
    received = np.where(rng.random(30) < 0.8, rng.integers(0, 12 * DAY, 30), -1).astype(np.int32)
    records = SimpleNamespace(moves=moves, consignments={"received": received})
    model = SimpleNamespace(part_names=("screen", "battery", "board"))
    loop, twin = both(lambda: flows.core_returns(model, records, MoveRows(moves)))
    assert [column.tolist() for column in loop] == [column.tolist() for column in twin]
    assert seed == 3 or {-1} < set(loop[-1].tolist())


@pytest.mark.parametrize("seed", range(3))
def test_rows_of_several_kinds_are_the_same(seed):
    moves = random_moves(seed)
    reasons = MoveReason.SHIP, MoveReason.RECEIVE, MoveReason.LOST

    def find():
        rows = MoveRows(moves)
        return [rows.of(*reasons), rows.into(StockState.CORE, *reasons), rows.out_of(StockState.FREE, *reasons)]

    loop, twin = both(find)
    assert [rows.tolist() for rows in loop] == [rows.tolist() for rows in twin]
    assert loop[1].tolist() == [row for row in loop[0] if moves["to_state"][row] == StockState.CORE]


@pytest.mark.parametrize("seed", range(3))
def test_good_stock_by_day_is_the_same(seed):
    rows = MoveRows(random_moves(seed))
    loop, twin = both(lambda: series._held_by_day(rows, 10 * DAY + 7))
    assert loop.tolist() == pytest.approx(twin.tolist(), abs=1e-9)


def test_steps_after_the_end_of_the_run_count_for_nothing():
    time, delta = np.array([3, 96]), np.array([1, 5])
    loop, twin = both(lambda: daily_averages(time, delta, 95, step=10))
    assert loop.tolist() == pytest.approx([0.7, *[1] * 9])
    assert twin.tolist() == pytest.approx([0.7, *[1] * 9])


@pytest.mark.parametrize("lost", [0.0, 0.3, 1.0])
def test_survival_is_the_same(lost):
    rng = np.random.default_rng(5)
    duration, censored = rng.integers(0, 50, 200), rng.random(200) < lost
    group = rng.integers(0, 5, 200) - 1
    group[group == 2] = 3  # an empty group
    loop, twin = both(lambda: estimate(duration, censored, group=group, groups=5))
    for name in ("count", "censored", "mean", "restricted", "percentiles"):
        one, two = getattr(loop, name), getattr(twin, name)
        assert np.allclose(one, two, rtol=1e-11, equal_nan=True), name


@pytest.mark.parametrize("heavy", [0.0, 1.0])
def test_charges_of_a_consignment_are_shared_alike(heavy):
    rng = np.random.default_rng(6)
    names = ("volumetric", "per_shipment", "per_kg", "per_unit", "per_order", "per_m3", "of_value", "minimum", "fuel")
    lanes = SimpleNamespace(**{name: rng.random(3) for name in names})
    row, lane = np.sort(rng.integers(0, 20, 60)), rng.integers(0, 3, 20)
    cargo = row, *(heavy * rng.random(60) for _ in range(2)), rng.integers(0, 2, 60) * 1.0, rng.random(60)
    loop, twin = both(lambda: freight._freight(lanes, lane, rng.integers(0, 1, 20) > 0, cargo))
    for one, two in zip(loop, twin, strict=True):
        assert np.allclose(one, two, rtol=1e-12, atol=0)
    assert np.bincount(row, loop[1])[np.unique(row)] == pytest.approx(1)


@pytest.mark.parametrize("weights", [np.arange(40) % 3 == 0, np.arange(40, dtype=np.int32), np.arange(40) / 7])
def test_sums_by_cell_are_the_same(weights):
    cells = Cells.of({"node": np.arange(40) % 4 - 1}, {"node": 3})
    loop, twin = both(lambda: cells.sum(weights))
    assert loop.tolist() == twin.tolist()


def test_pieces_given_at_once_are_the_same():
    rng = np.random.default_rng(9)
    moves = random_moves(9) | {"subject": rng.integers(-1, 30, 400).astype(np.int32)}
    lines = {"order": np.arange(30), "node": rng.integers(0, 4, 30), "requested": rng.choice(moves["time"], 30)}
    moves["reason"][::2], moves["time"][:] = MoveReason.RESERVE, lines["requested"][moves["subject"]]
    records = SimpleNamespace(lines=lines, moves=moves)
    loop, twin = both(lambda: arrival.filled_at_request(records, MoveRows(moves)))
    assert loop.sum() > 0
    assert loop.tolist() == twin.tolist()


@pytest.mark.parametrize("seed", range(3))
def test_the_highest_backlog_is_the_same(seed):
    rng = np.random.default_rng(seed)
    came = np.sort(rng.integers(0, 300, 80)).astype(np.int32)
    table = {"handed_over": came, "closed": came + rng.integers(1, 40, 80).astype(np.int32), "created": came}
    names = ("zone", "node", "channel", "state")
    table |= {name: np.zeros(80, dtype=np.int16) for name in names}
    consigned = {name: np.zeros(0, dtype=np.int32) for name in ("departed", "order", "outcome")}
    work = {name: np.zeros(0, dtype=np.int32) for name in ("subject", "outcome")}
    records = SimpleNamespace(orders=table, consignments=consigned, work=work, horizon=400)
    model = build_model(nodes={"shop": ("outlet", "PL")}, parts=("screen",), zones={"warsaw": "PL"})

    def find():
        tally = groups.Tally(model)
        orders.measure_orders(records, groups.Span(50, 250), tally)
        return next(row[2] for row in tally.observations if row[0] == "backlog_max")

    loop, twin = both(find)
    level = [int(((came <= s) & (table["closed"] > s)).sum()) for s in range(50, 250)]
    assert loop == twin == max(level)
