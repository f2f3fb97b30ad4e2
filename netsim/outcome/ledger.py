"""The cash ledger: double entry, when money moves; sums are kept, single lines are produced on demand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from netsim.engine.records import Records, StockState
from netsim.errors import ModelError
from netsim.model.model import Model
from netsim.model.tariffs import Priced
from netsim.outcome.accounts import CATEGORIES, CREDIT, DEBIT, ITEMS, Account, Item, category_of
from netsim.outcome.books import Books, keep_books
from netsim.outcome.costs import Costs
from netsim.outcome.postings import DAY, Postings, sum_by

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["COUNTERPARTIES", "Ledger", "check_books", "frame_lines", "post_ledger", "reconcile", "sum_ledger"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

COUNTERPARTIES = tuple(sorted({entry.counterparty for entry in ITEMS.values()}))
_COUNTERPARTY = np.array([COUNTERPARTIES.index(ITEMS[item].counterparty) for item in Item], dtype=np.int64)
_TOLERANCE = 0.01
_ASSETS = (Account.STOCK, Account.VAT, Account.DEPOSITS, Account.CAPEX, Account.PAYABLES)


@dataclass(frozen=True, slots=True)
class Ledger:
    """Sums by (day, node, counterparty, account, category, part) of all postings before *horizon*.

    *debit* and *credit* are sums of amounts; each posting is in two rows, its debit and its credit. *category* is -1
    for postings that are no cost, *part* -1 where none is concerned. Stock stands at nodes; goods under way at the node
    that their lane leads to.
    """

    horizon: int
    model: Model
    postings: Postings
    day: Ints
    node: Ints
    counterparty: Ints
    account: Ints
    category: Ints
    part: Ints
    debit: Floats
    credit: Floats

    @property
    def imbalance(self) -> float:
        """Return debits minus credits of all accounts: 0 in double entry."""
        return float(self.debit.sum() - self.credit.sum())

    def balance(self, account: Account, *, before: int | None = None) -> float:
        """Return debits minus credits of *account*, over days that end no later than second *before*."""
        mask = self.account == account
        if before is not None:
            mask &= (self.day + 1) * DAY <= before
        return float((self.debit[mask] - self.credit[mask]).sum())

    def lines(self, order: int | None = None, *, consignment: int | None = None) -> pd.DataFrame:
        """Return single money lines: of one *order*, of one *consignment* (freight and border), or all.

        Columns: time, item, debit, credit, counterparty, category, node, other, part, order, source, amount. The
        lines of all orders and of none add up to the sums.
        """
        chosen = self.postings
        if order is not None:
            chosen = chosen.where(chosen.order == order)
        if consignment is not None:
            by_row = (chosen.item >= Item.FREIGHT) & (chosen.item <= Item.VAT_RETURNED) & (chosen.source == consignment)
            chosen = chosen.where(by_row)
        return frame_lines(self.model, chosen)


def post_ledger(scenario: Priced, model: Model, records: Records, *, horizon: int | None = None) -> Ledger:
    """Return the `Ledger` of a run up to *horizon* (default: all of it).

    Purchases are owed from the moment that goods leave the supplier and paid `supplier_terms` after receipt; opening
    stock is bought at second 0 on the same terms; recoverable VAT comes back after the country's lag.
    """
    limit = records.horizon if horizon is None else min(horizon, records.horizon)
    return sum_ledger(keep_books(scenario, model, records, cuts=(limit,)), horizon=limit)


def sum_ledger(books: Books, *, horizon: int) -> Ledger:
    """Return the `Ledger` of *books* up to second *horizon*."""
    model, postings = books.model, books.postings
    postings = postings.where(np.arange(np.searchsorted(postings.time, horizon)))
    twice = np.concatenate
    day = twice([postings.time, postings.time]) // DAY
    account = twice([DEBIT[postings.item], CREDIT[postings.item]])
    node = twice([postings.node, postings.other])
    part, item = twice([postings.part, postings.part]), twice([postings.item, postings.item])
    key = day
    columns = ((node, len(model.node_names)), (item, len(Item)), (account, len(Account)), (part, len(model.part_names)))
    for column, size in columns:
        key = key * (size + 1) + column + 1
    _, first, index = np.unique(key, return_index=True, return_inverse=True)
    half = len(postings)
    zero = np.zeros(half)
    debit = sum_by(index, twice([postings.amount, zero]), len(first))
    credit = sum_by(index, twice([zero, postings.amount]), len(first))
    item = item[first]
    return Ledger(
        horizon, model, postings, day[first], node[first], _COUNTERPARTY[item], account[first],
        np.asarray(category_of[item], dtype=np.int64), part[first], debit, credit,
    )  # fmt: skip


def frame_lines(model: Model, postings: Postings) -> pd.DataFrame:
    """Return *postings* as a table with names in place of numbers."""
    import pandas as pd

    accounts = np.array([account.name.lower() for account in Account], dtype=object)
    nodes = np.array([*model.node_names, ""], dtype=object)
    item = postings.item
    return pd.DataFrame(
        {
            "time": postings.time,
            "item": np.array([ITEMS[kind].label for kind in Item], dtype=object)[item],
            "debit": accounts[DEBIT[item]],
            "credit": accounts[CREDIT[item]],
            "counterparty": np.array(COUNTERPARTIES, dtype=object)[_COUNTERPARTY[item]],
            "category": np.array([*CATEGORIES, ""], dtype=object)[postings.category],
            "node": nodes[postings.node],
            "other": nodes[postings.other],
            "part": np.array([*model.part_names, ""], dtype=object)[postings.part],
            "order": postings.order,
            "source": postings.source,
            "amount": postings.amount,
        }
    )


def reconcile(ledger: Ledger, costs: Costs) -> float:
    """Return cash out - (cost + change in (stock + receivables - payables + unamortised capex + deposits)).

    Cash out is what was paid net of what came back, apart from revenue; all over the window of *costs*, which must
    begin and end at a full day or with the run, and lie within the ledger; else `ModelError`.
    0 but for rounding.
    """
    for bound in (costs.begin, costs.end):
        if bound % DAY and bound != ledger.horizon:
            raise ModelError(f"second {bound} is not the end of a day; reconcile a window of whole days")
    if costs.end > ledger.horizon:
        raise ModelError(f"the costs end at {costs.end}, after the ledger ({ledger.horizon}); post a longer ledger")
    inside = (ledger.day * DAY >= costs.begin) & (ledger.day * DAY < costs.end)
    net = ledger.debit - ledger.credit

    def change(account: Account) -> float:
        return float(net[inside & (ledger.account == account)].sum())

    cash_out = -change(Account.CASH) - change(Account.REVENUE)
    return cash_out - costs.total - sum(change(account) for account in _ASSETS)


def check_books(scenario: Priced, model: Model, records: Records, *, books: Books | None = None) -> None:
    """Raise `ModelError` unless the books of a run balance.

    Debits equal credits, cash out equals cost and the change of what is owned and owed, and the stock account equals
    the pieces counted at the end of the records times their standard cost: each within 0.01. *books* are those of this
    run if they are kept already.
    """
    books = keep_books(scenario, model, records) if books is None else books
    item, amount = books.postings.item, books.postings.amount
    # By account at once: the sums by day, node and part that a `Ledger` keeps take ten times as long.
    debits = np.bincount(DEBIT[item], amount, len(Account))
    balance = debits - np.bincount(CREDIT[item], amount, len(Account))
    cash_out = -balance[Account.CASH] - balance[Account.REVENUE]
    owned = sum(balance[account] for account in _ASSETS)
    differences = {
        "debits and credits": float(balance.sum()),
        "cash out and cost": float(cash_out - books.postings.cost.sum() - owned),
        "stock account and pieces counted": float(balance[Account.STOCK]) - _count_stock(books),
    }
    allowed = max(_TOLERANCE, 1e-12 * float(debits.sum()))
    for what, difference in differences.items():
        if abs(difference) > allowed:
            raise ModelError(f"the books do not balance: {what} differ by {difference:.4f}")


def _count_stock(books: Books) -> float:
    moves, value = books.records.moves, books.tariffs.parts.value
    good = (StockState.FREE, StockState.RESERVED, StockState.TRANSIT)
    pieces = moves["qty"] * (np.isin(moves["to_state"], good).astype(np.int64) - np.isin(moves["from_state"], good))
    return float((pieces * value[moves["part"]]).sum())
