"""Money figures of one run: cost by category and per order, net cost, cash tied, turns, landed cost, monthly series."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from netsim.engine.records import Records
from netsim.model.model import Model, NodeKind
from netsim.model.tariffs import Priced
from netsim.outcome.accounts import CATEGORIES, CREDIT, DEBIT, Account, Item
from netsim.outcome.books import Books, keep_books
from netsim.outcome.costs import Costs, sum_costs
from netsim.outcome.groups import CHANNEL_NAMES, Observation, SeriesPoint
from netsim.outcome.landed import landed_costs
from netsim.outcome.ledger import frame_lines
from netsim.outcome.postings import DAY, Floats, Ints, month_starts, sum_by

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["MoneyKpis", "money_kpis", "order_postings"]

YEAR = 365 * DAY
_TIED = (Account.STOCK, Account.VAT, Account.DEPOSITS)


@dataclass(frozen=True, slots=True)
class MoneyKpis:
    """Observations and monthly series of money of one run, and the cost book of the window.

    Observations are (KPI, group, value, numerator, denominator), series points (KPI, group, month, numerator,
    denominator); months are calendar months of the whole run, 0 the first.
    """

    observations: list[Observation]
    series: list[SeriesPoint]
    costs: Costs


@dataclass(frozen=True, slots=True)
class _Changes:
    """Changes of what money is tied in, one entry each: at *time*, *delta* for a *part* at a *node* in a *country*."""

    time: Ints
    delta: Floats
    node: Ints
    country: Ints
    part: Ints

    def average(self, begin: int, end: int) -> Floats:
        """Return what each change adds to the time average over [begin, end)."""
        lasts = np.clip(end - np.maximum(self.time, begin), 0, None)
        return np.asarray(self.delta * lasts / (end - begin), dtype=np.float64)


def money_kpis(
    scenario: Priced, model: Model, records: Records, *, begin: int, end: int, books: Books | None = None
) -> MoneyKpis:
    """Return the money figures of the window [begin, end) seconds, in the base currency.

    cost = the six categories; fixed_cost = its part that arises whatever the volume; cost_per_order = cost / orders
    closed in the window (by channel: only what can be traced to an order); capital_charge = rate x time-average of
    stock at standard cost x length of the window; vat_financing = the same on import VAT not yet returned; net_cost
    = cost + capital_charge + vat_financing + (1 - salvage) x stock at *end* - revenue; cash_tied = time-average of
    stock (on hand and under way) + VAT receivable + deposits; turns = yearly use at standard cost / average
    stock outside suppliers; days_of_supply = 365 / turns; landed_cost is per piece. *books* are those of this run, cut
    at *begin* and *end*, if they are kept already.
    """
    if books is None:
        books = keep_books(scenario, model, records, cuts=(begin, end))
    costs = sum_costs(model, books.postings, begin=begin, end=end)
    found = _cost_figures(books, costs)
    found += _net_figures(books, costs)
    found += _tied_figures(books, begin, end)
    found += _landed_figures(books, begin, end)
    return MoneyKpis(found, _series(books), costs)


def order_postings(scenario: Priced, model: Model, records: Records, order: int) -> pd.DataFrame:
    """Return the money lines of one order (row in ``records.orders``), in order of time.

    Columns as `netsim.outcome.ledger.Ledger.lines`. Rostered wages, rent and what travels by
    date rather than because of a claim belong to no single order.
    """
    postings = keep_books(scenario, model, records).postings
    return frame_lines(model, postings.where(postings.order == order))


def _cost_figures(books: Books, costs: Costs) -> list[Observation]:
    model, orders = books.model, books.records.orders
    closed = (orders["closed"] >= costs.begin) & (orders["closed"] < costs.end)
    countries = books.tariffs.place_country[len(model.node_names) :]
    home = np.append(countries, -1)[orders["zone"][closed].astype(np.int64)]
    counts: dict[str, dict[str, float]] = {
        "country": _count(home, model.country_names),
        "node": _count(orders["node"][closed], model.node_names),
        "channel": _count(orders["channel"][closed], CHANNEL_NAMES),
    }
    number = float(closed.sum())
    found = [_sum("cost", "all", costs.total), _ratio("cost_per_order", "all", costs.total, number)]
    for category, amount in costs.by("category").items():
        found.append(_sum("cost", f"category={category}", amount))
        found.append(_ratio("cost_per_order", f"category={category}", amount, number))
    for dimension in ("country", "node", "channel", "part"):
        sums = costs.by(dimension)
        found += [_sum("cost", f"{dimension}={name}", amount) for name, amount in sums.items() if name]
        for name, orders_closed in counts.get(dimension, {}).items():
            found.append(_ratio("cost_per_order", f"{dimension}={name}", sums.get(name, 0.0), orders_closed))
    fixed = costs.fixed
    found.append(_sum("fixed_cost", "all", fixed.total))
    for dimension in ("country", "node"):
        sums = fixed.by(dimension)
        found += [_sum("fixed_cost", f"{dimension}={name}", amount) for name, amount in sums.items() if name]
    late = float(costs.amount[costs.item == Item.LATE].sum())
    found.append(_sum("late_compensation", "all", late))
    return found


def _net_figures(books: Books, costs: Costs) -> list[Observation]:
    rates, postings = books.tariffs.rates, books.postings
    begin, end = costs.begin, costs.end
    inside = (postings.time >= begin) & (postings.time < end)
    revenue = -float(postings.change(Account.REVENUE)[inside].sum())
    charge = {}
    for name, account in (("capital_charge", Account.STOCK), ("vat_financing", Account.VAT)):
        tied = _changes(books, (account,)).average(begin, end).sum()
        charge[name] = rates.capital * float(tied) * (end - begin)
    stock = float(postings.change(Account.STOCK)[postings.time < end].sum())
    write_down = (1 - rates.salvage) * stock
    net = costs.total + sum(charge.values()) + write_down - revenue
    figures = {**charge, "revenue": revenue, "stock_left": stock, "write_down": write_down, "net_cost": net}
    return [_sum(kpi, "all", amount) for kpi, amount in figures.items()]


def _tied_figures(books: Books, begin: int, end: int) -> list[Observation]:
    model, postings = books.model, books.postings
    tied = _changes(books, _TIED)
    share = tied.average(begin, end)
    found = [_sum("cash_tied", "all", float(share.sum()))]
    owners = (("node", tied.node, model.node_names), ("country", tied.country, model.country_names))
    for dimension, key, names in owners:
        found += [_sum("cash_tied", f"{dimension}={name}", amount) for name, amount in _group(key, share, names)]
    found.append(_sum("cash_tied_peak", "all", _peak(tied, begin, end)))

    stock = _changes(books, (Account.STOCK,))
    own = stock.node >= 0
    own[own] = books.tariffs.nodes.kind[stock.node[own]] != NodeKind.SUPPLIER
    value = np.where(own, stock.average(begin, end), 0.0)
    used = (postings.item == Item.PART_USED) & (postings.time >= begin) & (postings.time < end)
    spent = postings.amount[used] * (YEAR / (end - begin))
    total, yearly = float(value.sum()), float(spent.sum())
    found += [_sum("stock_value", "all", total), *_turning("all", yearly, total)]
    for dimension, names, key, use in (
        ("node", model.node_names, stock.node, postings.node[used]),
        ("part", model.part_names, stock.part, postings.part[used]),
        ("country", model.country_names, stock.country, postings.country[used]),
    ):
        levels, uses = dict(_group(key, value, names)), dict(_group(use, spent, names))
        found += [_sum("stock_value", f"{dimension}={name}", amount) for name, amount in levels.items()]
        for name in levels:
            found += _turning(f"{dimension}={name}", uses.get(name, 0.0), levels[name])
    return found


def _turning(group: str, used: float, stock: float) -> list[Observation]:
    """Return turns and days of supply; a stock below a hundredth of a currency unit is none (sums leave dust)."""
    level = stock if stock > 0.01 else 0.0
    return [_ratio("turns", group, used, level), _ratio("days_of_supply", group, 365 * level, used)]


def _landed_figures(books: Books, begin: int, end: int) -> list[Observation]:
    landed = landed_costs(books, begin=begin, end=end)
    parts = sorted({part for _, part in landed})
    found = []
    for part in parts:
        figures = [figure for (_, owner), figure in landed.items() if owner == part]
        pieces = sum(weight for _, weight in figures)
        worth = sum(cost * weight for cost, weight in figures)
        found.append(_ratio("landed_cost", f"part={books.model.part_names[part]}", worth, pieces))
    return found


def _series(books: Books) -> list[SeriesPoint]:
    model, postings, horizon = books.model, books.postings, books.records.horizon
    starts = month_starts(model.start, horizon)
    bounds = np.append(starts, horizon)
    months = len(starts)
    cost = postings.cost
    month = np.searchsorted(starts, postings.time, side="right") - 1
    points: list[SeriesPoint] = []
    for i, category in enumerate(CATEGORIES):
        mine = postings.category == i
        sums = sum_by(month[mine], cost[mine], months)
        points += [("cost", f"category={category}", m, amount, 1.0) for m, amount in enumerate(sums.tolist())]
    totals = sum_by(month, cost, months).tolist()
    points += [("cost", "all", m, amount, 1.0) for m, amount in enumerate(totals)]
    closed = books.records.orders["closed"]
    ended = np.bincount(np.searchsorted(starts, closed[closed >= 0], side="right") - 1, minlength=months)
    points += [("cost_per_order", "all", m, totals[m], float(ended[m])) for m in range(months)]
    tied = _changes(books, _TIED)
    time, level = _levels(tied)
    area = np.concatenate([[0.0], np.cumsum(level[:-1] * np.diff(time))])
    last = np.searchsorted(time, bounds, side="right") - 1
    upto = area[last] + level[last] * (bounds - time[last])
    days = np.diff(bounds) / DAY
    money_days = (np.diff(upto) / DAY).tolist()
    points += [("cash_tied", "all", m, money_days[m], float(days[m])) for m in range(months)]
    return points


def _changes(books: Books, accounts: tuple[Account, ...]) -> _Changes:
    """Return what postings do to *accounts*, a transfer being a fall at one place and a rise at another."""
    postings = books.postings
    rises = np.flatnonzero(np.isin(DEBIT[postings.item], accounts))
    falls = np.flatnonzero(np.isin(CREDIT[postings.item], accounts))
    rows = np.concatenate([rises, falls])
    node = np.concatenate([postings.node[rises], postings.other[falls]])
    country = np.where(node >= 0, np.append(books.model.nodes.country, -1)[node], postings.country[rows])
    delta = np.concatenate([postings.amount[rises], -postings.amount[falls]])
    return _Changes(postings.time[rows], delta, node, country, postings.part[rows])


def _levels(changes: _Changes) -> tuple[Ints, Floats]:
    """Return the seconds at which the total changes, from 0 on, and its level from then."""
    time, index = np.unique(np.append(changes.time, 0), return_inverse=True)
    return time, np.cumsum(sum_by(index, np.append(changes.delta, 0.0), len(time)))


def _peak(changes: _Changes, begin: int, end: int) -> float:
    time, level = _levels(changes)
    first = int(np.searchsorted(time, begin, side="right")) - 1
    last = int(np.searchsorted(time, end, side="left"))
    return float(level[first:last].max(initial=0.0))


def _group(key: npt.NDArray[np.int64], amount: Floats, names: tuple[str, ...]) -> list[tuple[str, float]]:
    known = key >= 0
    sums = sum_by(key[known], amount[known], len(names))
    members = np.flatnonzero(np.bincount(key[known], minlength=1))
    return [(names[i], float(sums[i])) for i in members.tolist()]


def _count(key: npt.NDArray[np.integer], names: tuple[str, ...]) -> dict[str, float]:
    return dict(_group(key.astype(np.int64), np.ones(len(key)), names))


def _sum(kpi: str, group: str, amount: float) -> Observation:
    return (kpi, group, amount, amount, None)


def _ratio(kpi: str, group: str, top: float, bottom: float) -> Observation:
    return (kpi, group, top / bottom if bottom > 0 else None, top, bottom)
