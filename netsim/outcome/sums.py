"""Sums of postings, made as they are written: what the figures of money need, with no line kept."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from netsim.model.model import Model
from netsim.outcome.accounts import CREDIT, DEBIT, Account, Item, category_sign
from netsim.outcome.groups import CHANNEL_NAMES
from netsim.outcome.postings import DAY, Entries, Places, sum_by

__all__ = ["TIED", "Sums"]

Floats = npt.NDArray[np.float64]
Column = npt.NDArray[Any]

TIED = (Account.STOCK, Account.VAT, Account.DEPOSITS)
"""Accounts in which money is tied."""
_TIES = np.isin(DEBIT, TIED).astype(np.int64) - np.isin(CREDIT, TIED)
"""By item whether it ties money (1) or sets it free (-1)."""


class Sums:
    """Sums of all postings before *limit*, and of those in the window [begin, end).

    *daily* are amounts by item and day of the run. Of the window, *by* has amounts by item and node, part, country or
    channel (last column: none of them), of costs and of paid repairs; *owed* is, by account and node, money of others'
    that is tied (VAT, deposits) times the seconds for which it is, *owed_in* the same by country of what is at no node;
    *owes* says which nodes ever had any. *stock_left* is what is in stock at its end. *moment* says by day how long
    what becomes tied on it is tied on that same day.
    """

    every = False
    """Transfers between places change no sum."""

    def __init__(self, model: Model, places: Places, *, begin: int, end: int, limit: int) -> None:
        self.model, self.begin, self.end, self.limit = model, begin, end, limit
        self._places = places
        items, days = len(Item), max(1, -(-limit // DAY))
        nodes, parts, countries = len(model.node_names), len(model.part_names), len(model.country_names)
        sizes = {"node": nodes, "part": parts, "country": countries, "channel": len(CHANNEL_NAMES)}
        self.daily, self.moment, self.stock_left = np.zeros((items, days)), np.zeros(days), 0.0
        self.by = {name: np.zeros((items, size + 1)) for name, size in sizes.items()}
        self.owed, self.owed_in = np.zeros((len(Account), nodes + 1)), np.zeros((len(Account), countries + 1))
        self.owes = np.zeros(nodes + 1, dtype=np.bool_)
        self._steps: list[tuple[Column, Floats]] = []

    def take(self, entries: Entries) -> None:
        """Add *entries*."""
        if self.limit <= int(entries.time.max()):
            entries = entries.where(np.flatnonzero(entries.time < self.limit))
        if len(entries) == 0:
            return
        item = entries.item
        self.daily[item] += sum_by(entries.time // DAY, entries.amount, self.daily.shape[1])
        if _TIES[item]:
            self._tie(entries)
        if category_sign[item] or item == Item.REPAIR_SOLD:
            self._spend(entries)

    def balances(self, *, days: slice = slice(None)) -> Floats:
        """Return debits minus credits by account, of some *days* or of all."""
        amounts = self.daily[:, days].sum(axis=1)
        return sum_by(DEBIT, amounts, len(Account)) - sum_by(CREDIT, amounts, len(Account))

    def of(self, item: Item) -> float:
        """Return the amount of *item* in the window."""
        return float(self.by["node"][item].sum())

    def levels(self) -> tuple[Column, Floats]:
        """Return the seconds at which tied money changes, from 0 on, and its total from then."""
        if not self._steps:
            return np.zeros(1, dtype=np.int64), np.zeros(1)
        time, delta = (np.concatenate(column) for column in zip(*self._steps, strict=True))
        # Kinds are in order of time by themselves, most of them: the sort only merges them.
        order = np.argsort(time, kind="stable")
        time, level = time[order], np.cumsum(delta[order])
        last = np.flatnonzero(np.append(time[1:] != time[:-1], True))
        first = np.zeros(int(time[0] > 0), dtype=time.dtype)
        return np.concatenate([first, time[last]]), np.concatenate([first.astype(np.float64), level[last]])

    def _spend(self, entries: Entries) -> None:
        """Add what falls in the window by its places."""
        time = entries.time
        if int(time.min()) < self.begin or int(time.max()) >= self.end:
            entries = entries.where(np.flatnonzero((time >= self.begin) & (time < self.end)))
            if len(entries) == 0:
                return
        item, amount = entries.item, entries.amount
        by_node = _add(self.by["node"][item], entries.node, amount)
        # Away from customers a node's country is that of all its entries.
        if entries.at_customer or by_node[-1]:
            _add(self.by["country"][item], self._places.country(entries), amount)
        else:
            _add(self.by["country"][item], self._places.node_country, by_node)
        for name, column in (("part", entries.part), ("channel", entries.order)):
            if column is None:
                self.by[name][item, -1] += by_node.sum()
            else:
                _add(self.by[name][item], column if name == "part" else self._places.channel(entries), amount)

    def _tie(self, entries: Entries) -> None:
        """Add what ties money or sets it free; where stock lies is known from the moves."""
        time, amount, sign = entries.time, entries.amount, _TIES[entries.item]
        account = int(DEBIT[entries.item] if sign > 0 else CREDIT[entries.item])
        self._steps.append((time, amount if sign > 0 else -amount))
        day = time // DAY
        ends = np.minimum((day + 1) * DAY, self.limit)
        self.moment += sign * sum_by(day, amount * (ends - time), len(self.moment))
        if account == Account.STOCK:
            self.stock_left += sign * float(amount[time < self.end].sum())
            return
        weight = sign * amount * (self.end - np.clip(time, self.begin, self.end))
        by_node = _add(self.owed[account], entries.node, weight)
        self.owes[entries.node] = True
        if by_node[-1]:
            away = np.flatnonzero(entries.node < 0)
            _add(self.owed_in[account], self._places.country(entries.where(away)), weight[away])


def _add(sums: Floats, index: Column, amounts: Floats) -> Floats:
    """Add *amounts* to *sums* by *index*, those of none (-1) to the last; return what was added."""
    none = index < 0
    if none.any():
        index = np.where(none, len(sums) - 1, index)
    added = sum_by(index, amounts, len(sums))
    sums += added
    return added
