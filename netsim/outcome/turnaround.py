"""Turnaround: from handing the device over to getting it back, its percentiles and its components."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt

from netsim.engine.records import Component, OrderState, Records
from netsim.model.calendars import local_midnights, open_between
from netsim.model.model import Channel, Model
from netsim.outcome.censoring import estimate
from netsim.outcome.groups import Tally, Window, by_order
from netsim.units import DAY

__all__ = ["PERCENTILES", "SAME_PLACE", "local_dates", "measure_turnaround", "turnaround_times"]

PERCENTILES = {"tat_p50": 0.50, "tat_p90": 0.90, "tat_p95": 0.95}
SAME_PLACE = (Channel.WALK_IN, Channel.MAIL_IN)
"""Channels in which the customer is without the device from handing it over to getting it back."""

Seconds = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


def turnaround_times(records: Records, window: Window) -> tuple[Seconds, Seconds, Flags]:
    """Return (order row, seconds, censored) of the window's orders whose device was handed over to a node.

    Orders solved remotely and orders that nobody served have no turnaround: they have shares of their own. An order
    that is open at the end of the run, or was cancelled, lasted at least so long: it is censored.
    """
    orders = records.orders
    created, handed = orders["created"], orders["handed_over"].astype(np.int64)
    rows = np.flatnonzero((created >= window.begin) & (created < window.end) & (handed >= 0) & (orders["node"] >= 0))
    closed = orders["closed"][rows].astype(np.int64)
    seconds = np.where(closed >= 0, closed, records.horizon) - handed[rows]
    return rows, seconds, (closed < 0) | (orders["state"][rows] == OrderState.CANCELLED)


def measure_turnaround(scenario: Any, model: Model, records: Records, window: Window, tally: Tally) -> None:
    """Add turnaround times in days, their components and the shares in time and on the same day to *tally*."""
    orders = records.orders
    rows, seconds, censored = turnaround_times(records, window)
    keys = by_order(model, orders["zone"][rows], orders["node"][rows], orders["channel"][rows])
    tally.add_ratio("censored_share", censored, np.ones(len(rows)), keys)
    _add_estimates(seconds, censored, keys, tally)

    done = ~censored
    ended = {name: key[done] for name, key in keys.items()}
    ones = np.ones(int(done.sum()))
    for component in Component:
        name = component.name.lower()
        tally.add_ratio(f"tat_{name}", orders[name][rows[done]] / DAY, ones, ended)
    away = done & np.isin(orders["channel"][rows], SAME_PLACE)
    tally.add_ratio(
        "custody", seconds[away] / DAY, np.ones(int(away.sum())), {name: key[away] for name, key in keys.items()}
    )
    _add_business(model, records, rows[done], ended, tally)
    _add_on_time(int(scenario.world.promise.turnaround), orders, rows, seconds, keys, tally)
    _add_same_day(scenario, model, records, window, tally)


def _add_estimates(seconds: Seconds, censored: Flags, keys: dict[str, npt.NDArray[Any]], tally: Tally) -> None:
    shares = tuple(PERCENTILES.values())
    dimensions: list[tuple[str, tuple[str, ...], npt.NDArray[Any]]] = [("", ("all",), np.zeros(len(seconds), np.int64))]
    dimensions += [(f"{name}=", tally.members[name], key) for name, key in keys.items()]
    for prefix, members, key in dimensions:
        known = key >= 0
        found = estimate(seconds[known], censored[known], group=key[known], groups=len(members), shares=shares)
        filled = np.flatnonzero(found.count) if prefix else np.arange(1)
        for i in filled.tolist():
            group = prefix + members[i]
            tally.add_mean("tat_mean", group, float(found.mean[i]) / DAY, int(found.count[i]))
            tally.add_value("tat_restricted", group, float(found.restricted[i]) / DAY)
            for column, kpi in enumerate(PERCENTILES):
                tally.add_value(kpi, group, float(found.percentiles[i, column]) / DAY)


def _add_business(
    model: Model, records: Records, rows: Seconds, keys: dict[str, npt.NDArray[Any]], tally: Tally
) -> None:
    """Add the turnaround in opening hours of the serving bench; orders of a node without one count in full."""
    orders = records.orders
    begin, end = orders["handed_over"][rows].astype(np.int64), orders["closed"][rows].astype(np.int64)
    seconds, node = end - begin, orders["node"][rows]
    bench = np.where(node >= 0, model.nodes.bench[np.maximum(node, 0)], -1)
    calendar = np.where(bench >= 0, _at(model.benches.calendar, bench), -1)
    for number in np.unique(calendar[calendar >= 0]).tolist():
        here = calendar == number
        seconds[here] = open_between(model.calendars[number], begin[here], end[here])
    tally.add_ratio("tat_business", seconds / DAY, np.ones(len(rows)), keys)


def _add_on_time(
    promise: int,
    orders: dict[str, npt.NDArray[Any]],
    rows: Seconds,
    seconds: Seconds,
    keys: dict[str, npt.NDArray[Any]],
    tally: Tally,
) -> None:
    """Add the share of turnarounds within *promise*: open ones are misses once it has passed, until then undecided."""
    cancelled = orders["state"][rows] == OrderState.CANCELLED
    over = (orders["closed"][rows] >= 0) & ~cancelled
    met = over & (seconds <= promise)
    judged = over | (seconds > promise)
    tally.add_ratio("on_time", met[judged], np.ones(int(judged.sum())), {name: k[judged] for name, k in keys.items()})


def _add_same_day(scenario: Any, model: Model, records: Records, window: Window, tally: Tally) -> None:
    """Add the share closed on the local date of reception, of the window's orders that a node received."""
    orders, horizon = records.orders, records.horizon
    created = orders["created"]
    rows = np.flatnonzero(
        (created >= window.begin) & (created < window.end) & (orders["received"] >= 0) & (orders["node"] >= 0)
    )
    country = model.nodes.country[orders["node"][rows]]
    closed = orders["closed"][rows]
    came = local_dates(scenario, model, country, orders["received"][rows], horizon)
    left = local_dates(scenario, model, country, np.where(closed >= 0, closed, horizon), horizon)
    cancelled = orders["state"][rows] == OrderState.CANCELLED
    met = (closed >= 0) & ~cancelled & (came == left)
    judged = ((closed >= 0) & ~cancelled) | (came != left)
    rows = rows[judged]
    keys = by_order(model, orders["zone"][rows], orders["node"][rows], orders["channel"][rows])
    tally.add_ratio("same_day", met[judged], np.ones(len(rows)), keys)


def local_dates(
    scenario: Any, model: Model, country: npt.NDArray[Any], seconds: npt.NDArray[Any], horizon: int
) -> Seconds:
    """Return a number for the local date of each second in its country: equal dates have equal numbers.

    Summer time counts: a date begins at local midnight, wherever that falls in UTC.
    """
    start = date.fromisoformat(str(scenario.start)[:10])
    found = np.zeros(len(seconds), dtype=np.int64)
    for number in np.unique(country).tolist():
        zone = scenario.world.countries[model.country_names[number]].time_zone
        midnights = local_midnights(zone, start=start, until=horizon)
        here = country == number
        found[here] = np.searchsorted(midnights, seconds[here], side="right")
    return found


def _at(values: npt.NDArray[Any], index: npt.NDArray[Any]) -> npt.NDArray[Any]:
    return values[np.maximum(index, 0)] if len(values) else np.full(len(index), -1)
