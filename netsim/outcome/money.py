"""Money figures of one run: cost by category and per order, net cost, cash tied, turns, landed cost, monthly series."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from netsim.engine.records import Records
from netsim.model.model import Model, NodeKind
from netsim.model.tariffs import Priced
from netsim.outcome.accounts import CATEGORIES, CREDIT, DEBIT, Account, Item, category_of, category_sign
from netsim.outcome.books import Books, Reading, keep_books
from netsim.outcome.costs import CostSums
from netsim.outcome.groups import CHANNEL_NAMES, Observation
from netsim.outcome.ledger import frame_lines
from netsim.outcome.points import Points
from netsim.outcome.postings import DAY, Floats, month_starts, sum_by
from netsim.outcome.sums import TIED, Sums

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["MoneyKpis", "money_kpis", "order_postings"]

YEAR = 365 * DAY


@dataclass(frozen=True, slots=True)
class MoneyKpis:
    """Observations and monthly series of money of one run, and the costs of the window.

    Observations are (KPI, group, value, numerator, denominator), series points (KPI, group, month, numerator,
    denominator); months are calendar months of the whole run, 0 the first.
    """

    observations: list[Observation]
    series: Points
    costs: CostSums


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
    reading = books.over(begin, end)
    costs = CostSums.of(reading.sums)
    found = _cost_figures(books, costs)
    found += _net_figures(books, reading, costs)
    found += _tied_figures(books, reading)
    found += _landed_figures(books, reading)
    return MoneyKpis(found, _series(books, reading.sums), costs)


def order_postings(scenario: Priced, model: Model, records: Records, order: int) -> pd.DataFrame:
    """Return the money lines of one order (row in ``records.orders``), in order of time.

    Columns as `netsim.outcome.ledger.Ledger.lines`. Rostered wages, rent and what travels by
    date rather than because of a claim belong to no single order.
    """
    return frame_lines(model, keep_books(scenario, model, records).lines(order=order))


def _cost_figures(books: Books, costs: CostSums) -> list[Observation]:
    model, orders = books.model, books.records.orders
    closed = np.flatnonzero((orders["closed"] >= costs.begin) & (orders["closed"] < costs.end))
    countries = books.tariffs.place_country[len(model.node_names) :]
    home = np.append(countries, -1)[orders["zone"][closed]]
    counts: dict[str, dict[str, float]] = {
        "country": _count(home, model.country_names),
        "node": _count(orders["node"][closed], model.node_names),
        "channel": _count(orders["channel"][closed], CHANNEL_NAMES),
    }
    number = float(len(closed))
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
    found.append(_sum("late_compensation", "all", books.over(costs.begin, costs.end).sums.of(Item.LATE)))
    return found


def _net_figures(books: Books, reading: Reading, costs: CostSums) -> list[Observation]:
    rates, sums = books.tariffs.rates, reading.sums
    stock, _ = _stock(books, reading)
    charge = {
        "capital_charge": rates.capital * float(stock.sum()),
        "vat_financing": rates.capital * float(sums.owed[Account.VAT].sum()),
    }
    revenue = sums.of(Item.REPAIR_SOLD)
    write_down = (1 - rates.salvage) * sums.stock_left
    net = costs.total + sum(charge.values()) + write_down - revenue
    figures = {**charge, "revenue": revenue, "stock_left": sums.stock_left, "write_down": write_down, "net_cost": net}
    return [_sum(kpi, "all", amount) for kpi, amount in figures.items()]


def _stock(books: Books, reading: Reading) -> tuple[Floats, npt.NDArray[np.bool_]]:
    """Return stock at standard cost x seconds of the window, by node (last: none) and part, and where any ever was."""
    tariffs, nodes = books.tariffs, len(books.model.node_names)
    leads_to = np.where(tariffs.lanes.destination < nodes, tariffs.lanes.destination, -1)
    pieces, seen = reading.shelves.good_stock(leads_to, nodes)
    return pieces * tariffs.parts.value, seen & (tariffs.parts.value > 0)


def _tied_figures(books: Books, reading: Reading) -> list[Observation]:
    model, sums = books.model, reading.sums
    length, nodes, countries = sums.end - sums.begin, len(model.node_names), len(model.country_names)
    stock, seen = _stock(books, reading)
    tied, ever = (stock.sum(axis=1) + sums.owed.sum(axis=0)) / length, _any(seen, 1) | sums.owes
    found = [_sum("cash_tied", "all", float(tied.sum()))]
    found += _sums("cash_tied", "node", model.node_names, tied[:-1], ever[:-1])
    away = sums.owed_in.sum(axis=0) / length
    tied_in = sum_by(model.nodes.country, tied[:nodes], countries) + away[:-1]
    known = _countries(model, ever) | (away[:-1] != 0)
    found += _sums("cash_tied", "country", model.country_names, tied_in, known)
    found.append(_sum("cash_tied_peak", "all", _peak(sums)))

    own = np.append(books.tariffs.nodes.kind != NodeKind.SUPPLIER, False)
    value = np.where(own[:, None], stock, 0.0) / length
    spent = {name: table[Item.PART_USED] * (YEAR / length) for name, table in sums.by.items()}
    total, yearly, at_node = float(value.sum()), float(spent["node"].sum()), value.sum(axis=1)
    found += [_sum("stock_value", "all", total), *_turning("all", yearly, total)]
    for dimension, names, levels, has in (
        ("node", model.node_names, at_node, _any(seen, 1)),
        ("part", model.part_names, value.sum(axis=0), _any(seen, 0)),
        ("country", model.country_names, sum_by(model.nodes.country, at_node[:nodes], countries),
         _countries(model, _any(seen, 1))),
    ):  # fmt: skip
        found += _sums("stock_value", dimension, names, levels, has)
        for i in np.flatnonzero(has[: len(names)]).tolist():
            found += _turning(f"{dimension}={names[i]}", float(spent[dimension][i]), float(levels[i]))
    return found


def _any(flags: npt.NDArray[np.bool_], axis: int) -> npt.NDArray[np.bool_]:
    return np.asarray(np.count_nonzero(flags, axis=axis) > 0, dtype=np.bool_)


def _countries(model: Model, nodes: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Return the countries of the *nodes* that are flagged."""
    found = np.zeros(len(model.country_names), dtype=np.bool_)
    found[model.nodes.country[nodes[: len(model.node_names)]]] = True
    return found


def _sums(
    kpi: str, dimension: str, names: tuple[str, ...], values: Floats, has: npt.NDArray[np.bool_]
) -> list[Observation]:
    """Return the sums of the members that have any."""
    return [_sum(kpi, f"{dimension}={names[i]}", float(values[i])) for i in np.flatnonzero(has[: len(names)]).tolist()]


def _turning(group: str, used: float, stock: float) -> list[Observation]:
    """Return turns and days of supply; a stock below a hundredth of a currency unit is none (sums leave dust)."""
    level = stock if stock > 0.01 else 0.0
    return [_ratio("turns", group, used, level), _ratio("days_of_supply", group, 365 * level, used)]


def _landed_figures(books: Books, reading: Reading) -> list[Observation]:
    landed = reading.landing.costs(books.rows)
    found = []
    for part in sorted({part for _, part in landed}):
        figures = [figure for (_, owner), figure in landed.items() if owner == part]
        pieces = sum(weight for _, weight in figures)
        worth = sum(cost * weight for cost, weight in figures)
        found.append(_ratio("landed_cost", f"part={books.model.part_names[part]}", worth, pieces))
    return found


def _series(books: Books, sums: Sums) -> Points:
    model, horizon = books.model, books.records.horizon
    starts = month_starts(model.start, horizon)
    first = starts // DAY  # months begin at midnight
    monthly = np.add.reduceat(sums.daily, first, axis=1) * category_sign[:, None]
    points = Points()
    for i, category in enumerate(CATEGORIES):
        points.add("cost", f"category={category}", monthly[category_of == i].sum(axis=0))
    totals = monthly.sum(axis=0)
    points.add("cost", "all", totals)
    closed = books.records.orders["closed"]
    ended = np.bincount(closed[closed >= 0] // DAY, minlength=sums.daily.shape[1])
    points.add("cost_per_order", "all", totals, np.add.reduceat(ended, first))
    # What was tied before a day is tied all day, and what is tied on it for the rest of it.
    signs = np.isin(DEBIT, TIED).astype(np.int64) - np.isin(CREDIT, TIED)
    steps = signs @ sums.daily
    lengths = np.diff(np.append(np.arange(len(steps)) * DAY, horizon))
    area = (np.cumsum(steps) - steps) * lengths + sums.moment
    points.add("cash_tied", "all", np.add.reduceat(area, first) / DAY, np.diff(np.append(starts, horizon)) / DAY)
    return points


def _peak(sums: Sums) -> float:
    """Return the most money that is tied for any time in the window."""
    time, level = sums.levels()
    first = int(np.searchsorted(time, sums.begin, side="right")) - 1
    last = int(np.searchsorted(time, sums.end, side="left"))
    return float(level[first:last].max(initial=0.0))


def _count(key: npt.NDArray[np.integer], names: tuple[str, ...]) -> dict[str, float]:
    """Return how many of *key* name each member that any of them names."""
    counts = np.bincount(key[key >= 0], minlength=len(names))
    return {names[i]: float(counts[i]) for i in np.flatnonzero(counts).tolist()}


def _sum(kpi: str, group: str, amount: float) -> Observation:
    return (kpi, group, amount, amount, None)


def _ratio(kpi: str, group: str, top: float, bottom: float) -> Observation:
    return (kpi, group, top / bottom if bottom > 0 else None, top, bottom)
