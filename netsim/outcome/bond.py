"""Goods in bond: what entered a country untaxed is taxed when it is used there, first in first out."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from netsim.engine.records import MoveReason, Records
from netsim.model.tariffs import Tariffs
from netsim.outcome.accounts import Item
from netsim.outcome.goods import IS_GOOD, node_of
from netsim.outcome.moves import MoveRows
from netsim.outcome.postings import Entries, Journal
from netsim.outcome.taxes import drawn_from_bond, import_taxes

__all__ = ["Bond", "post_taxes"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Column = npt.NDArray[Any]

_LEAVING = (
    MoveReason.SHIP, MoveReason.FORWARD, MoveReason.INSTALL, MoveReason.SCRAPPED, MoveReason.BEYOND_REPAIR,
    MoveReason.LEFT_NETWORK, MoveReason.LOST,
)  # fmt: skip


def post_taxes(
    journal: Journal, tariffs: Tariffs, country: Column, columns: tuple[Column, Column, Column, Column, Column | None],
    taxes: tuple[Floats, Floats, Floats],
) -> None:  # fmt: skip
    """Post *taxes* (duty, VAT, other) of goods of a *country*; *columns* are time, node, part, order and source."""
    time, node, part, order, source = columns
    duty, vat, other = taxes
    journal.post(Entries(Item.DUTY, time, duty, node, part=part, order=order, source=source))
    journal.post(Entries(Item.OTHER_TAX, time, other, node, part=part, order=order, source=source))
    back = tariffs.countries.recoverable[country]
    for item, amount, when in (
        (Item.VAT_NOT_RECOVERED, vat * ~back, time),
        (Item.VAT_PAID, vat * back, time),
        (Item.VAT_RETURNED, vat * back, np.where(time < 0, -1, time + tariffs.countries.lag[country])),
    ):
        journal.post(Entries(item, when, amount, node, part=part, order=order, source=source))


class Bond:
    """Pools of untaxed goods by country and part: what enters them, and what it is worth to customs."""

    def __init__(self, tariffs: Tariffs, rows: MoveRows) -> None:
        self.tariffs, self.rows = tariffs, rows
        self._entered: list[tuple[Column, ...]] = []

    def enter(self, part: Column, qty: Column, value: Floats, released: Column, country: Column) -> None:
        """Add *qty* pieces of each *part* with a customs *value* that are *released* into bond in a *country*."""
        self._entered.append((country, part, released, qty, value))

    def post(self, journal: Journal, records: Records) -> None:
        """Tax goods as they are used in their country; what is shipped out again or destroyed pays nothing."""
        if not self._entered:
            return
        country, part, released, qty, value = (np.concatenate(c) for c in zip(*self._entered, strict=True))
        parts = len(self.tariffs.parts.value)
        pool = country.astype(np.int64) * parts + part
        left_pool, leaving = self._leaving(records, np.unique(pool))
        came, went = np.argsort(pool, kind="stable"), np.argsort(left_pool, kind="stable")
        pools, first = np.unique(pool[came], return_index=True)
        last = np.append(first[1:], len(came))
        begin, end = (np.searchsorted(left_pool[went], pools, side=side) for side in ("left", "right"))
        moves = records.moves
        for number, into, out in zip(
            pools.tolist(), map(slice, first, last), map(slice, begin, end), strict=True
        ):  # fmt: skip
            entries, exits = came[into], leaving[went[out]]
            _, drawn = drawn_from_bond(
                released[entries].astype(np.int64), qty[entries], value[entries],
                moves["time"][exits].astype(np.int64), moves["qty"][exits].astype(np.int64),
            )  # fmt: skip
            used = np.flatnonzero(moves["reason"][exits] == MoveReason.INSTALL)
            self._tax(journal, records, number, exits[used], drawn[used])

    def _leaving(self, records: Records, pools: Ints) -> tuple[Column, Column]:
        """Return the pool and the row of each move in which a good piece leaves a country that has one for its part."""
        moves, home, lanes = records.moves, np.append(self.tariffs.nodes.country, -1), self.tariffs.lanes
        crosses, parts = lanes.country_from != lanes.country_to, len(self.tariffs.parts.value)
        known = np.zeros(len(self.tariffs.countries.vat) * parts, dtype=np.bool_)
        known[pools] = True
        found = []
        for reason in _LEAVING:
            rows = self.rows.of(reason)
            if reason in (MoveReason.SHIP, MoveReason.FORWARD):
                rows = rows[crosses[moves["to_place"][rows]]]
            rows = rows[IS_GOOD[moves["from_state"][rows]]]
            before = home[node_of(self.tariffs, moves, rows, "from")]
            after = np.where(IS_GOOD[moves["to_state"][rows]], home[node_of(self.tariffs, moves, rows, "to")], -1)
            pool = before * parts + moves["part"][rows]
            chosen = np.flatnonzero((before != after) & (before >= 0) & known[pool])
            found.append((rows[chosen], pool[chosen].astype(np.int64)))
        rows, pool = (np.concatenate(column) for column in zip(*found, strict=True))
        order = np.argsort(rows, kind="stable")
        return pool[order], rows[order]

    def _tax(self, journal: Journal, records: Records, pool: int, rows: Column, worth: Floats) -> None:
        tariffs, moves = self.tariffs, records.moves
        place, part = divmod(pool, len(tariffs.parts.value))
        taxes = import_taxes(
            worth,
            duty_rate=np.full(len(worth), tariffs.parts.duty[place, part]),
            vat_rate=np.full(len(worth), tariffs.countries.vat[place]),
            other_rate=np.full(len(worth), tariffs.countries.other[place]),
        )
        order = np.append(records.lines["order"], np.int32(-1))[moves["subject"][rows]]
        columns = moves["time"][rows], node_of(tariffs, moves, rows, "from"), moves["part"][rows], order, None
        post_taxes(journal, tariffs, np.full(len(rows), place), columns, taxes)
