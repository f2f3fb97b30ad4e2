"""Stock: what lies where on average, how often the shelf is empty, who waits for it, and what nobody uses."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from netsim.engine.records import MoveReason, Records, StockState
from netsim.model.model import Model, NodeKind
from netsim.outcome.books import Books
from netsim.outcome.groups import Cells, Span, Tally, Window, by_node
from netsim.outcome.moves import MoveRows, follow_stock
from netsim.outcome.trajectories import follow_groups, in_time_order
from netsim.units import DAY

__all__ = ["DEAD_AFTER", "backorder_steps", "measure_stock"]

DEAD_AFTER = 180 * DAY
_HELD = (StockState.FREE, StockState.RESERVED)
_AVERAGES = {"on_hand": _HELD, "cores_on_hand": (StockState.CORE,), "in_work": (StockState.WORK,)}
_UNDER_WAY = {"in_transit": StockState.TRANSIT, "cores_in_transit": StockState.RETURNING}

Ints = npt.NDArray[np.int64]
Steps = tuple[npt.NDArray[Any], npt.NDArray[Any], npt.NDArray[Any]]


def measure_stock(
    scenario: Any, model: Model, records: Records, window: Window, tally: Tally, *, books: Books | None = None
) -> None:
    """Add average stocks, ready rate, backorders and the dead-stock rate to *tally*; *books* know the moves already."""
    nodes, parts = len(model.node_names), len(model.part_names)
    node, part = np.divmod(np.arange(nodes * parts), max(1, parts))
    grid, length = by_node(model, node, part), window.end - window.begin
    if books is None:
        rows, shelves = MoveRows(records.moves), follow_stock(model, records.moves, window.begin, window.end)
    else:
        rows, shelves = books.rows, books.over(window.begin, window.end).shelves
    for kpi, states in _AVERAGES.items():
        pieces = np.sum([shelves.pieces(state, nodes) for state in states], axis=0)
        tally.add_sum(kpi, pieces / length, grid)
    by_part = Cells.of({"part": np.arange(parts)}, {"part": parts})
    for kpi, state in _UNDER_WAY.items():
        by_lane = shelves.pieces(state, len(model.lane_names)).reshape(len(model.lane_names), parts)
        tally.add_sum(kpi, by_lane.sum(axis=0) / length, by_part)
    point = model.stock.node.astype(np.int64) * parts + model.stock.part
    ready = shelves.positive[point] if len(point) else np.zeros(0)
    tally.add_ratio(
        "ready_rate", ready, np.full(len(point), float(length)), by_node(model, model.stock.node, model.stock.part)
    )
    _measure_backorders(model, records, rows, window, grid, tally)
    _measure_dead(scenario, model, rows, window, shelves.stock, grid, tally)


def backorder_steps(model: Model, records: Records, rows: MoveRows) -> tuple[Steps, ...]:
    """Return (second, key, step) of the pieces asked of a node and not yet given, key = node * parts + part, by kind.

    Lines wait at their own node until reserved, sent elsewhere by the shortage ladder, or cancelled. Requests wait at
    their source; what was taken back counts as never asked. Suppliers have no backorders.
    """
    lines, requests, moves, parts = records.lines, records.requests, records.moves, len(model.part_names)
    n, node = len(lines["order"]), lines["node"]
    home = (node.astype(np.int32) * parts + lines["asked"]).astype(np.int32)
    reserved = rows.of(MoveReason.RESERVE)
    subject, giver = moves["subject"][reserved], moves["from_place"][reserved]
    mine = np.flatnonzero(subject >= 0)
    mine = mine[giver[mine] == node[subject[mine]]]
    given, line = reserved[mine], subject[mine]
    time, pieces = moves["time"][given], moves["qty"][given]
    late = np.flatnonzero(time != lines["requested"][line])
    left = lines["qty"] - np.bincount(line, pieces, n).astype(np.int32)
    # What is given in the second of the request waits for no time: leave it out of both sides.
    waiting = left + np.bincount(line[late], pieces[late], n).astype(np.int32)
    asked = np.flatnonzero(waiting)
    steps: list[Steps] = [(lines["requested"][asked], home[asked], waiting[asked])]
    steps.append((time[late], home[line[late]], -pieces[late]))

    sent = np.flatnonzero(requests["line"] >= 0)
    line = requests["line"][sent]
    steps.append((requests["asked"][sent], home[line], -requests["qty"][sent]))
    left -= np.bincount(line, requests["qty"][sent], n).astype(np.int32)
    over = np.flatnonzero((lines["ended"] >= 0) & (left > 0))
    steps.append((lines["ended"][over], home[over], -left[over]))

    target = requests["target"]
    asked = np.flatnonzero(np.append(model.nodes.kind, NodeKind.OUTLET)[target] != NodeKind.SUPPLIER)
    source = target[asked].astype(np.int32) * parts + requests["part"][asked]
    steps.append((requests["asked"][asked], source, requests["qty"][asked] - requests["cancelled"][asked]))
    free = rows.out_of(StockState.FREE, MoveReason.RESERVE)
    for out in (rows.out_of(StockState.FREE, MoveReason.SHIP), free[moves["subject"][free] < 0]):
        giver = moves["from_place"][out].astype(np.int32) * parts + moves["part"][out]
        steps.append((moves["time"][out], giver, -moves["qty"][out]))
    return tuple(steps)


def _measure_backorders(
    model: Model, records: Records, rows: MoveRows, window: Window, grid: Cells, tally: Tally
) -> None:
    parts, begin, end = max(1, len(model.part_names)), window.begin, window.end
    kinds = [kind for kind in backorder_steps(model, records, rows) if len(kind[0])]
    none = (np.zeros(0, np.int32),) * 3
    time, key, step = in_time_order(*kinds or [none])
    area, most = follow_groups((time, key, step), len(grid.code), parts, begin=begin, end=end)
    tally.add_sum("backorders", area / (end - begin), grid)
    tally.add_value("backorders_max", "all", float(most[-1]))
    nodes = len(model.node_names)
    asked = np.bincount(records.lines["node"], minlength=nodes) + np.bincount(key // parts, minlength=nodes)
    for i in np.flatnonzero(asked).tolist():
        tally.add_value("backorders_max", f"node={model.node_names[i]}", float(most[i]))


def _measure_dead(
    scenario: Any, model: Model, rows: MoveRows, window: Window, held: Ints, grid: Cells, tally: Tally
) -> None:
    """Add the share of the value of stock at the window's end that is old and of parts nobody used for so long.

    A piece is old if it arrived at its node before the look-back began; the oldest piece leaves first.
    """
    nodes, parts, moves = len(model.node_names), len(model.part_names), rows.moves
    since = window.end - DEAD_AFTER
    if since < 0:
        tally.add_value("dead_stock_rate", "all", None)
        return
    value = np.array([scenario.world.parts[name].value for name in model.part_names], dtype=np.float64)
    lookback = Span(since, window.end)
    used = np.zeros(parts, dtype=bool)
    used[moves["part"][rows.within(lookback, MoveReason.INSTALL)]] = True
    fresh = np.zeros(nodes * parts)
    for reason in (MoveReason.OPENING, MoveReason.PURCHASE, MoveReason.RECEIVE, MoveReason.REPAIRED):
        into = rows.within(lookback, reason)
        state = moves["to_state"][into]
        into = into[(state == StockState.FREE) | (state == StockState.RESERVED)]
        place = moves["to_place"][into].astype(np.int64) * parts + moves["part"][into]
        fresh += np.bincount(place, moves["qty"][into], nodes * parts)
    stock = held.reshape(nodes, parts)
    dead = np.where(used, 0, np.maximum(stock - fresh.reshape(nodes, parts), 0)) * value
    tally.add_ratio("dead_stock_rate", dead.ravel(), (stock * value).ravel(), grid)
