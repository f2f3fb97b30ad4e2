"""Money of goods: stock at standard cost as it is bought, moved, used, won back from cores and lost."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from netsim.engine.records import MoveReason, Records, StockState
from netsim.model.tariffs import Tariffs
from netsim.outcome.accounts import Item
from netsim.outcome.postings import Journal

__all__ = ["Steps", "follow_moves", "post_goods"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

_GOOD = np.zeros(16, dtype=np.bool_)
_GOOD[[StockState.FREE, StockState.RESERVED, StockState.TRANSIT]] = True


@dataclass(frozen=True, slots=True)
class Steps:
    """The moves as money sees them: before and after, good (at standard cost) or not (worth nothing), and the node.

    Goods under way stand at the node that their lane leads to. *order* is the order that a move serves or that its core
    came from, -1 if none.
    """

    time: Ints
    part: Ints
    qty: Ints
    reason: Ints
    was_good: Flags
    is_good: Flags
    node_from: Ints
    node_to: Ints
    subject: Ints
    order: Ints


def follow_moves(tariffs: Tariffs, records: Records) -> Steps:
    """Return the `Steps` of all moves of *records*."""
    moves = {name: column.astype(np.int64) for name, column in records.moves.items()}
    leads_to = np.append(tariffs.lanes.destination, -1)
    nodes = len(tariffs.nodes.kind)

    def node(side: str) -> Ints:
        place, state = moves[f"{side}_place"], moves[f"{side}_state"]
        under_way = (state == StockState.TRANSIT) | (state == StockState.RETURNING)
        at = np.where(under_way, leads_to[np.where(under_way, place, -1)], place)
        return np.where(at < nodes, at, -1)

    reason, subject = moves["reason"], moves["subject"]
    of_line = np.isin(reason, (MoveReason.RESERVE, MoveReason.RELEASE, MoveReason.INSTALL))
    travels = np.isin(reason, (MoveReason.PURCHASE, MoveReason.SHIP, MoveReason.FORWARD, MoveReason.RECEIVE))
    line_order = np.append(records.lines["order"].astype(np.int64), -1)
    order = np.where(of_line, line_order[np.where(of_line, subject, -1)], np.where(travels, -1, subject))
    return Steps(
        time=moves["time"],
        part=moves["part"],
        qty=moves["qty"],
        reason=reason,
        was_good=_GOOD[moves["from_state"]],
        is_good=_GOOD[moves["to_state"]],
        node_from=node("from"),
        node_to=node("to"),
        subject=subject,
        order=order,
    )


def post_goods(journal: Journal, tariffs: Tariffs, records: Records, steps: Steps) -> None:
    """Post every change of the value of stock, and handling, repair of cores and disposal.

    A piece is worth its standard cost while it is good and nothing otherwise. From outside it is bought on credit, paid
    `supplier_terms` after its last leg was received (opening stock: after second 0). Used, it is cost of parts; lost or
    scrapped too; won from a core it takes its value off the cost of parts. Handling is charged per piece shipped.
    """
    s, parts, rates = steps, tariffs.parts, tariffs.rates
    worth = s.qty * parts.value[s.part]
    moves = records.moves
    outside = moves["from_state"] == StockState.OUTSIDE
    rows = np.arange(len(s.time))

    def post(item: Item, mask: Flags, amount: Floats, *, node: Ints, other: Ints | None = None) -> None:
        if mask.any():
            journal.post(
                item,
                s.time[mask],
                amount[mask],
                node=node[mask],
                other=None if other is None else other[mask],
                part=s.part[mask],
                order=s.order[mask],
                source=rows[mask],
            )

    gains, loses, keeps = s.is_good & ~s.was_good, s.was_good & ~s.is_good, s.was_good & s.is_good
    used = moves["to_state"] == StockState.INSTALLED
    opening = gains & outside & (s.reason == MoveReason.OPENING)
    bought = gains & outside & ~opening
    post(Item.OPENING_STOCK, opening, worth, node=s.node_to)
    post(Item.PURCHASE, bought, worth, node=s.node_to)
    post(Item.PART_RECOVERED, gains & ~outside, worth, node=s.node_to)
    post(Item.PART_USED, loses & used, worth, node=s.node_from)
    post(Item.PART_WRITTEN_OFF, loses & ~used, worth, node=s.node_from)
    post(Item.TRANSFER, keeps & (s.node_from != s.node_to), worth, node=s.node_to, other=s.node_from)

    due = np.full(len(s.time), -1, dtype=np.int64)
    due[opening] = s.time[opening]
    arrived = _last_received(records, s.subject[bought])
    due[bought] = arrived
    paid = (opening | bought) & (due >= 0)
    journal.post(
        Item.SUPPLIER_PAYMENT,
        due[paid] + rates.supplier_terms,
        worth[paid],
        node=s.node_to[paid],
        part=s.part[paid],
        source=rows[paid],
    )

    issued = (s.reason == MoveReason.SHIP) & (s.node_from >= 0)
    post(Item.HANDLING, issued, s.qty * tariffs.nodes.handling[s.node_from], node=s.node_from)
    job = (moves["from_state"] == StockState.WORK) & np.isin(s.reason, (MoveReason.REPAIRED, MoveReason.SCRAPPED))
    post(Item.CORE_COMPONENTS, job, s.qty * parts.repair[s.part], node=s.node_from)
    post(Item.FACTORY_JOB, job, s.qty * tariffs.nodes.job[s.node_from], node=s.node_from)
    scrapped = moves["to_state"] == StockState.SCRAP
    post(Item.DISPOSAL, scrapped, s.qty * parts.weight[s.part] * rates.disposal, node=s.node_from)


def _last_received(records: Records, rows: Ints) -> Ints:
    """Return when the last leg of each consignment was received, -1 if it was not."""
    following = np.append(records.consignments["next"].astype(np.int64), -1)
    received = np.append(records.consignments["received"].astype(np.int64), -1)
    last = rows.copy()
    while True:
        step = following[last]
        if not (step >= 0).any():
            return received[last]
        last = np.where(step >= 0, step, last)
