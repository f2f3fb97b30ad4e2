"""Postings: money lines by kind, from which the cost book and the cash ledger are both read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from datetime import date
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from netsim.engine.records import Records
from netsim.model.model import Model
from netsim.model.tariffs import Tariffs
from netsim.outcome.accounts import Item, category_of, category_sign

__all__ = [
    "DAY",
    "Entries",
    "Journal",
    "Lines",
    "Places",
    "Postings",
    "Reader",
    "accrual_bounds",
    "month_starts",
    "sum_by",
]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Column = npt.NDArray[Any]
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


@dataclass(frozen=True, slots=True)
class Entries:
    """Postings of one kind as they are written: columns as in `Postings`, None where there is nothing to say.

    Without *other* both sides are at the node. Where *at_customer* they belong to the country of the order's customer.
    """

    item: Item
    time: Column
    amount: Floats
    node: Column
    other: Column | None = None
    part: Column | None = None
    order: Column | None = None
    source: Column | None = None
    at_customer: bool = False

    def __len__(self) -> int:
        return len(self.time)

    def where(self, rows: npt.NDArray[Any] | slice) -> Entries:
        """Return the entries chosen by *rows*."""

        def chosen(column: Column | None) -> Column | None:
            return None if column is None else column[rows]

        return replace(
            self, time=self.time[rows], amount=self.amount[rows], node=self.node[rows], other=chosen(self.other),
            part=chosen(self.part), order=chosen(self.order), source=chosen(self.source),
        )  # fmt: skip


class Reader(Protocol):
    """What reads postings as they are written; *every* if it wants transfers between places too."""

    every: bool

    def take(self, entries: Entries) -> None:
        """Read *entries*: amounts are above 0, and times within the run."""
        ...


class Places:
    """The country and the channel that postings belong to."""

    def __init__(self, model: Model, tariffs: Tariffs, records: Records) -> None:
        self.node_country = np.append(model.nodes.country, -1).astype(np.int16)
        orders = records.orders
        zones = np.append(tariffs.place_country[len(model.node_names) :], -1).astype(np.int16)
        self.order_country = zones[np.append(orders["zone"], np.int16(-1))]
        self.order_channel = np.append(orders["channel"], np.int8(-1))

    def country(self, entries: Entries) -> Column:
        """Return the country of each entry: its node's; its customer's where it is there or has no node."""
        home = self.node_country[entries.node]
        if entries.order is None:
            return home
        customer = self.order_country[entries.order]
        if not entries.at_customer:
            customer = np.where(entries.node < 0, customer, home)
        return np.where(customer < 0, home, customer)

    def channel(self, entries: Entries) -> Column:
        """Return the channel of each entry's order, -1 where there is none."""
        if entries.order is None:
            return np.full(len(entries), -1, dtype=np.int8)
        channel: Column = self.order_channel[entries.order]
        return channel


class Journal:
    """Where postings are written; its *readers* see each kind as it comes, for not all of them need be kept."""

    def __init__(self, horizon: int, readers: Sequence[Reader]) -> None:
        self.horizon = horizon
        self.readers = tuple(readers)
        self.every = any(reader.every for reader in readers)

    def post(self, entries: Entries) -> None:
        """Write *entries*; amounts of 0 and times outside the run are left out."""
        time, amount = entries.time, entries.amount
        if len(time) == 0:
            return
        if np.count_nonzero(amount) < len(amount) or time.min() < 0 or time.max() >= self.horizon:
            keep = np.flatnonzero((amount != 0) & (time >= 0) & (time < self.horizon))
            if len(keep) == 0:
                return
            entries = entries.where(keep)
        for reader in self.readers:
            reader.take(entries)


class Lines:
    """A reader that keeps every posting, or those of one *order* or of one *consignment* (freight and border)."""

    every = True

    def __init__(self, places: Places, *, order: int | None = None, consignment: int | None = None) -> None:
        self._places, self._order, self._consignment = places, order, consignment
        self._chunks: list[list[Column]] = []

    def take(self, entries: Entries) -> None:
        """Keep *entries*."""
        if self._order is not None:
            causes = np.full(len(entries), -1) if entries.order is None else entries.order
            entries = entries.where(np.flatnonzero(causes == self._order))
        if self._consignment is not None:
            if entries.source is None or not Item.FREIGHT <= entries.item <= Item.VAT_RETURNED:
                return
            entries = entries.where(np.flatnonzero(entries.source == self._consignment))
        none = np.full(len(entries), -1)
        self._chunks.append([
            entries.time, np.full(len(entries), int(entries.item)), entries.amount, entries.node,
            entries.node if entries.other is None else entries.other, self._places.country(entries),
            none if entries.part is None else entries.part, self._places.channel(entries),
            none if entries.order is None else entries.order, none if entries.source is None else entries.source,
        ])  # fmt: skip

    def close(self) -> Postings:
        """Return what was kept, sorted by time (order of writing within one second)."""
        kinds: list[Any] = [
            np.int32, np.int8, np.float64, np.int16, np.int16, np.int16, np.int16, np.int8, np.int32, np.int32
        ]  # fmt: skip
        columns: list[Any] = [
            np.concatenate([np.zeros(0, kind), *(chunk[i].astype(kind) for chunk in self._chunks)])
            for i, kind in enumerate(kinds)
        ]
        self._chunks = []
        order = np.argsort(columns[0], kind="stable")
        return Postings(*(column[order] for column in columns))


def sum_by(index: Column, amounts: npt.ArrayLike, size: int) -> Floats:
    """Return the sums of *amounts* by *index* from 0 to size - 1."""
    return np.bincount(index, np.asarray(amounts, dtype=np.float64), size).astype(np.float64, copy=False)


def month_starts(start: str | date, horizon: int) -> Ints:
    """Return the seconds at which calendar months (UTC) begin within the run; the first is 0, whatever its day."""
    first = np.datetime64(str(start)[:10], "D")
    until = (first + np.timedelta64(max(horizon - 1, 0) // DAY, "D")).astype("M8[M]")
    months = np.arange(first.astype("M8[M]"), until + np.timedelta64(1, "M")).astype("M8[D]")
    return np.maximum((months - first).astype(np.int64) * DAY, 0)


def accrual_bounds(start: str | date, horizon: int, cuts: Sequence[int]) -> Ints:
    """Return the bounds of the periods in which running costs are posted: months, *cuts* and the horizon."""
    inner = [cut for cut in cuts if 0 < cut < horizon]
    return np.unique(np.concatenate([month_starts(start, horizon), np.array([*inner, horizon], dtype=np.int64)]))
