"""Series: figures by day and by calendar month over the whole run, for bands, ramps, warm-up and recovery."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt

from netsim.engine.records import OrderState, Records, StockState
from netsim.model.model import Model
from netsim.outcome.arrival import judge_lines
from netsim.outcome.groups import SeriesPoint, by_node, by_order
from netsim.outcome.orders import backlog_steps
from netsim.outcome.trajectories import daily_averages, stock_changes
from netsim.units import DAY

__all__ = ["build_series", "month_starts"]

_HELD = (StockState.FREE, StockState.RESERVED)


def month_starts(start: str, horizon: int) -> npt.NDArray[np.int64]:
    """Return the second (UTC) at which each calendar month of the run begins, 0 first, in [0, *horizon*)."""
    first = date.fromisoformat(str(start)[:10])
    found, year, month = [0], first.year, first.month
    while True:
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
        second = (date(year, month, 1) - first).days * DAY
        if second >= horizon:
            return np.array(found, dtype=np.int64)
        found.append(second)


def build_series(model: Model, records: Records) -> list[SeriesPoint]:
    """Return the series of one run from second 0 to its end.

    By day (``all``): ``arrivals`` (lines in time / lines judged, by the day of the request), ``backlog`` (open orders)
    and ``on_hand`` (good pieces in the network), both averages of the day over 1. By month (``all`` and countries):
    ``arrival_rate``, ``orders`` (created over 1) and ``tat`` (days, over orders, closed ones by month of creation).
    """
    points: list[SeriesPoint] = []
    horizon = records.horizon
    days = -(-horizon // DAY)
    lines, orders = records.lines, records.orders
    verdict = judge_lines(lines, lines["deadline"], horizon)
    judged = np.flatnonzero((verdict.met | verdict.missed) & (lines["order"] >= 0))
    met, asked = verdict.met[judged].astype(np.float64), lines["requested"][judged]
    points += _ratio("arrivals", "all", asked // DAY, met, np.ones(len(judged)), days)

    _, time, step = backlog_steps(records)
    points += _level("backlog", daily_averages(time, step, horizon))
    _, time, step, _ = stock_changes(records.moves, _HELD, max(1, len(model.part_names)))
    points += _level("on_hand", daily_averages(time, step, horizon))

    bounds = month_starts(model.start, horizon)
    months = len(bounds)

    def month_of(times: npt.NDArray[Any]) -> npt.NDArray[np.int64]:
        return (np.searchsorted(bounds, times, side="right") - 1).astype(np.int64)

    place = by_node(model, lines["node"][judged])["country"]
    points += _by_country(model, "arrival_rate", month_of(asked), place, met, np.ones(len(judged)), months)
    keys = by_order(model, orders["zone"], orders["node"], orders["channel"])
    created = month_of(orders["created"])
    points += _by_country(model, "orders", created, keys["country"], np.ones(len(created)), None, months)
    closed = orders["closed"].astype(np.int64)
    rows = np.flatnonzero(
        (closed >= 0) & (orders["handed_over"] >= 0) & (orders["node"] >= 0) & (orders["state"] != OrderState.CANCELLED)
    )
    taken = (closed[rows] - orders["handed_over"][rows]) / DAY
    points += _by_country(model, "tat", created[rows], keys["country"][rows], taken, np.ones(len(rows)), months)
    return points


def _by_country(
    model: Model,
    kpi: str,
    period: npt.NDArray[Any],
    country: npt.NDArray[Any],
    top: npt.NDArray[Any],
    base: npt.NDArray[Any] | None,
    periods: int,
) -> list[SeriesPoint]:
    points = _ratio(kpi, "all", period, top, base, periods)
    for number in np.unique(country[country >= 0]).tolist():
        rows = country == number
        group = f"country={model.country_names[number]}"
        points += _ratio(kpi, group, period[rows], top[rows], None if base is None else base[rows], periods)
    return points


def _ratio(
    kpi: str,
    group: str,
    period: npt.NDArray[Any],
    top: npt.NDArray[Any],
    base: npt.NDArray[Any] | None,
    periods: int,
) -> list[SeriesPoint]:
    """Return sums by period; without *base* every period has denominator 1, else periods without rows are left out."""
    over = np.bincount(period, weights=top, minlength=periods)
    under = np.ones(len(over)) if base is None else np.bincount(period, weights=base, minlength=periods)
    return [(kpi, group, i, float(over[i]), float(under[i])) for i in np.flatnonzero(under).tolist()]


def _level(kpi: str, averages: npt.NDArray[Any]) -> list[SeriesPoint]:
    return [(kpi, "all", day, value, 1.0) for day, value in enumerate(averages.tolist())]
