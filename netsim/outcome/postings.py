"""Postings: the one table of money lines from which the cost book and the cash ledger are both read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt

from netsim.engine.records import Records
from netsim.model.model import Model
from netsim.model.tariffs import Tariffs
from netsim.outcome.accounts import CREDIT, DEBIT, Item, category_of, category_sign

__all__ = ["DAY", "Journal", "Postings", "accrual_bounds", "month_starts", "sum_by"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
DAY = 86400


@dataclass(frozen=True, slots=True)
class Postings:
    """Money lines, one entry each; -1 where a column does not apply.

    *time* is the second of the posting, *item* its kind (`netsim.outcome.accounts.Item`, which fixes both accounts,
    the cost category and the counterparty), *amount* in the base currency, never negative. *node* bears it (the debit
    side), *other* is the place on the credit side (differs for transfers only). *order* is the order that
    caused it, *source* the row of the record that it was read from (moves, consignments, work or orders by item).
    """

    time: Ints
    item: Ints
    amount: Floats
    node: Ints
    other: Ints
    country: Ints
    part: Ints
    channel: Ints
    order: Ints
    source: Ints

    def __len__(self) -> int:
        return len(self.time)

    def where(self, mask: npt.NDArray[np.bool_] | Ints) -> Postings:
        """Return the postings chosen by *mask* (flags or row numbers)."""
        return Postings(*(getattr(self, field.name)[mask] for field in fields(self)))

    @property
    def category(self) -> Ints:
        """Return the cost category of each posting, -1 where it is no cost."""
        return np.asarray(category_of[self.item], dtype=np.int64)

    @property
    def cost(self) -> Floats:
        """Return each posting's cost, negative where it takes cost away, 0 where it is no cost."""
        return np.asarray(category_sign[self.item] * self.amount, dtype=np.float64)

    def change(self, account: int) -> Floats:
        """Return by how much each posting raises *account*: debits count up, credits down."""
        sign = (DEBIT[self.item] == account).astype(np.float64) - (CREDIT[self.item] == account)
        return np.asarray(sign * self.amount, dtype=np.float64)


class Journal:
    """Where postings are written before they become a table."""

    def __init__(self, model: Model, tariffs: Tariffs, records: Records) -> None:
        self.horizon = records.horizon
        self._columns: list[list[npt.NDArray[np.number]]] = []
        self._node_country = np.append(model.nodes.country, -1).astype(np.int64)
        orders = records.orders
        zones = np.append(tariffs.place_country[len(model.node_names) :], -1).astype(np.int64)
        self.order_country = np.append(zones[orders["zone"]], -1).astype(np.int64)
        self._channel = np.append(orders["channel"].astype(np.int64), -1)

    def post(
        self,
        item: Item,
        time: npt.ArrayLike,
        amount: npt.ArrayLike,
        *,
        node: npt.ArrayLike = -1,
        other: npt.ArrayLike | None = None,
        part: npt.ArrayLike = -1,
        order: npt.ArrayLike = -1,
        source: npt.ArrayLike = -1,
        at_customer: bool = False,
    ) -> None:
        """Write one posting an entry of *time*; amounts of 0 and times outside the run are left out.

        The country is the node's; of the order's customer where *at_customer* or where there is no node.
        """
        when = np.atleast_1d(np.asarray(time, dtype=np.int64))
        given = [amount, node, node if other is None else other, part, order, source]
        money, place, credit_place, piece, cause, row = (np.broadcast_to(np.asarray(x), when.shape) for x in given)
        keep = (money != 0) & (when >= 0) & (when < self.horizon)
        when, money, place, credit_place, piece, cause, row = (
            x[keep] for x in (when, money, place, credit_place, piece, cause, row)
        )
        if len(when) == 0:
            return
        customer = self.order_country[cause]
        country = np.where((place < 0) | at_customer, customer, self._node_country[place])
        country = np.where(country < 0, self._node_country[place], country)
        kind = np.full(len(when), int(item), dtype=np.int64)
        self._columns.append([when, kind, money, place, credit_place, country, piece, self._channel[cause], cause, row])

    def close(self) -> Postings:
        """Return all postings, sorted by time (order of writing within one second)."""
        kinds: list[Any] = [np.float64 if field.name == "amount" else np.int64 for field in fields(Postings)]
        columns: list[Any] = [
            np.concatenate([chunk[i] for chunk in self._columns]).astype(kind)
            if self._columns
            else np.zeros(0, dtype=kind)
            for i, kind in enumerate(kinds)
        ]
        order = np.argsort(columns[0], kind="stable")
        return Postings(*(column[order] for column in columns))


def sum_by(index: Ints, amounts: npt.ArrayLike, size: int) -> Floats:
    """Return the sums of *amounts* by *index* from 0 to size - 1."""
    return np.bincount(index, np.asarray(amounts, dtype=np.float64), size).astype(np.float64)


def month_starts(start: str | date, horizon: int) -> Ints:
    """Return the seconds at which calendar months (UTC) begin within the run; the first is 0, whatever its day."""
    first = date.fromisoformat(start[:10]) if isinstance(start, str) else start
    seconds, year, month = [0], first.year, first.month
    while True:
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
        second = (date(year, month, 1) - date(first.year, first.month, first.day)).days * DAY
        if second >= horizon:
            return np.array(seconds, dtype=np.int64)
        seconds.append(second)


def accrual_bounds(start: str | date, horizon: int, cuts: Sequence[int]) -> Ints:
    """Return the bounds of the periods in which running costs are posted: months, *cuts* and the horizon."""
    inner = [cut for cut in cuts if 0 < cut < horizon]
    return np.unique(np.concatenate([month_starts(start, horizon), np.array([*inner, horizon], dtype=np.int64)]))
