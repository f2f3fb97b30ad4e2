"""Money of people and places: wages, operators' fees, rent, set-up, contacts, compensation, paid repairs."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from netsim.engine.records import Activity, ConsignmentEnd, MoveReason, OrderState, Records, Table, WorkEnd
from netsim.model.model import Calendar, Model, NodeKind
from netsim.model.tariffs import Tariffs
from netsim.outcome.accounts import Item
from netsim.outcome.goods import blocks
from netsim.outcome.moves import MoveRows
from netsim.outcome.postings import Entries, Floats, Journal, sum_by

__all__ = ["WRITE_OFF_SECONDS", "post_orders", "post_places", "post_work"]

Ints = npt.NDArray[np.int64]
Column = npt.NDArray[Any]

WRITE_OFF_SECONDS = 5 * 365 * 86400
"""Set-up cost is written off in a straight line over 5 years of 365 days."""

_SERVED = tuple(range(OrderState.REPAIRED, OrderState.REMOTE))
_ORDER = ("node", "state", "mode", "paid", "created", "handed_over", "closed")
_WORK = ("end", "content", "activity", "part", "outcome", "subject")
_UNSERVED = (OrderState.REMOTE, OrderState.CANCELLED, OrderState.UNCOVERED)


def post_work(journal: Journal, model: Model, tariffs: Tariffs, records: Records, bounds: Ints) -> None:
    """Post labour: rostered open hours x technicians by period, or busy hours, or a price per job.

    Rostered crews are paid from the node's first day for every open hour of their calendar; shared and unlimited ones
    for the content of finished work, as items of their own, for only rosters are fixed. Factory labour is a
    cost of parts. Repairs whose test failed are not a job.
    """
    nodes, work, benches = tariffs.nodes, records.work, model.benches
    factory = nodes.kind == NodeKind.FACTORY
    rostered = np.flatnonzero(nodes.paid_by_roster[benches.node])
    if len(rostered):
        at = benches.node[rostered]
        edges = np.maximum(bounds, nodes.opens[at][:, None])
        hours = np.empty_like(edges)
        for number in np.unique(benches.calendar[rostered]).tolist():
            mine = benches.calendar[rostered] == number
            hours[mine] = open_seconds(model.calendars[number] if number >= 0 else None, edges[mine])
        pay = np.diff(hours) * (benches.technicians[rostered] * nodes.wage[at])[:, None]
        for item, mask in ((Item.FACTORY_WAGES, factory[at]), (Item.WAGES, ~factory[at])):
            _post_periods(journal, item, at[mask], bounds, pay[mask])
    by_work = bool((nodes.wage * nodes.paid_by_work).any() or nodes.job.any())
    if len(work["bench"]) == 0 or not by_work:
        return
    place = np.append(benches.node, -1).astype(np.int16)[work["bench"]]
    done = np.flatnonzero((work["end"] >= 0) & (work["outcome"] != WorkEnd.UNDER_WAY))
    for chosen in blocks(done):
        _post_done(journal, tariffs, {name: work[name][chosen] for name in _WORK}, place[chosen], chosen, factory)


def _post_done(
    journal: Journal, tariffs: Tariffs, work: Table, at: Column, rows: Column, factory: npt.NDArray[np.bool_]
) -> None:
    """Post finished *work* at the nodes *at*."""
    nodes, at_factory = tariffs.nodes, factory[at]
    pay = work["content"] * (nodes.wage * nodes.paid_by_work)[at]
    piece = np.where(work["activity"] == Activity.FACTORY, work["part"], -1)
    job = ~at_factory & (work["activity"] == Activity.REPAIR) & (work["outcome"] != WorkEnd.TEST_FAILED)
    for item, amount, part in (
        (Item.FACTORY_WAGES_BY_WORK, pay * at_factory, piece),
        (Item.WAGES_BY_WORK, pay * ~at_factory, piece),
        (Item.BENCH_JOB, nodes.job[at] * job, None),
    ):
        journal.post(Entries(item, work["end"], amount, at, part=part, order=work["subject"], source=rows))


def post_places(journal: Journal, tariffs: Tariffs, bounds: Ints) -> None:
    """Post rent and fixed fees by period, set-up cost on the first day and its straight-line write-off."""
    nodes = tariffs.nodes
    every = np.arange(len(nodes.kind))
    edges = np.maximum(bounds, nodes.opens[:, None])
    rent = np.diff(edges) * nodes.fixed[:, None]
    outlet = nodes.kind == NodeKind.OUTLET
    for item, mask in ((Item.OUTLET_FIXED, outlet), (Item.SITE, ~outlet)):
        _post_periods(journal, item, every[mask], bounds, rent[mask])
    journal.post(Entries(Item.CAPEX_PAID, nodes.opens, nodes.capex, every))
    lived = np.minimum(edges - nodes.opens[:, None], WRITE_OFF_SECONDS)
    written_off = np.diff(lived) * nodes.capex[:, None] / WRITE_OFF_SECONDS
    _post_periods(journal, Item.DEPRECIATION, every, bounds, written_off)


def _post_periods(journal: Journal, item: Item, node: Ints, bounds: Ints, amounts: Floats) -> None:
    """Post *amounts*, a row for each node and a column for each period, at the periods' last seconds."""
    times = np.tile(bounds[1:] - 1, len(node))
    journal.post(Entries(item, times, amounts.ravel(), np.repeat(node, amounts.shape[1])))


def post_orders(journal: Journal, tariffs: Tariffs, records: Records, rows: MoveRows) -> None:
    """Post what an order costs by itself: contacts, the operator's fee, late compensation, refunds, and paid repairs.

    Late compensation = late x time beyond the promise (days in part), at most the cap, paid at closing; orders open at
    the end of the run as of its last second. A refunded customer gets the product's value; so does one whose device was
    lost and not replaced. A paid repair earns quote_price x the value of the parts used.
    """
    count, moves, shipments = len(records.orders["created"]), records.moves, records.consignments
    gone = shipments["order"][shipments["outcome"] == ConsignmentEnd.LOST]
    lost = np.zeros(count, dtype=np.bool_)
    lost[gone[gone >= 0]] = True
    parts, paid = np.zeros(count + 1), tariffs.rates.quote_price and bool(records.orders["paid"].any())
    for used in blocks(rows.of(MoveReason.INSTALL)) if paid else ():
        order = np.append(records.lines["order"], np.int32(-1))[moves["subject"][used]]
        parts += sum_by(order + 1, moves["qty"][used] * tariffs.parts.value[moves["part"][used]], count + 1)
    for chosen in blocks(np.arange(count, dtype=np.int32)):
        block = slice(int(chosen[0]), int(chosen[-1]) + 1)
        orders = {name: records.orders[name][block] for name in _ORDER}
        _post_block(journal, tariffs, records.horizon, orders, chosen, (lost[block], parts[1:][block]))


def _post_block(
    journal: Journal, tariffs: Tariffs, horizon: int, orders: Table, rows: Column, told: tuple[Column, Floats]
) -> None:
    rates, (lost, parts) = tariffs.rates, told
    node, state, closed = orders["node"], orders["state"], orders["closed"]
    over, at_node = closed >= 0, node >= 0

    def post(item: Item, time: Column, amount: npt.ArrayLike, mask: Column) -> None:
        if not (np.any(mask) and np.any(amount)):
            return
        money = np.asarray(amount, dtype=np.float64) * mask
        journal.post(Entries(item, time, money, node, order=rows, source=rows, at_customer=True))

    post(Item.CONTACT, orders["created"], rates.contact, np.ones(len(rows)))
    served = _among(_SERVED)[state] | (state == OrderState.REJECTED_QUOTE)
    if tariffs.nodes.fee.any():
        post(Item.OPERATOR_FEE, closed, np.append(tariffs.nodes.fee, 0.0)[node], served & over & at_node)

    handed = orders["handed_over"]
    if rates.late:
        last = np.where(over, closed, np.int32(horizon))
        late = np.maximum(last.astype(np.int64) - handed - rates.turnaround, 0) * rates.late
        owed = (handed >= 0) & ~_among(_UNSERVED)[state]
        post(Item.LATE, np.where(over, closed, np.int32(horizon - 1)), np.minimum(late, rates.late_cap), owed)

    value = np.append(tariffs.products.value, 0.0)[orders["mode"]]
    post(Item.DEVICE_REFUND, closed, value, over & (state == OrderState.REFUNDED))
    post(Item.DEVICE_REFUND, closed, value, lost & over & ~_among((OrderState.REFUNDED, OrderState.REPLACED))[state])
    sold = over & (orders["paid"] == 1) & (state == OrderState.REPAIRED)
    post(Item.REPAIR_SOLD, closed, rates.quote_price * parts, sold)


@lru_cache
def _among(states: tuple[int, ...]) -> npt.NDArray[np.bool_]:
    """Return by state whether it is one of *states*."""
    found = np.zeros(max(OrderState) + 1, dtype=np.bool_)
    found[list(states)] = True
    return found


def open_seconds(calendar: Calendar | None, times: Ints) -> Ints:
    """Return the open time in [0, t) for each of *times*; without a calendar that is all of it."""
    if calendar is None:
        return times
    if len(calendar.opens) == 0:
        return np.zeros_like(times)
    i = np.maximum(np.searchsorted(calendar.opens, times, side="right") - 1, 0)
    inside = np.clip(np.minimum(times, calendar.closes[i]) - calendar.opens[i], 0, None)
    return np.asarray(calendar.before[i] + inside, dtype=np.int64)
