"""Series: figures by day and by calendar month over the whole run, for bands, ramps, warm-up and recovery."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from netsim.engine.records import MoveReason, OrderState, Records, StockState
from netsim.model.model import Model
from netsim.outcome.arrival import judge_lines
from netsim.outcome.compiled_sums import sum_held
from netsim.outcome.kernels import kernel
from netsim.outcome.moves import MoveRows
from netsim.outcome.orders import backlog_steps
from netsim.outcome.points import Points
from netsim.outcome.postings import month_starts
from netsim.outcome.trajectories import averages_of, daily_averages
from netsim.units import DAY

__all__ = ["build_series"]

_HELD = (StockState.FREE, StockState.RESERVED)
_CHANGING = tuple(reason for reason in MoveReason if reason not in (MoveReason.RESERVE, MoveReason.RELEASE))


def build_series(model: Model, records: Records, *, rows: MoveRows | None = None) -> Points:
    """Return the series of one run from second 0 to its end; *rows* are those of the moves.

    By day (``all``): ``arrivals`` (lines in time / lines judged, by the day of the request), ``backlog`` (open orders)
    and ``on_hand`` (good pieces in the network), both averages of the day over 1. By month (``all`` and countries):
    ``arrival_rate``, ``orders`` (created over 1) and ``tat`` (days, over orders, closed ones by month of creation).
    """
    horizon = records.horizon
    bounds = month_starts(model.start, horizon)
    month_of = _MonthOf(bounds, horizon)
    lines, orders = records.lines, records.orders
    verdict = judge_lines(lines, lines["deadline"], horizon)
    mine = lines["order"] >= 0
    met, judged, asked = verdict.met & mine, (verdict.met | verdict.missed) & mine, lines["requested"]
    days = -(-horizon // DAY)
    day = asked // DAY
    points = Points()
    points.add("arrivals", "all", np.bincount(day, met, days), np.bincount(day, judged, days), gaps=True)

    came, gone = backlog_steps(records)
    step = np.ones(len(came) + len(gone), dtype=np.int8)
    step[len(came) :] = -1
    points.add("backlog", "all", daily_averages(np.concatenate([came, gone]), step, horizon))
    points.add("on_hand", "all", _held_by_day(rows or MoveRows(records.moves), horizon))

    at = np.append(model.nodes.country, -1)[lines["node"]]
    _add_by_country(points, model, "arrival_rate", month_of(asked), at, (met, judged), len(bounds))
    country = np.concatenate([model.zone_country, model.fleet_country, [-1]])[orders["zone"]]
    created = month_of(orders["created"])
    _add_by_country(points, model, "orders", created, country, (None, None), len(bounds))
    closed, handed = orders["closed"], orders["handed_over"]
    done = (closed >= 0) & (handed >= 0) & (orders["node"] >= 0) & (orders["state"] != OrderState.CANCELLED)
    _add_by_country(points, model, "tat", created, country, ((closed - handed) * done / DAY, done), len(bounds))
    return points


class _MonthOf:
    """The calendar month of seconds, by a table of days: months begin at midnight."""

    def __init__(self, bounds: npt.NDArray[np.int64], horizon: int) -> None:
        days = np.arange(horizon // DAY + 1) * DAY
        self.table = (np.searchsorted(bounds, days, side="right") - 1).astype(np.int16)

    def __call__(self, times: npt.NDArray[Any]) -> npt.NDArray[np.int16]:
        months: npt.NDArray[np.int16] = self.table[times // DAY]
        return months


def held_steps(rows: MoveRows) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    """Return the seconds and sizes of the steps of good stock at nodes, free and reserved, in any order."""
    moves = rows.moves
    found = []
    for reason in _CHANGING:
        chosen = rows.of(reason)
        before, after = moves["from_state"][chosen], moves["to_state"][chosen]
        sign = np.isin(after, _HELD).astype(np.int32) - np.isin(before, _HELD)
        changed = np.flatnonzero(sign)
        chosen = chosen[changed]
        found.append((moves["time"][chosen], sign[changed] * moves["qty"][chosen]))
    time, step = (np.concatenate(column) for column in zip(*found, strict=True))
    return time, step


def _held_by_day(rows: MoveRows, horizon: int) -> npt.NDArray[Any]:
    """Return the average of good stock at nodes, free and reserved, on each day."""
    moves = rows.moves
    fast = kernel(sum_held, len(moves["time"]))
    if fast is None:
        return daily_averages(*held_steps(rows), horizon)
    held = np.zeros(len(StockState), dtype=np.int64)
    held[list(_HELD)] = 1
    steps, moments = np.zeros(-(-horizon // DAY), dtype=np.int64), np.zeros(-(-horizon // DAY), dtype=np.int64)
    fast(*(moves[name] for name in ("time", "qty", "from_state", "to_state")), held, horizon, DAY, steps, moments)
    return averages_of(steps, moments, horizon)


def _add_by_country(
    points: Points,
    model: Model,
    kpi: str,
    period: npt.NDArray[np.int16],
    country: npt.NDArray[Any],
    sums: tuple[npt.NDArray[Any] | None, npt.NDArray[Any] | None],
    periods: int,
) -> None:
    """Add (top, base) by month for all and for each country that has any row; without a base it is 1."""
    cell = (country + 1) * periods + period
    size = (len(model.country_names) + 1) * periods
    top, base = (np.bincount(cell, w, size).reshape(-1, periods) for w in sums)
    whole = 1.0 if sums[1] is None else base.sum(axis=0)
    points.add(kpi, "all", top.sum(axis=0), whole, gaps=True)
    for number in np.flatnonzero(np.count_nonzero(base, axis=1)[1:]).tolist():
        under = 1.0 if sums[1] is None else base[number + 1]
        points.add(kpi, f"country={model.country_names[number]}", top[number + 1], under, gaps=True)
