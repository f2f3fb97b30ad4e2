"""Money of goods: stock at standard cost as it is bought, moved, used, won back from cores and lost."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from netsim.engine.records import MoveReason, Records, StockState, Table
from netsim.model.tariffs import Tariffs
from netsim.outcome.accounts import Item
from netsim.outcome.moves import MoveRows
from netsim.outcome.postings import Entries, Journal

__all__ = ["IS_GOOD", "blocks", "node_of", "post_goods"]

Floats = npt.NDArray[np.float64]
Column = npt.NDArray[Any]
Flags = npt.NDArray[np.bool_]

IS_GOOD = np.zeros(len(StockState), dtype=np.bool_)
"""By state whether a piece is good, and worth its standard cost; it is worth nothing otherwise."""
IS_GOOD[[StockState.FREE, StockState.RESERVED, StockState.TRANSIT]] = True

_R = MoveReason
_BLOCK = 1 << 19


def blocks(rows: Column) -> Iterator[Column]:
    """Yield *rows* in pieces that the caches of a processor hold."""
    for first in range(0, len(rows), _BLOCK):
        yield rows[first : first + _BLOCK]


def node_of(tariffs: Tariffs, moves: Table, rows: Column, side: Literal["from", "to"]) -> Column:
    """Return the node of each move on one *side*, -1 for none; goods under way stand where their lane leads to."""
    place, state = moves[f"{side}_place"][rows], moves[f"{side}_state"][rows]
    nodes = len(tariffs.nodes.kind)
    under_way = (state == StockState.TRANSIT) | (state == StockState.RETURNING)
    if under_way.any():
        leads_to = np.append(tariffs.lanes.destination, -1).astype(np.int32)
        place = (
            leads_to[place] if under_way.all() else np.where(under_way, leads_to[np.where(under_way, place, -1)], place)
        )
    return np.where(place < nodes, place, -1).astype(np.int16)


class _Goods:
    """Moves of one block, as money sees them."""

    def __init__(self, tariffs: Tariffs, moves: Table, rows: Column) -> None:
        self.tariffs, self.moves, self.rows = tariffs, moves, rows
        self.time, self.part, self.qty = moves["time"][rows], moves["part"][rows], moves["qty"][rows]

    @property
    def worth(self) -> Floats:
        return np.asarray(self.qty * self.tariffs.parts.value[self.part], dtype=np.float64)

    @property
    def was_good(self) -> Flags:
        return IS_GOOD[self.moves["from_state"][self.rows]]

    @property
    def is_good(self) -> Flags:
        return IS_GOOD[self.moves["to_state"][self.rows]]

    def node(self, side: Literal["from", "to"]) -> Column:
        return node_of(self.tariffs, self.moves, self.rows, side)

    def entries(
        self, item: Item, amount: Floats, node: Column, *, other: Column | None = None, order: Column | None = None
    ) -> Entries:
        return Entries(item, self.time, amount, node, other=other, part=self.part, order=order, source=self.rows)


def post_goods(journal: Journal, tariffs: Tariffs, records: Records, rows: MoveRows) -> None:
    """Post every change of the value of stock, and handling, repair of cores and disposal.

    A piece is worth its standard cost while it is good and nothing otherwise. From outside it is bought on credit, paid
    `supplier_terms` after its last leg was received (opening stock: after second 0). Used, it is cost of parts; lost or
    scrapped too; won from a core it takes its value off the cost of parts. Handling is charged per piece shipped.
    """
    moves = records.moves

    def goods(*reasons: MoveReason) -> Iterator[_Goods]:
        for reason in reasons:
            for block in blocks(rows.of(reason)):
                yield _Goods(tariffs, moves, block)

    for each in goods(_R.OPENING, _R.PURCHASE):
        _post_bought(journal, tariffs, records, each)
    if journal.every:
        for each in goods(_R.SHIP, _R.FORWARD):
            source, target = each.node("from"), each.node("to")
            moved = each.was_good & each.is_good & (source != target)
            journal.post(each.entries(Item.TRANSFER, each.worth * moved, target, other=source))
    if tariffs.nodes.handling.any():
        for each in goods(_R.SHIP):
            node = each.node("from")
            journal.post(each.entries(Item.HANDLING, each.qty * np.append(tariffs.nodes.handling, 0.0)[node], node))
    for each in goods(_R.INSTALL):
        order = np.append(records.lines["order"], np.int32(-1))[moves["subject"][each.rows]]
        journal.post(each.entries(Item.PART_USED, each.worth * each.was_good, each.node("from"), order=order))
    for each in goods(_R.REPAIRED, _R.SCRAPPED, _R.BEYOND_REPAIR):
        _post_repaired(journal, tariffs, each)
    for each in goods(_R.LOST, _R.LEFT_NETWORK):
        order = moves["subject"][each.rows]
        journal.post(each.entries(Item.PART_WRITTEN_OFF, each.worth * each.was_good, each.node("from"), order=order))


def _post_bought(journal: Journal, tariffs: Tariffs, records: Records, goods: _Goods) -> None:
    moves, rows = records.moves, goods.rows
    node, subject = goods.node("to"), moves["subject"][rows]
    opening = moves["reason"][rows] == MoveReason.OPENING
    worth = goods.worth * goods.is_good
    journal.post(goods.entries(Item.OPENING_STOCK, worth * opening, node, order=subject))
    journal.post(goods.entries(Item.PURCHASE, worth * ~opening, node))
    due = np.where(opening, goods.time, _last_received(records, np.where(opening, -1, subject))).astype(np.int64)
    paid = np.where(due >= 0, due + tariffs.rates.supplier_terms, -1)
    journal.post(Entries(Item.SUPPLIER_PAYMENT, paid, worth, node, part=goods.part, source=rows))


def _post_repaired(journal: Journal, tariffs: Tariffs, goods: _Goods) -> None:
    moves, rows, parts = goods.moves, goods.rows, tariffs.parts
    node, order = goods.node("from"), moves["subject"][rows]
    was_good, is_good = goods.was_good, goods.is_good
    for item, changed, side in (
        (Item.PART_RECOVERED, is_good & ~was_good, "to"),
        (Item.PART_WRITTEN_OFF, was_good & ~is_good, "from"),
    ):
        if changed.any():
            at = node if side == "from" else goods.node("to")
            journal.post(goods.entries(item, goods.worth * changed, at, order=order))
    job = moves["from_state"][rows] == StockState.WORK
    job &= moves["reason"][rows] != MoveReason.BEYOND_REPAIR
    pieces = goods.qty * job
    if parts.repair.any():
        journal.post(goods.entries(Item.CORE_COMPONENTS, pieces * parts.repair[goods.part], node, order=order))
    if tariffs.nodes.job.any():
        journal.post(goods.entries(Item.FACTORY_JOB, pieces * tariffs.nodes.job[node], node, order=order))
    if tariffs.rates.disposal:
        scrap = goods.qty * (moves["to_state"][rows] == StockState.SCRAP)
        waste = scrap * parts.weight[goods.part] * tariffs.rates.disposal
        journal.post(goods.entries(Item.DISPOSAL, waste, node, order=order))


def _last_received(records: Records, rows: Column) -> Column:
    """Return when the last leg of each consignment was received, -1 if it was not."""
    following = np.append(records.consignments["next"], np.int32(-1))
    received = np.append(records.consignments["received"], np.int32(-1))
    last = rows.copy()
    while True:
        step = following[last]
        if not (step >= 0).any():
            arrived: Column = received[last]
            return arrived
        last = np.where(step >= 0, step, last)
