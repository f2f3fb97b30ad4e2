"""The chart of accounts: every kind of posting says once which accounts it moves, who is paid, what it is called."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np

__all__ = [
    "CATEGORIES",
    "CREDIT",
    "DEBIT",
    "FIXED",
    "ITEMS",
    "Account",
    "Entry",
    "Item",
    "category_of",
    "category_sign",
]


class Account(IntEnum):
    """Accounts; the six costs come first and are the categories of the cost book."""

    SERVICE = 0
    PARTS = 1
    LOGISTICS = 2
    CONTACT = 3
    OUTLET = 4
    COMPENSATION = 5
    CASH = 6
    PAYABLES = 7
    STOCK = 8
    VAT = 9
    DEPOSITS = 10
    CAPEX = 11
    REVENUE = 12
    EQUITY = 13


CATEGORIES = ("service", "parts", "logistics", "contact", "outlet", "compensation")
"""Names of the six cost categories: 服务费用, 配件费用, 仓储物流费用, 话务费用, 网点管理费用, 事故赔偿费用."""


class Item(IntEnum):
    """Kinds of postings."""

    OPENING_STOCK = 0
    PURCHASE = 1
    SUPPLIER_PAYMENT = 2
    TRANSFER = 3
    PART_USED = 4
    PART_RECOVERED = 5
    PART_WRITTEN_OFF = 6
    CORE_COMPONENTS = 7
    FACTORY_WAGES = 8
    FACTORY_JOB = 9
    WAGES = 10
    BENCH_JOB = 11
    OPERATOR_FEE = 12
    HANDLING = 13
    FREIGHT = 14
    INSURANCE = 15
    BROKERAGE = 16
    DUTY = 17
    OTHER_TAX = 18
    VAT_NOT_RECOVERED = 19
    VAT_PAID = 20
    VAT_RETURNED = 21
    DISPOSAL = 22
    SITE = 23
    OUTLET_FIXED = 24
    CAPEX_PAID = 25
    DEPRECIATION = 26
    CONTACT = 27
    LATE = 28
    DEVICE_REFUND = 29
    REPAIR_SOLD = 30
    WAGES_BY_WORK = 31
    FACTORY_WAGES_BY_WORK = 32


@dataclass(frozen=True, slots=True)
class Entry:
    """What a kind of posting does: amount goes to *debit* and comes from *credit*, dealing with *counterparty*.

    A cost is *fixed* if it arises as time goes by, whatever the volume.
    """

    debit: Account
    credit: Account
    counterparty: str
    label: str
    fixed: bool = False


_A = Account
ITEMS: dict[Item, Entry] = {
    Item.OPENING_STOCK: Entry(_A.STOCK, _A.PAYABLES, "supplier", "opening stock bought"),
    Item.PURCHASE: Entry(_A.STOCK, _A.PAYABLES, "supplier", "parts purchased"),
    Item.SUPPLIER_PAYMENT: Entry(_A.PAYABLES, _A.CASH, "supplier", "supplier paid"),
    Item.TRANSFER: Entry(_A.STOCK, _A.STOCK, "own", "parts moved between places"),
    Item.PART_USED: Entry(_A.PARTS, _A.STOCK, "own", "parts used"),
    Item.PART_RECOVERED: Entry(_A.STOCK, _A.PARTS, "own", "good parts won from cores"),
    Item.PART_WRITTEN_OFF: Entry(_A.PARTS, _A.STOCK, "own", "good parts lost or scrapped"),
    Item.CORE_COMPONENTS: Entry(_A.PARTS, _A.CASH, "supplier", "components used in repairing cores"),
    Item.FACTORY_WAGES: Entry(_A.PARTS, _A.CASH, "staff", "factory wages", fixed=True),
    Item.FACTORY_WAGES_BY_WORK: Entry(_A.PARTS, _A.CASH, "staff", "factory wages by work done"),
    Item.FACTORY_JOB: Entry(_A.PARTS, _A.CASH, "operator", "factory price per job"),
    Item.WAGES: Entry(_A.SERVICE, _A.CASH, "staff", "technicians' wages", fixed=True),
    Item.WAGES_BY_WORK: Entry(_A.SERVICE, _A.CASH, "staff", "technicians' wages by work done"),
    Item.BENCH_JOB: Entry(_A.SERVICE, _A.CASH, "operator", "bench price per job"),
    Item.OPERATOR_FEE: Entry(_A.SERVICE, _A.CASH, "operator", "operator's fee per order"),
    Item.HANDLING: Entry(_A.LOGISTICS, _A.CASH, "staff", "handling of pieces issued"),
    Item.FREIGHT: Entry(_A.LOGISTICS, _A.CASH, "carrier", "freight and fuel"),
    Item.INSURANCE: Entry(_A.LOGISTICS, _A.CASH, "insurer", "transport insurance"),
    Item.BROKERAGE: Entry(_A.LOGISTICS, _A.CASH, "broker", "customs brokerage"),
    Item.DUTY: Entry(_A.LOGISTICS, _A.CASH, "treasury", "import duty"),
    Item.OTHER_TAX: Entry(_A.LOGISTICS, _A.CASH, "treasury", "other import tax"),
    Item.VAT_NOT_RECOVERED: Entry(_A.LOGISTICS, _A.CASH, "treasury", "import VAT not recovered"),
    Item.VAT_PAID: Entry(_A.VAT, _A.CASH, "treasury", "import VAT paid"),
    Item.VAT_RETURNED: Entry(_A.CASH, _A.VAT, "treasury", "import VAT returned"),
    Item.DISPOSAL: Entry(_A.LOGISTICS, _A.CASH, "recycler", "disposal of scrap"),
    Item.SITE: Entry(_A.LOGISTICS, _A.CASH, "landlord", "rent and storage", fixed=True),
    Item.OUTLET_FIXED: Entry(_A.OUTLET, _A.CASH, "landlord", "outlet rent and fixed fees", fixed=True),
    Item.CAPEX_PAID: Entry(_A.CAPEX, _A.CASH, "builder", "set-up paid"),
    Item.DEPRECIATION: Entry(_A.OUTLET, _A.CAPEX, "own", "set-up written off", fixed=True),
    Item.CONTACT: Entry(_A.CONTACT, _A.CASH, "call centre", "contacts"),
    Item.LATE: Entry(_A.COMPENSATION, _A.CASH, "customer", "late compensation"),
    Item.DEVICE_REFUND: Entry(_A.COMPENSATION, _A.CASH, "customer", "devices refunded"),
    Item.REPAIR_SOLD: Entry(_A.CASH, _A.REVENUE, "customer", "paid repairs"),
}

DEBIT = np.array([ITEMS[item].debit for item in Item], dtype=np.int64)
CREDIT = np.array([ITEMS[item].credit for item in Item], dtype=np.int64)
FIXED = np.array([ITEMS[item].fixed for item in Item], dtype=np.bool_)
_COSTS = len(CATEGORIES)

category_of = np.where(DEBIT < _COSTS, DEBIT, np.where(CREDIT < _COSTS, CREDIT, -1))
"""Category by item, -1 where a posting is no cost."""
category_sign = np.where(DEBIT < _COSTS, 1.0, np.where(CREDIT < _COSTS, -1.0, 0.0))
"""+1 by item where the amount is a cost, -1 where it takes cost away."""
