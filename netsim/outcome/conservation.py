"""Conservation of parts: every piece comes from somewhere, is in one place and one state, and goes somewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from netsim.engine.records import LineEnd, MoveReason, Records, StockState, Table
from netsim.model.model import CoreBirth, Model
from netsim.outcome.complaints import lies_within
from netsim.outcome.moves import MoveRows, follow_stock
from netsim.outcome.trajectories import Levels, stock_changes

__all__ = ["ALLOWED", "broken_moves"]

_S, _R = StockState, MoveReason
_ON_LANES = (_S.TRANSIT, _S.RETURNING)
_PRESENT = (_S.FREE, _S.RESERVED, _S.TRANSIT, _S.CORE, _S.RETURNING, _S.WORK)
_COMING = (_R.OPENING, _R.PURCHASE, _R.CORE_BORN)
_LEAVING = (_R.INSTALL, _R.SCRAPPED, _R.BEYOND_REPAIR, _R.LEFT_NETWORK, _R.LOST)

ALLOWED: dict[MoveReason, tuple[tuple[StockState, StockState], ...]] = {
    _R.OPENING: ((_S.OUTSIDE, _S.FREE),),
    _R.PURCHASE: ((_S.OUTSIDE, _S.TRANSIT), (_S.OUTSIDE, _S.FREE)),
    _R.SHIP: ((_S.FREE, _S.TRANSIT), (_S.RESERVED, _S.TRANSIT), (_S.CORE, _S.RETURNING)),
    _R.RECEIVE: ((_S.TRANSIT, _S.FREE), (_S.TRANSIT, _S.RESERVED), (_S.RETURNING, _S.CORE)),
    _R.FORWARD: ((_S.TRANSIT, _S.TRANSIT), (_S.RETURNING, _S.RETURNING)),
    _R.RESERVE: ((_S.FREE, _S.RESERVED),),
    _R.RELEASE: ((_S.RESERVED, _S.FREE),),
    _R.INSTALL: ((_S.RESERVED, _S.INSTALLED),),
    _R.CORE_BORN: ((_S.OUTSIDE, _S.CORE),),
    _R.CORE_KEPT: ((_S.OUTSIDE, _S.OUTSIDE),),
    _R.TO_BENCH: ((_S.CORE, _S.WORK),),
    _R.REPAIRED: ((_S.WORK, _S.FREE), (_S.WORK, _S.RESERVED)),
    _R.SCRAPPED: ((_S.WORK, _S.SCRAP),),
    _R.BEYOND_REPAIR: ((_S.CORE, _S.SCRAP), (_S.WORK, _S.SCRAP)),
    _R.LEFT_NETWORK: tuple((state, _S.OUTSIDE) for state in (_S.FREE, _S.RESERVED, _S.CORE, _S.SCRAP)),
    _R.LOST: tuple((state, _S.OUTSIDE) for state in _PRESENT),
}
"""From which state to which a piece may go, by the reason of the move."""

Complain = Callable[[str, npt.NDArray[Any], Callable[[int], str]], Iterator[str]]


def broken_moves(model: Model, records: Records, moved: MoveRows, complain: Complain) -> Iterator[str]:
    """Yield a complaint for each law of parts that the moves break; *moved* are their rows.

    *complain* turns a law's name, the rows that break it and a description of one row into complaints.
    """
    if not _keeps_states(moved) or not _keeps_places(model, moved) or not _keeps_count(model, records.moves):
        yield from _tell_moves(model, records, complain)
    yield from _wrong_uses(model, records, moved, complain)


def _keeps_states(moved: MoveRows) -> bool:
    """Return whether every move is of a piece or more, in order of time, between states that its reason allows.

    Then parts are conserved: each allowed pair of states adds as much to what came as to what is present or has left.
    """
    moves, states = moved.moves, len(_S)
    time = moves["time"]
    if int(moves["qty"].min(initial=1)) <= 0 or bool((time[1:] < time[:-1]).any()):
        return False
    for reason in _R:
        rows = moved.of(reason)
        pairs = moves["from_state"][rows] * np.int8(states) + moves["to_state"][rows]
        seen = np.flatnonzero(np.bincount(pairs, minlength=1)).tolist()
        if not {divmod(pair, states) for pair in seen} <= set(ALLOWED[reason]):
            return False
    return True


def _keeps_places(model: Model, moved: MoveRows) -> bool:
    """Return whether pieces in allowed states are at places that exist, and change them on lanes only."""
    moves, lanes = moved.moves, model.lanes
    for reason in _R:
        rows = moved.of(reason)
        ends = [(moves[f"{side}_place"][rows], moves[f"{side}_state"][rows]) for side in ("from", "to")]
        for place, state in ends:
            on_lane = (state == _S.TRANSIT) | (state == _S.RETURNING)
            outside = state == _S.OUTSIDE
            if not (
                lies_within(place[on_lane], 0, len(lanes.origin)) and _are_nodes(model, place[~(on_lane | outside)])
            ):
                return False
        (start, before), (stop, after) = ends
        if reason in (_R.SHIP, _R.PURCHASE):
            sent = ((after == _S.TRANSIT) | (after == _S.RETURNING)) & (start >= 0)
            if (lanes.origin[stop[sent]] != start[sent]).any():
                return False
        elif reason == _R.RECEIVE:
            if len(start) and (lanes.destination[start] != stop).any():
                return False
        elif reason == _R.FORWARD:
            if len(start) and (lanes.destination[start] != lanes.origin[stop]).any():
                return False
        elif ((start != stop) & (before != _S.OUTSIDE) & (after != _S.OUTSIDE)).any():
            return False
    return True


def _are_nodes(model: Model, place: npt.NDArray[Any]) -> bool:
    return lies_within(place, 0, len(model.node_names))


def _keeps_count(model: Model, moves: Table) -> bool:
    """Return whether no place is known ever to have held fewer than no pieces."""
    shelves = follow_stock(model, moves, 0, 0)
    return shelves.whole and shelves.below == 0


def _tell_moves(model: Model, records: Records, complain: Complain) -> Iterator[str]:
    """Yield complaints on moves, each law looked at by itself."""
    moves = records.moves
    rows = np.flatnonzero(moves["qty"] <= 0)
    yield from complain("moves move at least one piece", rows, lambda i: f"moves row {i}: qty {moves['qty'][i]}")
    late = np.flatnonzero(np.diff(moves["time"]) < 0) + 1
    yield from complain("time never runs backwards", late, lambda i: f"moves row {i} at {moves['time'][i]}")
    yield from _wrong_states(model, records, complain)
    yield from _wrong_places(model, records, complain)
    yield from _negative(model, records, complain)
    yield from _unbalanced(model, records)


def _wrong_states(model: Model, records: Records, complain: Complain) -> Iterator[str]:
    """Check that each move's states and places are among those that its reason allows."""
    moves = records.moves
    allowed = np.zeros((len(_R), len(_S), len(_S)), dtype=bool)
    for reason, pairs in ALLOWED.items():
        for before, after in pairs:
            allowed[reason, before, after] = True
    bad = np.flatnonzero(~allowed[moves["reason"], moves["from_state"], moves["to_state"]])
    yield from complain("a move's reason allows its states", bad, lambda i: f"moves row {i}: {_told(records, i)}")
    for side in ("from", "to"):
        place, state = moves[f"{side}_place"], moves[f"{side}_state"]
        limit = np.where(np.isin(state, _ON_LANES), len(model.lane_names), len(model.node_names))
        known = ((place >= 0) & (place < limit)) | (state == _S.OUTSIDE)
        bad = np.flatnonzero(~known)
        yield from complain(
            "a piece is at a node or on a lane",
            bad,
            lambda i, p=place: f"moves row {i}: place {p[i]}",  # type: ignore[misc]
        )


def _wrong_places(model: Model, records: Records, complain: Complain) -> Iterator[str]:
    """Check that pieces change place on lanes only, from where a lane begins to where it ends."""
    moves, lanes = records.moves, model.lanes
    start, stop, reason = moves["from_place"], moves["to_place"], moves["reason"]
    inside = ~np.isin(moves["from_state"], _ON_LANES) & ~np.isin(moves["to_state"], _ON_LANES)
    here = inside & (moves["from_state"] != _S.OUTSIDE) & (moves["to_state"] != _S.OUTSIDE)
    yield from complain(
        "no piece changes place without a lane",
        np.flatnonzero(here & (start != stop)),
        lambda i: f"moves row {i}: {_told(records, i)}",
    )
    last = max(0, len(lanes.origin) - 1)
    origin = np.append(lanes.origin, -1)[np.clip(stop, 0, last)]
    arrival = np.append(lanes.destination, -1)[np.clip(start, 0, last)]
    sent = np.isin(reason, (_R.SHIP, _R.PURCHASE)) & np.isin(moves["to_state"], _ON_LANES) & (start >= 0)
    broken = sent & (origin != start)
    broken |= (reason == _R.RECEIVE) & (arrival != stop)
    broken |= (reason == _R.FORWARD) & (arrival != origin)
    yield from complain(
        "a lane is entered at its beginning and left at its end",
        np.flatnonzero(broken),
        lambda i: f"moves row {i}: {_told(records, i)}",
    )


def _negative(model: Model, records: Records, complain: Complain) -> Iterator[str]:
    """Check, move by move, that no place ever holds fewer than no pieces of a part in a state."""
    parts, moves = len(model.part_names), records.moves
    for state in (*_PRESENT, _S.SCRAP):
        key, time, delta, row = stock_changes(moves, (state,), max(1, parts))
        levels = Levels.of_sorted(key, time, delta, 0)
        bad = np.flatnonzero(levels.level < 0)
        yield from complain(
            f"{state.name.lower()} stock is never negative",
            row[bad],
            lambda i: f"moves row {i}: {_told(records, i)}",
        )


def _unbalanced(model: Model, records: Records) -> Iterator[str]:
    """Check of each part: opening + purchased + cores born = present + left, told apart by reason and by state."""
    moves, size = records.moves, len(model.part_names)
    qty = moves["qty"].astype(np.int64)

    def total(flags: npt.NDArray[np.bool_]) -> npt.NDArray[np.int64]:
        return np.bincount(moves["part"][flags], weights=qty[flags], minlength=size).astype(np.int64)

    came = total(np.isin(moves["reason"], _COMING))
    left = total(np.isin(moves["reason"], _LEAVING))
    # What leaves as scrap that was scrapped before has left once already.
    left -= total((moves["reason"] == _R.LEFT_NETWORK) & (moves["from_state"] == _S.SCRAP))
    present = total(np.isin(moves["to_state"], _PRESENT)) - total(np.isin(moves["from_state"], _PRESENT))
    for part in np.flatnonzero(came != present + left).tolist():
        yield (
            f"parts are conserved: {model.part_names[part]}: {came[part]} came (opening, purchased, cores), "
            f"{present[part]} are present and {left[part]} left"
        )


def _wrong_uses(model: Model, records: Records, moved: MoveRows, complain: Complain) -> Iterator[str]:
    """Check that every installed line took its pieces once, after they came, and that cores come of installed parts."""
    moves, lines = records.moves, records.lines
    installs = moved.of(_R.INSTALL)
    owner = moves["subject"][installs]
    known = (owner >= 0) & (owner < len(lines["order"]))
    yield from complain(
        "what is installed belongs to a line", installs[~known], lambda i: f"moves row {i}: {_told(records, i)}"
    )
    installs, owner = installs[known], owner[known]
    taken = np.bincount(owner, weights=moves["qty"][installs], minlength=len(lines["order"]))
    wanted = np.where(lines["outcome"] == LineEnd.INSTALLED, lines["qty"], 0)
    yield from complain(
        "a line installs its pieces once",
        np.flatnonzero(taken != wanted),
        lambda i: f"lines row {i}: {int(taken[i])} pieces installed instead of {wanted[i]}",
    )
    early = (lines["arrived"][owner] < 0) | (moves["time"][installs] < lines["arrived"][owner])
    yield from complain(
        "a part is installed only after it arrived",
        owner[early],
        lambda i: f"lines row {i}: arrived {lines['arrived'][i]}, ended {lines['ended'][i]}",
    )
    size = len(model.part_names)
    cores = np.concatenate([moved.of(_R.CORE_BORN), moved.of(_R.CORE_KEPT)])
    born = np.bincount(moves["part"][cores], weights=moves["qty"][cores], minlength=size)
    counted = lines["qty"] > 0 if model.core_birth == CoreBirth.AT_REQUEST else lines["outcome"] == LineEnd.INSTALLED
    used = np.bincount(lines["given"][counted], weights=lines["qty"][counted], minlength=size)
    yield from complain(
        "there are no more cores than parts removed",
        np.flatnonzero(born > np.where(model.repairable > 0, used, 0)),
        lambda i: f"{model.part_names[i]}: {int(born[i])} cores, {int(used[i])} parts removed",
    )


def _told(records: Records, i: int) -> str:
    moves = records.moves
    before, after = _S(int(moves["from_state"][i])).name, _S(int(moves["to_state"][i])).name
    return (
        f"{_R(int(moves['reason'][i])).name} of {moves['qty'][i]} of part {moves['part'][i]} at {moves['time'][i]} "
        f"from {before} at {moves['from_place'][i]} to {after} at {moves['to_place'][i]}"
    )
