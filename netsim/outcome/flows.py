"""Flows: consignments, borders, and whether removed parts find their way back."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from netsim.engine.records import LineEnd, MoveReason, Records, StockState
from netsim.model.model import CoreBirth, Model
from netsim.outcome.groups import Tally, Window, by_node
from netsim.outcome.trajectories import stock_changes
from netsim.units import DAY

__all__ = ["RETURN_WITHIN", "core_returns", "measure_flows"]

RETURN_WITHIN = 60 * DAY

Ints = npt.NDArray[np.int64]


def measure_flows(model: Model, records: Records, window: Window, tally: Tally) -> None:
    """Add consignments, shares held, time at the border, pieces shipped and the core return rate to *tally*."""
    boxes, lanes, moves = records.consignments, model.lanes, records.moves
    nodes = len(model.node_names)
    departed = (boxes["departed"] >= window.begin) & (boxes["departed"] < window.end)
    origin = lanes.origin[boxes["lane"][departed]] if len(boxes["lane"]) else np.zeros(0, np.int64)
    tally.add_sum("consignments", np.ones(len(origin)), by_node(model, np.where(origin < nodes, origin, -1)))

    border = departed & (boxes["at_border"] >= 0)
    destination = lanes.destination[boxes["lane"][border]] if len(boxes["lane"]) else np.zeros(0, np.int64)
    countries = np.concatenate([model.nodes.country, model.zone_country, model.fleet_country])
    keys = {"country": countries[destination] if len(destination) else destination}
    ones = np.ones(len(destination))
    tally.add_ratio("held_share", boxes["held"][border], ones, keys)
    released = np.where(boxes["released"][border] >= 0, boxes["released"][border], records.horizon)
    tally.add_ratio("border_time", (released - boxes["at_border"][border]) / DAY, ones, keys)

    sent = (moves["reason"] == MoveReason.SHIP) & (moves["to_state"] == StockState.TRANSIT)
    sent &= (moves["time"] >= window.begin) & (moves["time"] < window.end)
    tally.add_sum("parts_shipped", moves["qty"][sent], by_node(model, moves["from_place"][sent], moves["part"][sent]))
    _measure_returns(model, records, window, tally)


def core_returns(model: Model, records: Records) -> tuple[Ints, Ints, Ints, Ints]:
    """Return (node, part, second of birth, second of receipt or -1) of every core that was born.

    A core is back when the first consignment that takes it is received, or when the node of its birth works on it.
    Cores of one part at one node leave in the order in which they came there.
    """
    moves, parts = records.moves, len(model.part_names)
    key, _, delta, row = stock_changes(moves, (StockState.CORE,), parts)
    pieces = np.abs(delta)
    key, row, came = np.repeat(key, pieces), np.repeat(row, pieces), np.repeat(delta > 0, pieces)
    born_key, born_row = key[came], row[came]
    left_key, left_row = key[~came], row[~came]
    rank_in, rank_out = _ranks(born_key), _ranks(left_key)
    size = max(len(key), 1) + 1
    wanted, offered = born_key * size + rank_in, left_key * size + rank_out
    found = np.searchsorted(offered, wanted)
    matched = (found < len(offered)) & (np.r_[offered, -1][np.minimum(found, len(offered))] == wanted)
    back = np.full(len(wanted), -1, dtype=np.int64)
    leaves = left_row[found[matched]]
    shipped = moves["reason"][leaves] == MoveReason.SHIP
    times = moves["time"][leaves].astype(np.int64)
    box = moves["subject"][leaves][shipped]
    times[shipped] = records.consignments["received"][box]
    back[matched] = times
    mine = moves["reason"][born_row] == MoveReason.CORE_BORN
    node, part = np.divmod(born_key[mine], max(1, parts))
    return node, part, moves["time"][born_row[mine]].astype(np.int64), back[mine]


def _ranks(key: Ints) -> Ints:
    """Return each entry's rank among those of its key; equal keys stand together."""
    if not len(key):
        return key
    first = np.flatnonzero(np.r_[True, key[1:] != key[:-1]])
    ranks: Ints = np.arange(len(key)) - np.repeat(first, np.diff(np.r_[first, len(key)]))
    return ranks


def _measure_returns(model: Model, records: Records, window: Window, tally: Tally) -> None:
    """Add cores back within 60 days over repairable parts removed in the window; undecided ones are left out."""
    lines, horizon = records.lines, records.horizon
    node, part, born, back = core_returns(model, records)
    inside = (born >= window.begin) & (born < window.end)
    in_time = inside & (back >= 0) & (back <= born + RETURN_WITHIN)
    undecided = inside & ~in_time & (back < 0) & (born + RETURN_WITHIN >= horizon)
    removed: npt.NDArray[Any] = lines["requested"] if model.core_birth == CoreBirth.AT_REQUEST else lines["ended"]
    taken = (removed >= window.begin) & (removed < window.end) & (model.repairable[lines["given"]] > 0)
    if model.core_birth != CoreBirth.AT_REQUEST:
        taken &= lines["outcome"] == LineEnd.INSTALLED
    where = np.r_[node[inside], lines["node"][taken], node[undecided]]
    what = np.r_[part[inside], lines["given"][taken], part[undecided]]
    none = np.zeros(int(taken.sum()))
    top = np.r_[in_time[inside].astype(float), none, np.zeros(int(undecided.sum()))]
    base = np.r_[np.zeros(int(inside.sum())), lines["qty"][taken], -np.ones(int(undecided.sum()))]
    tally.add_ratio("core_return_rate", top, base, by_node(model, where, what))
