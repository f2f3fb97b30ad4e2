"""Parts arrival: was the part there in time, at once, from stock, and how long was the wait."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from netsim.engine.records import LineEnd, MoveReason, Records, Table
from netsim.model.model import Model, NodeKind
from netsim.outcome.compiled_sums import sum_at_once
from netsim.outcome.groups import Rows, Tally, Window, by_line, by_node, rows_within
from netsim.outcome.kernels import kernel
from netsim.outcome.moves import MoveRows
from netsim.units import DAY, HOUR

__all__ = ["Verdict", "filled_at_request", "judge_lines", "measure_arrival"]

Flags = npt.NDArray[np.bool_]
_READ = ("order", "asked", "node", "source", "requested", "deadline", "reserved", "arrived", "ended", "outcome")
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


def filled_at_request(records: Records, rows: MoveRows) -> npt.NDArray[np.int64]:
    """Return the pieces of each line that its own node's free stock gave in the second of the request."""
    lines, moves = records.lines, records.moves
    reserved = rows.of(MoveReason.RESERVE)
    fast = kernel(sum_at_once, len(reserved))
    if fast is not None:
        found = np.zeros(len(lines["order"]), dtype=np.int64)
        columns = (moves[name] for name in ("time", "qty", "subject", "from_place"))
        fast(reserved, *columns, lines["requested"], lines["node"], found)
        return found
    line = moves["subject"][reserved]
    at_once = (moves["time"][reserved] == lines["requested"][line]) & (line >= 0)
    at_once &= moves["from_place"][reserved] == lines["node"][line]
    chosen = np.flatnonzero(at_once)
    pieces = np.bincount(line[chosen], moves["qty"][reserved[chosen]], len(lines["order"]))
    return pieces.astype(np.int64)


def measure_arrival(
    model: Model, records: Records, window: Window, tally: Tally, *, rows: MoveRows | None = None
) -> None:
    """Add arrival rates, fill rate, and waits of the lines requested in the window to *tally*.

    Lines of service orders only; those of other owners are a node's demand and count in its fill rate. *rows* are those
    of the moves.
    """
    orders, horizon = records.orders, records.horizon
    inside = rows_within(records.lines["requested"], window)
    mine = inside
    if bool((records.lines["order"][inside] < 0).any()):
        mine = np.arange(len(records.lines["order"]))[inside]
        mine = mine[records.lines["order"][mine] >= 0]
    lines = {name: records.lines[name][mine] for name in _READ}
    asked, arrived = lines["requested"], lines["arrived"]
    channel = np.append(orders["channel"], np.int8(-1))[lines["order"]]
    cells = by_line(model, lines["node"], lines["asked"], channel)
    count = cells.sum()

    tally.add_sum_of_sums("lines", count, cells)
    promised = judge_lines(lines, lines["deadline"], horizon)
    at_home = (lines["reserved"] == asked) & (lines["source"] == lines["node"])
    gone = (lines["outcome"] == LineEnd.CANCELLED) & (lines["ended"] == asked) & ~at_home
    tally.add_ratio("arrival_rate", promised.met, promised.met | promised.missed, cells)
    tally.add_ratio("par_0", at_home, ~gone, cells)
    for kpi, within in _WITHIN.items():
        verdict = judge_lines(lines, asked + within, horizon)
        tally.add_ratio(kpi, verdict.met, verdict.met | verdict.missed, cells)
    tally.add_ratio_of_sums("undecided_share", cells.sum(promised.undecided), count, cells)

    # A line that is open, or was cancelled, has waited at least up to then.
    stop = np.where(lines["ended"] >= 0, lines["ended"], horizon)
    wait = np.where(arrived >= 0, arrived, stop) - asked
    tally.add_ratio_of_sums("backorder_wait", cells.sum(wait) / DAY, count, cells)
    tally.add_ratio("backorder_wait_unfilled", wait * ~at_home / DAY, ~at_home, cells)
    _measure_orders(records, window, tally)
    _measure_fill(model, records, window, inside, rows or MoveRows(records.moves), tally)


def _measure_orders(records: Records, window: Window, tally: Tally) -> None:
    """Add the share of orders whose lines were all in time; an order with a line nobody can judge is left out."""
    lines, orders = records.lines, records.orders
    verdict = judge_lines(lines, lines["deadline"], records.horizon)
    n = len(orders["created"])
    owner = lines["order"] + 1  # lines of nobody's count for a place before the first order
    needs, met, missed = (np.bincount(owner, w, n + 1)[1:] for w in (None, verdict.met, verdict.missed))
    inside = rows_within(orders["created"], window)
    whole = met[inside] == needs[inside]
    judged = (needs[inside] > 0) & (whole | (missed[inside] > 0))
    tally.add_ratio("par_order", whole & judged, judged, tally.cells_of(orders).where(inside))


def _measure_fill(model: Model, records: Records, window: Window, inside: Rows, rows: MoveRows, tally: Tally) -> None:
    """Add the share of pieces asked of a node, by lines and by other nodes, that its free stock gave at once."""
    lines, requests = records.lines, records.requests
    chosen = rows_within(requests["asked"], window)
    target = requests["target"][chosen]
    asked = np.append(model.nodes.kind, NodeKind.SUPPLIER)[target] != NodeKind.SUPPLIER
    node = np.concatenate([lines["node"][inside], target])
    part = np.concatenate([lines["asked"][inside], requests["part"][chosen]])
    given = np.concatenate([filled_at_request(records, rows)[inside], requests["at_once"][chosen] * asked])
    wanted = np.concatenate([lines["qty"][inside], requests["qty"][chosen] * asked])
    tally.add_ratio("fill_rate", given, wanted, by_node(model, node, part))
