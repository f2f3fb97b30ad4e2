"""Capacity: how busy benches are, what reaches a factory against what it can do, and what comes out good."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from netsim.engine.records import Activity, MoveReason, Records, StockState
from netsim.model.model import Model, NodeKind
from netsim.outcome.groups import Floats, Ints, Tally, Window, by_node, rows_within
from netsim.outcome.hours import Hours
from netsim.outcome.moves import MoveRows
from netsim.units import HOUR

__all__ = ["bench_capacity", "busy_seconds", "measure_capacity"]


def bench_capacity(scenario: Any, model: Model, window: Window) -> Floats:
    """Return the technician-seconds that each bench is open for in the window; 0 where technicians are unlimited.

    Only the paid share of technicians who work for others too counts, and nothing before the node's first day.
    """
    benches, nodes = model.benches, scenario.network.nodes
    begin = np.clip(model.nodes.opens[benches.node], window.begin, window.end)
    hours = Hours(model.calendars, until=window.end)
    open_time = hours.open_between(benches.calendar, begin, np.full(len(begin), window.end))
    share = [getattr(getattr(nodes.get(name), "bench", None), "share", None) for name in model.node_names]
    of_node = np.array([1.0 if each is None else each for each in share])
    return np.asarray(open_time * benches.technicians * of_node[benches.node], dtype=np.float64)


def busy_seconds(model: Model, records: Records, window: Window) -> Ints:
    """Return the seconds of work in opening hours of each row of `work` that fall into the window."""
    work, benches = records.work, model.benches
    started, ended = work["start"], work["end"]
    start = np.clip(started, window.begin, window.end)
    end = np.clip(np.where(ended >= 0, ended, np.int32(records.horizon)), window.begin, window.end)
    if not len(benches.calendar):
        return np.zeros(len(start), dtype=np.int64)
    busy = Hours(model.calendars, until=records.horizon).open_between(benches.calendar[work["bench"]], start, end)
    return busy * (started >= 0)


def measure_capacity(
    scenario: Any, model: Model, records: Records, window: Window, tally: Tally, *, rows: MoveRows | None = None
) -> None:
    """Add utilisation, factory load and repair yield to *tally*."""
    benches, work = model.benches, records.work
    capacity = bench_capacity(scenario, model, window)
    busy = np.bincount(work["bench"], busy_seconds(model, records, window), len(benches.node))
    finite = benches.technicians > 0
    tally.add_ratio("utilisation", busy[finite], capacity[finite], by_node(model, benches.node[finite]))
    tally.add_sum("busy_hours", busy / HOUR, by_node(model, benches.node))
    rows = rows or MoveRows(records.moves)
    _measure_load(model, records, rows, window, capacity, tally)
    _measure_yield(model, rows, window, tally)


def _measure_load(
    model: Model, records: Records, rows: MoveRows, window: Window, capacity: Floats, tally: Tally
) -> None:
    """Add the work that reached each factory over its capacity: cores at the mean of its jobs, and orders."""
    benches, work, moves = model.benches, records.work, records.moves
    size, bench, content = len(benches.node), work["bench"], work["content"]
    factory = (model.nodes.kind[benches.node] == NodeKind.FACTORY) & (benches.technicians > 0)
    of_core = np.flatnonzero(work["activity"] == Activity.FACTORY)
    jobs = np.bincount(bench[of_core[work["attempt"][of_core] == 0]], minlength=size)
    needed = np.bincount(bench[of_core], content[of_core], size)
    mean = np.where(jobs > 0, needed / np.maximum(jobs, 1), _planned(model))
    pieces = np.zeros(len(model.node_names))
    for reason, side, sign in (
        (MoveReason.RECEIVE, "to", 1.0),
        (MoveReason.CORE_BORN, "to", 1.0),
        (MoveReason.BEYOND_REPAIR, "from", -1.0),
    ):
        found = rows.into(StockState.CORE, reason) if side == "to" else rows.of(reason)
        chosen = rows.cut(window, found)
        pieces += sign * np.bincount(moves[f"{side}_place"][chosen], moves["qty"][chosen], len(pieces))
    joined = rows_within(work["joined"], window)
    # Cores count above; here only work on orders.
    others = np.bincount(bench[joined], content[joined] * (work["activity"][joined] != Activity.FACTORY), size)
    load = pieces[benches.node] * mean + others
    tally.add_ratio("factory_load", load[factory], capacity[factory], by_node(model, benches.node[factory]))


def _planned(model: Model) -> npt.NDArray[Any]:
    """Return the mean time of one repair at each bench as the model has it."""
    return model.durations.mean[model.benches.work].astype(np.float64)


def _measure_yield(model: Model, rows: MoveRows, window: Window, tally: Tally) -> None:
    """Add good parts over jobs finished, good or scrapped, and the share of cores screened out before."""
    moves = rows.moves
    jobs = rows.within(window, MoveReason.REPAIRED, MoveReason.SCRAPPED)
    cores = rows.within(window, MoveReason.REPAIRED, MoveReason.SCRAPPED, MoveReason.BEYOND_REPAIR)
    for kpi, chosen, counted in (
        ("repair_yield", jobs, MoveReason.REPAIRED),
        ("beyond_repair_rate", cores, MoveReason.BEYOND_REPAIR),
    ):
        qty, cells = moves["qty"][chosen], by_node(model, moves["from_place"][chosen], moves["part"][chosen])
        tally.add_ratio(kpi, (moves["reason"][chosen] == counted) * qty, qty, cells)
