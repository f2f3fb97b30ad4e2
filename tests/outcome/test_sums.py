"""Sums made while postings are written are the sums of the postings."""

from __future__ import annotations

import numpy as np
import pytest

from netsim.outcome.accounts import Account, Item
from netsim.outcome.books import Books, keep_books
from netsim.outcome.costs import CostSums, book_costs
from tests.outcome import money_case as case
from tests.outcome.story import DAY, HOUR

WINDOWS = [(0, case.HORIZON), (3 * DAY, 31 * DAY), (DAY + 5 * HOUR, 40 * DAY + 7)]


def books(begin: int, end: int) -> Books:
    return keep_books(case.scenario(), case.model(), case.records(), cuts=(begin, end))


@pytest.mark.parametrize(("begin", "end"), WINDOWS)
@pytest.mark.parametrize("dimension", ["category", "item", "node", "country", "part", "channel"])
def test_costs_by_any_dimension_are_those_of_the_table(begin: int, end: int, dimension: str) -> None:
    table = book_costs(case.scenario(), case.model(), case.records(), begin=begin, end=end)
    sums = CostSums.of(books(begin, end).over(begin, end).sums)
    assert sums.total == pytest.approx(table.total)
    assert sums.by(dimension) == pytest.approx(table.by(dimension), abs=1e-9)
    fixed = {name: amount for name, amount in table.fixed.by(dimension).items() if amount}
    assert {name: amount for name, amount in sums.fixed.by(dimension).items() if amount} == pytest.approx(fixed)


@pytest.mark.parametrize(("begin", "end"), WINDOWS)
def test_sums_by_day_and_item_are_those_of_the_lines(begin: int, end: int) -> None:
    kept = books(begin, end)
    sums, lines = kept.over(begin, end).sums, kept.postings
    for item in Item:
        mine = lines.item == item
        by_day = np.bincount(lines.time[mine] // DAY, lines.amount[mine], sums.daily.shape[1])
        if item != Item.TRANSFER:  # changes no account
            np.testing.assert_allclose(sums.daily[item], by_day, atol=1e-9)
    inside = (lines.time >= begin) & (lines.time < end) & (lines.item == Item.REPAIR_SOLD)
    assert sums.of(Item.REPAIR_SOLD) == pytest.approx(lines.amount[inside].sum())


@pytest.mark.parametrize(("begin", "end"), WINDOWS)
def test_tied_money_is_the_area_under_its_balance(begin: int, end: int) -> None:
    kept = books(begin, end)
    sums, lines = kept.over(begin, end).sums, kept.postings
    vat = sum(
        sign * float((lines.amount * np.clip(end - np.maximum(lines.time, begin), 0, None))[lines.item == item].sum())
        for item, sign in ((Item.VAT_PAID, 1), (Item.VAT_RETURNED, -1))
    )
    assert sums.owed[Account.VAT].sum() == pytest.approx(vat)
    time, level = sums.levels()
    assert time[0] == 0
    assert (np.diff(time) > 0).all()
    stock = sums.balances()[[Account.STOCK, Account.VAT, Account.DEPOSITS]].sum()
    assert level[-1] == pytest.approx(stock)


def test_lines_of_one_order_are_lines_of_all() -> None:
    kept = books(0, case.HORIZON)
    for order in (0, 1, 2):
        every = kept.postings.where(kept.postings.order == order)
        assert kept.lines(order=order).amount.tolist() == every.amount.tolist()
        assert kept.lines(order=order).item.tolist() == every.item.tolist()
