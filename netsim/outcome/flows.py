"""Flows: consignments, borders, and whether removed parts find their way back."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from netsim.engine.records import LineEnd, MoveReason, Records, StockState, Table
from netsim.model.model import CoreBirth, Model
from netsim.outcome.groups import Cells, Tally, Window, by_node, rows_within
from netsim.outcome.kernels import follow_cores, kernel
from netsim.outcome.moves import MoveRows
from netsim.units import DAY

__all__ = ["RETURN_WITHIN", "core_returns", "measure_flows"]

RETURN_WITHIN = 60 * DAY
_INTO_CORE = (MoveReason.RECEIVE, MoveReason.CORE_BORN)
_OUT_OF_CORE = (
    MoveReason.SHIP, MoveReason.TO_BENCH, MoveReason.BEYOND_REPAIR, MoveReason.LEFT_NETWORK, MoveReason.LOST
)  # fmt: skip

Ints = npt.NDArray[np.int64]


def measure_flows(
    model: Model, records: Records, window: Window, tally: Tally, *, rows: MoveRows | None = None
) -> None:
    """Add consignments, shares held, time at the border, pieces shipped and the core return rate to *tally*."""
    moves, lanes, nodes = records.moves, model.lanes, len(model.node_names)
    rows = rows or MoveRows(moves)
    inside = rows_within(records.consignments["departed"], window)
    boxes = {name: records.consignments[name][inside] for name in ("lane", "at_border", "released", "held")}
    origin = np.where(lanes.origin < nodes, lanes.origin, -1)
    tally.add_sum("consignments", None, by_node(model, origin[boxes["lane"]]))

    border = np.flatnonzero(boxes["at_border"] >= 0)
    countries = np.concatenate([model.nodes.country, model.zone_country, model.fleet_country])
    leads_to = countries[lanes.destination] if len(lanes.destination) else lanes.destination
    cells = Cells.of({"country": leads_to[boxes["lane"][border]]}, {"country": len(model.country_names)})
    tally.add_ratio("held_share", boxes["held"][border], None, cells)
    released = np.where(boxes["released"][border] >= 0, boxes["released"][border], records.horizon)
    tally.add_ratio("border_time", released - boxes["at_border"][border], None, cells, unit=DAY)

    sent = rows.cut(window, rows.into(StockState.TRANSIT, MoveReason.SHIP))
    tally.add_sum("parts_shipped", moves["qty"][sent], by_node(model, moves["from_place"][sent], moves["part"][sent]))
    _measure_returns(model, records, rows, window, tally)


def core_returns(model: Model, records: Records, rows: MoveRows) -> tuple[Ints, Ints, Ints, Ints]:
    """Return (node, part, second of birth, second of receipt or -1) of every core that was born.

    A core is back when the first consignment that takes it is received, or when the node of its birth works on it.
    Cores of one part at one node leave in the order in which they came there.
    """
    moves, parts = records.moves, max(1, len(model.part_names))
    received = records.consignments["received"]
    fast = kernel(follow_cores, len(moves["time"]))
    if fast is not None:
        coming, going = rows.into(StockState.CORE, *_INTO_CORE), rows.out_of(StockState.CORE, *_OUT_OF_CORE)
        places = 1 + max(int(moves[f"{side}_place"].max(initial=-1)) for side in ("from", "to"))
        columns = [moves[name] for name in ("time", "part", "qty", "reason", "subject", "from_place", "to_place")]
        reasons = int(MoveReason.CORE_BORN), int(MoveReason.SHIP)
        key, born, back = fast(coming, going, *columns, received, parts, places, *reasons)
    else:
        key, came, gone = _pair_cores(rows, parts)
        mine = np.flatnonzero(moves["reason"][came] == MoveReason.CORE_BORN)
        key, born, gone = key[mine], moves["time"][came[mine]].astype(np.int64), gone[mine]
        left = gone >= 0
        back = np.where(left, moves["time"][gone], np.int32(-1)).astype(np.int64)
        shipped = np.flatnonzero(left & (moves["reason"][gone] == MoveReason.SHIP))
        back[shipped] = received[moves["subject"][gone[shipped]]]
    node, part = np.divmod(key, parts)
    return node, part, born, back


def _pair_cores(rows: MoveRows, parts: int) -> tuple[Ints, npt.NDArray[np.int32], npt.NDArray[np.int32]]:
    """Return place * parts + part, the row of coming and that of leaving (-1: none) of every core, by the first."""
    moves = rows.moves
    born_key, born_row = _core_pieces(moves, rows.into(StockState.CORE, *_INTO_CORE), "to", parts)
    left_key, left_row = _core_pieces(moves, rows.out_of(StockState.CORE, *_OUT_OF_CORE), "from", parts)
    keys = int(max(born_key.max(initial=-1), left_key.max(initial=-1))) + 1
    first = np.searchsorted(left_key, np.arange(keys))
    many = np.bincount(left_key, minlength=keys)
    rank = _ranks(born_key)
    matched = rank < many[born_key]
    gone = np.full(len(born_key), -1, dtype=np.int32)
    gone[matched] = left_row[(first[born_key] + rank)[matched]]
    return born_key, born_row, gone


def _core_pieces(
    moves: Table, rows: npt.NDArray[np.int32], side: Literal["from", "to"], parts: int
) -> tuple[Ints, npt.NDArray[np.int32]]:
    """Return place * parts + part and the row of each core that comes in or goes out, by key, then in order."""
    place, part = moves[f"{side}_place"][rows], moves["part"][rows]
    order = np.lexsort((part, place))
    key, rows = place[order].astype(np.int64) * parts + part[order], rows[order]
    pieces = moves["qty"][rows]
    return (np.repeat(key, pieces), np.repeat(rows, pieces)) if (pieces != 1).any() else (key, rows)


def _ranks(key: Ints) -> Ints:
    """Return each entry's rank among those of its key; equal keys stand together."""
    if not len(key):
        return key
    first = np.flatnonzero(np.r_[True, key[1:] != key[:-1]])
    ranks: Ints = np.arange(len(key)) - np.repeat(first, np.diff(np.r_[first, len(key)]))
    return ranks


def _measure_returns(model: Model, records: Records, rows: MoveRows, window: Window, tally: Tally) -> None:
    """Add cores back within 60 days over repairable parts removed in the window; undecided ones are left out."""
    lines, horizon = records.lines, records.horizon
    node, part, born, back = core_returns(model, records, rows)
    inside = np.flatnonzero((born >= window.begin) & (born < window.end))
    node, part, born, back = (column[inside] for column in (node, part, born, back))
    in_time = (back >= 0) & (back <= born + RETURN_WITHIN)
    undecided = ~in_time & (back < 0) & (born + RETURN_WITHIN >= horizon)
    removed: npt.NDArray[Any] = lines["requested"] if model.core_birth == CoreBirth.AT_REQUEST else lines["ended"]
    counted = (removed >= window.begin) & (removed < window.end) & (model.repairable[lines["given"]] > 0)
    if model.core_birth != CoreBirth.AT_REQUEST:
        counted &= lines["outcome"] == LineEnd.INSTALLED
    taken = np.flatnonzero(counted)
    cells = by_node(
        model, np.concatenate([node, lines["node"][taken]]), np.concatenate([part, lines["given"][taken]])
    )  # fmt: skip
    top = np.concatenate([in_time, np.zeros(len(taken), dtype=bool)])
    base = np.concatenate([-undecided.astype(np.int32), lines["qty"][taken]])
    tally.add_ratio("core_return_rate", top, base, cells)
