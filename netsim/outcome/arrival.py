"""Parts arrival: was the part there in time, at once, from stock, and how long was the wait."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from netsim.engine.records import LineEnd, MoveReason, Records, Table
from netsim.model.model import Model, NodeKind
from netsim.outcome.groups import Tally, Window, by_node, by_order
from netsim.units import DAY, HOUR

__all__ = ["Verdict", "filled_at_request", "judge_lines", "measure_arrival"]

Flags = npt.NDArray[np.bool_]
_WITHIN = {"par_24h": 24 * HOUR, "par_72h": 72 * HOUR, "par_7d": 7 * DAY}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is said of each line: *met* its deadline, *missed* it, or *undecided* when the run ended before it.

    A line that was cancelled by its deadline without having arrived is none of the three.
    """

    met: Flags
    missed: Flags
    undecided: Flags


def judge_lines(lines: Table, deadline: npt.NDArray[Any], horizon: int) -> Verdict:
    """Return the verdict on each line against its *deadline*; the run knows nothing from second *horizon* on."""
    arrived, ended = lines["arrived"], lines["ended"]
    met = (arrived >= 0) & (arrived <= deadline)
    cancelled = ~met & (lines["outcome"] == LineEnd.CANCELLED) & (ended >= 0) & (ended <= deadline)
    undecided = ~met & ~cancelled & (deadline >= horizon)
    return Verdict(met, ~met & ~cancelled & ~undecided, undecided)


def filled_at_request(records: Records) -> npt.NDArray[np.int64]:
    """Return the pieces of each line that its own node's free stock gave in the second of the request."""
    lines, moves = records.lines, records.moves
    row = np.flatnonzero((moves["reason"] == MoveReason.RESERVE) & (moves["subject"] >= 0))
    line = moves["subject"][row]
    at_once = (moves["time"][row] == lines["requested"][line]) & (moves["from_place"][row] == lines["node"][line])
    row, line = row[at_once], line[at_once]
    found: npt.NDArray[np.int64] = np.bincount(line, weights=moves["qty"][row], minlength=len(lines["order"])).astype(
        np.int64
    )
    return found


def measure_arrival(model: Model, records: Records, window: Window, tally: Tally) -> None:
    """Add arrival rates, fill rate, and waits of the lines requested in the window to *tally*.

    Lines of service orders only; those of other owners are a node's demand and count in its fill rate.
    """
    lines, orders, horizon = records.lines, records.orders, records.horizon
    asked = lines["requested"].astype(np.int64)
    inside = (asked >= window.begin) & (asked < window.end)
    mine = inside & (lines["order"] >= 0)
    owner = np.maximum(lines["order"], 0)
    channel = orders["channel"][owner] if len(orders["channel"]) else np.zeros(len(owner), dtype=np.int8)
    keys = by_node(model, lines["node"], lines["asked"]) | {"channel": np.where(lines["order"] >= 0, channel, -1)}
    keys = {name: key[mine] for name, key in keys.items()}

    tally.add_sum("lines", np.ones(int(mine.sum())), keys)
    promised = judge_lines(lines, lines["deadline"], horizon)
    at_home = (lines["reserved"] == asked) & (lines["source"] == lines["node"])
    gone = (lines["outcome"] == LineEnd.CANCELLED) & (lines["ended"] == asked) & ~at_home
    _add(tally, "arrival_rate", promised.met[mine], promised.missed[mine], keys)
    _add(tally, "par_0", at_home[mine], (~at_home & ~gone)[mine], keys)
    for kpi, within in _WITHIN.items():
        verdict = judge_lines(lines, asked + within, horizon)
        _add(tally, kpi, verdict.met[mine], verdict.missed[mine], keys)
    tally.add_ratio("undecided_share", promised.undecided[mine], np.ones(int(mine.sum())), keys)

    # A line that is open, or was cancelled, has waited at least up to then.
    stop = np.where(lines["ended"] >= 0, lines["ended"], horizon)
    wait = np.where(lines["arrived"] >= 0, lines["arrived"], stop) - asked
    tally.add_ratio("backorder_wait", wait[mine] / DAY, np.ones(int(mine.sum())), keys)
    late = mine & ~at_home
    tally.add_ratio("backorder_wait_unfilled", (wait / DAY)[mine] * late[mine], late[mine].astype(np.float64), keys)
    _measure_orders(model, records, window, promised, tally)
    _measure_fill(model, records, window, inside, tally)


def _add(tally: Tally, kpi: str, met: Flags, missed: Flags, keys: dict[str, npt.NDArray[Any]]) -> None:
    tally.add_ratio(kpi, met, (met | missed), keys)


def _measure_orders(model: Model, records: Records, window: Window, verdict: Verdict, tally: Tally) -> None:
    """Add the share of orders whose lines were all in time; an order with a line nobody can judge is left out."""
    lines, orders = records.lines, records.orders
    n, owned = len(orders["created"]), lines["order"] >= 0
    owner = lines["order"][owned]
    needs = np.bincount(owner, minlength=n)
    met = np.bincount(owner, weights=verdict.met[owned], minlength=n)
    missed = np.bincount(owner, weights=verdict.missed[owned], minlength=n)
    created = orders["created"]
    rows = (needs > 0) & (created >= window.begin) & (created < window.end) & ((met == needs) | (missed > 0))
    keys = by_order(model, orders["zone"][rows], orders["node"][rows], orders["channel"][rows])
    tally.add_ratio("par_order", (met == needs)[rows], np.ones(int(rows.sum())), keys)


def _measure_fill(model: Model, records: Records, window: Window, inside: Flags, tally: Tally) -> None:
    """Add the share of pieces asked of a node, by lines and by other nodes, that its free stock gave at once."""
    lines, requests = records.lines, records.requests
    kind = model.nodes.kind[np.maximum(requests["target"], 0)]
    rows = (requests["asked"] >= window.begin) & (requests["asked"] < window.end) & (kind != NodeKind.SUPPLIER)
    node = np.r_[lines["node"][inside], requests["target"][rows]]
    part = np.r_[lines["asked"][inside], requests["part"][rows]]
    given = np.r_[filled_at_request(records)[inside], requests["at_once"][rows]]
    wanted = np.r_[lines["qty"][inside], requests["qty"][rows]]
    tally.add_ratio("fill_rate", given, wanted, by_node(model, node, part))
