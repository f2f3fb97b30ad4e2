"""Orders: how many came, how they ended, and how many are open."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from netsim.engine.records import ConsignmentEnd, OrderState, Records, WorkEnd
from netsim.outcome.compiled_sums import find_peak
from netsim.outcome.groups import Cells, Rows, Tally, Window, first_at, rows_within
from netsim.outcome.kernels import kernel

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


def measure_orders(records: Records, window: Window, tally: Tally) -> None:
    """Add counts of orders created and closed, shares by outcome and the average backlog to *tally*."""
    orders = records.orders
    everyone = tally.cells_of(orders)
    created = rows_within(orders["created"], window)
    closed = orders["closed"]
    new, state = everyone.where(created), orders["state"][created]
    kinds = max(OrderState) + 1
    by_state = np.bincount(new.code * kinds + state, minlength=new.size * kinds).reshape(-1, kinds).astype(np.float64)
    count = by_state.sum(axis=1)
    tally.add_sum_of_sums("orders_created", count, new)
    tally.add_sum("orders_closed", (closed >= window.begin) & (closed < window.end), everyone)
    tally.add_sum_of_sums("orders_open", by_state[:, : OrderState.REPAIRED].sum(axis=1), new)
    for end in ENDED_AS:
        tally.add_sum_of_sums(f"orders_{end.name.lower()}", by_state[:, end], new)
    for kpi, end in SHARES.items():
        tally.add_ratio_of_sums(kpi, by_state[:, end], count, new)
    _measure_backlog(everyone, records, window, tally)
    _measure_lost(everyone, records, window, tally)
    _measure_tests(new, created, records, tally)


def backlog_steps(records: Records) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    """Return the seconds at which orders' devices are handed over, and those at which such orders close."""
    handed, closed = records.orders["handed_over"], records.orders["closed"]
    return handed[handed >= 0], closed[(handed >= 0) & (closed >= 0)]


def _measure_backlog(everyone: Cells, records: Records, window: Window, tally: Tally) -> None:
    begin, end = window.begin, window.end
    handed, closed = records.orders["handed_over"], records.orders["closed"]
    until = np.where(closed >= 0, closed, np.int32(records.horizon))
    lasted = (np.clip(until, begin, end) - np.clip(handed, begin, end)) * (handed >= 0)
    tally.add_sum_of_sums("backlog", everyone.sum(lasted) / (end - begin), everyone)
    # The backlog peaks where a device comes, or as the window begins: count those come and gone by then.
    came, gone = (_in_order(times) for times in backlog_steps(records))
    first, last = first_at(came, begin), first_at(came, end)
    fast = kernel(find_peak, last - first)
    if fast is None:
        # Of those that come in one second the last one tells the level.
        level = np.arange(first + 1, last + 1) - np.searchsorted(gone, came[first:last], side="right")
        highest = int(level.max(initial=0))
    else:
        highest = fast(came, gone, first, last)
    highest = max(highest, first_at(came, begin + 1) - first_at(gone, begin + 1))
    tally.add_value("backlog_max", "all", float(max(highest, 0)))


def _in_order(times: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return *times*, sorted unless they are so already."""
    return times if bool((times[1:] >= times[:-1]).all()) else np.sort(times)


def _measure_lost(everyone: Cells, records: Records, window: Window, tally: Tally) -> None:
    boxes = records.consignments
    rows = rows_within(boxes["departed"], window)
    order = boxes["order"][rows]
    of_order = np.flatnonzero(order >= 0)
    lost = boxes["outcome"][rows][of_order] == ConsignmentEnd.LOST
    tally.add_ratio("lost_rate", lost, None, everyone.where(order[of_order]))


def _measure_tests(new: Cells, created: Rows, records: Records, tally: Tally) -> None:
    """Add the share of repaired orders whose first repair passed its test."""
    orders, work = records.orders, records.work
    failed = np.zeros(len(orders["created"]), dtype=bool)
    failed[work["subject"][(work["outcome"] == WorkEnd.TEST_FAILED) & (work["subject"] >= 0)]] = True
    repaired = orders["state"][created] == OrderState.REPAIRED
    tally.add_ratio("first_pass_yield", repaired & ~failed[created], repaired, new)
