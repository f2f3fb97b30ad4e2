"""Money of people and places: wages, operators' fees, rent, set-up, contacts, compensation, paid repairs."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from netsim.engine.records import Activity, ConsignmentEnd, MoveReason, OrderState, Records, WorkEnd
from netsim.model.model import Calendar, Model, NodeKind
from netsim.model.tariffs import Tariffs
from netsim.outcome.accounts import Item
from netsim.outcome.goods import Steps
from netsim.outcome.postings import Journal, sum_by

__all__ = ["WRITE_OFF_SECONDS", "post_orders", "post_places", "post_work"]

Ints = npt.NDArray[np.int64]

WRITE_OFF_SECONDS = 5 * 365 * 86400
"""Set-up cost is written off in a straight line over 5 years of 365 days."""

_SERVED = tuple(range(OrderState.REPAIRED, OrderState.REMOTE))
_UNSERVED = (OrderState.REMOTE, OrderState.CANCELLED, OrderState.UNCOVERED)


def post_work(journal: Journal, model: Model, tariffs: Tariffs, records: Records, bounds: Ints) -> None:
    """Post labour: rostered open hours x technicians by period, or busy hours, or a price per job.

    Rostered crews are paid from the node's first day for every open hour of their calendar; shared and unlimited ones
    for the content of finished work, as items of their own, for only rosters are fixed. Factory labour is a
    cost of parts. Repairs whose test failed are not a job.
    """
    nodes, work = tariffs.nodes, records.work
    factory = nodes.kind == NodeKind.FACTORY
    for bench, node in enumerate(model.benches.node.tolist()):
        if nodes.paid_by_roster[node]:
            row = int(model.benches.calendar[bench])
            edges = np.maximum(bounds, nodes.opens[node])
            hours = np.diff(open_seconds(model.calendars[row] if row >= 0 else None, edges))
            item = Item.FACTORY_WAGES if factory[node] else Item.WAGES
            pay = hours * int(model.benches.technicians[bench]) * nodes.wage[node]
            journal.post(item, bounds[1:] - 1, pay, node=node)
    if len(work["bench"]) == 0:
        return
    at = np.append(model.benches.node, -1)[work["bench"]]
    done = (work["end"] >= 0) & (work["outcome"] != WorkEnd.UNDER_WAY)
    rows = np.arange(len(at))
    for item, mask in ((Item.FACTORY_WAGES_BY_WORK, factory[at]), (Item.WAGES_BY_WORK, ~factory[at])):
        paid = done & mask & nodes.paid_by_work[at]
        journal.post(
            item,
            work["end"][paid],
            work["content"][paid] * nodes.wage[at[paid]],
            node=at[paid],
            part=np.where(work["activity"][paid] == Activity.FACTORY, work["part"][paid], -1),
            order=work["subject"][paid],
            source=rows[paid],
        )
    job = done & ~factory[at] & (work["activity"] == Activity.REPAIR) & (work["outcome"] != WorkEnd.TEST_FAILED)
    journal.post(
        Item.BENCH_JOB, work["end"][job], nodes.job[at[job]], node=at[job], order=work["subject"][job], source=rows[job]
    )


def post_places(journal: Journal, tariffs: Tariffs, bounds: Ints) -> None:
    """Post rent and fixed fees by period, set-up cost on the first day and its straight-line write-off."""
    nodes = tariffs.nodes
    for node in range(len(nodes.kind)):
        first = int(nodes.opens[node])
        item = Item.OUTLET_FIXED if nodes.kind[node] == NodeKind.OUTLET else Item.SITE
        edges = np.maximum(bounds, first)
        journal.post(item, bounds[1:] - 1, np.diff(edges) * nodes.fixed[node], node=node)
        journal.post(Item.CAPEX_PAID, first, nodes.capex[node], node=node)
        lived = np.minimum(edges - first, WRITE_OFF_SECONDS)
        written_off = np.diff(lived) * nodes.capex[node] / WRITE_OFF_SECONDS
        journal.post(Item.DEPRECIATION, bounds[1:] - 1, written_off, node=node)


def post_orders(journal: Journal, tariffs: Tariffs, records: Records, steps: Steps) -> None:
    """Post what an order costs by itself: contacts, the operator's fee, late compensation, refunds, and paid repairs.

    Late compensation = late x time beyond the promise (days in part), at most the cap, paid at closing; orders open at
    the end of the run as of its last second. A refunded customer gets the product's value; so does one whose device was
    lost and not replaced. A paid repair earns quote_price x the value of the parts used.
    """
    orders, rates = records.orders, tariffs.rates
    count = len(orders["created"])
    rows, node = np.arange(count), orders["node"].astype(np.int64)
    state, closed = orders["state"], orders["closed"].astype(np.int64)
    over = closed >= 0

    def post(item: Item, mask: npt.NDArray[np.bool_], time: Ints, amount: npt.ArrayLike) -> None:
        money = np.broadcast_to(np.asarray(amount, dtype=np.float64), (count,))
        journal.post(
            item, time[mask], money[mask], node=node[mask], order=rows[mask], source=rows[mask], at_customer=True
        )  # fmt: skip

    post(Item.CONTACT, np.ones(count, dtype=np.bool_), orders["created"].astype(np.int64), rates.contact)
    served = over & (node >= 0) & np.isin(state, _SERVED)
    post(Item.OPERATOR_FEE, served | (over & (node >= 0) & (state == OrderState.REJECTED_QUOTE)), closed,
         np.append(tariffs.nodes.fee, 0.0)[node])  # fmt: skip

    handed = orders["handed_over"].astype(np.int64)
    last = np.where(over, closed, records.horizon)
    late = np.maximum(last - handed - rates.turnaround, 0) * rates.late
    owed = (handed >= 0) & ~np.isin(state, _UNSERVED)
    post(Item.LATE, owed, np.where(over, closed, records.horizon - 1), np.minimum(late, rates.late_cap))

    value = np.append(tariffs.products.value, 0.0)[orders["mode"]]
    refunded = over & (state == OrderState.REFUNDED)
    post(Item.DEVICE_REFUND, refunded, closed, value)
    shipments = records.consignments
    gone = (shipments["outcome"] == ConsignmentEnd.LOST) & (shipments["order"] >= 0)
    lost = np.zeros(count, dtype=np.bool_)
    lost[shipments["order"][gone]] = True
    lost &= over & ~np.isin(state, (OrderState.REFUNDED, OrderState.REPLACED))
    post(Item.DEVICE_REFUND, lost, closed, value)

    used = (steps.reason == MoveReason.INSTALL) & (steps.order >= 0)
    parts = sum_by(steps.order[used], steps.qty[used] * tariffs.parts.value[steps.part[used]], count)
    sold = over & (orders["paid"] == 1) & (state == OrderState.REPAIRED)
    post(Item.REPAIR_SOLD, sold, closed, rates.quote_price * parts)


def open_seconds(calendar: Calendar | None, times: Ints) -> Ints:
    """Return the open time in [0, t) for each of *times*; without a calendar that is all of it."""
    if calendar is None:
        return times
    if len(calendar.opens) == 0:
        return np.zeros_like(times)
    i = np.maximum(np.searchsorted(calendar.opens, times, side="right") - 1, 0)
    inside = np.clip(np.minimum(times, calendar.closes[i]) - calendar.opens[i], 0, None)
    return np.asarray(calendar.before[i] + inside, dtype=np.int64)
