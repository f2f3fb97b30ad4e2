"""Turnaround: from handing the device over to getting it back, its percentiles and its components."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt

from netsim.engine.records import Component, OrderState, Records
from netsim.model.model import Channel, Model
from netsim.outcome.censoring import estimate_sorted
from netsim.outcome.groups import Cells, Floats, Tally, Window, rows_within
from netsim.outcome.hours import Hours, count_midnights
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
    inside = rows_within(orders["created"], window)
    chosen = np.flatnonzero((orders["handed_over"][inside] >= 0) & (orders["node"][inside] >= 0))
    rows = chosen + inside.start if isinstance(inside, slice) else inside[chosen]
    closed = orders["closed"][rows]
    seconds = np.where(closed >= 0, closed, np.int32(records.horizon)) - orders["handed_over"][rows]
    return rows, seconds.astype(np.int64), (closed < 0) | (orders["state"][rows] == OrderState.CANCELLED)


def measure_turnaround(scenario: Any, model: Model, records: Records, window: Window, tally: Tally) -> None:
    """Add turnaround times in days, their components and the shares in time and on the same day to *tally*."""
    orders = records.orders
    rows, seconds, censored = turnaround_times(records, window)
    channel, done = orders["channel"][rows], ~censored
    cells = tally.cells_of(orders).where(rows)
    tally.add_ratio("censored_share", censored, None, cells)
    _add_estimates(seconds, censored, cells, tally)

    ended = cells.sum(done)
    for component in Component:
        name = component.name.lower()
        # Most networks know only some of the nine: no bench, no quote, no border.
        spent = cells.sum(orders[name][rows] * done) / DAY if orders[name].any() else np.zeros(cells.size)
        tally.add_ratio_of_sums(f"tat_{name}", spent, ended, cells)
    away = np.zeros(len(Channel), dtype=bool)
    away[list(SAME_PLACE)] = True
    kept = done & away[channel]
    tally.add_ratio("custody", seconds * kept, kept, cells, unit=DAY)
    closed = orders["closed"][rows]
    tally.add_ratio_of_sums("tat_business", _business_time(model, records, rows, done, cells) / DAY, ended, cells)

    # Open orders are misses once the promise has passed, until then undecided.
    over = (closed >= 0) & (orders["state"][rows] != OrderState.CANCELLED)
    late = seconds > int(scenario.world.promise.turnaround)
    tally.add_ratio("on_time", over & ~late, over | late, cells)
    _add_same_day(scenario, model, records, window, tally)


def _add_estimates(seconds: Seconds, censored: Flags, cells: Cells, tally: Tally) -> None:
    shares = tuple(PERCENTILES.values())
    # Sorted by time once, ends before censorings; each dimension then only tells its groups apart. What belongs to a
    # duration is packed below it, which takes one sort of single words.
    bits = int(cells.size).bit_length()
    packed = np.sort((seconds * 2 + censored) << bits | cells.code)
    code, time = packed & ((1 << bits) - 1), packed >> (bits + 1)
    lost = (packed >> bits & 1).astype(np.bool_)
    everyone = np.zeros(cells.size, dtype=np.int64)
    dimensions: list[tuple[str, tuple[str, ...], Seconds]] = [("", ("all",), everyone)]
    dimensions += [(f"{name}=", tally.members[name], member) for name, member in cells.members.items()]
    for prefix, members, member in dimensions:
        found = estimate_sorted(time, lost, member.astype(np.int16)[code], groups=len(members), shares=shares)
        filled = np.flatnonzero(found.count) if prefix else np.arange(1)
        for i in filled.tolist():
            group = prefix + members[i]
            tally.add_mean("tat_mean", group, float(found.mean[i]) / DAY, int(found.count[i]))
            tally.add_value("tat_restricted", group, float(found.restricted[i]) / DAY)
            for column, kpi in enumerate(PERCENTILES):
                tally.add_value(kpi, group, float(found.percentiles[i, column]) / DAY)


def _business_time(model: Model, records: Records, rows: Seconds, done: Flags, cells: Cells) -> Floats:
    """Return by cell the turnaround in opening hours of the serving bench; in full at a node without one."""
    orders, calendars = records.orders, np.append(model.benches.calendar, -1)
    handed = orders["handed_over"][rows]
    closed = np.where(done, orders["closed"][rows], handed)
    calendar = calendars[model.nodes.bench[orders["node"][rows]]]
    return cells.sum(Hours(model.calendars, until=records.horizon).open_between(calendar, handed, closed))


def _add_same_day(scenario: Any, model: Model, records: Records, window: Window, tally: Tally) -> None:
    """Add the share closed on the local date of reception, of the window's orders that a node received."""
    orders, horizon = records.orders, records.horizon
    inside = rows_within(orders["created"], window)
    received, node = orders["received"][inside], orders["node"][inside]
    chosen = np.flatnonzero((received >= 0) & (node >= 0))
    received, node, state, closed = (
        column[chosen] for column in (received, node, *(orders[c][inside] for c in ("state", "closed")))
    )
    country = model.nodes.country[node]
    came = local_dates(scenario, model, country, received, horizon)
    left = local_dates(scenario, model, country, np.where(closed >= 0, closed, np.int32(horizon)), horizon)
    over = (closed >= 0) & (state != OrderState.CANCELLED)
    cells = tally.cells_of(orders).where(inside).where(chosen)
    tally.add_ratio("same_day", over & (came == left), over | (came != left), cells)


def local_dates(
    scenario: Any, model: Model, country: npt.NDArray[Any], seconds: npt.NDArray[Any], horizon: int
) -> Seconds:
    """Return a number for the local date of each second in its country: equal dates have equal numbers.

    Summer time counts: a date begins at local midnight, wherever that falls in UTC.
    """
    start = date.fromisoformat(str(scenario.start)[:10])
    zones = [scenario.world.countries[name].time_zone for name in model.country_names]
    return count_midnights(zones, country, seconds, start=start, horizon=horizon)
