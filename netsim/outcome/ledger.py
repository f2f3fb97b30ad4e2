"""The cash ledger: double entry, when money moves; sums are kept, single lines are produced on demand."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from netsim.engine.records import MoveReason, Records
from netsim.errors import ModelError
from netsim.model.model import Model
from netsim.model.tariffs import Priced
from netsim.outcome.accounts import CATEGORIES, CREDIT, DEBIT, ITEMS, Account, Item, category_of, category_sign
from netsim.outcome.books import Books, keep_books
from netsim.outcome.costs import Costs
from netsim.outcome.goods import IS_GOOD
from netsim.outcome.postings import DAY, Postings, sum_by

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["COUNTERPARTIES", "Ledger", "Sheet", "check_books", "frame_lines", "post_ledger", "reconcile", "sum_ledger"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

COUNTERPARTIES = tuple(sorted({entry.counterparty for entry in ITEMS.values()}))
_COUNTERPARTY = np.array([COUNTERPARTIES.index(ITEMS[item].counterparty) for item in Item], dtype=np.int64)
_TOLERANCE = 0.01
_ASSETS = (Account.STOCK, Account.VAT, Account.DEPOSITS, Account.CAPEX, Account.PAYABLES)


class Ledger:
    """All postings of a run before *horizon*, read by account and day, by single line, or as the table of sums.

    The table has sums by (day, node, counterparty, account, category, part) in columns of one length: *debit* and
    *credit* are sums of amounts; each posting is in two rows, its debit and its credit. *category* is -1 for postings
    that are no cost, *part* -1 where none is concerned. Stock stands at nodes; goods under way at the node that their
    lane leads to. It is made when it is first asked for.
    """

    def __init__(self, books: Books, horizon: int) -> None:
        self.horizon, self.model, self._books = horizon, books.model, books
        self._sums = books.whole if horizon >= books.records.horizon else books.over(0, horizon, limit=horizon).sums

    @property
    def imbalance(self) -> float:
        """Return debits minus credits of all accounts: 0 in double entry."""
        return float(self._sums.balances().sum())

    def balance(self, account: Account, *, before: int | None = None) -> float:
        """Return debits minus credits of *account*, over days that end no later than second *before*."""
        return self.change(account, 0, self.horizon + DAY if before is None else before)

    def change(self, account: Account, begin: int, end: int) -> float:
        """Return debits minus credits of *account* over the days that begin from *begin* on and end by *end*."""
        return float(self._sums.balances(days=slice(-(-begin // DAY), end // DAY))[account])

    @cached_property
    def postings(self) -> Postings:
        """Return the single lines before the horizon, in order of time."""
        every = self._books.postings
        return every.where(np.arange(np.searchsorted(every.time, self.horizon)))

    @cached_property
    def table(self) -> Sheet:
        """Return the sums by day, node, counterparty, account, category and part."""
        return _sum_postings(self.model, self.postings)

    @property
    def day(self) -> Ints:
        """Return the day of each sum."""
        return self.table.day

    @property
    def node(self) -> Ints:
        """Return the node of each sum, -1 for none."""
        return self.table.node

    @property
    def counterparty(self) -> Ints:
        """Return the number in `COUNTERPARTIES` of whom each sum was dealt with."""
        return self.table.counterparty

    @property
    def account(self) -> Ints:
        """Return the account of each sum."""
        return self.table.account

    @property
    def category(self) -> Ints:
        """Return the cost category of each sum, -1 for no cost."""
        return self.table.category

    @property
    def part(self) -> Ints:
        """Return the part of each sum, -1 for none."""
        return self.table.part

    @property
    def debit(self) -> Floats:
        """Return the debits of each sum."""
        return self.table.debit

    @property
    def credit(self) -> Floats:
        """Return the credits of each sum."""
        return self.table.credit

    def lines(self, order: int | None = None, *, consignment: int | None = None) -> pd.DataFrame:
        """Return single money lines: of one *order*, of one *consignment* (freight and border), or all.

        Columns: time, item, debit, credit, counterparty, category, node, other, part, order, source, amount. The
        lines of all orders and of none add up to the sums.
        """
        chosen = self._books.lines(order=order, consignment=consignment)
        return frame_lines(self.model, chosen.where(np.arange(np.searchsorted(chosen.time, self.horizon))))


@dataclass(frozen=True, slots=True)
class Sheet:
    """The table of sums of a `Ledger`."""

    day: Ints
    node: Ints
    counterparty: Ints
    account: Ints
    category: Ints
    part: Ints
    debit: Floats
    credit: Floats


def post_ledger(scenario: Priced, model: Model, records: Records, *, horizon: int | None = None) -> Ledger:
    """Return the `Ledger` of a run up to *horizon* (default: all of it).

    Purchases are owed from the moment that goods leave the supplier and paid `supplier_terms` after receipt; opening
    stock is bought at second 0 on the same terms; recoverable VAT comes back after the country's lag.
    """
    limit = records.horizon if horizon is None else min(horizon, records.horizon)
    return sum_ledger(keep_books(scenario, model, records, cuts=(limit,)), horizon=limit)


def sum_ledger(books: Books, *, horizon: int) -> Ledger:
    """Return the `Ledger` of *books* up to second *horizon*."""
    return Ledger(books, horizon)


def _sum_postings(model: Model, postings: Postings) -> Sheet:
    twice = np.concatenate
    key = twice([postings.time, postings.time]).astype(np.int64) // DAY
    account = twice([DEBIT[postings.item], CREDIT[postings.item]])
    node = twice([postings.node, postings.other])
    part, item = twice([postings.part, postings.part]), twice([postings.item, postings.item])
    columns = ((node, len(model.node_names)), (item, len(Item)), (account, len(Account)), (part, len(model.part_names)))
    for column, size in columns:
        key *= size + 1
        key += column
        key += 1
    keys, index = np.unique(key, return_inverse=True)
    half = len(postings)
    debit = sum_by(index[:half], postings.amount, len(keys))
    credit = sum_by(index[half:], postings.amount, len(keys))
    told: list[Ints] = []
    for _, size in reversed(columns):
        keys, rest = np.divmod(keys, size + 1)
        told.append(rest - 1)
    part, account, item, node = told
    return Sheet(keys, node, _COUNTERPARTY[item], account, category_of[item], part, debit, credit)


def frame_lines(model: Model, postings: Postings) -> pd.DataFrame:
    """Return *postings* as a table with names in place of numbers."""
    import pandas as pd

    accounts = np.array([account.name.lower() for account in Account], dtype=object)
    nodes = np.array([*model.node_names, ""], dtype=object)
    item = postings.item
    return pd.DataFrame(
        {
            "time": postings.time.astype(np.int64),
            "item": np.array([ITEMS[kind].label for kind in Item], dtype=object)[item],
            "debit": accounts[DEBIT[item]],
            "credit": accounts[CREDIT[item]],
            "counterparty": np.array(COUNTERPARTIES, dtype=object)[_COUNTERPARTY[item]],
            "category": np.array([*CATEGORIES, ""], dtype=object)[postings.category],
            "node": nodes[postings.node],
            "other": nodes[postings.other],
            "part": np.array([*model.part_names, ""], dtype=object)[postings.part],
            "order": postings.order.astype(np.int64),
            "source": postings.source.astype(np.int64),
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
    begin, end = costs.begin, -(-costs.end // DAY) * DAY
    cash_out = -ledger.change(Account.CASH, begin, end) - ledger.change(Account.REVENUE, begin, end)
    return cash_out - costs.total - sum(ledger.change(account, begin, end) for account in _ASSETS)


def check_books(scenario: Priced, model: Model, records: Records, *, books: Books | None = None) -> None:
    """Raise `ModelError` unless the books of a run balance.

    Debits equal credits, cash out equals cost and the change of what is owned and owed, and the stock account equals
    the pieces counted at the end of the records times their standard cost: each within 0.01. *books* are those of this
    run if they are kept already.
    """
    books = keep_books(scenario, model, records) if books is None else books
    amounts, balance = books.whole.daily.sum(axis=1), books.whole.balances()
    cash_out = -balance[Account.CASH] - balance[Account.REVENUE]
    owned = sum(balance[account] for account in _ASSETS)
    cost = float(category_sign @ amounts)
    differences = {
        "debits and credits": float(balance.sum()),
        "cash out and cost": float(cash_out - cost - owned),
        "stock account and pieces counted": float(balance[Account.STOCK]) - _count_stock(books),
    }
    allowed = max(_TOLERANCE, 1e-12 * float(amounts.sum()))
    for what, difference in differences.items():
        if abs(difference) > allowed:
            raise ModelError(f"the books do not balance: {what} differ by {difference:.4f}")


def _count_stock(books: Books) -> float:
    """Return the value of good pieces at the end of the records, as the moves count them by part."""
    moves, rows, value = books.records.moves, books.rows, books.tariffs.parts.value
    pieces = np.zeros(len(value))
    for reason in MoveReason:
        chosen = rows.of(reason)
        if reason in (MoveReason.RESERVE, MoveReason.RELEASE, MoveReason.RECEIVE) or not len(chosen):
            continue  # what is good stays so
        change = IS_GOOD[moves["to_state"][chosen]].astype(np.int32) - IS_GOOD[moves["from_state"][chosen]]
        pieces += sum_by(moves["part"][chosen], change * moves["qty"][chosen], len(pieces))
    return float(pieces @ value)
