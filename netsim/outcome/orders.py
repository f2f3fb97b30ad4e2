"""Orders: how many came, how they ended, and how many are open."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from netsim.engine.records import ConsignmentEnd, OrderState, Records, WorkEnd
from netsim.model.model import Model
from netsim.outcome.groups import Tally, Window, by_order
from netsim.outcome.trajectories import Levels

__all__ = ["ENDED_AS", "SHARES", "backlog_steps", "measure_orders"]

ENDED_AS = tuple(state for state in OrderState if state >= OrderState.REPAIRED)
"""Terminal states, each counted as ``orders_<name>``."""
SHARES = {
    "no_fault_rate": OrderState.NO_FAULT,
    "remote_rate": OrderState.REMOTE,
    "uncovered_rate": OrderState.UNCOVERED,
    "cancel_rate": OrderState.CANCELLED,
    "replace_rate": OrderState.REPLACED,
    "refund_rate": OrderState.REFUNDED,
    "reject_rate": OrderState.REJECTED_QUOTE,
}
"""Shares of the orders created, by the state that they ended in."""


def measure_orders(model: Model, records: Records, window: Window, tally: Tally) -> None:
    """Add counts of orders created and closed, shares by outcome and the average backlog to *tally*."""
    orders = records.orders
    keys = by_order(model, orders["zone"], orders["node"], orders["channel"])
    created = (orders["created"] >= window.begin) & (orders["created"] < window.end)
    closed = (orders["closed"] >= window.begin) & (orders["closed"] < window.end)
    new = {name: key[created] for name, key in keys.items()}
    state = orders["state"][created]
    tally.add_sum("orders_created", np.ones(len(state)), new)
    tally.add_sum("orders_closed", np.ones(int(closed.sum())), {name: key[closed] for name, key in keys.items()})
    tally.add_sum("orders_open", state < OrderState.REPAIRED, new)
    for end in ENDED_AS:
        tally.add_sum(f"orders_{end.name.lower()}", state == end, new)
    for kpi, end in SHARES.items():
        tally.add_ratio(kpi, state == end, np.ones(len(state)), new)
    _measure_backlog(keys, records, window, tally)
    _measure_lost(model, records, window, tally)
    _measure_tests(keys, records, window, tally)


def backlog_steps(records: Records) -> tuple[npt.NDArray[Any], npt.NDArray[Any], npt.NDArray[Any]]:
    """Return (order row, second, +1 or -1) where orders' devices are handed over and where orders close."""
    begun = np.flatnonzero(records.orders["handed_over"] >= 0)
    ended = begun[records.orders["closed"][begun] >= 0]
    time = np.r_[records.orders["handed_over"][begun], records.orders["closed"][ended]].astype(np.int64)
    step = np.r_[np.ones(len(begun), np.int64), -np.ones(len(ended), np.int64)]
    return np.r_[begun, ended], time, step


def _measure_backlog(keys: dict[str, npt.NDArray[Any]], records: Records, window: Window, tally: Tally) -> None:
    handed, closed = records.orders["handed_over"].astype(np.int64), records.orders["closed"].astype(np.int64)
    until = np.where(closed >= 0, closed, records.horizon)
    lasted = np.clip(until, window.begin, window.end) - np.clip(handed, window.begin, window.end)
    tally.add_sum("backlog", np.where(handed >= 0, lasted, 0) / (window.end - window.begin), keys)
    _, time, step = backlog_steps(records)
    levels = Levels.of(np.zeros(len(time), np.int64), time, step, 1)
    tally.add_value("backlog_max", "all", float(levels.highest(window.begin, window.end)[0]))


def _measure_lost(model: Model, records: Records, window: Window, tally: Tally) -> None:
    boxes, orders = records.consignments, records.orders
    rows = (boxes["order"] >= 0) & (boxes["departed"] >= window.begin) & (boxes["departed"] < window.end)
    order = boxes["order"][rows]
    keys = by_order(model, orders["zone"][order], orders["node"][order], orders["channel"][order])
    tally.add_ratio("lost_rate", boxes["outcome"][rows] == ConsignmentEnd.LOST, np.ones(len(order)), keys)


def _measure_tests(keys: dict[str, npt.NDArray[Any]], records: Records, window: Window, tally: Tally) -> None:
    """Add the share of repaired orders whose first repair passed its test."""
    orders, work = records.orders, records.work
    failed = np.zeros(len(orders["created"]), dtype=bool)
    failed[work["subject"][(work["outcome"] == WorkEnd.TEST_FAILED) & (work["subject"] >= 0)]] = True
    created = orders["created"]
    rows = (created >= window.begin) & (created < window.end) & (orders["state"] == OrderState.REPAIRED)
    tally.add_ratio("first_pass_yield", ~failed[rows], np.ones(int(rows.sum())), {k: v[rows] for k, v in keys.items()})
