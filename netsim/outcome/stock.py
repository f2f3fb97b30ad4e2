"""Stock: what lies where on average, how often the shelf is empty, who waits for it, and what nobody uses."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from netsim.engine.records import MoveReason, Records, StockState
from netsim.model.model import Model, NodeKind
from netsim.outcome.groups import Tally, Window, by_node
from netsim.outcome.trajectories import Levels, stock_levels
from netsim.units import DAY

__all__ = ["DEAD_AFTER", "backorder_steps", "measure_stock"]

DEAD_AFTER = 180 * DAY
_HELD = (StockState.FREE, StockState.RESERVED)
_AVERAGES = {"on_hand": _HELD, "cores_on_hand": (StockState.CORE,), "in_work": (StockState.WORK,)}
_UNDER_WAY = {"in_transit": (StockState.TRANSIT,), "cores_in_transit": (StockState.RETURNING,)}

Ints = npt.NDArray[np.int64]


def measure_stock(scenario: Any, model: Model, records: Records, window: Window, tally: Tally) -> None:
    """Add average stocks, ready rate, backorders and the dead-stock rate to *tally*."""
    nodes, parts = len(model.node_names), len(model.part_names)
    node, part = np.divmod(np.arange(nodes * parts), max(1, parts))
    keys = by_node(model, node, part)
    held = stock_levels(records.moves, _HELD, nodes, parts)
    free = stock_levels(records.moves, (StockState.FREE,), nodes, parts)
    for kpi, states in _AVERAGES.items():
        levels = held if states is _HELD else stock_levels(records.moves, states, nodes, parts)
        tally.add_sum(kpi, levels.average(window.begin, window.end), keys)
    for kpi, states in _UNDER_WAY.items():
        lanes = stock_levels(records.moves, states, len(model.lane_names), parts)
        average = lanes.average(window.begin, window.end).reshape(-1, parts).sum(axis=0) if parts else np.zeros(0)
        tally.add_sum(kpi, average, {"part": np.arange(parts)})
    point = model.stock.node.astype(np.int64) * parts + model.stock.part
    ready = free.positive(window.begin, window.end)[point] if len(point) else np.zeros(0)
    tally.add_ratio(
        "ready_rate",
        ready,
        np.full(len(point), float(window.end - window.begin)),
        by_node(model, model.stock.node, model.stock.part),
    )
    _measure_backorders(model, records, window, tally)
    _measure_dead(scenario, model, records, window, held, tally)


def backorder_steps(model: Model, records: Records) -> tuple[Ints, Ints, Ints]:
    """Return (key, second, step) of the pieces asked of a node and not yet given, key = node * parts + part.

    Lines wait at their own node until reserved, sent elsewhere by the shortage ladder, or cancelled. Requests wait at
    their source; what was taken back counts as never asked. Suppliers have no backorders.
    """
    lines, requests, moves, parts = records.lines, records.requests, records.moves, len(model.part_names)
    n = len(lines["order"])
    home = lines["node"].astype(np.int64) * parts + lines["asked"]
    steps: list[tuple[npt.NDArray[Any], ...]] = [(home, lines["requested"], lines["qty"])]

    given = np.flatnonzero((moves["reason"] == MoveReason.RESERVE) & (moves["subject"] >= 0))
    given = given[moves["from_place"][given] == lines["node"][moves["subject"][given]]]
    line = moves["subject"][given]
    steps.append((home[line], moves["time"][given], -moves["qty"][given]))
    left = lines["qty"] - np.bincount(line, weights=moves["qty"][given], minlength=n).astype(np.int64)

    sent = np.flatnonzero(requests["line"] >= 0)
    line = requests["line"][sent]
    steps.append((home[line], requests["asked"][sent], -requests["qty"][sent]))
    left = left - np.bincount(line, weights=requests["qty"][sent], minlength=n).astype(np.int64)
    over = np.flatnonzero((lines["ended"] >= 0) & (left > 0))
    steps.append((home[over], lines["ended"][over], -left[over]))

    asked = np.flatnonzero(model.nodes.kind[np.maximum(requests["target"], 0)] != NodeKind.SUPPLIER)
    source = requests["target"][asked].astype(np.int64) * parts + requests["part"][asked]
    steps.append((source, requests["asked"][asked], requests["qty"][asked] - requests["cancelled"][asked]))
    free = moves["from_state"] == StockState.FREE
    shipped = (moves["reason"] == MoveReason.SHIP) | ((moves["reason"] == MoveReason.RESERVE) & (moves["subject"] < 0))
    out = np.flatnonzero(free & shipped)
    giver = moves["from_place"][out].astype(np.int64) * parts + moves["part"][out]
    steps.append((giver, moves["time"][out], -moves["qty"][out]))
    key, time, step = (np.concatenate(columns).astype(np.int64) for columns in zip(*steps, strict=True))
    return key, time, step


def _measure_backorders(model: Model, records: Records, window: Window, tally: Tally) -> None:
    nodes, parts = len(model.node_names), len(model.part_names)
    key, time, step = backorder_steps(model, records)
    average = Levels.of(key, time, step, nodes * parts).average(window.begin, window.end)
    node, part = np.divmod(np.arange(nodes * parts), max(1, parts))
    tally.add_sum("backorders", average, by_node(model, node, part))
    for name, members, group in (
        ("", ("all",), np.zeros(len(key), np.int64)),
        ("node=", model.node_names, key // max(1, parts)),
    ):
        most = Levels.of(group, time, step, len(members)).highest(window.begin, window.end)
        asked = np.flatnonzero(np.bincount(group, minlength=1)) if name else np.zeros(1, np.int64)
        for i in asked.tolist():
            tally.add_value("backorders_max", name + members[i], float(most[i]))


def _measure_dead(scenario: Any, model: Model, records: Records, window: Window, held: Levels, tally: Tally) -> None:
    """Add the share of the value of stock at the window's end that is old and of parts nobody used for so long.

    A piece is old if it arrived at its node before the look-back began; the oldest piece leaves first.
    """
    nodes, parts, moves = len(model.node_names), len(model.part_names), records.moves
    since = window.end - DEAD_AFTER
    if since < 0:
        tally.add_value("dead_stock_rate", "all", None)
        return
    value = np.array([scenario.world.parts[name].value for name in model.part_names], dtype=np.float64)
    stock = held.at(window.end).reshape(nodes, parts) if parts else np.zeros((nodes, 0), np.int64)
    recent = (moves["time"] >= since) & (moves["time"] < window.end)
    used = np.zeros(parts, dtype=bool)
    used[moves["part"][recent & (moves["reason"] == MoveReason.INSTALL)]] = True
    into = np.flatnonzero(recent & np.isin(moves["to_state"], _HELD) & ~np.isin(moves["from_state"], _HELD))
    place = moves["to_place"][into].astype(np.int64) * parts + moves["part"][into]
    fresh = np.bincount(place, weights=moves["qty"][into], minlength=nodes * parts).reshape(nodes, parts)
    dead = np.where(used, 0, np.maximum(stock - fresh, 0)) * value
    node, part = np.divmod(np.arange(nodes * parts), max(1, parts))
    tally.add_ratio("dead_stock_rate", dead.ravel(), (stock * value).ravel(), by_node(model, node, part))
