"""Money of transport: freight by consignment and chargeable weight, insurance, brokerage, duty and VAT."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache, partial
from typing import Any

import numpy as np
import numpy.typing as npt

from netsim.engine.records import MoveReason, Records, Table
from netsim.model.tariffs import LanePrices, Regime, Tariffs
from netsim.outcome.accounts import Item
from netsim.outcome.bond import Bond, post_taxes
from netsim.outcome.compiled_sums import share_charges
from netsim.outcome.goods import IS_GOOD
from netsim.outcome.groups import first_at
from netsim.outcome.kernels import kernel
from netsim.outcome.moves import MoveRows
from netsim.outcome.postings import Entries, Journal, sum_by
from netsim.outcome.taxes import CORE_VALUE_SHARE, import_taxes

__all__ = ["Cargo", "Freight", "post_freight", "price_freight"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Column = npt.NDArray[Any]

_BLOCK = 1 << 18


@dataclass(frozen=True, slots=True)
class Freight:
    """What travelled and what it cost, one entry per consignment and part (one for a device or an empty consignment).

    *row* is the consignment, *part* -1 for devices, *good* for good parts, *purchased* where it left a supplier.
    *goods* is the value declared. Charges of a consignment are shared out by chargeable weight, or by pieces if nothing
    has weight. *duty*, *vat*, *other* are what free circulation costs (0 for cores and devices); *suspended* where
    it is not due yet.
    """

    row: Ints
    part: Ints
    qty: Ints
    good: Flags
    purchased: Flags
    goods: Floats
    freight: Floats
    insurance: Floats
    brokerage: Floats
    duty: Floats
    vat: Floats
    other: Floats
    suspended: Flags

    @property
    def amounts(self) -> tuple[Floats, ...]:
        """Return all that is paid for: freight, insurance, brokerage and taxes."""
        return self.freight, self.insurance, self.brokerage, self.duty, self.vat, self.other


class Cargo:
    """What the consignments of a run carry: their departing moves, in order of consignments."""

    def __init__(self, records: Records, rows: MoveRows) -> None:
        self.records = records
        moves = records.moves
        leaving = rows.of(MoveReason.PURCHASE, MoveReason.SHIP, MoveReason.FORWARD)
        subject = moves["subject"][leaving]
        if not bool((subject[1:] >= subject[:-1]).all()):  # consignments are numbered as they depart
            order = np.argsort(subject, kind="stable")
            leaving, subject = leaving[order], subject[order]
        first = first_at(subject, 0)
        self.rows, self.box = leaving[first:], subject[first:]

    def blocks(self) -> Iterator[tuple[int, int]]:
        """Yield the first consignment of each block, and the one after its last."""
        count = len(self.records.consignments["lane"])
        for first in range(0, count, _BLOCK):
            yield first, min(first + _BLOCK, count)

    def parts(self, first: int, last: int, parts: int) -> tuple[Column, Column, Flags, Floats, Flags]:
        """Return consignment (from *first* on 0), part, whether good, pieces and whether bought, by the first three."""
        moves, begin, end = self.records.moves, first_at(self.box, first), first_at(self.box, last)
        rows = self.rows[begin:end]
        box = self.box[begin:end] - first
        part, good = moves["part"][rows], IS_GOOD[moves["to_state"][rows]]
        key = (box.astype(np.int64) * (parts + 1) + part) * 2 + good
        qty, bought = moves["qty"][rows], moves["reason"][rows] == MoveReason.PURCHASE
        if not bool((key[1:] >= key[:-1]).all()):
            order = np.argsort(key, kind="stable")
            key, qty, bought = key[order], qty[order], bought[order]
            box, part, good = box[order], part[order], good[order]
        if not len(key):
            return key, key, good, qty.astype(np.float64), bought
        starts = np.flatnonzero(np.append(True, key[1:] != key[:-1]))
        if len(starts) < len(key):
            box, part, good = box[starts], part[starts], good[starts]
            qty = np.add.reduceat(qty, starts, dtype=np.float64)
            bought = np.logical_or.reduceat(bought, starts)
        return box.astype(np.int64), part.astype(np.int64), good, qty.astype(np.float64), bought


def price_freight(tariffs: Tariffs, cargo: Cargo, first: int, last: int) -> Freight:
    """Return the `Freight` of the consignments from row *first* to before row *last*.

    chargeable kg = max(kg, volumetric x m3) of the consignment; freight = max(minimum, per shipment + per kg x
    chargeable + per unit x pieces + per order + per m3 x m3 + share of value) x (1 + fuel); insurance = share of the
    goods' value.
    A customer's device is one piece and one order; parts pay no charge per order.
    """
    records, lanes, parts = cargo.records, tariffs.lanes, tariffs.parts
    shipments = {name: records.consignments[name][first:last] for name in ("lane", "order")}
    count, lane_of = last - first, shipments["lane"]
    row, part, good, pieces, bought = cargo.parts(first, last, len(parts.value))
    kg, m3 = pieces * parts.weight[part], pieces * parts.volume[part]
    goods = pieces * parts.value[part] * np.where(good, 1.0, CORE_VALUE_SHARE)

    empty = np.ones(count, dtype=np.bool_)
    empty[row] = False
    bare = np.flatnonzero(empty)  # consignments without parts: devices
    if len(bare):
        device = shipments["order"][bare]
        mode = np.where(device >= 0, np.append(records.orders["mode"], np.int16(-1))[device], -1)
        known, products = mode >= 0, tariffs.products
        row = np.concatenate([row, bare])
        part = np.concatenate([part, np.full(len(bare), -1)])
        good = np.concatenate([good, np.zeros(len(bare), dtype=np.bool_)])
        bought = np.concatenate([bought, np.zeros(len(bare), dtype=np.bool_)])
        pieces = np.concatenate([pieces, (device >= 0).astype(np.float64)])
        kg = np.concatenate([kg, np.where(known, np.append(products.weight, 0.0)[mode], 0.0)])
        m3 = np.concatenate([m3, np.where(known, np.append(products.volume, 0.0)[mode], 0.0)])
        goods = np.concatenate([goods, np.where(known, np.append(products.value, 0.0)[mode], 0.0)])

    lane = lane_of[row]
    freight, share = _freight(lanes, lane_of, shipments["order"] >= 0, (row, kg, m3, pieces, goods))
    insurance = lanes.insurance[lane] * goods
    cleared = lanes.regime != Regime.NONE
    brokerage = np.where(cleared, lanes.brokerage + lanes.per_entry, lanes.per_entry)[lane] * share
    dutiable = good & cleared[lane]
    duty = vat = other = np.zeros(len(row))
    taxed = np.flatnonzero(dutiable)
    if len(taxed):
        country = lanes.country_to[lane[taxed]]
        duty, vat, other = np.zeros((3, len(row)))
        duty[taxed], vat[taxed], other[taxed] = import_taxes(
            (goods + freight + insurance)[taxed],
            duty_rate=parts.duty[country, part[taxed]],
            vat_rate=tariffs.countries.vat[country],
            other_rate=tariffs.countries.other[country],
        )
    suspended = dutiable & np.isin(lanes.regime, (Regime.BONDED, Regime.TEMPORARY))[lane]
    return Freight(
        row + first, part, pieces.astype(np.int64), good, bought, goods, freight, insurance, brokerage, duty, vat,
        other, suspended,
    )  # fmt: skip


def _freight(
    lanes: LanePrices, lane_of: Column, ordered: Flags, cargo: tuple[Ints, Floats, Floats, Floats, Floats]
) -> tuple[Floats, Floats]:
    """Return each entry's freight and its share of its consignment; *cargo* is row, kg, m3, pieces and goods."""
    row, kg, m3, pieces, goods = cargo
    count = len(lane_of)
    fast = kernel(share_charges, len(row))
    if fast is not None:
        prices = np.column_stack((
            lanes.volumetric, lanes.per_shipment, lanes.per_kg, lanes.per_unit, lanes.per_order, lanes.per_m3,
            lanes.of_value, lanes.minimum, 1 + lanes.fuel,
        ))  # fmt: skip
        freight, share = np.empty(len(row)), np.empty(len(row))
        fast(*cargo, lane_of, ordered, prices, freight, share)
        return freight, share
    total_kg, total_m3, total_pieces, total_goods = (sum_by(row, each, count) for each in (kg, m3, pieces, goods))
    chargeable = np.maximum(total_kg, lanes.volumetric[lane_of] * total_m3)
    charges = lanes.per_shipment[lane_of] + lanes.per_kg[lane_of] * chargeable
    for price, quantity in (
        (lanes.per_unit, total_pieces),
        (lanes.per_order, ordered),
        (lanes.per_m3, total_m3),
        (lanes.of_value, total_goods),
    ):
        if price.any():
            charges += price[lane_of] * quantity
    freight = np.maximum(charges, lanes.minimum[lane_of]) * (1 + lanes.fuel[lane_of])
    share = _shares(row, np.maximum(kg, lanes.volumetric[lane_of[row]] * m3), pieces, count)
    return freight[row] * share, share


def post_freight(
    journal: Journal, tariffs: Tariffs, records: Records, rows: MoveRows, read: Callable[[Freight], None]
) -> None:
    """Post transport and taxes: freight and insurance at departure, brokerage and taxes at release.

    Good parts are charged to the node that they go to, cores to the node that they leave, devices to the order's node
    and to the customer's country. Brokerage is paid once an entry, an entry being a consignment. What a claim set going
    (its parts, their replenishment, its cores) names that order; what a date set going (a review, a departure) none.
    *read* is shown all that travels.
    """
    cargo, causes = Cargo(records, rows), cache(partial(_causes, records))
    bond = Bond(tariffs, rows)
    for first, last in cargo.blocks():
        freight = price_freight(tariffs, cargo, first, last)
        read(freight)
        _post_block(journal, tariffs, records, freight, causes, bond)
    bond.post(journal, records)


def _post_block(
    journal: Journal, tariffs: Tariffs, records: Records, cargo: Freight, causes: Callable[[], Column], bond: Bond
) -> None:  # fmt: skip
    shipments, lanes = records.consignments, tariffs.lanes
    if not (cargo.suspended.any() or any(amount.any() for amount in cargo.amounts)):
        return
    lane = shipments["lane"][cargo.row]
    device = shipments["order"][cargo.row]
    order = np.where(device >= 0, device, causes()[cargo.row])
    departed = shipments["departed"][cargo.row]
    released = np.where((lanes.regime != Regime.NONE)[lane], shipments["released"][cargo.row], departed)
    to = np.where(lanes.destination >= 0, lanes.destination, lanes.origin).astype(np.int16)
    back = np.where(lanes.origin >= 0, lanes.origin, lanes.destination).astype(np.int16)
    served = np.append(records.orders["node"], np.int16(-1))[device]
    node = np.where(served >= 0, served, np.where(cargo.good | (device >= 0), to[lane], back[lane]))
    of_customer = device >= 0
    kinds = [(np.flatnonzero(of_customer), True), (np.flatnonzero(~of_customer), False)]
    for item, time, amount in (
        (Item.FREIGHT, departed, cargo.freight),
        (Item.INSURANCE, departed, cargo.insurance),
        (Item.BROKERAGE, released, cargo.brokerage),
    ):
        if not amount.any():
            continue
        entries = Entries(item, time, amount, node, part=cargo.part, order=order, source=cargo.row)
        for mask, customer in kinds:
            if len(mask):
                chosen = entries if len(mask) == len(order) else entries.where(mask)
                journal.post(replace(chosen, at_customer=customer))
    now = np.flatnonzero(~cargo.suspended & (cargo.duty + cargo.vat + cargo.other > 0))
    if len(now):
        columns = released[now], node[now], cargo.part[now], order[now], cargo.row[now]
        taxes = cargo.duty[now], cargo.vat[now], cargo.other[now]
        post_taxes(journal, tariffs, lanes.country_to[lane[now]], columns, taxes)
    held = np.flatnonzero(cargo.suspended)
    if len(held):
        value = (cargo.goods + cargo.freight + cargo.insurance)[held]
        bond.enter(cargo.part[held], cargo.qty[held], value, released[held], lanes.country_to[lane[held]])


def _causes(records: Records) -> Column:
    """Return the order whose claim is the cause of each consignment, -1 where a date is."""
    orders, shipments = records.orders, records.consignments
    zone, number = orders["zone"], orders["k"]
    owner, asked = shipments["owner"], shipments["number"]
    if len(zone) == 0 or len(owner) == 0:
        return np.full(len(owner), -1, dtype=np.int32)
    # Claims are numbered from 0 in each zone: a table of all of them finds an order at once.
    most = np.zeros(int(zone.max()) + 1, dtype=np.int64)
    np.maximum.at(most, zone, number.astype(np.int64) + 1)
    begin = np.zeros(len(most) + 1, dtype=np.int64)
    np.cumsum(most, out=begin[1:])
    known = (owner >= 0) & (owner < len(most)) & (asked >= 0)
    if int(begin[-1]) > 16 * len(zone) + 65536:
        return _search_causes(orders, shipments)
    table = np.full(int(begin[-1]) + 1, -1, dtype=np.int32)
    table[(begin[zone] + number)[::-1]] = np.arange(len(zone) - 1, -1, -1)  # the first of a claim's orders stays
    known &= asked < most[np.where(known, owner, 0)]
    return np.where(known, table[np.where(known, begin[owner] + asked, -1)], -1)


def _search_causes(orders: Table, shipments: Table) -> Column:
    """Return what `_causes` does, where numbers of claims are far apart."""
    key = orders["zone"].astype(np.int64) << 32 | orders["k"].astype(np.int64)
    sought = shipments["owner"].astype(np.int64) << 32 | np.maximum(shipments["number"], 0).astype(np.int64)
    rows = np.argsort(key, kind="stable")
    found = rows[np.minimum(np.searchsorted(key[rows], sought), len(rows) - 1)]
    return np.where((shipments["owner"] >= 0) & (key[found] == sought), found, -1).astype(np.int32)


def _shares(row: Ints, weight: Floats, pieces: Floats, count: int) -> Floats:
    """Return each entry's share of its consignment: by weight, else by pieces, else alike."""
    share = np.zeros(len(row))
    left = np.ones(len(row), dtype=np.bool_)
    for measure in (weight, pieces, np.ones(len(row))):
        whole = sum_by(row, measure, count)[row]
        take = left & (whole > 0)
        share[take] = measure[take] / whole[take]
        left &= ~take
    return share
