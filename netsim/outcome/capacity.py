"""Capacity: how busy benches are, what reaches a factory against what it can do, and what comes out good."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from netsim.engine.records import Activity, MoveReason, Records, StockState
from netsim.model.calendars import open_between
from netsim.model.model import Model, NodeKind
from netsim.outcome.groups import Floats, Tally, Window, by_node
from netsim.units import HOUR

__all__ = ["bench_capacity", "busy_seconds", "measure_capacity"]


def bench_capacity(scenario: Any, model: Model, window: Window) -> Floats:
    """Return the technician-seconds that each bench is open for in the window; 0 where technicians are unlimited.

    Only the paid share of technicians who work for others too counts, and nothing before the node's first day.
    """
    benches, nodes = model.benches, scenario.network.nodes
    found = np.zeros(len(benches.node))
    rows = zip(benches.node.tolist(), benches.calendar.tolist(), benches.technicians.tolist(), strict=True)
    for number, (node, calendar, technicians) in enumerate(rows):
        begin = min(max(window.begin, int(model.nodes.opens[node])), window.end)
        open_time = (
            window.end - begin if calendar < 0 else int(open_between(model.calendars[calendar], begin, window.end))
        )
        bench = getattr(nodes.get(model.node_names[node]), "bench", None)
        share = getattr(bench, "share", None)
        found[number] = open_time * technicians * (1.0 if share is None else share)
    return found


def busy_seconds(model: Model, records: Records, window: Window) -> Floats:
    """Return the seconds of work in opening hours of each row of `work` that fall into the window."""
    work = records.work
    start = np.clip(work["start"].astype(np.int64), window.begin, window.end)
    ended = np.where(work["end"] >= 0, work["end"], records.horizon).astype(np.int64)
    end = np.clip(ended, window.begin, window.end)
    busy = (end - start).astype(np.float64)
    calendar = model.benches.calendar[work["bench"]] if len(model.benches.calendar) else np.zeros(0, np.int64)
    for number in np.unique(calendar[calendar >= 0]).tolist():
        here = calendar == number
        busy[here] = open_between(model.calendars[number], start[here], end[here])
    return np.where(work["start"] >= 0, busy, 0.0)


def measure_capacity(scenario: Any, model: Model, records: Records, window: Window, tally: Tally) -> None:
    """Add utilisation, factory load and repair yield to *tally*."""
    benches, work = model.benches, records.work
    capacity = bench_capacity(scenario, model, window)
    busy = np.bincount(work["bench"], weights=busy_seconds(model, records, window), minlength=len(benches.node))
    finite = benches.technicians > 0
    where = by_node(model, benches.node[finite])
    tally.add_ratio("utilisation", busy[finite], capacity[finite], where)
    tally.add_sum("busy_hours", busy / HOUR, by_node(model, benches.node))
    _measure_load(model, records, window, capacity, tally)
    _measure_yield(model, records, window, tally)


def _measure_load(model: Model, records: Records, window: Window, capacity: Floats, tally: Tally) -> None:
    """Add the work that reached each factory over its capacity: cores at the mean of its jobs, and orders."""
    benches, work, moves = model.benches, records.work, records.moves
    size = len(benches.node)
    factory = (model.nodes.kind[benches.node] == NodeKind.FACTORY) & (benches.technicians > 0)
    of_core = work["activity"] == Activity.FACTORY
    jobs = np.bincount(work["bench"][of_core & (work["attempt"] == 0)], minlength=size)
    content = np.bincount(work["bench"][of_core], weights=work["content"][of_core], minlength=size)
    mean = np.where(jobs > 0, content / np.maximum(jobs, 1), _planned(model))
    came = np.isin(moves["reason"], (MoveReason.RECEIVE, MoveReason.CORE_BORN)) & (moves["to_state"] == StockState.CORE)
    gone = moves["reason"] == MoveReason.BEYOND_REPAIR
    pieces = np.zeros(len(model.node_names))
    for flags, place, sign in ((came, "to_place", 1.0), (gone, "from_place", -1.0)):
        rows = flags & (moves["time"] >= window.begin) & (moves["time"] < window.end)
        pieces += sign * np.bincount(moves[place][rows], weights=moves["qty"][rows], minlength=len(pieces))
    joined = ~of_core & (work["joined"] >= window.begin) & (work["joined"] < window.end)
    others = np.bincount(work["bench"][joined], weights=work["content"][joined], minlength=size)
    load = pieces[benches.node] * mean + others
    tally.add_ratio("factory_load", load[factory], capacity[factory], by_node(model, benches.node[factory]))


def _planned(model: Model) -> npt.NDArray[Any]:
    """Return the mean time of one repair at each bench as the model has it."""
    return model.durations.mean[model.benches.work].astype(np.float64)


def _measure_yield(model: Model, records: Records, window: Window, tally: Tally) -> None:
    """Add good parts over jobs finished, good or scrapped, and the share of cores screened out before."""
    moves = records.moves
    inside = (moves["time"] >= window.begin) & (moves["time"] < window.end)
    good, bad = moves["reason"] == MoveReason.REPAIRED, moves["reason"] == MoveReason.SCRAPPED
    hopeless = moves["reason"] == MoveReason.BEYOND_REPAIR
    for kpi, counted, base in (
        ("repair_yield", good, good | bad),
        ("beyond_repair_rate", hopeless, good | bad | hopeless),
    ):
        rows = inside & base
        keys = by_node(model, moves["from_place"][rows], moves["part"][rows])
        tally.add_ratio(kpi, counted[rows] * moves["qty"][rows], moves["qty"][rows], keys)
