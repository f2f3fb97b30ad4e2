"""The cash ledger: balances worked by hand, double entry, and its reconciliation with the cost book."""

from __future__ import annotations

import numpy as np
import pytest

from netsim.engine.records import Records
from netsim.errors import ModelError
from netsim.outcome.accounts import Account, Item
from netsim.outcome.books import keep_books
from netsim.outcome.costs import book_costs
from netsim.outcome.ledger import Ledger, check_books, post_ledger, reconcile
from tests.outcome import money_case as case
from tests.outcome.story import DAY, HOUR, Story

PURCHASE_VAT = 0.21 * (5 * 20 + 25)


def ledger(**changes: object) -> Ledger:
    return post_ledger(case.scenario(**changes), case.model(), case.records())  # type: ignore[arg-type]


def test_debits_equal_credits_in_all_and_on_every_day() -> None:
    books = ledger()
    assert books.imbalance == pytest.approx(0, abs=1e-9)
    days = np.bincount(books.day, books.debit - books.credit)
    np.testing.assert_allclose(days, 0, atol=1e-9)


def test_balances_at_the_end_of_the_case() -> None:
    books = ledger()
    # Opening 3 screens and 2 boards, 5 screens bought; 1 screen and 1 board used, 1 screen scrapped, 1 board won back.
    assert books.balance(Account.STOCK) == pytest.approx(6 * 20 + 2 * 100)
    assert books.balance(Account.CAPEX) == pytest.approx(18250 - 59 * 10)
    assert books.balance(Account.PAYABLES) == pytest.approx(0, abs=1e-9)
    assert books.balance(Account.VAT) == pytest.approx(0, abs=1e-9)
    assert books.balance(Account.DEPOSITS) == 0
    assert books.balance(Account.REVENUE) == pytest.approx(-1.5 * 20)


def test_purchases_are_owed_from_departure_and_paid_after_receipt_and_terms() -> None:
    books = ledger()
    owed = {day: -books.balance(Account.PAYABLES, before=day * DAY) for day in (1, 5, 6, 30, 31, 45, 46)}
    assert owed == pytest.approx({1: 260, 5: 260, 6: 360, 30: 360, 31: 100, 45: 100, 46: 0})


def test_recoverable_vat_comes_back_after_its_lag() -> None:
    books = ledger()
    held = {day: books.balance(Account.VAT, before=day * DAY) for day in (15, 16, 25, 26)}
    assert held == pytest.approx({15: 0, 16: PURCHASE_VAT, 25: PURCHASE_VAT, 26: 0})


def test_stock_stands_where_the_pieces_stand() -> None:
    books = ledger()
    stock = books.account == Account.STOCK
    by_node = np.bincount(books.node[stock], (books.debit - books.credit)[stock], 4)
    # Venlo: 3 + 5 screens less one shipped and one scrapped, 2 boards less one shipped and one returned repaired.
    np.testing.assert_allclose(by_node, [0, 6 * 20 + 2 * 100, 0, 0], atol=1e-9)


def test_cash_out_is_cost_and_the_change_of_what_is_owned() -> None:
    costs = book_costs(case.scenario(), case.model(), case.records(), begin=0, end=case.HORIZON)
    books = ledger()
    assert reconcile(books, costs) == pytest.approx(0, abs=0.01)
    cash_out = -books.balance(Account.CASH) + 30  # what customers paid is revenue, not cash out
    assert cash_out == pytest.approx(costs.total + 320 + 18250 - 590, abs=1e-6)


@pytest.mark.parametrize(("first", "last"), [(0, 16), (3, 31), (16, 59)])
def test_windows_reconcile_too(first: int, last: int) -> None:
    scenario, model, records = case.scenario(), case.model(), case.records()
    costs = book_costs(scenario, model, records, begin=first * DAY, end=last * DAY)
    books = post_ledger(scenario, model, records, horizon=last * DAY)
    # Running costs are posted at cuts: the ledger must be cut at the window's beginning as well to hold its share.
    opening = book_costs(scenario, model, records, begin=0, end=first * DAY) if first else None
    before = post_ledger(scenario, model, records, horizon=first * DAY) if first else None
    whole = book_costs(scenario, model, records, begin=0, end=last * DAY)
    assert reconcile(books, whole) == pytest.approx(0, abs=0.01)
    if opening is not None and before is not None:
        assert reconcile(before, opening) == pytest.approx(0, abs=0.01)
        assert costs.total == pytest.approx(whole.total - opening.total, abs=1e-6)


def test_lines_add_up_to_the_sums() -> None:
    books = ledger()
    lines = books.lines()
    for account in Account:
        name = account.name.lower()
        total = lines.loc[lines["debit"] == name, "amount"].sum() - lines.loc[lines["credit"] == name, "amount"].sum()
        assert total == pytest.approx(books.balance(account), abs=1e-9)
    per_order = sum(len(books.lines(order)) for order in (-1, 0, 1, 2))
    assert per_order == len(lines)


def test_lines_of_an_order_and_of_a_consignment() -> None:
    books = ledger()
    order = books.lines(0)
    assert dict(zip(order["item"], order["amount"], strict=True)) == pytest.approx(
        {"contacts": 3.0, "parts used": 20.0, "paid repairs": 30.0}
    )
    border = books.lines(consignment=0).set_index("item")["amount"]
    assert border["import duty"] == pytest.approx(0.05 * 28.406)
    assert border["customs brokerage"] == pytest.approx(0.60)
    assert set(books.lines(0)["node"]) == {"madrid"}


def test_a_window_that_cuts_a_day_cannot_be_reconciled() -> None:
    costs = book_costs(case.scenario(), case.model(), case.records(), begin=HOUR, end=case.HORIZON)
    with pytest.raises(ModelError, match="not the end of a day"):
        reconcile(ledger(), costs)
    late = book_costs(case.scenario(), case.model(), case.records(), begin=0, end=case.HORIZON)
    with pytest.raises(ModelError, match="after the ledger"):
        reconcile(post_ledger(case.scenario(), case.model(), case.records(), horizon=30 * DAY), late)


def test_books_of_the_case_balance() -> None:
    check_books(case.scenario(), case.model(), case.records())


TABLES = ("orders", "lines", "requests", "consignments", "work", "reviews", "states")


def test_a_piece_that_was_never_bought_is_found() -> None:
    whole = case.records()
    moves = {name: column.copy() for name, column in whole.moves.items()}
    moves["time"][1] = whole.horizon + 5  # two boards are counted, but not bought within the run
    broken = Records(**{table: getattr(whole, table) for table in TABLES}, moves=moves, horizon=whole.horizon)
    with pytest.raises(ModelError, match=r"pieces counted differ by -200\.00"):
        check_books(case.scenario(), case.model(), broken)


def test_a_run_without_events_costs_crews_and_rent_only() -> None:
    quiet = Story().records(DAY)
    books = keep_books(case.scenario(), case.model(), quiet)
    assert {Item(item) for item in books.postings.item.tolist()} == {
        Item.SITE,
        Item.OUTLET_FIXED,
        Item.CAPEX_PAID,
        Item.DEPRECIATION,
    }  # Madrid is shut on day 0
    check_books(case.scenario(), case.model(), quiet)
