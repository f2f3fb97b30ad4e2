"""Taxes at a border: customs value, duty, VAT, other tax, landed cost, and goods under a suspended regime.

Customs value (CIF) = goods + freight + insurance; duty = d x CIF; VAT = v x (CIF + duty); other = w x (CIF + duty).
Regimes: *normal* pays at release. *Bonded* and *temporary* goods enter without tax and are taxed when a piece is used
up in the country; what leaves again pays nothing. Within a customs union no border is cleared and no tax arises.
Cores and customers' devices cross as temporary imports for repair and always leave again or are destroyed: no tax.
A core is declared at `CORE_VALUE_SHARE` of the part's value (an assumption: a defective piece has no market value).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import numpy.typing as npt

__all__ = ["CORE_VALUE_SHARE", "Import", "drawn_from_bond", "import_taxes", "landed_cost"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Amount = TypeVar("Amount", float, Floats)

CORE_VALUE_SHARE = 0.0
"""Share of a part's value at which its core is declared to customs and insured (assumption)."""


@dataclass(frozen=True, slots=True)
class Import:
    """The money of one import: each figure in the base currency."""

    goods: float
    freight_and_insurance: float
    duty: float
    vat: float
    other: float
    brokerage: float
    vat_recoverable: bool

    @property
    def landed(self) -> float:
        """Return goods + freight and insurance + duty + other tax + brokerage, and VAT unless it is recovered."""
        vat = 0.0 if self.vat_recoverable else self.vat
        return self.goods + self.freight_and_insurance + self.duty + self.other + self.brokerage + vat


def import_taxes(
    customs_value: Amount, *, duty_rate: Amount, vat_rate: Amount, other_rate: Amount
) -> tuple[Amount, Amount, Amount]:
    """Return duty, VAT and other tax on a *customs_value* (CIF).

    duty = d x CIF; VAT = v x (CIF + duty); other = w x (CIF + duty). Numbers or arrays of one shape.
    """
    duty = duty_rate * customs_value
    base = customs_value + duty
    return duty, vat_rate * base, other_rate * base


def landed_cost(
    goods: float,
    freight_and_insurance: float,
    *,
    duty_rate: float,
    vat_rate: float,
    brokerage: float,
    other_rate: float = 0.0,
    vat_recoverable: bool = True,
) -> Import:
    """Return the `Import` of goods that enter free circulation; its `landed` is the landed cost.

    landed = CIF + duty + other + brokerage + (VAT if it is not recovered), with CIF = goods + freight and insurance.
    """
    duty, vat, other = import_taxes(
        goods + freight_and_insurance, duty_rate=duty_rate, vat_rate=vat_rate, other_rate=other_rate
    )
    return Import(goods, freight_and_insurance, duty, vat, other, brokerage, vat_recoverable)


def drawn_from_bond(
    entered: Ints, entered_qty: Ints, customs_value: Floats, left: Ints, left_qty: Ints
) -> tuple[Floats, Floats]:
    """Return, for each departure from stock, the pieces drawn from bond and their customs value, first in first out.

    *entered*: times of release into bond with pieces and their *customs_value* (of all of them); *left*: times at which
    *left_qty* pieces leave the country's good stock. Bonded pieces leave first; departures while the bond is empty
    take free goods. An entry and a departure of one second: the entry comes first. Times need not be sorted.
    """
    order_in = np.argsort(entered, kind="stable")
    times = np.concatenate([entered, left])
    flow = np.concatenate([entered_qty, -left_qty]).astype(np.int64)
    order = np.lexsort((np.concatenate([np.zeros(len(entered)), np.ones(len(left))]), times))
    net = np.cumsum(flow[order])
    # What is in bond is the running sum pushed up at zero: pieces asked for in vain are the deepest fall so far.
    vain = np.maximum.accumulate(np.maximum(-net, 0))
    drawn_so_far = np.cumsum(np.where(flow[order] < 0, -flow[order], 0)) - vain
    drawn = np.diff(drawn_so_far, prepend=0)
    after = np.zeros(len(times))
    after[order] = drawn_so_far
    taken = np.zeros(len(times))
    taken[order] = drawn
    pieces = np.concatenate([[0.0], np.cumsum(entered_qty[order_in])])
    worth = np.concatenate([[0.0], np.cumsum(customs_value[order_in])])
    end, qty = after[len(entered) :], taken[len(entered) :]
    return qty, np.interp(end, pieces, worth) - np.interp(end - qty, pieces, worth)
