"""Money of transport: freight by consignment and chargeable weight, insurance, brokerage, duty and VAT."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from netsim.engine.records import MoveReason, Records
from netsim.model.tariffs import Regime, Tariffs
from netsim.outcome.accounts import Item
from netsim.outcome.goods import Steps
from netsim.outcome.postings import Journal, sum_by
from netsim.outcome.taxes import CORE_VALUE_SHARE, drawn_from_bond, import_taxes

__all__ = ["Freight", "post_freight", "price_freight"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


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


def price_freight(tariffs: Tariffs, records: Records, steps: Steps) -> Freight:
    """Return the `Freight` of a run.

    chargeable kg = max(kg, volumetric x m3) of the consignment; freight = max(minimum, per shipment + per kg x
    chargeable + per unit x pieces + per order + per m3 x m3 + share of value) x (1 + fuel); insurance = share of the
    goods' value.
    A customer's device is one piece and one order; parts pay no charge per order.
    """
    shipments, lanes, parts = records.consignments, tariffs.lanes, tariffs.parts
    count, lane_of = len(shipments["lane"]), shipments["lane"].astype(np.int64)
    leaves = np.isin(steps.reason, (MoveReason.PURCHASE, MoveReason.SHIP, MoveReason.FORWARD)) & (steps.subject >= 0)
    row, part, good = steps.subject[leaves], steps.part[leaves], steps.is_good[leaves]
    size = len(parts.value) + 1
    keys, index = np.unique((row * size + part) * 2 + good, return_inverse=True)
    pieces = sum_by(index, steps.qty[leaves].astype(np.float64), len(keys))
    bought = sum_by(index, (steps.reason[leaves] == MoveReason.PURCHASE).astype(np.float64), len(keys)) > 0
    row, part, good = keys // 2 // size, keys // 2 % size, keys % 2 == 1
    kg, m3 = pieces * parts.weight[part], pieces * parts.volume[part]
    goods = pieces * parts.value[part] * np.where(good, 1.0, CORE_VALUE_SHARE)

    bare = np.flatnonzero(np.bincount(row, minlength=count) == 0)  # consignments without parts: devices
    device = shipments["order"][bare].astype(np.int64)
    mode = np.where(device >= 0, np.append(records.orders["mode"].astype(np.int64), -1)[device], -1)
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

    def total(amounts: Floats) -> Floats:
        return sum_by(row, amounts, count)

    chargeable = np.maximum(total(kg), lanes.volumetric[lane_of] * total(m3))
    charges = (
        lanes.per_shipment[lane_of]
        + lanes.per_kg[lane_of] * chargeable
        + lanes.per_unit[lane_of] * total(pieces)
        + lanes.per_order[lane_of] * (shipments["order"] >= 0)
        + lanes.per_m3[lane_of] * total(m3)
        + lanes.of_value[lane_of] * total(goods)
    )
    freight = np.maximum(charges, lanes.minimum[lane_of]) * (1 + lanes.fuel[lane_of])
    share = _shares(row, np.maximum(kg, lanes.volumetric[lane] * m3), pieces, count)
    freight = freight[row] * share
    insurance = lanes.insurance[lane] * goods
    cleared = lanes.regime != Regime.NONE
    brokerage = np.where(cleared, lanes.brokerage + lanes.per_entry, lanes.per_entry)[lane] * share
    country = lanes.country_to[lane]
    dutiable = good & cleared[lane]
    customs_value = np.where(dutiable, goods + freight + insurance, 0.0)
    duty, vat, other = import_taxes(
        customs_value,
        duty_rate=parts.duty[country, part] if len(parts.value) else np.zeros(len(row)),
        vat_rate=tariffs.countries.vat[country],
        other_rate=tariffs.countries.other[country],
    )
    suspended = dutiable & np.isin(lanes.regime[lane], (Regime.BONDED, Regime.TEMPORARY))
    return Freight(
        row, part, pieces.astype(np.int64), good, bought, goods, freight, insurance, brokerage, duty, vat, other,
        suspended,
    )  # fmt: skip


def post_freight(journal: Journal, tariffs: Tariffs, records: Records, steps: Steps, cargo: Freight) -> None:
    """Post transport and taxes: freight and insurance at departure, brokerage and taxes at release.

    Good parts are charged to the node that they go to, cores to the node that they leave, devices to the order's node
    and to the customer's country. Brokerage is paid once an entry, an entry being a consignment. What a claim set going
    (its parts, their replenishment, its cores) names that order; what a date set going (a review, a departure) none.
    """
    shipments, lanes = records.consignments, tariffs.lanes
    lane = shipments["lane"].astype(np.int64)[cargo.row]
    device = shipments["order"].astype(np.int64)[cargo.row]
    order = np.where(device >= 0, device, _causes(records)[cargo.row])
    departed = shipments["departed"][cargo.row]
    released = np.where(lanes.regime[lane] != Regime.NONE, shipments["released"][cargo.row], departed)
    ends = (lanes.destination[lane], lanes.origin[lane])
    to, back = (np.where(a >= 0, a, b) for a, b in (ends, ends[::-1]))
    served = np.append(records.orders["node"].astype(np.int64), -1)[device]
    node = np.where(served >= 0, served, np.where(cargo.good | (device >= 0), to, back))

    def post(item: Item, time: npt.ArrayLike, amount: Floats) -> None:
        for mask, customer in ((device >= 0, True), (device < 0, False)):
            journal.post(
                item,
                np.asarray(time)[mask],
                amount[mask],
                node=node[mask],
                part=cargo.part[mask],
                order=order[mask],
                source=cargo.row[mask],
                at_customer=customer,
            )

    post(Item.FREIGHT, departed, cargo.freight)
    post(Item.INSURANCE, departed, cargo.insurance)
    post(Item.BROKERAGE, released, cargo.brokerage)
    now = ~cargo.suspended & (cargo.duty + cargo.vat + cargo.other > 0)
    _post_taxes(
        journal, tariffs, released[now], lanes.country_to[lane[now]], node[now], cargo.part[now], order[now],
        cargo.row[now], (cargo.duty[now], cargo.vat[now], cargo.other[now]),
    )  # fmt: skip
    if cargo.suspended.any():
        _post_bond(journal, tariffs, steps, cargo, released, lanes.country_to[lane])


def _post_taxes(
    journal: Journal, tariffs: Tariffs, time: Ints, country: Ints, node: Ints, part: Ints, order: Ints,
    source: Ints, taxes: tuple[Floats, Floats, Floats],
) -> None:  # fmt: skip
    duty, vat, other = taxes
    journal.post(Item.DUTY, time, duty, node=node, part=part, order=order, source=source)
    journal.post(Item.OTHER_TAX, time, other, node=node, part=part, order=order, source=source)
    back = tariffs.countries.recoverable[country]
    for item, mask, delay in (
        (Item.VAT_NOT_RECOVERED, ~back, 0),
        (Item.VAT_PAID, back, 0),
        (Item.VAT_RETURNED, back, tariffs.countries.lag[country][back]),
    ):
        journal.post(
            item, time[mask] + delay, vat[mask], node=node[mask], part=part[mask], order=order[mask],
            source=source[mask],
        )  # fmt: skip


def _post_bond(
    journal: Journal, tariffs: Tariffs, steps: Steps, cargo: Freight, released: Ints, country: Ints
) -> None:  # fmt: skip
    """Tax suspended goods when they are used in their country; what is shipped out again or destroyed pays nothing."""
    home = np.append(tariffs.nodes.country, -1)
    before = np.where(steps.was_good, home[steps.node_from], -1)
    after = np.where(steps.is_good, home[steps.node_to], -1)
    leaves = np.flatnonzero(steps.was_good & (before != after))
    used = steps.reason[leaves] == MoveReason.INSTALL
    pools = np.unique(np.stack([country[cargo.suspended], cargo.part[cargo.suspended]]), axis=1)
    for place, part in pools.T.tolist():
        goes_in = cargo.suspended & (country == place) & (cargo.part == part)
        goes_out = leaves[(before[leaves] == place) & (steps.part[leaves] == part)]
        taken = used[(before[leaves] == place) & (steps.part[leaves] == part)]
        value = (cargo.goods + cargo.freight + cargo.insurance)[goes_in]
        _, drawn = drawn_from_bond(
            released[goes_in], cargo.qty[goes_in], value, steps.time[goes_out], steps.qty[goes_out]
        )
        rows, worth = goes_out[taken], drawn[taken]
        figures = tariffs.parts.duty[place, part], tariffs.countries.vat[place], tariffs.countries.other[place]
        duty, vat, other = import_taxes(
            worth, duty_rate=np.float64(figures[0]), vat_rate=np.float64(figures[1]), other_rate=np.float64(figures[2])
        )
        _post_taxes(
            journal, tariffs, steps.time[rows], np.full(len(rows), place), steps.node_from[rows],
            np.full(len(rows), part), steps.order[rows], np.full(len(rows), -1), (duty, vat, other),
        )  # fmt: skip


def _causes(records: Records) -> Ints:
    """Return the order whose claim is the cause of each consignment, -1 where a date is."""
    orders, shipments = records.orders, records.consignments
    if len(orders["k"]) == 0:
        return np.full(len(shipments["lane"]), -1, dtype=np.int64)
    key = orders["zone"].astype(np.int64) << 32 | orders["k"].astype(np.int64)
    sought = shipments["owner"].astype(np.int64) << 32 | np.maximum(shipments["number"], 0).astype(np.int64)
    rows = np.argsort(key, kind="stable")
    found = rows[np.minimum(np.searchsorted(key[rows], sought), len(rows) - 1)]
    return np.where((shipments["owner"] >= 0) & (key[found] == sought), found, -1)


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
